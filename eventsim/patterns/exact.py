"""Exact matching of scalars (FLT-10, FLT-11)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from eventsim.patterns.json_numbers import NumberText, number_value

Test = Callable[[Any], bool]
"""Whether a scalar of the document (string, number, true, false, null) satisfies one condition."""


def exact_test(values: Iterable[Any], *, numbers_by_value: bool) -> Test:
    """Whether a scalar is one of *values*: strings by their characters, numbers by their text or by their value."""
    wanted = list(values)
    strings = frozenset(value for value in wanted if type(value) is str)
    constants = frozenset(value for value in wanted if value is None or type(value) is bool)
    key = number_value if numbers_by_value else _number_as_written
    numbers = frozenset(key(value) for value in wanted if number_value(value) is not None)

    def test(value: Any) -> bool:
        kind = type(value)
        if kind is str:
            return value in strings
        if kind is bool or value is None:
            return value in constants
        return key(value) in numbers

    return test


def _number_as_written(value: Any) -> int | str | None:
    # An integer has only one way to be written; a plain float came without its text, so JSON's own is taken.
    kind = type(value)
    if kind is int or kind is NumberText:
        return value  # type: ignore[no-any-return]
    return repr(value) if kind is float else None
