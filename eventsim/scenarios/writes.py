"""The step ``write``: an item put, updated or deleted, its plain values as DynamoDB holds them."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Literal

from eventsim.errors import InputError
from eventsim.scenarios.convert import Field, Unreadable, join, mapping, read_whole, shown
from eventsim.scenarios.repeating import REPEAT, read_repeat
from eventsim.scenarios.source_steps import WriteStep

if TYPE_CHECKING:
    from eventsim.scenarios.convert import Reading, Table
    from eventsim.scenarios.names import Names
    from eventsim.scenarios.state import State
    from eventsim.scenarios.yaml_nodes import Node

Kind = Literal["put", "update", "delete"]
KINDS: tuple[Kind, ...] = ("put", "update", "delete")
MOST_DIGITS = 38


def read_write(reading: Reading, node: Node, path: str, names: Names, state: State) -> WriteStep:
    """One write step."""
    given = [kind for kind in KINDS if kind in mapping(reading, node, path)]
    table: Table = {
        "table": Field(names.one("table"), required=True),
        "put": Field(_attributes),
        "update": Field(_update),
        "delete": Field(_as_it_is),
        **REPEAT,
    }
    values = read_whole(reading, node, path, table, "write")
    if len(given) != 1:
        found = " and ".join(given) or "none"
        reading.refuse(node, path, f"found {found}, expected exactly one of {', '.join(KINDS)}")
    kind, name = given[0], values["table"]
    at = join(path, kind)
    keys = state.keys.get(name, {})
    again = read_repeat(reading, node, path, values)
    if kind == "put":
        _check_keys(reading, at, values["put"], keys, name)
        return WriteStep(table=name, kind=kind, item=values["put"], **again)
    if kind == "delete":
        return WriteStep(table=name, kind=kind, key=_delete(reading, values["delete"], at, keys, name), **again)
    key, changes = values["update"]["key"], values["update"]["set"]
    _check_keys(reading, join(at, "key"), key, keys, name, exactly=True)
    _check_changes(reading, join(at, "set"), changes, keys)
    return WriteStep(table=name, kind=kind, key=key, changes=changes, **again)


def _as_it_is(_reading: Reading, node: Node, _path: str) -> Node:
    """What is deleted is read when the table is known."""
    return node


def _update(reading: Reading, node: Node, path: str) -> dict[str, Any]:
    table: Table = {"key": Field(_attributes, required=True), "set": Field(_attributes, required=True)}
    return read_whole(reading, node, path, table, "update")


def _delete(reading: Reading, node: Node, path: str, keys: dict[str, str], table: str) -> dict[str, Any]:
    """The key of an item, as it is or under ``key``."""
    members = mapping(reading, node, path)
    if list(members) == ["key"] and isinstance(members["key"].value, dict):
        node, path = members["key"], join(path, "key")
    reading.places[path] = (node.line, node.column)
    key = _attributes(reading, node, path)
    _check_keys(reading, path, key, keys, table, exactly=True)
    return key


def _check_keys(
    reading: Reading, path: str, given: dict[str, Any], keys: dict[str, str], table: str, *, exactly: bool = False
) -> None:
    """Refuse an item without the table's key, and a key with anything more, as DynamoDB does."""
    if not keys:  # the table was refused itself
        return
    wanted = ", ".join(f"{name} ({kind})" for name, kind in keys.items())
    for name, kind in keys.items():
        value = given.get(name)
        if value is None:
            text = (
                f"Missing the key {name} in the item"
                if not exactly
                else "The provided key element does not match the schema"
            )
            reading.error(reading.place(path), path, f"ValidationException: {text}. The key of {table!r} is {wanted}.")
            return
        found = next(iter(value))
        if found != kind:
            at = join(path, name)
            text = f"Type mismatch for key {name} expected: {kind} actual: {found}"
            reading.error(
                reading.place(at), at, f"ValidationException: One or more parameter values were invalid: {text}"
            )
        elif kind in {"S", "B"} and value[kind] == "":
            at = join(path, name)
            text = f"The AttributeValue for a key attribute cannot contain an empty string value. Key: {name}"
            reading.error(
                reading.place(at), at, f"ValidationException: One or more parameter values are not valid. {text}"
            )
    more = [name for name in given if name not in keys] if exactly else []
    if more:
        text = f"The provided key element does not match the schema. Found {', '.join(more)} too; the key is {wanted}."
        reading.error(reading.place(path), path, f"ValidationException: {text}")


def _check_changes(reading: Reading, path: str, changes: dict[str, Any], keys: dict[str, str]) -> None:
    if not changes:
        reading.error(reading.place(path), path, "found nothing to set, expected attributes with their new values")
    for name in changes:
        if name in keys:
            text = f"Cannot update attribute {name}. This attribute is part of the key"
            message = f"ValidationException: One or more parameter values were invalid: {text}"
            reading.error(reading.place(join(path, name)), join(path, name), message)


def _attributes(reading: Reading, node: Node, path: str) -> dict[str, Any]:
    """DynamoDB JSON of a mapping of plain values; numbers keep the digits that the file writes."""
    if not isinstance(node.value, dict):
        reading.refuse(node, path, f"found {shown(node)}, expected attributes: NAME: value")
    from eventsim.cloud.dynamodb.plain_values import attribute_of

    read: dict[str, Any] = {}
    for name, member in node.value.items():
        at = join(path, name)
        reading.places[at] = (member.line, member.column)
        try:
            read[name] = attribute_of(_plain(reading, member, at))
        except InputError as error:
            reading.error(member, at, str(error))
            raise Unreadable from None
    return read


def _plain(reading: Reading, node: Node, path: str) -> Any:
    if isinstance(node.value, dict):
        return {key: _plain(reading, member, join(path, key)) for key, member in node.value.items()}
    if isinstance(node.value, list):
        return [_plain(reading, item, f"{path}[{n}]") for n, item in enumerate(node.value)]
    if isinstance(node.value, float) or (isinstance(node.value, int) and not isinstance(node.value, bool)):
        return _number(reading, node, path)
    return node.value


def _number(reading: Reading, node: Node, path: str) -> int | Decimal:
    """The number that is written, of at most 38 digits; a float would lose some of them."""
    if isinstance(node.value, int):
        number: int | Decimal = node.value
        exact = Decimal(number)
    else:
        try:
            exact = Decimal(node.text.replace("_", ""))
        except InvalidOperation:
            exact = Decimal(repr(node.value))
        if not exact.is_finite():
            reading.refuse(node, path, f"found {shown(node)}, expected a finite number")
        number = exact
    if len("".join(map(str, exact.as_tuple().digits)).strip("0")) > MOST_DIGITS:
        text = f"Attempting to store more than {MOST_DIGITS} significant digits in a Number"
        reading.refuse(node, path, f"ValidationException: {text}")
    if exact and not -130 <= exact.adjusted() <= 125:
        side = "overflow. Attempting to store a number with magnitude larger" if exact.adjusted() > 0 else (
            "underflow. Attempting to store a number with magnitude smaller"
        )  # fmt: skip
        reading.refuse(node, path, f"ValidationException: Number {side} than supported range")
    return number
