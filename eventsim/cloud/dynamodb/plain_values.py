"""Attribute values from plain Python values, as scenario files have them."""

from __future__ import annotations

from binascii import b2a_base64
from decimal import Decimal
from math import isfinite
from typing import TYPE_CHECKING, Any

from eventsim.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventsim.cloud.dynamodb.attributes import Attributes


def attributes_of(values: Mapping[str, Any]) -> Attributes:
    """DynamoDB JSON of an item or key, as in ``{"id": "a", "at": 1}``; raises InputError."""
    return {str(name): attribute_of(value) for name, value in values.items()}


def attribute_of(value: Any) -> dict[str, Any]:
    """DynamoDB JSON of one value: texts, numbers, truth values, None, bytes, lists, mappings and sets.

    Raises InputError for anything else.
    """
    if value is None:
        return {"NULL": True}
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, str):
        return {"S": value}
    if isinstance(value, int | float | Decimal):
        return {"N": _number(value)}
    if isinstance(value, bytes):
        return {"B": _base64(value)}
    if isinstance(value, dict):
        return {"M": attributes_of(value)}
    if isinstance(value, list | tuple):
        return {"L": [attribute_of(one) for one in value]}
    if isinstance(value, set | frozenset):
        return _set(value)
    raise _refused(value)


def _set(values: set[Any] | frozenset[Any]) -> dict[str, Any]:
    if values and all(isinstance(one, str) for one in values):
        return {"SS": sorted(values)}
    if values and all(isinstance(one, bytes) for one in values):
        return {"BS": [_base64(one) for one in sorted(values)]}
    if values and all(isinstance(one, int | float | Decimal) and not isinstance(one, bool) for one in values):
        return {"NS": [_number(one) for one in sorted(values)]}
    raise _refused(values)


def _number(value: float | Decimal) -> str:
    """All digits that the value has, without an exponent and without zeros behind the point."""
    if not isfinite(value):
        raise _refused(value)
    if isinstance(value, int):
        return str(value)
    exact = value if isinstance(value, Decimal) else Decimal(repr(value))
    text = f"{exact:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text if exact else "0"


def _base64(value: bytes) -> str:
    return b2a_base64(value, newline=False).decode()


def _refused(value: Any) -> InputError:
    return InputError(
        f"{value!r} is no DynamoDB value: a text, a finite number, true or false, null, bytes, a list, a mapping, or a "
        "set of texts, of numbers or of bytes is"
    )
