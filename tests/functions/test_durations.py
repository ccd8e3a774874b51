from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventsim.functions.durations import Fixed, Lognormal, Uniform, parse_duration, parse_seconds


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("150ms", 0.15),
        ("30s", 30),
        ("5m", 300),
        ("2h", 7200),
        ("1d", 86400),
        ("1.5s", 1.5),
        ("1m30s", 90),
        ("1h 30m", 5400),
        ("1d2h3m4s5ms", 93784.005),
        ("PT1M30S", 90),
        ("PT0.5S", 0.5),
        ("P1DT12H", 129600),
        ("P2W", 1209600),
        ("PT0S", 0),
        ("90", 90),
        (" 1e3 ", 1000),
        (0, 0),
        (90, 90),
        (0.25, 0.25),
        ("36525d", 3155760000),
    ],
)
def test_a_duration_is_read_to_seconds(written: Any, seconds: float) -> None:
    assert parse_seconds(written) == seconds


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("", "found '', expected a duration: 150ms"),
        ("soon", "found 'soon', expected a duration: 150ms"),
        ("30 s x", "found '30 s x', expected a duration: 150ms"),
        ("30s1m", "found '30s1m', expected a duration: 150ms"),
        ("1mo", "found '1mo', expected a duration: 150ms"),
        ("P1M", "found 'P1M', expected a duration: 150ms"),
        ("P", "found 'P', expected a duration: 150ms"),
        ("PT", "found 'PT', expected a duration: 150ms"),
        ("-5s", "found '-5s', expected a duration: 150ms"),
        ("-5", "found '-5', expected a duration of 0 or more: 150ms"),
        (-1, "found -1, expected a duration of 0 or more: 150ms"),
        (float("nan"), "found nan, expected a duration of 0 or more: 150ms"),
        (float("inf"), "found inf, expected at most 36525d (a hundred years)"),
        ("1e999", "found '1e999', expected at most 36525d (a hundred years)"),
        (10**400, "found 1000"),
        ("36526d", "found '36526d', expected at most 36525d (a hundred years)"),
        (True, "found true, expected a duration: 150ms"),
        (None, "found nothing, expected a duration: 150ms"),
        ([1], "found [1], expected a duration: 150ms"),
    ],
)
def test_what_is_no_duration_is_refused_with_what_was_found(written: Any, message: str) -> None:
    with pytest.raises(ValueError, match="expected") as caught:
        parse_seconds(written)
    assert str(caught.value).startswith(message)


@given(st.integers(0, 99), st.integers(0, 23), st.integers(0, 59), st.integers(0, 59), st.integers(0, 999))
def test_units_add_up_and_iso_8601_agrees(days: int, hours: int, minutes: int, seconds: int, millis: int) -> None:
    total = ((days * 24 + hours) * 60 + minutes) * 60 + seconds + millis / 1000
    assert parse_seconds(f"{days}d{hours}h{minutes}m{seconds}s{millis}ms") == pytest.approx(total, abs=1e-9)
    assert parse_seconds(f"P{days}DT{hours}H{minutes}M{seconds}.{millis:03}S") == pytest.approx(total, abs=1e-9)


def test_a_number_of_milliseconds_is_the_same_instant_as_its_seconds() -> None:
    assert [parse_seconds(f"{n}ms") for n in range(1000)] == [round(n / 1000, 9) for n in range(1000)]


def test_distributions_are_read() -> None:
    assert parse_duration("120ms") == Fixed(0.12)
    assert parse_duration({"lognormal": {"median": "120ms", "p99": "2s"}}) == Lognormal(0.12, 2.0)
    assert parse_duration({"uniform": ["10ms", 1]}) == Uniform(0.01, 1.0)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ({}, "found {}, expected a duration (150ms"),
        ({"normal": 1}, "found {'normal': 1}, expected a duration (150ms"),
        ({"lognormal": {"median": "1s"}}, "lognormal: found {'median': '1s'}, expected {median: 120ms, p99: 2s}"),
        ({"lognormal": {"median": "x", "p99": 1}}, "lognormal.median: found 'x', expected a duration: 150ms"),
        ({"lognormal": {"median": 0, "p99": 1}}, "lognormal: found median 0 and p99 1, expected 0 < median <= p99"),
        ({"lognormal": {"median": 2, "p99": 1}}, "lognormal: found median 2 and p99 1, expected 0 < median <= p99"),
        ({"uniform": [1]}, "uniform: found [1], expected [low, high], as in [10ms, 1s]"),
        ({"uniform": [2, 1]}, "uniform: found 2 above 1, expected low <= high"),
        ({"uniform": [0, -1]}, "uniform[1]: found -1, expected a duration of 0 or more: 150ms"),
    ],
)
def test_a_broken_distribution_is_refused_with_its_part(written: Any, message: str) -> None:
    with pytest.raises(ValueError, match="expected") as caught:
        parse_duration(written)
    assert str(caught.value).startswith(message)


def test_a_fixed_duration_draws_nothing() -> None:
    stream = random.Random(1)
    before = stream.getstate()
    assert [Fixed(3.0).draw(stream) for _ in range(3)] == [3.0, 3.0, 3.0]
    assert stream.getstate() == before


def test_the_same_stream_draws_the_same_lengths() -> None:
    for duration in (Uniform(1.0, 2.0), Lognormal(0.1, 2.0)):
        one, other = random.Random(7), random.Random(7)
        assert [duration.draw(one) for _ in range(50)] == [duration.draw(other) for _ in range(50)]


def test_a_lognormal_has_its_median_and_99th_percentile() -> None:
    stream = random.Random(0)
    drawn = sorted(Lognormal(0.12, 2.0).draw(stream) for _ in range(20_000))
    assert drawn[10_000] == pytest.approx(0.12, rel=0.05)
    assert drawn[19_800] == pytest.approx(2.0, rel=0.15)
    assert drawn[0] > 0


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.integers())
def test_a_uniform_length_stays_between_its_ends(one: float, other: float, seed: int) -> None:
    low, high = sorted((one, other))
    assert low <= Uniform(low, high).draw(random.Random(seed)) <= high


def test_a_lognormal_whose_ends_are_equal_is_that_length() -> None:
    assert Lognormal(2.0, 2.0).draw(random.Random(3)) == pytest.approx(2.0)
