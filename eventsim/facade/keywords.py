"""Keyword arguments with AWS's names: which there are, and the nearest one to a name that is none."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from eventsim.errors import InputError, NoEffectWarning

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_KINDS = {"int": "a whole number", "str": "text", "bool": "true or false", "array": "a list", "object": "a mapping"}


def check_keywords(given: Iterable[str], known: Iterable[str], what: str, *, also: Iterable[str] = ()) -> None:
    """InputError for the first of the *given* names that *what* does not have; it *also* tells of those."""
    allowed = list(known)
    for name in given:
        if name not in allowed:
            from eventsim.scenarios.convert import suggest

            every = [*allowed, *also]
            raise InputError(f"found {name!r}, unknown in {what}{suggest(name, every, every)}")


def check_name(name: Any) -> None:
    """InputError for a resource's name that is no text."""
    if not isinstance(name, str):
        raise InputError(f"found {name!r} as a name, expected text")


def without_effect(given: Mapping[str, Any], table: Mapping[str, Any], owner: str) -> dict[str, Any]:
    """*given* without what CloudFormation knows and a simulation does not need, which is warned of once.

    *table* is the scenario files' own; InputError for what it says comes later.
    """
    from eventsim.scenarios.convert import Later, NoEffect

    for name in given:
        entry = table.get(name)
        if isinstance(entry, Later):
            raise InputError(f"{owner}: {entry.what} is not supported yet")
    idle = [name for name in given if isinstance(table.get(name), NoEffect)]
    if idle:
        warnings.warn(
            f"{owner}: without effect in a simulation: {', '.join(idle)}", NoEffectWarning, stacklevel=stack_level()
        )
    return {name: value for name, value in given.items() if name not in idle}


def misfit(error: Exception, given: Any) -> str:
    """What msgspec found wrong with *given*, with the value that it found, as other messages say it."""
    import re

    unknown = re.fullmatch(r"Object contains unknown field `(\w+)` - at `\$\.?(.*)`", str(error))
    if unknown is not None:
        return f"{unknown[2]}: found {unknown[1]!r}, which is unknown there"
    told = re.fullmatch(r"Expected `(\w+)[^`]*`, got `\w+`(?: - at `\$\.?(.*)`)?", str(error))
    if told is None:
        return str(error)
    kind, path = told[1], told[2] or ""
    for part in re.findall(r"[^.\[\]]+", path):
        given = given[int(part) if part.isdigit() else part]
    return f"{path}: found {given!r}, expected {_KINDS.get(kind, kind)}".removeprefix(": ")


def stack_level() -> int:
    """How far up the first caller outside of eventsim's facade is, for `warnings.warn` in the caller of this."""
    import sys

    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("eventsim.facade"):
        level, frame = level + 1, frame.f_back
    return level


def text_of(value: Any, what: str) -> str:
    """A body as a message holds it: text as it is, anything else as compact JSON in the order of its keys.

    InputError for what JSON does not have.
    """
    return value if isinstance(value, str) else encoded(value, what).decode()


def encoded(value: Any, what: str) -> bytes:
    """The compact JSON of a value; InputError for what JSON does not have."""
    import msgspec

    if isinstance(value, bytes | bytearray | memoryview):
        raise InputError(f"{what}: found {type(value).__name__}, expected a JSON value or text: decode it first")
    try:
        return msgspec.json.encode(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(f"{what}: found {value!r}, which is no JSON: {error}") from None
