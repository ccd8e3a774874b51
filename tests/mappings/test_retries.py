"""What comes next after a batch of a stream failed, decided without a clock."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventsim.cloud.shards.record import Record
from eventsim.mappings.retries import (
    Condition,
    Discard,
    Halve,
    Retry,
    RetryPolicy,
    after_failure,
    first_failed,
    gone,
    retry_delay_s,
    too_old,
)

GIVE_UP = Discard(Condition.RETRIES_EXHAUSTED)


@pytest.mark.rule("STR-09", "STR-17")
def test_waits_double_from_half_a_second_to_a_minute() -> None:
    assert [retry_delay_s(k) for k in range(9)] == [0.5, 1, 2, 4, 8, 16, 32, 60, 60]
    assert retry_delay_s(10_000) == 60


@pytest.mark.rule("STR-08")
@pytest.mark.parametrize("retries", [0, 1, 2, 3, 10_000])
def test_n_retries_are_n_plus_1_attempts(retries: int) -> None:
    policy = RetryPolicy(maximum_retries=retries)
    assert all(isinstance(after_failure(policy, 1, failures), Retry) for failures in range(1, min(retries, 50) + 1))
    assert after_failure(policy, 1, retries + 1) == GIVE_UP


@pytest.mark.rule("STR-08")
def test_minus_1_retries_for_ever() -> None:
    assert after_failure(RetryPolicy(), 5, 1_000_000) == Retry(60)


@pytest.mark.rule("STR-11")
@given(records=st.integers(2, 10_000), failures=st.integers(1, 100), retries=st.integers(-1, 5))
def test_two_records_or_more_are_halved_whatever_is_left_of_retries(records: int, failures: int, retries: int) -> None:
    step = after_failure(RetryPolicy(maximum_retries=retries, bisect=True), records, failures)
    assert isinstance(step, Halve)
    assert 0 <= step.first - (records - step.first) <= 1


@pytest.mark.rule("STR-11", "STR-13")
def test_one_record_or_a_reported_batch_is_not_halved() -> None:
    policy = RetryPolicy(maximum_retries=1, bisect=True)
    assert after_failure(policy, 1, 1) == Retry(0.5)
    assert after_failure(policy, 1, 2) == GIVE_UP
    assert after_failure(policy, 9, 1, reported=True) == Retry(0.5)
    assert after_failure(policy, 9, 2, reported=True) == GIVE_UP


@pytest.mark.rule("STR-12", "ESM-30")
@given(st.lists(st.integers(1, 10**56), min_size=1, unique=True), st.data())
def test_the_lowest_reported_number_counts(values: list[int], data: st.DataObject) -> None:
    texts = [str(value) for value in sorted(values)]
    reported = data.draw(st.lists(st.sampled_from(texts), min_size=1))
    assert first_failed(texts, reported) == min(map(texts.index, reported))


def records(*arrivals_ms: int) -> list[Record]:
    return [Record(str(n), "k", "", arrival_ms) for n, arrival_ms in enumerate(arrivals_ms)]


def arrival_ms(record: Record) -> int:
    return record.arrival_ms


@pytest.mark.rule("STR-10")
def test_a_record_is_too_old_when_its_age_exceeds_the_limit() -> None:
    found = records(0, 1, 2, 5_000)
    assert [too_old(found, arrival_ms, now, 60) for now in (60_000, 60_001, 60_002, 60_003, 65_001)] == [0, 1, 2, 3, 4]
    assert too_old(found, arrival_ms, 10**12, -1) == 0


@pytest.mark.rule("STR-34")
def test_a_record_is_gone_the_moment_it_is_as_old_as_the_retention_period() -> None:
    found = records(0, 1, 2)
    assert [gone(found, now, 1_000) for now in (999, 1_000, 1_001, 1_002)] == [0, 1, 2, 3]
