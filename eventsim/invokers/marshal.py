"""A returned value as JSON text, exactly as Lambda's Python runtime writes it.

The text follows the runtimes for Python 3.12 and later: non-ASCII characters stand as they are, items are separated by
", " and ": ", `Decimal` is a number, NaN and Infinity are written, named tuples (and what else has ``_asdict``) are
objects, bytes inside a value are UTF-8 text.
"""

from __future__ import annotations

import math
from decimal import Decimal
from json.encoder import encode_basestring as quote
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_LITERALS = {True: "true", False: "false", None: "null"}


class MarshalError(Exception):
    """A returned value that JSON can't express; the text is the runtime's own (FUN-11)."""


def marshal(value: Any) -> str | bytes | None:
    """The response for a returned *value*: None for ``None``, bytes as they are, else JSON text (FUN-12).

    Raises `MarshalError`.
    """
    if value is None or isinstance(value, bytes):
        return value
    pieces: list[str] = []
    try:
        _write(value, pieces.append, set())
    except Exception as error:  # noqa: BLE001 - the value's own methods are the user's
        raise MarshalError(f"Unable to marshal response: {error}") from None
    return "".join(pieces)


def size_bytes(payload: str | bytes | None) -> int:
    """The size of a response on the wire; raises UnicodeEncodeError for text that UTF-8 can't carry (FUN-03)."""
    if payload is None:
        return 4
    if isinstance(payload, bytes) or payload.isascii():
        return len(payload)
    return len(payload.encode())


def _write(value: Any, add: Callable[[str], None], inside: set[int]) -> None:
    if isinstance(value, str):
        add(quote(value))
    elif value is None or value is True or value is False:
        add(_LITERALS[value])
    elif isinstance(value, int):
        add(int.__repr__(value))
    elif isinstance(value, float):
        add(_number(value))
    elif isinstance(value, bytes):
        add(quote(value.decode()))
    else:
        _write_container(value, add, inside)


def _write_container(value: Any, add: Callable[[str], None], inside: set[int]) -> None:
    if id(value) in inside:
        raise ValueError("Circular reference detected")
    inside.add(id(value))
    as_dict = None if isinstance(value, list) else getattr(value, "_asdict", None)
    if as_dict is not None and callable(as_dict):
        _write_object(as_dict(), add, inside)
    elif isinstance(value, (list, tuple)):
        _write_array(value, add, inside)
    elif isinstance(value, dict):
        _write_object(value, add, inside)
    elif isinstance(value, Decimal):
        add("NaN" if value.is_nan() else str(value))
    else:
        raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")
    inside.discard(id(value))


def _write_array(items: list[Any] | tuple[Any, ...], add: Callable[[str], None], inside: set[int]) -> None:
    separator = "["
    for item in items:
        add(separator)
        _write(item, add, inside)
        separator = ", "
    add("]" if items else "[]")


def _write_object(members: Any, add: Callable[[str], None], inside: set[int]) -> None:
    separator = "{"
    for key, item in members.items():
        add(separator)
        add(quote(key) if isinstance(key, str) else quote(_key(key)))
        add(": ")
        _write(item, add, inside)
        separator = ", "
    add("}" if separator == ", " else "{}")


def _key(key: Any) -> str:
    if key is None or key is True or key is False:
        return _LITERALS[key]
    if isinstance(key, bytes):
        return key.decode()
    if isinstance(key, float):
        return _number(key)
    if isinstance(key, int):
        return int.__repr__(key)
    raise TypeError(f"keys must be str, int, float, bool or None, not {type(key).__name__}")


def _number(value: float) -> str:
    if math.isfinite(value):
        return float.__repr__(value)
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"
