"""Converters for single values: text, numbers, flags, words, JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventsim.scenarios.convert import Reading, join, nearest, shown

if TYPE_CHECKING:
    from eventsim.scenarios.convert import Converter
    from eventsim.scenarios.yaml_nodes import Node


def text(reading: Reading, node: Node, path: str) -> str:
    """A text, as it stands."""
    if not isinstance(node.value, str):
        hint = ": quote it" if isinstance(node.value, bool | int | float) else ""
        reading.refuse(node, path, f"found {shown(node)}, expected text{hint}")
    return node.value


def integer(reading: Reading, node: Node, path: str) -> int:
    """A whole number; as in CloudFormation, also one written as text."""
    value = node.value
    if isinstance(value, str) and len(value) <= 20 and value.strip().removeprefix("-").isascii():
        bare = value.strip()
        if bare.removeprefix("-").isdigit():
            value = int(bare)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        reading.refuse(node, path, f"found {shown(node)}, expected a whole number")
    return value


def integer_between(least: int, most: int) -> Converter:
    """A converter for a whole number between two, both included."""

    def read_between(reading: Reading, node: Node, path: str) -> int:
        value = integer(reading, node, path)
        if not least <= value <= most:
            reading.refuse(node, path, f"found {shown(node)}, expected a whole number from {least} to {most}")
        return value

    return read_between


def boolean(reading: Reading, node: Node, path: str) -> bool:
    """True or false; as in CloudFormation, also written as text."""
    if isinstance(node.value, str) and node.value.lower() in {"true", "false"}:
        return node.value.lower() == "true"
    if not isinstance(node.value, bool):
        reading.refuse(node, path, f"found {shown(node)}, expected true or false")
    return node.value


def one_of(*allowed: str) -> Converter:
    """A converter for one word of several."""

    def read_word(reading: Reading, node: Node, path: str) -> str:
        if node.value not in allowed:
            near = nearest(node.value, allowed) if isinstance(node.value, str) else None
            meant = f" (did you mean {near!r}?)" if near else ""
            reading.refuse(node, path, f"found {shown(node)}, expected one of {', '.join(allowed)}{meant}")
        return str(node.value)

    return read_word


def json_value(reading: Reading, node: Node, path: str) -> Any:
    """Any value that JSON has: no NaN, no infinity."""
    if isinstance(node.value, dict):
        return {key: json_value(reading, member, join(path, key)) for key, member in node.value.items()}
    if isinstance(node.value, list):
        return [json_value(reading, item, f"{path}[{n}]") for n, item in enumerate(node.value)]
    if isinstance(node.value, float) and node.value - node.value != 0:
        reading.refuse(node, path, f"found {shown(node)}, which JSON does not have")
    if isinstance(node.value, int) and not -(2**63) <= node.value < 2**64:
        reading.refuse(node, path, "found a whole number of more than 64 bits: quote it")
    return node.value
