"""How many batches a queue mapping may have in work."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventsim.mappings.backoff import retry_at_s, throttle_wait_s
from eventsim.mappings.scaling import LEGACY_60, STANDARD, PollPace, Scaling, ScalingProfile, profile_of
from eventsim.mappings.settings import QueueMappingSettings, read_queue_mapping


def settings(**members: object) -> QueueMappingSettings:
    return read_queue_mapping(members)


@pytest.mark.rule("SQS-15", "SQS-16")
def test_concurrency_starts_at_5_and_grows_by_5_a_second_while_saturated_with_a_backlog() -> None:
    scaling = Scaling(STANDARD)
    scaling.saturated(0.0, True)
    assert [scaling.allowed(t) for t in (0.0, 0.19, 0.2, 1.0, 60.0, 249.0, 300.0)] == [5, 5, 6, 10, 305, 1250, 1250]


@pytest.mark.rule("SQS-16")
def test_it_does_not_grow_without_a_backlog() -> None:
    scaling = Scaling(STANDARD)
    scaling.saturated(10.0, False)
    assert (scaling.allowed(100.0), scaling.next_slot_s(100.0)) == (5, None)


@pytest.mark.rule("SQS-16")
def test_the_next_slot_opens_exactly_when_the_integer_part_grows() -> None:
    scaling = Scaling(STANDARD)
    scaling.saturated(1.0, True)
    opens_s = scaling.next_slot_s(1.0)
    assert opens_s == pytest.approx(1.2)
    assert opens_s is not None
    assert scaling.allowed(opens_s) == 6


@pytest.mark.rule("SQS-24", "SQS-28")
def test_each_failure_halves_it_down_to_1_and_a_success_lets_it_recover() -> None:
    scaling = Scaling(STANDARD)
    seen = []
    for t in (1.0, 2.0, 3.0, 4.0):
        scaling.failed(t)
        seen.append(scaling.allowed(t))
    seen.append(scaling.allowed(60.0))
    scaling.succeeded(60.0)
    seen += [scaling.allowed(t) for t in (60.0, 60.2, 60.8, 90.0)]
    assert seen == [2, 1, 1, 1, 1, 1, 2, 5, 5]


@pytest.mark.rule("SQS-16")
def test_an_empty_long_poll_sets_it_back_to_the_start_from_above_and_below() -> None:
    scaling = Scaling(STANDARD)
    scaling.saturated(0.0, True)
    scaling.found_empty(100.0)
    assert scaling.allowed(100.0) == 5
    scaling.failed(100.0)
    scaling.found_empty(120.0)
    assert scaling.allowed(120.0) == 5


@pytest.mark.rule("SQS-15")
def test_the_older_profile_adds_one_a_second_up_to_1000() -> None:
    scaling = Scaling(LEGACY_60)
    scaling.saturated(0.0, True)
    assert [scaling.allowed(t) for t in (0.0, 60.0, 2000.0)] == [5, 65, 1000]


@pytest.mark.rule("SQS-17", "SQS-18", "SQS-19", "CON-14")
@pytest.mark.parametrize(
    ("given_settings", "fifo", "profile"),
    [
        (settings(), False, ScalingProfile(5, 5, 1250)),
        (settings(ScalingConfig={"MaximumConcurrency": 3}), False, ScalingProfile(3, 5, 3)),
        (settings(ScalingConfig={"MaximumConcurrency": 800}), False, ScalingProfile(5, 5, 800)),
        (settings(), True, ScalingProfile(1250, 5, 1250)),
        (settings(ScalingConfig={"MaximumConcurrency": 2}), True, ScalingProfile(2, 5, 2)),
        (settings(ProvisionedPollerConfig={"MinimumPollers": 3}), False, ScalingProfile(30, 1000 / 60, 2000)),
        (settings(ProvisionedPollerConfig={"MaximumPollers": 7}), False, ScalingProfile(20, 1000 / 60, 70)),
    ],
)
def test_the_settings_choose_the_profile(
    given_settings: QueueMappingSettings, fifo: bool, profile: ScalingProfile
) -> None:
    assert profile_of(given_settings, fifo=fifo) == profile


@pytest.mark.rule("SQS-18")
def test_a_provisioned_poller_receives_ten_times_a_second() -> None:
    pace, now_s = PollPace(), 0.0
    calls: list[float] = []
    while len(calls) < 22:
        wait_s = pace.wait_s(now_s, 1)
        if wait_s:
            now_s += wait_s
        else:
            calls.append(round(now_s, 6))
    assert calls == [round(n / 10, 6) for n in range(22)]


@pytest.mark.rule("SQS-18")
def test_a_provisioned_poller_reads_one_mebibyte_a_second() -> None:
    pace = PollPace()
    assert pace.wait_s(0.0, 1) == 0
    pace.received(3 * 1_048_576)
    assert pace.wait_s(0.0, 1) == pytest.approx(2.0)


@pytest.mark.rule("SQS-28")
@given(st.integers(1, 40), st.integers())
def test_a_throttled_batch_waits_1_s_doubling_to_30_s_with_a_fifth_of_jitter(throttles: int, seed: int) -> None:
    base_s = min(30.0, 2.0 ** (throttles - 1))
    assert 0.8 * base_s <= throttle_wait_s(throttles, Random(seed)) <= 1.2 * base_s


@pytest.mark.rule("SQS-27")
@given(st.integers(1, 8), st.floats(0, 100), st.integers())
def test_no_retry_is_later_than_the_lease(throttles: int, lease_left_s: float, seed: int) -> None:
    at_s = retry_at_s(50.0, throttles, 50.0 + lease_left_s, Random(seed))
    assert at_s is None or 50.0 < at_s < 50.0 + lease_left_s
