"""What can be said of attributes in DynamoDB JSON: their size, whether they differ, and the key of an item."""

from __future__ import annotations

from binascii import a2b_base64
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_CONTAINER_BYTES: Final = 3  # of a list or map, besides one for each element

Attributes = dict[str, dict[str, Any]]
"""Attribute values by name, as in ``{"id": {"S": "a"}}``; binary values are base64 texts."""


def size_of(attributes: Mapping[str, Mapping[str, Any]]) -> int:
    """The bytes of names and values, as SizeBytes counts them (DDB-07).

    A number has one byte for two significant digits and one more; lists and maps have three bytes and one for each
    element.
    """
    size_bytes = 0
    for name, value in attributes.items():
        size_bytes += len(name) if name.isascii() else len(name.encode())
        for kind, content in value.items():
            size_bytes += _SIZES[kind](content)
    return size_bytes


def _text_bytes(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())


def _number_bytes(text: str) -> int:
    if not text.isdigit():
        text = text.lower().partition("e")[0].lstrip("+-").replace(".", "")
    return (len(text.strip("0")) + 1) // 2 + 1


def _binary_bytes(text: str) -> int:
    return len(a2b_base64(text))


def _list_bytes(values: list[dict[str, Any]]) -> int:
    inner = sum(_SIZES[kind](content) for value in values for kind, content in value.items())
    return _CONTAINER_BYTES + len(values) + inner


_SIZES: Final[dict[str, Callable[[Any], int]]] = {
    "S": _text_bytes,
    "N": _number_bytes,
    "B": _binary_bytes,
    "BOOL": lambda _: 1,
    "NULL": lambda _: 1,
    "SS": lambda values: sum(map(_text_bytes, values)),
    "NS": lambda values: sum(map(_number_bytes, values)),
    "BS": lambda values: sum(map(_binary_bytes, values)),
    "L": _list_bytes,
    "M": lambda members: _CONTAINER_BYTES + len(members) + size_of(members),
}


def same_attributes(one: Attributes, other: Attributes) -> bool:
    """Whether a write that makes *other* of *one* changes nothing (DDB-03).

    Numbers are compared by value, sets without regard to their order.
    """
    if one == other:
        return True
    return one.keys() == other.keys() and all(_same_value(value, other[name]) for name, value in one.items())


def _same_value(one: dict[str, Any], other: dict[str, Any]) -> bool:
    if one == other:
        return True
    ((kind, content),) = one.items()
    ((other_kind, wanted),) = other.items()
    if kind != other_kind:
        return False
    if kind == "N":
        return Decimal(content) == Decimal(wanted)
    if kind == "M":
        return same_attributes(content, wanted)
    if kind == "L":
        return len(content) == len(wanted) and all(map(_same_value, content, wanted))
    if kind == "NS":
        return set(map(Decimal, content)) == set(map(Decimal, wanted))
    return kind in {"SS", "BS"} and set(content) == set(wanted)


def item_key(keys: Attributes) -> str:
    """A text that an item's key has and no other key of the table; numbers that are equal give the same (DDB-09)."""
    texts = [_key_text(*next(iter(value.items()))) for value in keys.values()]
    return texts[0] if len(texts) == 1 else f"{len(texts[0])} {texts[0]}{texts[1]}"


def _key_text(kind: str, content: str) -> str:
    return f"N{Decimal(content).normalize()}" if kind == "N" else f"{kind}{content}"
