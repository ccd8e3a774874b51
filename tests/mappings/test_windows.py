"""Tumbling windows, worked out without a clock."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventsim.mappings.windows import STATE_LIMIT_BYTES, read_state, window_of


@pytest.mark.rule("STR-26")
@given(st.integers(0, 2 * 10**12), st.integers(1, 900))
def test_windows_of_one_length_follow_each_other_from_the_epoch_on(arrival_ms: int, length_s: int) -> None:
    window = window_of(arrival_ms, length_s)
    assert window.start_ms <= arrival_ms < window.end_ms
    assert (window.start_ms % (1000 * length_s), window.end_ms - window.start_ms) == (0, 1000 * length_s)
    assert window.holds(arrival_ms)
    assert not window.holds(window.end_ms)


@pytest.mark.rule("STR-26", "STR-29")
def test_a_window_of_two_minutes_ends_on_an_even_minute_and_closes_two_minutes_later() -> None:
    window = window_of(1_607_497_475_000, 120)  # 2020-12-09T07:04:35Z
    assert window.part(final=False).window() == {"start": "2020-12-09T07:04:00Z", "end": "2020-12-09T07:06:00Z"}
    assert window.closes_ms(120) == window.end_ms + 120_000


@pytest.mark.rule("STR-28")
@pytest.mark.parametrize(
    ("response", "state"),
    [
        ('{"state": {"n": 1}}', b'{"n":1}'),
        (b'{"state": {}, "batchItemFailures": []}', b"{}"),
        (None, None),
        ("", None),
        ("null", None),
        ("{", None),
        (b"\xff", None),
        ("[]", None),
        ("{}", None),
        ('{"state": null}', None),
        ('{"state": 1}', None),
        ('{"state": "text"}', None),
        ('{"state": [1]}', None),
    ],
)
def test_a_state_is_an_object_in_an_object(response: str | bytes | None, state: bytes | None) -> None:
    assert read_state(response) == state


@pytest.mark.rule("STR-30")
def test_state_of_a_megabyte_is_kept_and_a_byte_more_ends_the_window() -> None:
    window = window_of(0, 60)
    window.keep(b"x" * STATE_LIMIT_BYTES)
    assert (window.overflowed, window.part(final=True).early) == (False, False)
    window.keep(b"x" * (STATE_LIMIT_BYTES + 1))
    assert (window.overflowed, window.part(final=True).early, window.part(final=False).early) == (True, True, False)
