"""JSON whose numbers keep their text, since exact matching compares how a number is written (FLT-11).

Integers have one way to be written, so they stay ``int``; every other number becomes a NumberText.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec


class NumberText(str):
    """A JSON number with a fraction or an exponent, as it was written: ``300.0`` and ``3.0e2`` differ."""

    __slots__ = ()


_decoder: Final = msgspec.json.Decoder(float_hook=NumberText)


def decode(text: str | bytes) -> Any:
    """Decode JSON; of duplicate keys the last wins (FLT-17). Raises ValueError for anything that isn't JSON."""
    try:
        return _decoder.decode(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def decode_object(text: str | bytes) -> dict[str, Any] | None:
    """The JSON object that *text* holds; None when it holds something else or isn't JSON at all."""
    try:
        document = _decoder.decode(text)
    except (ValueError, RecursionError):
        return None
    return document if type(document) is dict else None


def number_value(value: Any) -> float | None:
    """The value of a JSON number in any of its forms; None for what isn't a number (true and false aren't)."""
    kind = type(value)
    if kind is int or kind is float:
        return value  # type: ignore[no-any-return]
    return float(value) if kind is NumberText else None
