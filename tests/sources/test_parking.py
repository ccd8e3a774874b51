"""The grid that shards are polled on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventsim.sources.parking import DYNAMODB_PACE, KINESIS_PACE, next_poll_s


@pytest.mark.rule("KIN-05", "DDB-05", "KIN-03")
def test_the_services_have_their_own_pace() -> None:
    assert (KINESIS_PACE.period_s, KINESIS_PACE.page_records, KINESIS_PACE.page_bytes) == (1, 10_000, 10 * 1024 * 1024)
    assert (DYNAMODB_PACE.period_s, DYNAMODB_PACE.page_records, DYNAMODB_PACE.page_bytes) == (0.25, 1_000, 1024 * 1024)


@pytest.mark.rule("KIN-05")
@pytest.mark.parametrize(
    ("now_s", "last_s", "at_s"),
    [
        (0.3, None, 0.3),
        (0.3, 0.3, 1.3),
        (1.3, 0.3, 1.3),
        (1.31, 0.3, 2.3),
        (1.31, 1.31, 2.3),
        (86_400.3, 0.3, 86_400.3),
        (86_400.299, 0.3, 86_400.3),
    ],
)
def test_the_next_poll_is_the_first_of_the_grid(now_s: float, last_s: float | None, at_s: float) -> None:
    assert next_poll_s(0.3, 1, now_s, last_s) == at_s


@pytest.mark.rule("KIN-05", "DDB-05")
@given(
    st.integers(0, 10**9),
    st.sampled_from([0.25, 1.0]),
    st.integers(0, 10**9),
    st.one_of(st.none(), st.integers(0, 10**9)),
)
def test_a_poll_is_never_past_never_twice_at_an_instant_and_always_on_the_grid(
    start_ms: int, period_s: float, later_ms: int, before_ms: int | None
) -> None:
    start_s, now_s = start_ms / 1000, (start_ms + later_ms) / 1000
    last_s = None if before_ms is None else max(start_s, now_s - before_ms / 1000)
    at_s = next_poll_s(start_s, period_s, now_s, last_s)
    assert at_s >= now_s
    assert last_s is None or at_s > last_s
    assert at_s - now_s <= period_s + 1e-6
    periods = (at_s - start_s) / period_s
    assert abs(periods - round(periods)) < 1e-4 or at_s == now_s
