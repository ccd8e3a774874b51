"""The ``functions`` section: AWS::Serverless::Function with Type and Properties taken off."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Literal

from eventsim.functions.durations import ZERO
from eventsim.functions.settings import FunctionSettings, check_function, check_reserved
from eventsim.scenarios.cloudformation import FUNCTION, FUNCTION_PROPERTIES, INVOKERS
from eventsim.scenarios.convert import (
    Field,
    Later,
    Reading,
    Table,
    join,
    mapping,
    read_fields,
    read_whole,
    shown,
    suggest,
)
from eventsim.scenarios.durations import duration
from eventsim.scenarios.events import read_events
from eventsim.scenarios.model import FunctionSpec, MappingSpec, StreamMappingSpec
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

_INVOKERS = ("python", "scripted")


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
        "invoker": Field(_invoker),
        "takes": Field(duration),
        "cold_start": Field(duration),
        "script": Field(script),
        **FUNCTION_PROPERTIES,
    }
    errors = len(reading.errors)
    values = read_fields(reading, node, path, table, FUNCTION, owner=name)
    settings = _settings(name, values)
    for member, error in check_function(settings):
        at = join(path, member) if member in values else path
        place = reading.place(at) if member in values else (node.line, node.column)
        reading.error(place, at, str(error))
    given = set(mapping(reading, node, path))
    invoker = _which_invoker(reading, node, path, given, values.get("invoker"))
    if "Handler" in given and "CodeUri" not in given and len(reading.errors) == errors:
        values["CodeUri"] = folder
    events = values.get("Events", [])
    return FunctionSpec(
        settings=settings,
        invoker=invoker,
        handler=values.get("Handler"),
        code_folder=values.get("CodeUri"),
        script=values.get("script"),
        takes=values.get("takes", ZERO),
        cold_start=values.get("cold_start", ZERO),
        mappings=[one for one in events if isinstance(one, MappingSpec | StreamMappingSpec)],
        triggers=[one for one in events if not isinstance(one, MappingSpec | StreamMappingSpec)],
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
    fields = {
        "handler": values.get("Handler"),
        "timeout_s": values.get("Timeout"),
        "memory_mb": values.get("MemorySize"),
        "reserved_concurrency": values.get("ReservedConcurrentExecutions"),
        "environment": values.get("Environment"),
    }
    return FunctionSettings(name=name, **{field: value for field, value in fields.items() if value is not None})


def _which_invoker(
    reading: Reading, node: Node, path: str, given: set[str], chosen: str | None
) -> Literal["python", "scripted"]:
    """Who runs the function: its handler or its script, of which there must be exactly one."""
    if "Handler" in given and "script" in given:
        reading.error(node.keys["script"], join(path, "script"), "found a Handler and a script, expected one of them")
    elif "Handler" not in given and "script" not in given:
        reading.error(node, path, "Handler is missing: a function needs a Handler, or a script")
    elif "invoker" in given and chosen is not None and (chosen == "python") != ("Handler" in given):
        needs = "a Handler" if chosen == "python" else "a script"
        reading.error(
            reading.place(join(path, "invoker")), join(path, "invoker"), f"the invoker {chosen} needs {needs}"
        )
    if "script" in given and "CodeUri" in given and "Handler" not in given:
        reading.error(
            node.keys["CodeUri"], join(path, "CodeUri"), "found CodeUri, but a script has no code: leave it out"
        )
    return "python" if "Handler" in given else "scripted"


def _invoker(reading: Reading, node: Node, path: str) -> str:
    if isinstance(node.value, dict):
        kind = node.value.get("type")
        if kind is None:
            reading.refuse(node, path, "type is missing, an invoker needs it: python or scripted")
        name = _invoker(reading, kind, join(path, "type"))
        read_whole(reading, node, path, {"type": Field(text)}, f"the invoker {name}")
        return name
    if node.value in _INVOKERS:
        return str(node.value)
    if isinstance(node.value, str):
        later = INVOKERS.get(node.value)
        if isinstance(later, Later):
            reading.refuse(node, path, f"{later.what} is not supported yet")
        known = suggest(node.value, [*_INVOKERS, *INVOKERS], _INVOKERS)
        reading.refuse(node, path, f"found {node.value!r}, unknown as an invoker{known}")
    return reading.refuse(node, path, f"found {shown(node)}, expected an invoker: python or scripted")


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
