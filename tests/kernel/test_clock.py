from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from eventsim.kernel.clock import DEFAULT_EPOCH_S, Clock


def test_the_run_starts_at_new_year_2026_unless_told_otherwise() -> None:
    clock = Clock(lambda: 1.5)
    assert (clock.now_s(), clock.wall_s(), clock.wall_ms()) == (1.5, 1767225601.5, 1767225601500)
    assert Clock(lambda: 1.5, epoch_s=10.25).wall_ms() == 11750


@given(tenths=st.lists(st.integers(0, 36_000), max_size=50))
def test_milliseconds_are_those_of_exact_arithmetic_whatever_sums_of_floats_do(tenths: list[int]) -> None:
    now = 0.0
    for tenth in tenths:
        now += tenth / 10
    assert Clock(lambda: now).wall_ms() == int(DEFAULT_EPOCH_S) * 1000 + sum(tenths) * 100


@given(ms=st.integers(0, 10**11))
def test_a_whole_millisecond_is_itself(ms: int) -> None:
    assert Clock(lambda: ms / 1000, epoch_s=0.0).wall_ms() == ms
