"""What is wrong with an event pattern, and where."""

from __future__ import annotations

from typing import Any

from eventsim.errors import InputError
from eventsim.patterns.json_numbers import NumberText

_LONGEST_QUOTE = 60


class PatternError(InputError):
    """An event pattern that can't be compiled.

    *path* is dotted and empty for the pattern as a whole, *found* and *allowed* are phrases. *wording* is the sentence
    with which AWS's rule compiler refuses the same thing, for services that quote it; empty where none is known.
    """

    def __init__(self, path: str, found: str, allowed: str, *, wording: str = "", place: str = "") -> None:
        where = f"{place}: {path or 'the pattern'}" if place else path or "the pattern"
        super().__init__(f"{where}: found {found}; allowed: {allowed}")
        self.path = path
        self.found = found
        self.allowed = allowed
        self.wording = wording

    def within(self, place: str) -> PatternError:
        """The same error, naming also which of several patterns it is about."""
        return PatternError(self.path, self.found, self.allowed, wording=self.wording, place=place)


def describe(value: Any) -> str:
    """Name a piece of a pattern in an error: scalars as JSON writes them, the rest by what they are."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, NumberText):
        return str(value)
    if isinstance(value, str):
        return f"the string {quote(value)}"
    if isinstance(value, int | float):
        return _describe_number(value)
    if isinstance(value, list):
        return "a list" if value else "an empty list"
    if isinstance(value, dict):
        return "an object" if value else "an empty object"
    return f"a value of type {type(value).__name__}"


def _describe_number(value: float) -> str:
    try:
        return repr(value)
    except ValueError:  # an integer of thousands of digits has no text
        return "a huge integer"


def quote(name: object) -> str:
    """A string in quotation marks, shortened where it is long."""
    text = str(name)
    return f'"{text}"' if len(text) <= _LONGEST_QUOTE else f'"{text[:_LONGEST_QUOTE]}…"'


def join(path: str, name: str) -> str:
    """The dotted path of *name* below *path*."""
    return f"{path}.{name}" if path else name
