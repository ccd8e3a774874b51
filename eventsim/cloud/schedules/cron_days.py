"""Which days of a month a cron expression means: lists, and the forms with L, W and # (SCH-03, SCH-04)."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Sequence
from typing import Final

from eventsim.cloud.schedules.cron_fields import DAY, WEEKDAY, parse_number, parse_value, parse_values

DaysOf = Callable[[int, int], Sequence[int]]
"""The days of a year's month, in ascending order; those that the month lacks may be among them, at the end."""

_ANY: Final = "?"
_SATURDAY: Final = 5  # as calendar counts, from Monday
_SUNDAY: Final = 6
_MOST_WEEKS: Final = 5
_FARTHEST: Final = 30


def parse_days(month_text: str, week_text: str) -> DaysOf:
    """The days by the day-of-month and day-of-week fields, of which exactly one is ``?``; ValueError otherwise."""
    if (month_text == _ANY) == (week_text == _ANY):
        raise ValueError(
            f"found {month_text!r} as day-of-month and {week_text!r} as day-of-week; allowed: ? in exactly one of them"
        )
    return _weekdays(week_text.upper()) if month_text == _ANY else _month_days(month_text.upper())


# --- day-of-month ---


def _month_days(text: str) -> DaysOf:
    if text.startswith("L"):
        return _from_the_end(text)
    if text.endswith("W"):
        day = parse_value(text[:-1], DAY)
        return lambda year, month: _nearest_weekday(year, month, day)
    days = parse_values(text, DAY)
    return lambda _year, _month: days


def _from_the_end(text: str) -> DaysOf:
    """``L`` is the last day, ``L-3`` the third before it, ``LW`` and ``L-3W`` the weekday nearest to that."""
    offset_text = text[1:].removesuffix("W")
    offset = parse_number(offset_text[1:]) if offset_text.startswith("-") else None if offset_text else 0
    if offset is None or offset > _FARTHEST:
        raise ValueError(f"found {text!r} as day-of-month; allowed with L: L, LW, L-n and L-nW, n being 0 to 30")
    weekday = text.endswith("W")

    def days_of(year: int, month: int) -> Sequence[int]:
        day = monthrange(year, month)[1] - offset
        if day < 1:
            return ()
        return _nearest_weekday(year, month, day) if weekday else (day,)

    return days_of


def _nearest_weekday(year: int, month: int, day: int) -> Sequence[int]:
    """Monday to Friday nearest to a day, within its month; none where the month is too short to have that day."""
    first, length = monthrange(year, month)
    if day > length:
        return ()
    weekday = (first + day - 1) % 7
    if weekday == _SATURDAY:
        return (day - 1 if day > 1 else day + 2,)
    if weekday == _SUNDAY:
        return (day + 1 if day < length else day - 2,)
    return (day,)


# --- day-of-week ---


def _weekdays(text: str) -> DaysOf:
    name, hash_sign, week_text = text.partition("#")
    if hash_sign:
        return _nth_weekday(_python_weekday(parse_value(name, WEEKDAY)), parse_number(week_text), text)
    if text.endswith("L") and text != "L":
        weekday = _python_weekday(parse_value(text[:-1], WEEKDAY))
        return lambda year, month: _weekday_days(year, month, weekday)[-1:]
    numbers = (WEEKDAY.highest,) if text == "L" else parse_values(text, WEEKDAY)
    weekdays = frozenset(_python_weekday(number) for number in numbers)

    def days_of(year: int, month: int) -> Sequence[int]:
        first, length = monthrange(year, month)
        return [day for day in range(1, length + 1) if (first + day - 1) % 7 in weekdays]

    return days_of


def _nth_weekday(weekday: int, week: int | None, text: str) -> DaysOf:
    if week is None or not 1 <= week <= _MOST_WEEKS:
        raise ValueError(f"found {text!r} as day-of-week; allowed with #: one day, and a week from 1 to 5")
    nth = slice(week - 1, week)
    return lambda year, month: _weekday_days(year, month, weekday)[nth]


def _weekday_days(year: int, month: int, weekday: int) -> range:
    first, length = monthrange(year, month)
    return range(1 + (weekday - first) % 7, length + 1, 7)


def _python_weekday(number: int) -> int:
    """From 1 for Sunday to calendar's 0 for Monday."""
    return (number + 5) % 7
