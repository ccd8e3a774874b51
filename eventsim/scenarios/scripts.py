"""The ``script`` of a function: its outcomes in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

from eventsim.errors import AwsError, InputError
from eventsim.scenarios.convert import Field, items, mapping, read_whole, shown
from eventsim.scenarios.durations import duration
from eventsim.scenarios.values import boolean, integer_between, json_value

if TYPE_CHECKING:
    from eventsim.invokers.scripted import Outcome
    from eventsim.patterns.record_documents import Source
    from eventsim.scenarios.convert import Reading, Table
    from eventsim.scenarios.yaml_nodes import Node

Kind = Literal["return", "raise", "fail_items", "raise_if", "timeout"]
KINDS: tuple[Kind, ...] = ("return", "raise", "fail_items", "raise_if", "timeout")


def script(reading: Reading, node: Node, path: str) -> list[Outcome]:
    """The outcomes, at least one."""
    read = [reading.attempt(_outcome, item, f"{path}[{n}]") for n, item in enumerate(items(reading, node, path))]
    if not read:
        reading.refuse(node, path, "found an empty list, expected at least one outcome")
    return read


def _outcome(reading: Reading, node: Node, path: str) -> Outcome:
    from eventsim.invokers.scripted import Outcome

    members = mapping(reading, node, path)
    kinds: list[Kind] = [kind for kind in KINDS if kind in members]
    values = read_whole(reading, node, path, _TABLE, "an outcome")
    if len(kinds) != 1:
        found = " and ".join(kinds) or "none"
        reading.refuse(node, path, f"found {found}, expected exactly one of {', '.join(KINDS)}")
    kind = kinds[0]
    content = values.pop(kind)
    field = {"return": "value", "raise": "error", "fail_items": "pattern", "raise_if": "pattern"}.get(kind)
    return Outcome(kind=kind, **({field: content} if field else {}), **values)


def _error(reading: Reading, node: Node, path: str) -> dict[str, Any]:
    return read_whole(reading, node, path, _ERROR_TABLE, "raise")


def _error_text(reading: Reading, node: Node, path: str) -> str:
    if not isinstance(node.value, str):
        reading.refuse(node, path, f"found {shown(node)}, expected text")
    return node.value


def _stack(reading: Reading, node: Node, path: str) -> list[str]:
    return [_error_text(reading, item, f"{path}[{n}]") for n, item in enumerate(items(reading, node, path))]


def _pattern(reading: Reading, node: Node, path: str) -> dict[str, Any]:
    if not isinstance(node.value, dict) or not node.value:
        reading.refuse(
            node, path, f"found {shown(node)}, expected an event pattern such as {{body: {{poison: [true]}}}}"
        )
    pattern: dict[str, Any] = json_value(reading, node, path)
    check_pattern(reading, node, path, msgspec.json.encode(pattern).decode())
    return pattern


def check_pattern(reading: Reading, node: Node, path: str, pattern: Any, source: Source = "sqs") -> None:
    """Refuse what Lambda refuses as a filter pattern of a mapping from *source* (FLT-02)."""
    from eventsim.patterns.filter_criteria import compile_filters

    try:
        compile_filters([pattern], source)
    except AwsError as error:
        cause = f" {error.__cause__}" if isinstance(error.__cause__, InputError) else ""
        reading.refuse(node, path, f"{error}{cause}")


def _timeout(reading: Reading, node: Node, path: str) -> bool:
    if not boolean(reading, node, path):
        reading.refuse(node, path, "found false, expected true")
    return True


_ERROR_TABLE: Table = {
    "errorType": Field(_error_text),
    "errorMessage": Field(_error_text),
    "stackTrace": Field(_stack),
}
_TABLE: Table = {
    "return": Field(json_value),
    "raise": Field(_error),
    "fail_items": Field(_pattern),
    "raise_if": Field(_pattern),
    "timeout": Field(_timeout),
    "times": Field(integer_between(1, 1_000_000_000)),
    "takes": Field(duration),
}
