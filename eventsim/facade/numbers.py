"""Numbers that a caller gives."""

from __future__ import annotations

from typing import Any

from eventsim.errors import InputError


def whole_number(value: Any, name: str, least: int, most: int) -> int:
    """*value*; InputError unless it is a whole number between two, both included."""
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise InputError(f"{name}: found {value!r}, expected a whole number from {least} to {most}")
    return value


def check_seconds(value: Any) -> None:
    """InputError unless *value* is None or a length of time in seconds."""
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
        raise InputError(f"for_s: found {value!r}, expected a number of seconds of 0 or more")
