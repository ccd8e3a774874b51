"""The ``functions`` section: AWS::Serverless::Function with Type and Properties taken off."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from eventsim.functions.durations import ZERO
from eventsim.functions.recursion import RecursiveLoop
from eventsim.functions.settings import FunctionSettings, check_function, check_reserved
from eventsim.scenarios.arns import function_arn
from eventsim.scenarios.cloudformation import FUNCTION, FUNCTION_PROPERTIES
from eventsim.scenarios.convert import (
    Field,
    Reading,
    Table,
    join,
    mapping,
    read_fields,
    read_whole,
    shown,
)
from eventsim.scenarios.deployment_settings import DEPLOYMENT, read_deployment
from eventsim.scenarios.durations import duration
from eventsim.scenarios.events import read_events
from eventsim.scenarios.invokers import HERE, check_invoker, read_invoker
from eventsim.scenarios.model import FunctionSpec, InvokerSpec, MappingSpec, StreamMappingSpec
from eventsim.scenarios.places import Place
from eventsim.scenarios.queues import own_name
from eventsim.scenarios.scripts import script
from eventsim.scenarios.values import integer, text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from eventsim.functions.event_invoke_settings import EventInvokeConfig
    from eventsim.scenarios.names import Names
    from eventsim.scenarios.yaml_nodes import Node


def read_function(reading: Reading, name: str, node: Node, names: Names, folder: Path) -> FunctionSpec:
    """One function of the section; *folder* is what CodeUri is relative to."""
    path = join("functions", name)
    table: Table = {
        "FunctionName": Field(own_name("FunctionName", name)),
        "Handler": Field(text),
        "CodeUri": Field(lambda r, n, p: _code_folder(r, n, p, folder)),
        "Timeout": Field(integer),
        "MemorySize": Field(integer),
        "ReservedConcurrentExecutions": Field(integer),
        "Environment": Field(_environment),
        "PackageType": Field(_package_type),
        "Events": Field(lambda r, n, p: read_events(r, name, n, p, names)),
        "EventInvokeConfig": Field(lambda r, n, p: _event_invoke(r, n, p, names)),
        "DeadLetterQueue": Field(lambda r, n, p: _dead_letter_queue(r, n, p, names)),
        "invoker": Field(read_invoker),
        "takes": Field(duration),
        "cold_start": Field(duration),
        "script": Field(script),
        **DEPLOYMENT,
        **FUNCTION_PROPERTIES,
        **({"Runtime": Field(text)} if _is_runtime(node) else {}),
    }
    errors = len(reading.errors)
    values = read_fields(reading, node, path, table, FUNCTION, owner=name)
    settings = _settings(name, values)
    for member, error in check_function(settings):
        at = join(path, member) if member in values else path
        place = reading.place(at) if member in values else (node.line, node.column)
        reading.error(place, at, str(error))
    given = set(mapping(reading, node, path))
    chosen = values.get("invoker")
    elsewhere = chosen if chosen is not None and chosen.name not in HERE else None
    if elsewhere is not None:
        check_invoker(reading, node, path, given, elsewhere, values.get("Runtime"))
        invoker = elsewhere.name
    else:
        invoker = _which_invoker(reading, node, path, given, chosen)
    has_code = "Handler" in given or elsewhere is not None
    if has_code and "CodeUri" not in given and len(reading.errors) == errors:
        values["CodeUri"] = folder
    events = values.get("Events", [])
    deployment = read_deployment(reading, node, path, values)
    triggers = [one for one in events if not isinstance(one, MappingSpec | StreamMappingSpec)]
    if deployment is not None and triggers:
        from eventsim.scenarios.deployments import through_alias

        triggers = [through_alias(one, function_arn(name), deployment.alias) for one in triggers]
    return FunctionSpec(
        settings=settings,
        invoker=invoker,
        elsewhere=elsewhere,
        handler=values.get("Handler"),
        code_folder=values.get("CodeUri"),
        script=values.get("script"),
        takes=values.get("takes", ZERO),
        cold_start=values.get("cold_start", ZERO),
        mappings=[one for one in events if isinstance(one, MappingSpec | StreamMappingSpec)],
        triggers=triggers,
        deployment=deployment,
        event_invoke=values.get("EventInvokeConfig"),
        dead_letter_arn=values.get("DeadLetterQueue"),
        place=Place(node.line, node.column, path),
        handler_place=_handler_place(reading, join(path, "Handler")),
    )


def check_reservations(reading: Reading, functions: Iterable[FunctionSpec], account_concurrency: int) -> None:
    """Refuse reservations that leave less than 100 of the account unreserved (CON-05)."""
    reserved: list[int | None] = []
    for function in functions:
        reserved.append(function.settings.reserved_concurrency)
        if error := check_reserved(reserved, account_concurrency):
            path = join(function.place.path, "ReservedConcurrentExecutions")
            total = sum(value for value in reserved if value)
            place = reading.place(path)
            reading.error(place, path, f"{error} Reserved up to here: {total} of {account_concurrency}.")
            return


def _settings(name: str, values: dict[str, Any]) -> FunctionSettings:
    fields: dict[str, Any] = {
        "handler": values.get("Handler"),
        "timeout_s": values.get("Timeout"),
        "memory_mb": values.get("MemorySize"),
        "reserved_concurrency": values.get("ReservedConcurrentExecutions"),
        "environment": values.get("Environment"),
        "architecture": values.get("Architectures"),
        "ephemeral_mb": values.get("EphemeralStorage"),
        "recursive_loop": _recursive_loop(values.get("RecursiveLoop")),
    }
    return FunctionSettings(name=name, **{field: value for field, value in fields.items() if value is not None})


def _recursive_loop(value: str | None) -> RecursiveLoop | None:
    return None if value is None else RecursiveLoop(value)


def _which_invoker(reading: Reading, node: Node, path: str, given: set[str], chosen: InvokerSpec | None) -> str:
    """Who runs the function: its handler or its script, of which there must be exactly one."""
    if "Handler" in given and "script" in given:
        reading.error(node.keys["script"], join(path, "script"), "found a Handler and a script, expected one of them")
    elif "invoker" in given and chosen is None:
        pass  # what is wrong with it is noted
    elif "Handler" not in given and "script" not in given:
        reading.error(node, path, "Handler is missing: a function needs a Handler, or a script")
    elif "invoker" in given and chosen is not None and (chosen.name == "python") != ("Handler" in given):
        needs = "a Handler" if chosen.name == "python" else "a script"
        reading.error(
            reading.place(join(path, "invoker")), join(path, "invoker"), f"the invoker {chosen.name} needs {needs}"
        )
    if "script" in given and "CodeUri" in given and "Handler" not in given:
        reading.error(
            node.keys["CodeUri"], join(path, "CodeUri"), "found CodeUri, but a script has no code: leave it out"
        )
    return "python" if "Handler" in given else "scripted"


def _is_runtime(node: Node) -> bool:
    """Whether the function names the invoker to which Runtime means something."""
    found = node.value.get("invoker") if isinstance(node.value, dict) else None
    named = found.value.get("type") if found is not None and isinstance(found.value, dict) else found
    return named is not None and named.value == "runtime"


def _code_folder(reading: Reading, node: Node, path: str, folder: Path) -> Path:
    if isinstance(node.value, dict) or (isinstance(node.value, str) and node.value.startswith("s3://")):
        reading.refuse(node, path, "found code in S3, expected a folder, relative to this file")
    given = text(reading, node, path)
    code = folder / given
    try:
        if not code.exists():
            reading.refuse(node, path, f"found {given!r}, but there is no such folder: {code}")
        if not code.is_dir():
            reading.refuse(node, path, f"found {given!r}, a file; expected the folder that holds the handler's module")
    except (OSError, ValueError) as error:
        reading.refuse(node, path, f"found {shown(node)}, which can't be read: {error}")
    if not os.access(code, os.R_OK | os.X_OK):
        reading.refuse(node, path, f"found {given!r}, a folder that can't be read")
    return code


def _event_invoke(reading: Reading, node: Node, path: str, names: Names) -> EventInvokeConfig:
    from eventsim.scenarios.outlets import read_event_invoke

    return read_event_invoke(reading, node, path, names)


def _dead_letter_queue(reading: Reading, node: Node, path: str, names: Names) -> str:
    from eventsim.scenarios.outlets import read_dead_letter_queue

    return read_dead_letter_queue(reading, node, path, names)


def _environment(reading: Reading, node: Node, path: str) -> dict[str, str]:
    table: Table = {"Variables": Field(_variables)}
    values = read_whole(reading, node, path, table, "Environment")
    variables: dict[str, str] = values.get("Variables", {})
    return variables


def _variables(reading: Reading, node: Node, path: str) -> dict[str, str]:
    read = {}
    for key, member in mapping(reading, node, path).items():
        value = member.value
        if isinstance(value, bool):
            read[key] = "true" if value else "false"
        elif isinstance(value, str | int | float):
            read[key] = str(value)
        else:
            reading.error(member, join(path, key), f"found {shown(member)}, expected text, a number, true or false")
    return read


def _package_type(reading: Reading, node: Node, path: str) -> str:
    if node.value == "Image":
        reading.refuse(node, path, "a container image (PackageType: Image) is not supported yet")
    if node.value != "Zip":
        reading.refuse(node, path, f"found {shown(node)}, expected Zip")
    return "Zip"


def _handler_place(reading: Reading, path: str) -> Place | None:
    return Place(*reading.places[path], path) if path in reading.places else None
