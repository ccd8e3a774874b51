from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventsim.cloud.schedules import parse_scheduler_expression
from eventsim.cloud.schedules.cron import Cron
from eventsim.cloud.schedules.zones import find_zone, local_s, unix_s
from tests.cloud.eventbridge_world import seconds, shown


def occurrences(text: str, zone: str, after: str, count: int) -> list[str | None]:
    expression = parse_scheduler_expression(text, find_zone(zone))
    when: float | None = seconds(after)
    found = []
    for _ in range(count):
        when = None if when is None else expression.next_after(when, seconds(after))
        found.append(shown(when))
    return found


@pytest.mark.rule("SCH-09", "SCH-11")
def test_a_local_hour_keeps_its_place_when_the_clocks_change() -> None:
    assert occurrences("cron(0 9 * * ? *)", "America/New_York", "2026-03-06T20:00:00+00:00", 3) == [
        "2026-03-07 14:00",
        "2026-03-08 13:00",
        "2026-03-09 13:00",
    ]


@pytest.mark.rule("SCH-11")
def test_a_local_time_that_the_clocks_skip_is_left_out() -> None:
    assert occurrences("cron(30 2 * * ? *)", "America/New_York", "2026-03-07T00:00:00+00:00", 3) == [
        "2026-03-07 07:30",
        "2026-03-09 06:30",
        "2026-03-10 06:30",
    ]
    assert occurrences("at(2026-03-29T02:30:00)", "Europe/Berlin", "2026-01-01T00:00:00+00:00", 1) == [None]


@pytest.mark.rule("SCH-11")
def test_a_local_time_that_the_clocks_show_twice_counts_once() -> None:
    assert occurrences("cron(30 1 * * ? *)", "America/New_York", "2026-10-31T12:00:00+00:00", 3) == [
        "2026-11-01 05:30",
        "2026-11-02 06:30",
        "2026-11-03 06:30",
    ]
    assert occurrences("cron(0/20 1-2 * * ? *)", "America/New_York", "2026-11-01T05:20:00+00:00", 4) == [
        "2026-11-01 05:40",
        "2026-11-01 07:00",
        "2026-11-01 07:20",
        "2026-11-01 07:40",
    ]
    assert occurrences("at(2026-10-25T02:30:00)", "Europe/Berlin", "2026-01-01T00:00:00+00:00", 2) == [
        "2026-10-25 00:30",
        None,
    ]


@pytest.mark.rule("SCH-11")
def test_half_hours_and_skipped_days_are_no_different() -> None:
    assert occurrences("cron(15 2 * * ? *)", "Australia/Lord_Howe", "2026-10-02T15:00:00+00:00", 3) == [
        "2026-10-02 15:45",
        "2026-10-04 15:15",
        "2026-10-05 15:15",
    ]
    assert occurrences("cron(0 0 * * ? *)", "Pacific/Apia", "2011-12-28T12:00:00+00:00", 3) == [
        "2011-12-29 10:00",
        "2011-12-30 10:00",
        "2011-12-31 10:00",
    ]


@pytest.mark.rule("SCH-11")
def test_a_rate_counts_real_time_over_a_change() -> None:
    assert occurrences("rate(1 day)", "America/New_York", "2026-03-07T14:00:00+00:00", 2) == [
        "2026-03-08 14:00",
        "2026-03-09 14:00",
    ]


@pytest.mark.parametrize("name", ["Mars/Olympus", "America", "../UTC", "/etc/passwd", "", "europe\0"])
def test_a_zone_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="allowed: a name of the IANA database"):
        find_zone(name)


@pytest.mark.rule("SCH-11")
@given(
    zone=st.sampled_from(["Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Africa/Casablanca"]),
    after=st.integers(1_700_000_000, 1_900_000_000),
    step=st.sampled_from(["* * * * ? *", "*/7 * * * ? *", "30 1-3 * * ? *", "59 23 L * ? *"]),
)
def test_what_comes_next_is_later_is_shown_by_the_clock_and_was_not_shown_before(
    zone: str, after: int, step: str
) -> None:
    info = ZoneInfo(zone)
    cron = Cron(f"cron({step})", info)
    when = cron.next_after(float(after))
    assert when is not None
    assert when > after
    local = datetime.fromtimestamp(when, info)
    assert (local.second, local.fold) == (0, 0)
    clock = round(local.replace(tzinfo=UTC).timestamp())
    assert cron.next_local(clock - 60) == clock
    assert unix_s(clock, info) == when
    # no minute between the two that the clock shows for the first time fits
    minute = after - after % 60 + 60
    while minute < min(when, after + 86_400):
        there = datetime.fromtimestamp(minute, info)
        shown_there = local_s(minute, info)
        assert there.fold == 1 or cron.next_local(shown_there - 60) != shown_there
        minute += 60
    assert timedelta(seconds=when - after) < timedelta(days=32)
