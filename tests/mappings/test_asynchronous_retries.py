"""What follows a failed or throttled attempt of an asynchronous event."""

from __future__ import annotations

import pytest

from eventsim.destinations.asynchronous import Condition
from eventsim.mappings.asynchronous_retries import (
    AS_ON_AWS,
    Again,
    AsyncTiming,
    Lifetime,
    Step,
    after_failure,
    after_throttle,
    before_attempt,
)

DEFAULT = Lifetime(0.0, 2, 21_600)


def failures(lifetime: Lifetime, *at_s: float, timing: AsyncTiming = AS_ON_AWS) -> list[Step]:
    """What follows failures at these times, one after the other."""
    return [after_failure(lifetime, timing, when_s, count) for count, when_s in enumerate(at_s, 1)]


@pytest.mark.rule("ASY-06")
def test_a_failed_event_is_tried_again_after_one_and_after_two_minutes_and_then_given_up() -> None:
    assert failures(DEFAULT, 0, 60, 180) == [Again(60), Again(180), Condition.RETRIES_EXHAUSTED]


@pytest.mark.rule("ASY-06")
@pytest.mark.parametrize("retries", [0, 1, 2])
def test_there_are_as_many_retries_as_are_set(retries: int) -> None:
    steps = failures(Lifetime(0.0, retries, 21_600), *[0.0] * (retries + 1))
    assert [isinstance(step, Again) for step in steps] == [True] * retries + [False]


@pytest.mark.rule("ASY-07")
def test_throttles_wait_twice_as_long_each_time_up_to_five_minutes() -> None:
    steps = [after_throttle(DEFAULT, AS_ON_AWS, 0.0, count) for count in (*range(1, 13), 5000)]
    assert steps == [Again(float(s)) for s in (1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300, 300)]


@pytest.mark.rule("ASY-08", "ASY-09")
@pytest.mark.parametrize(
    ("at_s", "expected"), [(39.999, Again(99.999)), (40.0, Condition.AGE_EXCEEDED), (41.0, Condition.AGE_EXCEEDED)]
)
def test_a_retry_that_could_not_start_before_the_limit_ends_the_event_now(at_s: float, expected: Step) -> None:
    lifetime = Lifetime(0.0, 2, 100)
    assert after_failure(lifetime, AS_ON_AWS, at_s, 1) == expected
    assert after_throttle(lifetime, AS_ON_AWS, at_s, 7) in (expected, Condition.AGE_EXCEEDED)


@pytest.mark.rule("ASY-09")
def test_the_age_is_counted_from_the_acceptance_and_to_the_nanosecond() -> None:
    accepted_s = 0.1 + 0.2
    assert after_failure(Lifetime(accepted_s, 2, 61), AS_ON_AWS, 0.3 + 0.9, 1) == Again(61.2)
    assert after_failure(Lifetime(accepted_s, 2, 60), AS_ON_AWS, 0.3, 1) is Condition.AGE_EXCEEDED


@pytest.mark.rule("ASY-09")
def test_used_up_retries_win_over_the_age() -> None:
    assert after_failure(Lifetime(0.0, 0, 60), AS_ON_AWS, 500.0, 1) is Condition.RETRIES_EXHAUSTED


@pytest.mark.rule("ASY-09")
def test_a_throttled_event_looks_ahead_in_the_same_way() -> None:
    lifetime = Lifetime(0.0, 2, 300)
    assert after_throttle(lifetime, AS_ON_AWS, 127.0, 8) == Again(255.0)
    assert after_throttle(lifetime, AS_ON_AWS, 255.0, 9) is Condition.AGE_EXCEEDED


@pytest.mark.rule("ASY-08", "ASY-15")
def test_settings_that_were_tightened_meanwhile_end_a_waiting_event() -> None:
    assert before_attempt(DEFAULT, 0.0, 0) is None
    assert before_attempt(DEFAULT, 21_599.0, 2) is None
    assert before_attempt(DEFAULT, 21_600.0, 0) is Condition.AGE_EXCEEDED
    assert before_attempt(Lifetime(0.0, 1, 60), 60.0, 2) is Condition.RETRIES_EXHAUSTED


@pytest.mark.rule("ASY-06", "ASY-07")
def test_the_waits_that_aws_leaves_open_can_be_set() -> None:
    timing = AsyncTiming(retry_s=(5.0,), throttle_first_s=3.0, throttle_longest_s=10.0)
    assert failures(DEFAULT, 0, 10, timing=timing) == [Again(5), Again(15)]
    assert [after_throttle(DEFAULT, timing, 0.0, count) for count in (1, 2, 3)] == [Again(3), Again(6), Again(10)]
