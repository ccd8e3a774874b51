"""Keyword arguments with AWS's names: which there are, and the nearest one to a name that is none."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from eventsim.errors import InputError, NoEffectWarning

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def check_keywords(given: Iterable[str], known: Iterable[str], what: str) -> None:
    """InputError for the first of the *given* names that *what* does not have."""
    allowed = list(known)
    for name in given:
        if name not in allowed:
            from eventsim.scenarios.convert import suggest

            raise InputError(f"found {name!r}, unknown in {what}{suggest(name, allowed, allowed)}")


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
    return value if isinstance(value, str) else _encoded(value, what).decode()


def copied(value: Any, what: str) -> Any:
    """A JSON value of its own, that its receiver may change; InputError for what JSON does not have."""
    import msgspec

    return msgspec.json.decode(_encoded(value, what))


def _encoded(value: Any, what: str) -> bytes:
    import msgspec

    if isinstance(value, bytes | bytearray | memoryview):
        raise InputError(f"{what}: found {type(value).__name__}, expected a JSON value or text: decode it first")
    try:
        return msgspec.json.encode(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(f"{what}: found {value!r}, which is no JSON: {error}") from None
