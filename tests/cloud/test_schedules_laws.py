"""The laws of cron expressions, against a reference that knows the sets and walks the calendar day by day."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from eventsim.cloud.schedules import ScheduleExpressionError, parse_rule_expression, parse_scheduler_expression
from eventsim.cloud.schedules.cron import Cron

if TYPE_CHECKING:
    from collections.abc import Callable

WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
HORIZON_DAYS = 3_000


class Field(NamedTuple):
    text: str
    values: frozenset[int]


class Days(NamedTuple):
    month_text: str
    week_text: str
    fits: Callable[[date], bool]


class Parts(NamedTuple):
    minutes: Field
    hours: Field
    days: Days
    months: Field
    years: Field

    def text(self) -> str:
        days = self.days
        fields = (
            self.minutes.text,
            self.hours.text,
            days.month_text,
            self.months.text,
            days.week_text,
            self.years.text,
        )
        return " ".join(fields)


ALWAYS = Field("*", frozenset(range(1970, 2200)))


@st.composite
def fields(draw: st.DrawFn, low: int, high: int, *, wraps: bool = True) -> Field:
    """Text for a field, and the set that it stands for, built from the same numbers."""
    texts, values = [], set[int]()
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(["one", "one", "range", "step", "ranged step", "all", "all step"]))
        start, end = draw(st.integers(low, high)), draw(st.integers(low, high))
        step = draw(st.integers(1, high - low + 3))
        if not wraps:
            start, end = min(start, end), max(start, end)
        ranged = [start + n for n in range((end - start) % (high - low + 1) + 1)]
        wrapped = [low + (value - low) % (high - low + 1) for value in ranged]
        text, found = {
            "one": (str(start), [start]),
            "range": (f"{start}-{end}", wrapped),
            "ranged step": (f"{start}-{end}/{step}", wrapped[::step]),
            "step": (f"{start}/{step}", list(range(start, high + 1, step))),
            "all": ("*", list(range(low, high + 1))),
            "all step": (f"*/{step}", list(range(low, high + 1, step))),
        }[kind]
        texts.append(text)
        values.update(found)
    return Field(",".join(texts), frozenset(values))


def last_of(day: date) -> int:
    return monthrange(day.year, day.month)[1]


def aws_weekday(day: date) -> int:
    return day.isoweekday() % 7 + 1


def is_nearest(day: date, wanted: int) -> bool:
    """Whether *day* is the working day of its month that lies nearest to its *wanted*-th."""
    if not 1 <= wanted <= last_of(day):
        return False
    working = [n for n in range(1, last_of(day) + 1) if day.replace(day=n).isoweekday() <= 5]
    return day.day == min(working, key=lambda n: (abs(n - wanted), n))


@st.composite
def days(draw: st.DrawFn) -> Days:
    kind = draw(st.sampled_from(["dom", "dow", "L", "L-", "W", "LW", "#", "dL"]))
    number, weekday = draw(st.integers(1, 31)), draw(st.integers(1, 7))
    name = draw(st.sampled_from([str(weekday), WEEKDAYS[weekday - 1], WEEKDAYS[weekday - 1].lower()]))
    if kind == "dom":
        field = draw(fields(1, 31))
        return Days(field.text, "?", lambda day: day.day in field.values)
    if kind == "dow":
        field = draw(fields(1, 7))
        return Days("?", field.text, lambda day: aws_weekday(day) in field.values)
    if kind == "L":
        return Days("L", "?", lambda day: day.day == last_of(day))
    if kind == "L-":
        return Days(f"L-{number - 1}", "?", lambda day: day.day == last_of(day) - number + 1)
    if kind == "W":
        return Days(f"{number}W", "?", lambda day: is_nearest(day, number))
    if kind == "LW":
        return Days("LW", "?", lambda day: is_nearest(day, last_of(day)))
    if kind == "#":
        week = draw(st.integers(1, 5))
        return Days("?", f"{name}#{week}", lambda day: aws_weekday(day) == weekday and (day.day - 1) // 7 + 1 == week)
    return Days("?", f"{name}L", lambda day: aws_weekday(day) == weekday and day.day > last_of(day) - 7)


def reference(after: datetime, parts: Parts) -> datetime | None:
    """The first minute later than *after* that fits, of every minute of every day within the horizon."""
    day = after.date()
    for _ in range(HORIZON_DAYS):
        if day.month in parts.months.values and day.year in parts.years.values and parts.days.fits(day):
            for minute in range(1440):
                if minute // 60 in parts.hours.values and minute % 60 in parts.minutes.values:
                    found = datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=UTC)
                    if found > after:
                        return found
        day += timedelta(days=1)
    return None


LEAP_DAYS = Parts(
    Field("0", frozenset({0})),
    Field("0", frozenset({0})),
    Days("29", "?", lambda day: day.day == 29),
    Field("2", frozenset({2})),
    ALWAYS,
)


@pytest.mark.rule("SCH-03", "SCH-04")
@example(datetime(2096, 12, 31, 23, 59, 30, tzinfo=UTC), LEAP_DAYS)
@given(
    st.datetimes(datetime(1999, 1, 1), datetime(2190, 1, 1), timezones=st.just(UTC)),
    st.builds(
        Parts,
        fields(0, 59),
        fields(0, 23),
        days(),
        fields(1, 12),
        st.one_of(st.just(ALWAYS), fields(1970, 2199, wraps=False)),
    ),
)
def test_next_after_is_what_looking_at_every_minute_finds(after: datetime, parts: Parts) -> None:
    found = Cron(f"cron({parts.text()})").next_after(after.timestamp())
    expected = reference(after, parts)
    if expected is None:
        assert found is None or found > (after + timedelta(days=HORIZON_DAYS - 1)).timestamp()
    else:
        assert found == expected.timestamp()


@pytest.mark.parametrize("parse", [parse_rule_expression, parse_scheduler_expression])
@given(text=st.text(max_size=40), form=st.sampled_from(["{}", "cron({})", "rate({})", "at({})", "cron(0 0 {} * ? *)"]))
def test_any_text_is_parsed_or_refused(parse: Callable[[str], object], text: str, form: str) -> None:
    refused = ""
    try:
        parse(form.replace("{}", text))
    except ScheduleExpressionError as error:
        refused = error.reason
    assert refused or "(" in form
