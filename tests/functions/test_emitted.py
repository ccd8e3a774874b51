"""What the log of the invocations tells CloudWatch."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventsim.functions import emitted
from eventsim.functions.invocations import InvocationRecord, Outcome


def record(
    at_s: float, ended_s: float | None, outcome: Outcome | None = Outcome.SUCCESS, **more: Any
) -> InvocationRecord:
    found = InvocationRecord(at_s, ended_s, "f", None, "r", 1, outcome, False, None, None)
    for name, value in more.items():
        setattr(found, name, value)
    return found


THROTTLED = record(2, 2, Outcome.THROTTLE)


@pytest.mark.rule("MET-02", "MET-03", "MET-04", "MET-05", "MET-06")
def test_each_attempt_emits_at_its_start() -> None:
    log = [record(0, 61), record(1, 1.5, Outcome.ERROR, error={"errorType": "E"}), THROTTLED, record(3, None, None)]
    assert emitted.values(log, "Invocations") == [(0, 1), (1, 1), (3, 1)]
    assert emitted.values(log, "Errors") == [(0, 0), (1, 1)]
    assert emitted.values(log, "Throttles") == [(0, 0), (1, 0), (2, 1), (3, 0)]
    assert emitted.values(log, "Duration") == [(0, 61_000), (1, 500)]


@pytest.mark.rule("MET-08")
def test_provisioned_and_spilled_over_invocations_are_told_apart() -> None:
    log = [record(0, 1, provisioned=True), record(0, 1, provisioned=False), record(0, 1)]
    assert emitted.values(log, "ProvisionedConcurrencyInvocations") == [(0, 1)]
    assert emitted.values(log, "ProvisionedConcurrencySpilloverInvocations") == [(0, 1)]


@pytest.mark.rule("MET-07")
def test_concurrency_goes_on_in_minutes_in_which_nothing_starts() -> None:
    log = [record(10, 200), record(20, 20), record(30, 70)]
    assert emitted.concurrency(log) == [(10, 1), (20, 2), (30, 2), (60, 2), (120, 1), (180, 1)]


@pytest.mark.rule("MET-07")
@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 200)), max_size=30))
def test_the_highest_concurrency_is_that_of_some_instant(spans: list[tuple[int, int]]) -> None:
    log = [record(start, start + length) for start, length in sorted(spans)]
    highest = max((value for _, value in emitted.concurrency(log)), default=0)
    at_starts = [
        sum(one.at_s <= at.at_s and (one.ended_s or 0) > at.at_s for one in log) + (at.at_s == at.ended_s) for at in log
    ]
    assert highest == max(at_starts, default=0)


@pytest.mark.rule("MET-09")
@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ({"Records": [{"kinesis": {"approximateArrivalTimestamp": 5.5}}]}, 5.5),
        ({"Records": [{"dynamodb": {"ApproximateCreationDateTime": 7}}]}, 7.0),
        ({"Records": [{"body": "x"}]}, None),
        ({"Records": []}, None),
        ("text", None),
    ],
)
def test_the_age_of_a_batch_is_that_of_its_last_record(event: object, expected: float | None) -> None:
    assert emitted.last_arrival_s(event) == expected
