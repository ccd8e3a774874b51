"""Settings and functions that change while asynchronous events wait."""

from __future__ import annotations

from functools import partial
from typing import Any

import msgspec
import pytest

from eventsim.invokers.base import Invocation, InvocationResult
from eventsim.mappings.asynchronous import AsyncInvoker
from tests.mappings.asynchronously import (
    LAMBDA,
    UNHANDLED,
    Case,
    attempts,
    contexts,
    counts,
    played,
    records,
)
from tests.simulation.building import failed


@pytest.mark.rule("ASY-10", "ASY-15")
def test_settings_that_are_changed_count_for_waiting_events_at_once() -> None:
    def build(case: Case) -> None:
        case.function(lambda _: failed())
        case.send()
        case.at(61, partial(case.configure, failure="bad", MaximumRetryAttempts=1))

    simulation = played(build)
    assert attempts(simulation) == [(0, 1, "error"), (60, 2, "error")]
    assert contexts(simulation, "bad") == [(180, "RetriesExhausted", 2, UNHANDLED)]


@pytest.mark.rule("ASY-08", "ASY-15")
def test_an_age_that_is_lowered_ends_a_waiting_event() -> None:
    def build(case: Case) -> None:
        case.function(lambda _: failed())
        case.send()
        case.at(30, partial(case.configure, failure="bad", MaximumEventAgeInSeconds=60))

    simulation = played(build)
    assert contexts(simulation, "bad") == [(60, "EventAgeExceeded", 1, UNHANDLED)]


@pytest.mark.rule("ASY-15")
def test_settings_may_take_time_to_reach_the_queue() -> None:
    def build(case: Case) -> None:
        simulation = case.simulation
        asynchronous = case.asynchronous = AsyncInvoker(
            simulation.world, simulation.functions, simulation.destinations(),
            region="us-east-1", account_id="123456789012", propagation_s=90.0,
        )  # fmt: skip
        case.function(lambda _: failed())
        case.at(0, partial(case.configure, MaximumRetryAttempts=0))
        case.at(0, asynchronous.enqueue, "f", {})
        case.at(200, asynchronous.enqueue, "f", {})

    assert [at for at, _, _ in attempts(played(build))] == [0, 60, 200]


@pytest.mark.rule("ASY-12")
def test_each_attempt_runs_the_function_as_it_is_then() -> None:
    memory: list[int] = []

    def answer(one: Invocation) -> InvocationResult:
        memory.append(one.memory_mb)
        return failed()

    def build(case: Case) -> None:
        function = case.function(answer)
        case.send()
        case.at(30, function.update, msgspec.structs.replace(function.settings, memory_mb=512))

    played(build)
    assert memory == [128, 512, 512]


@pytest.mark.rule("ASY-12", "ASY-15")
def test_events_that_queued_up_run_the_code_of_their_attempt_as_it_was_recorded(capture: Any) -> None:
    recorded = capture("lam_test_async_invoke_queue_upon_function_update")["expected_event_or_destination_record"]
    expected = recorded["async_invoke_history_sorted"]
    seen: list[str] = []

    def answer(one: Invocation) -> InvocationResult:
        seen.append(f"{one.event}--variant-{one.memory_mb // 128}")
        return InvocationResult(takes_s=20.0 if "sleep" in one.event else 0.0)

    def build(case: Case) -> None:
        function = case.function(answer, reserved_concurrency=1, timeout_s=30)
        changed = msgspec.structs.replace(function.settings, memory_mb=256)
        for n, line in enumerate(expected):
            case.send(msgspec.json.encode(line.partition("--")[0]), at_s=0.0 if n < 10 else 6.0)
        case.at(5.0, function.update, changed)

    simulation = played(build)
    assert sorted(seen) == expected
    assert counts(simulation, "AsyncEventsReceived", "Invocations", "AsyncEventsDropped") == [15, 15, 0]


@pytest.mark.rule("ASY-14", "DLQ-02", "DST-04")
def test_a_function_that_is_deleted_is_missing_at_each_later_attempt() -> None:
    def build(case: Case) -> None:
        case.function(lambda _: failed())
        case.configure(failure="bad")
        case.dead_letter()
        case.send({"n": 1})
        case.at(30, case.simulation.functions.pop, "f")

    simulation = played(build)
    assert [one.at_s for one in simulation.invocations] == [0]
    assert contexts(simulation, "bad") == [(180, "RetriesExhausted", 3, {"statusCode": 404})]
    assert "responsePayload" not in records(simulation, "bad")[0]
    [letter] = simulation.queues.get("dead").messages()
    assert letter.attributes is not None
    assert letter.attributes["ErrorCode"]["StringValue"] == "404"
    assert letter.attributes["ErrorMessage"]["StringValue"] == f"Function not found: {LAMBDA}f:$LATEST"


@pytest.mark.rule("ASY-14")
def test_a_function_that_is_made_anew_gets_the_events_that_wait() -> None:
    def build(case: Case) -> None:
        case.function(lambda _: failed())
        case.send()
        case.at(30, case.simulation.functions.pop, "f")
        case.at(40, case.function)

    simulation = played(build)
    assert [(one.at_s, one.outcome) for one in simulation.invocations] == [(0, "error"), (60, "success")]
