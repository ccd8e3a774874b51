"""Asynchronous events that find no concurrency."""

from __future__ import annotations

import msgspec
import pytest

from eventsim.invokers.base import Invocation, InvocationResult
from tests.mappings.asynchronously import (
    UNHANDLED,
    Case,
    attempts,
    contexts,
    counts,
    played,
    records,
)
from tests.simulation.building import failed


@pytest.mark.rule("SCN-15", "ASY-07", "ASY-09", "DST-03", "DST-04", "MET-05", "MET-10")
def test_scn_15_a_throttled_event_is_tried_at_longer_and_longer_intervals_until_it_is_too_old() -> None:
    def build(case: Case) -> None:
        case.function(takes=600.0, timeout_s=900, reserved_concurrency=1)
        case.configure(failure="bad", MaximumEventAgeInSeconds=300)
        case.occupy()
        case.send()

    simulation = played(build)
    times = [0, 1, 3, 7, 15, 31, 63, 127, 255]
    assert attempts(simulation) == [(at, n, "throttle") for n, at in enumerate(times, 1)]
    assert contexts(simulation, "bad") == [(255, "EventAgeExceeded", 0, {"statusCode": 429})]
    assert "responsePayload" not in records(simulation, "bad")[0]
    assert counts(simulation, "Throttles", "Invocations", "Errors", "AsyncEventsDropped") == [9, 1, 0, 1]
    assert len({one.request_id for one in simulation.invocations}) == 2
    assert simulation.functions["f"].metrics.async_event_age_ms == 0


@pytest.mark.rule("SCN-15", "ASY-11", "DST-03", "MET-05", "CON-05")
def test_scn_15_without_any_concurrency_an_event_is_discarded_at_once() -> None:
    def build(case: Case) -> None:
        case.function(reserved_concurrency=0)
        case.configure(failure="bad")
        case.dead_letter()
        case.send()

    simulation = played(build)
    assert simulation.invocations == []
    assert contexts(simulation, "bad") == [(0, "ZeroReservedConcurrency", 0, None)]
    assert counts(simulation, "Throttles", "Invocations", "AsyncEventsReceived", "AsyncEventsDropped") == [0, 0, 1, 1]
    [letter] = simulation.queues.get("dead").messages()
    assert letter.attributes is not None
    assert "ErrorCode" not in letter.attributes


@pytest.mark.rule("ASY-11", "ASY-15")
def test_concurrency_that_is_taken_away_ends_a_waiting_event_at_its_next_attempt() -> None:
    def build(case: Case) -> None:
        function = case.function(lambda _: failed())
        case.configure(failure="bad")
        case.send()
        case.at(10, function.update, msgspec.structs.replace(function.settings, reserved_concurrency=0))

    simulation = played(build)
    assert contexts(simulation, "bad") == [(60, "ZeroReservedConcurrency", 1, None)]


@pytest.mark.rule("ASY-07")
def test_throttles_take_no_retries_and_an_attempt_that_runs_begins_their_waits_anew() -> None:
    def answer(one: Invocation) -> InvocationResult:
        return InvocationResult(takes_s=4.0) if one.request_id == "sync" else failed()

    def build(case: Case) -> None:
        case.function(answer, reserved_concurrency=1, timeout_s=10)
        case.configure(failure="bad")
        case.occupy()
        case.send()
        case.occupy(at_s=66.0)

    simulation = played(build)
    expected = [(0, "throttle"), (1, "throttle"), (3, "throttle"), (7, "error"), (67, "throttle"), (68, "throttle")]
    expected += [(70, "error"), (190, "error")]
    assert [(at, outcome) for at, _, outcome in attempts(simulation)] == expected
    assert [attempt for _, attempt, _ in attempts(simulation)] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert contexts(simulation, "bad") == [(190, "RetriesExhausted", 3, UNHANDLED)]


@pytest.mark.rule("ASY-09", "DST-04")
def test_an_event_that_failed_and_is_then_throttled_to_its_end_tells_of_the_throttle() -> None:
    def answer(one: Invocation) -> InvocationResult:
        return InvocationResult(takes_s=800) if one.request_id == "sync" else failed()

    def build(case: Case) -> None:
        case.function(answer, reserved_concurrency=1, timeout_s=900)
        case.configure(failure="bad", MaximumEventAgeInSeconds=100)
        case.send()
        case.occupy(at_s=1.0)

    assert contexts(played(build), "bad") == [(91, "EventAgeExceeded", 1, {"statusCode": 429})]


@pytest.mark.rule("ASY-16", "CON-08", "CON-12")
def test_events_share_the_functions_concurrency_and_the_accounts() -> None:
    def build(case: Case) -> None:
        case.function(takes=1.5, reserved_concurrency=2)
        for n in range(5):
            case.send(n)

    simulation = played(build)
    assert counts(simulation, "ConcurrentExecutions", "Invocations", "Throttles") == [2, 5, 7]
    assert [(at, outcome) for at, _, outcome in attempts(simulation) if outcome == "success"] == [
        (0, "success"), (0, "success"), (3, "success"), (3, "success"), (7, "success"),
    ]  # fmt: skip


@pytest.mark.rule("ASY-16", "CON-04")
def test_there_is_no_cap_on_requests_a_second() -> None:
    def build(case: Case) -> None:
        case.function(reserved_concurrency=1)
        for n in range(200):
            case.send(n)

    simulation = played(build)
    assert counts(simulation, "Invocations", "Throttles") == [200, 0]
    assert simulation.world.loop.time() == 0
