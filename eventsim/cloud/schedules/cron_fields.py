"""The fields of a cron expression as sets of numbers: values, lists, ranges, steps and names (SCH-03, SCH-04)."""

from __future__ import annotations

from typing import Final

import msgspec

_MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_WEEKDAYS: Final = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


class CronField(msgspec.Struct, frozen=True):
    """One field: its lowest and highest value, and the names of the values from the lowest on.

    A range that *wraps* may end below its start: ``20-2`` of the hours are 20 to 23 and 0 to 2.
    """

    name: str
    lowest: int
    highest: int
    names: tuple[str, ...] = ()
    wraps: bool = True


MINUTE: Final = CronField("minutes", 0, 59)
HOUR: Final = CronField("hours", 0, 23)
DAY: Final = CronField("day-of-month", 1, 31)
MONTH: Final = CronField("month", 1, 12, _MONTHS)
WEEKDAY: Final = CronField("day-of-week", 1, 7, _WEEKDAYS)
YEAR: Final = CronField("year", 1970, 2199, wraps=False)


def parse_values(text: str, field: CronField) -> tuple[int, ...]:
    """The values that a field names, in ascending order; ValueError says what can't be read and what is allowed."""
    values: set[int] = set()
    for part in text.split(","):
        values.update(_parse_part(part, field))
    return tuple(sorted(values))


def parse_value(text: str, field: CronField) -> int:
    """One value: a number of the field's range or a name, in capitals or not, of which three letters count."""
    if text.isascii() and text.isdigit():
        value = int(text)
        if field.lowest <= value <= field.highest:
            return value
    elif text.isalpha() and text[:3].upper() in field.names:
        return field.lowest + field.names.index(text[:3].upper())
    raise ValueError(f"found {text!r} in its {field.name} field; allowed: {_allowed(field)}")


def parse_number(text: str) -> int | None:
    """A number of ASCII digits; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() else None


def _parse_part(part: str, field: CronField) -> range | list[int]:
    bounds, slash, step_text = part.partition("/")
    step = parse_number(step_text) if slash else 1
    if step is None:
        raise ValueError(f"found the step {step_text!r} in its {field.name} field; allowed: a whole number")
    first, dash, last = bounds.partition("-")
    if bounds == "*":
        return _steps(field.lowest, field.highest, step)
    start = parse_value(first, field)
    if not dash:
        return _steps(start, field.highest if slash else start, step)
    end = parse_value(last, field)
    if start <= end:
        return _steps(start, end, step)
    if not field.wraps:
        raise ValueError(f"found the range {bounds!r} in its {field.name} field; allowed: one that ascends")
    span = field.highest - field.lowest + 1
    return [field.lowest + (value - field.lowest) % span for value in _steps(start, end + span, step)]


def _steps(start: int, end: int, step: int) -> range:
    """Every *step*-th value from *start* to *end*; a step of 0 leaves the first alone, as AWS has it."""
    return range(start, end + 1, step) if step else range(start, start + 1)


def _allowed(field: CronField) -> str:
    names = f" or {field.names[0]} to {field.names[-1]}" if field.names else ""
    return f"{field.lowest} to {field.highest}{names}"
