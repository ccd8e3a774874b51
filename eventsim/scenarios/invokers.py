"""The key ``invoker``: who runs a function's code, by name or as ``{type: NAME, …}``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventsim.errors import InputError, Problem, ScenarioError
from eventsim.scenarios.convert import Field, Reading, Table, items, join, mapping, read_whole, shown, suggest
from eventsim.scenarios.model import FunctionSpec, InvokerSpec
from eventsim.scenarios.values import text
from eventsim.scenarios.yaml_nodes import Node

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet
    from pathlib import Path

    from eventsim.invokers.base import Invoker

HERE = ("python", "scripted")
"""Those that run in this process, and take no settings."""

_WITHOUT_CODE = ("Handler", "CodeUri", "Environment")


def read_invoker(reading: Reading, node: Node, path: str) -> InvokerSpec:
    """The invoker that a function names, with its settings."""
    if not isinstance(node.value, dict):
        name = _name(reading, node, path)
        bare = Node({}, node.line, node.column)
        return InvokerSpec(name=name, settings=_settings(reading, bare, path, name))
    kind = node.value.get("type")
    if kind is None:
        reading.refuse(node, path, f"type is missing, an invoker needs it: {_allowed()}")
    reading.places[join(path, "type")] = (kind.line, kind.column)
    name = _name(reading, kind, join(path, "type"))
    return InvokerSpec(name=name, settings=_settings(reading, node, path, name))


def check_invoker(
    reading: Reading, node: Node, path: str, given: AbstractSet[str], spec: InvokerSpec, runtime: str | None
) -> None:
    """Refuse what an invoker outside of this process can't have, and note what has no effect on it."""
    at, where = reading.place(join(path, "invoker")), join(path, "invoker")
    if "script" in given:
        reading.error(
            node.keys["script"], join(path, "script"), f"found a script and the invoker {spec.name}, expected one"
        )
    if spec.name == "runtime":
        _check_runtime(reading, at, where, given, spec, runtime)
        return
    for key in _WITHOUT_CODE:
        if key in given:
            owner = path.rpartition(".")[2]
            reading.note_without_effect("functions", key, owner, node.keys[key])


def make_invoker(file: str, function: FunctionSpec, spec: InvokerSpec) -> Invoker:
    """The invoker of a *function* of *file*; ScenarioError when it can't work on this machine."""
    try:
        return _make(spec, function.settings.handler, function.code_folder)
    except InputError as error:
        place = function.place
        problem = Problem(file, place.line, place.column, join(place.path, "invoker"), str(error))
        raise ScenarioError([problem]) from None


def _make(spec: InvokerSpec, handler: str | None, code_folder: Path | None) -> Invoker:
    settings: dict[str, Any] = dict(spec.settings)
    if spec.name == "runtime":
        from eventsim.invokers.runtime_api import RuntimeInvoker

        return RuntimeInvoker(handler=handler, code_folder=code_folder, **settings)
    if spec.name == "http":
        from eventsim.invokers.http import HttpInvoker

        return HttpInvoker(**settings)
    if spec.name == "lambda":
        from eventsim.invokers.aws_lambda import LambdaInvoker

        return LambdaInvoker(**settings)
    from eventsim.invokers.registry import load_invoker
    from eventsim.invokers.registry import make_invoker as make

    return make(spec.name, load_invoker(spec.name), settings)


def _check_runtime(
    reading: Reading, at: tuple[int, int], path: str, given: AbstractSet[str], spec: InvokerSpec, runtime: str | None
) -> None:
    if "command" in spec.settings:
        return
    if runtime is not None and not runtime.startswith("python"):
        message = f"found the Runtime {runtime!r}: give the command of its runtime client, as in [node, bootstrap.js]"
        reading.error(at, path, message)
    elif "Handler" not in given:
        reading.error(at, path, "the invoker runtime needs a Handler, or a command: a program and its arguments")
    else:
        from eventsim.invokers.runtime_api import python_command

        try:
            python_command("module.function")
        except InputError as error:
            reading.error(at, path, str(error))


def _name(reading: Reading, node: Node, path: str) -> str:
    name = node.value
    if not isinstance(name, str):
        reading.refuse(node, path, f"found {shown(node)}, expected an invoker: {_allowed()}")
    if name in HERE or name in _TABLES:
        return name
    from eventsim.invokers.registry import installed_names

    installed = installed_names()
    if name not in installed:
        known = [*HERE, *_TABLES, *installed]
        reading.refuse(node, path, f"found {name!r}, unknown as an invoker{suggest(name, known, known)}")
    return name


def _settings(reading: Reading, node: Node, path: str, name: str) -> dict[str, Any]:
    if name in HERE:
        read_whole(reading, node, path, {"type": Field(text)}, f"the invoker {name}")
        return {}
    if name in _TABLES:
        values = read_whole(reading, node, path, {"type": Field(text), **_TABLES[name]}, f"the invoker {name}")
    else:
        values = dict(node.plain())
    values.pop("type", None)
    try:
        _check(name, values)
    except InputError as error:
        reading.refuse(node, path, str(error))
    return values


def _check(name: str, values: dict[str, Any]) -> None:
    """InputError for settings that the invoker would refuse; a package's is loaded for that."""
    if name == "http":
        from eventsim.invokers.http import HttpInvoker

        HttpInvoker(**values)
    elif name == "lambda" and not values.keys() & {"endpoint_url", "region"}:
        raise InputError("name the endpoint_url, or the region to invoke the function in AWS itself")
    elif name not in _TABLES:
        from eventsim.invokers.registry import check_settings, load_invoker

        check_settings(name, load_invoker(name), values)


def _command(reading: Reading, node: Node, path: str) -> list[str]:
    words = [_word(reading, item, f"{path}[{n}]") for n, item in enumerate(items(reading, node, path))]
    if not words:
        reading.refuse(node, path, "found an empty list, expected a program and its arguments")
    return words


def _word(reading: Reading, node: Node, path: str) -> str:
    if isinstance(node.value, bool) or not isinstance(node.value, str | int | float):
        reading.refuse(node, path, f"found {shown(node)}, expected text")
    return str(node.value)


def _texts(reading: Reading, node: Node, path: str) -> dict[str, str]:
    return {key: _word(reading, member, join(path, key)) for key, member in mapping(reading, node, path).items()}


def _allowed() -> str:
    return ", ".join((*HERE, *_TABLES))


_TABLES: dict[str, Table] = {
    "runtime": {"command": Field(_command), "env": Field(_texts)},
    "http": {"url": Field(text, required=True), "headers": Field(_texts)},
    "lambda": {
        "function_name": Field(text, required=True),
        "endpoint_url": Field(text),
        "region": Field(text),
        "qualifier": Field(text),
        "profile": Field(text),
    },
}
