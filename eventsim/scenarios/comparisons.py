"""What an expectation compares with: plain values, ``>= 3``, ``< 90s``, ``1..5``, ``!= 0``, and parts of objects."""

from __future__ import annotations

import re
from typing import Any, Literal

from msgspec import Struct

from eventsim.functions.durations import FORMS, parse_seconds, shown

Unit = Literal["number", "seconds", "milliseconds", "text", "any"]
"""What the compared value is: durations are allowed where it is a time."""

_OPERATION = re.compile(r"(==|!=|>=|<=|>|<)\s*(.*)", re.DOTALL)
_SPAN = re.compile(r"(.+?)\s*\.\.\s*(.+)", re.DOTALL)
_PLACES = 6


class Comparison(Struct, frozen=True):
    """One value compared with another; *expected* is what the file says, for messages.

    *operation* ``..`` means from *operand* to *upper*, both included. Times are in the unit of what they are compared
    with. Fractions are compared to a millionth, the precision of results.
    """

    operation: Literal["==", "!=", ">=", "<=", ">", "<", ".."]
    operand: Any
    expected: Any
    upper: Any = None

    def holds(self, actual: Any) -> bool:
        """Whether *actual* is as expected; a value that can't be ordered fails every ordering."""
        if self.operation == "==":
            return _equal(actual, self.operand)
        if self.operation == "!=":
            return not _equal(actual, self.operand)
        if isinstance(actual, bool) or not isinstance(actual, int | float):
            return False
        found, operand = round(actual, _PLACES), round(self.operand, _PLACES)
        if self.operation == ">=":
            return bool(found >= operand)
        if self.operation == "<=":
            return bool(found <= operand)
        if self.operation == ">":
            return bool(found > operand)
        if self.operation == "<":
            return bool(found < operand)
        return bool(operand <= found <= round(self.upper, _PLACES))


class PartOf(Struct, frozen=True):
    """An object that has at least these members, each as expected."""

    members: dict[str, Comparison | PartOf | ListOf]
    expected: Any

    def holds(self, actual: Any) -> bool:
        """Whether *actual* is an object with every member as expected; other members are free."""
        return isinstance(actual, dict) and all(
            key in actual and matcher.holds(actual[key]) for key, matcher in self.members.items()
        )


class ListOf(Struct, frozen=True):
    """A list of exactly this many items, each as expected."""

    items: tuple[Comparison | PartOf | ListOf, ...]
    expected: Any

    def holds(self, actual: Any) -> bool:
        """Whether *actual* is a list of as many items, each as expected, in this order."""
        return (
            isinstance(actual, list | tuple)
            and len(actual) == len(self.items)
            and all(matcher.holds(item) for matcher, item in zip(self.items, actual, strict=True))
        )


Matcher = Comparison | PartOf | ListOf


def equal_to(value: Any) -> Comparison:
    """A comparison that takes *value* as it is, even where it reads like ``< 5``."""
    return Comparison("==", value, value)


def parse_comparison(value: Any, unit: Unit = "number") -> Comparison:
    """A scalar of an expectation as a comparison.

    Raises ValueError saying what was found and what is allowed.
    """
    if unit == "text":
        if isinstance(value, str) and value.startswith("!="):
            return Comparison("!=", value[2:].strip(), value)
        return equal_to(value)
    if isinstance(value, str) and (match := _OPERATION.fullmatch(value.strip())):
        operand = _operand(match[2], unit, value)
        return Comparison(match[1], operand, value)  # type: ignore[arg-type] # one of the pattern's alternatives
    if isinstance(value, str) and (match := _SPAN.fullmatch(value.strip())) and unit != "any":
        low, high = _operand(match[1], unit, value), _operand(match[2], unit, value)
        if low > high:
            raise ValueError(f"found {shown(value)}, whose lower end is above its upper end")
        return Comparison("..", low, value, high)
    if unit == "any":
        return equal_to(value)
    return Comparison("==", _operand(value, unit, value), value)


def parse_matcher(value: Any) -> Matcher:
    """Any value of an expectation: objects match in part, lists item by item, scalars compare.

    Raises ValueError saying what was found and what is allowed.
    """
    if isinstance(value, dict):
        return PartOf({key: parse_matcher(member) for key, member in value.items()}, value)
    if isinstance(value, list):
        return ListOf(tuple(parse_matcher(item) for item in value), value)
    return parse_comparison(value, "any")


def _operand(value: Any, unit: Unit, whole: Any) -> Any:
    if unit in {"seconds", "milliseconds"}:
        return _time(value, unit, whole)
    number = _number(value)
    if number is not None:
        return number
    if unit == "any":
        return value
    raise ValueError(f"found {shown(whole)}, expected a number or a comparison: 3, '>= 3', '< 90', '1..5', '!= 0'")


def _time(value: Any, unit: Unit, whole: Any) -> float:
    number = _number(value)
    if number is not None and number >= 0:
        return number
    try:
        seconds = parse_seconds(value)
    except ValueError:
        raise ValueError(
            f"found {shown(whole)}, expected a duration ({FORMS}) or a comparison with one: '>= 3s', '< 90s', '1s..5s'"
        ) from None
    return seconds * 1000 if unit == "milliseconds" else seconds


def _number(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value if value == value and abs(value) != float("inf") else None  # noqa: PLR0124 - not a number
    if not isinstance(value, str):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    if number != number or abs(number) == float("inf"):  # noqa: PLR0124 - not a number
        return None
    return int(number) if number.is_integer() and re.fullmatch(r"[+-]?\d+", value.strip()) else number


def _equal(actual: Any, expected: Any) -> bool:
    if isinstance(actual, bool) or isinstance(expected, bool):
        return actual is expected
    if isinstance(actual, int | float) and isinstance(expected, int | float):
        return round(actual, _PLACES) == round(expected, _PLACES)
    if isinstance(actual, dict) and isinstance(expected, dict):
        return actual.keys() == expected.keys() and all(_equal(actual[key], expected[key]) for key in expected)
    if isinstance(actual, list | tuple) and isinstance(expected, list | tuple):
        return len(actual) == len(expected) and all(map(_equal, actual, expected))
    return bool(actual == expected)
