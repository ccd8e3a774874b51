"""Asynchronous invocation from acceptance to the end of an event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from eventsim.errors import AwsError
from eventsim.invokers.base import Invocation, InvocationResult
from eventsim.mappings.asynchronous import AsyncInvoker
from eventsim.mappings.asynchronous_retries import AsyncTiming
from tests.mappings.asynchronously import (
    LAMBDA,
    UNHANDLED,
    Case,
    attempts,
    contexts,
    counts,
    lines,
    played,
    records,
    told,
)
from tests.simulation.building import failed

if TYPE_CHECKING:
    from eventsim.simulation import Simulation


def failing(times: int) -> Any:
    """An answer that fails so often and then succeeds."""
    left = [times]

    def answer(_: Invocation) -> InvocationResult | None:
        left[0] -= 1
        return failed() if left[0] >= 0 else None

    return answer


# --- acceptance ---


@pytest.mark.rule("ASY-01", "ASY-13", "MET-10")
def test_an_event_is_accepted_before_the_function_runs_and_invoked_at_the_same_instant() -> None:
    log: list[Any] = []

    def build(case: Case) -> None:
        function = case.function(lambda one: log.append((one.event, one.client_context)), takes=1.5)

        def send() -> None:
            request_id = case.asynchronous.enqueue(LAMBDA + "f", {"a": 1}, source="test")
            log.append((len(request_id), function.metrics.invocations))

        case.at(3.0, send)

    simulation = played(build)
    assert log == [(36, 0), ({"a": 1}, None)]
    assert attempts(simulation) == [(3, 1, "success")]
    assert counts(simulation, "AsyncEventsReceived", "AsyncEventsDropped", "Invocations", "Errors") == [1, 0, 1, 0]
    [line] = lines(simulation, "async.enqueue")
    [record] = simulation.invocations
    assert (line["t"], line["function"], line["request_id"], line["source"]) == (3, "f", record.request_id, "test")
    assert record.batch is not None
    assert (record.invocation_type, record.batch.event()) == ("Event", {"a": 1})
    assert (simulation.idle, simulation.world.loop.time()) == (True, 4.5)


@pytest.mark.rule("ASY-01")
def test_an_event_may_come_before_the_run() -> None:
    def build(case: Case) -> None:
        case.function()
        case.asynchronous.enqueue("f", "[1]")

    assert attempts(played(build)) == [(0, 1, "success")]


@pytest.mark.rule("ASY-02", "ASY-03")
@pytest.mark.parametrize(
    ("function", "event", "code"),
    [
        ("f", b"{", "InvalidRequestContentException"),
        ("f", {"k": "x" * 1_048_576}, "RequestTooLargeException"),
        ("g", {}, "ResourceNotFoundException"),
        (LAMBDA + "f:1", {}, "ResourceNotFoundException"),
        (LAMBDA.replace("us-east-1", "eu-west-1") + "f", {}, "ResourceNotFoundException"),
    ],
)
def test_what_is_refused_is_not_queued(function: str, event: Any, code: str) -> None:
    def build(case: Case) -> None:
        case.function()
        with pytest.raises(AwsError) as caught:
            case.asynchronous.enqueue(function, event)
        assert caught.value.code == code

    simulation = played(build)
    assert simulation.invocations == []
    assert counts(simulation, "AsyncEventsReceived") == [0]


@pytest.mark.rule("ASY-04")
def test_each_event_has_an_invocation_of_its_own_the_oldest_first() -> None:
    seen: list[Any] = []

    def build(case: Case) -> None:
        case.function(lambda one: seen.append(one.event), takes=1.0)
        for n in range(5):
            case.send(n)

    simulation = played(build)
    assert seen == [0, 1, 2, 3, 4]
    assert attempts(simulation) == [(0, 1, "success")] * 5
    assert counts(simulation, "ConcurrentExecutions", "AsyncEventsReceived") == [5, 5]


@pytest.mark.rule("ASY-04")
def test_events_are_tried_in_the_order_in_which_they_are_ready() -> None:
    seen: list[Any] = []

    def answer(one: Invocation) -> InvocationResult | None:
        seen.append(one.event)
        return failed() if one.event == 1 and seen.count(1) == 1 else None

    def build(case: Case) -> None:
        case.function(answer)
        case.send(1)
        case.send(2, at_s=59)
        case.at(59.5, lambda: case.send(3, at_s=60))

    played(build)
    assert seen == [1, 2, 1, 3]


# --- failures ---


@pytest.mark.rule("SCN-13", "ASY-05", "ASY-06", "DST-02", "DST-04", "DST-09", "MET-10")
@pytest.mark.parametrize("takes", [0.0, 2.5, 20.0])
def test_scn_13_a_function_that_always_fails_is_invoked_three_times(takes: float) -> None:
    def build(case: Case) -> None:
        case.function(lambda _: failed("no"), takes=takes, timeout_s=30)
        case.configure(failure="bad")
        case.send({"n": 1})

    simulation = played(build)
    assert attempts(simulation) == [(0, 1, "error"), (takes + 60, 2, "error"), (2 * takes + 180, 3, "error")]
    assert len({one.request_id for one in simulation.invocations}) == 1
    assert contexts(simulation, "bad") == [(3 * takes + 180, "RetriesExhausted", 3, UNHANDLED)]
    [record] = records(simulation, "bad")
    assert record["requestContext"]["requestId"] == simulation.invocations[0].request_id
    assert (record["requestPayload"], record["responsePayload"]["errorMessage"]) == ({"n": 1}, "no")
    names = ("AsyncEventsReceived", "AsyncEventsDropped", "Invocations", "Errors")
    assert counts(simulation, *names) == [1, 1, 3, 3]
    assert simulation.functions["f"].metrics.async_event_age_ms == (2 * takes + 180) * 1000
    kinds = ("async.enqueue", "async.retry", "async.drop", "destination.deliver")
    assert told(simulation, *kinds) == [
        (0, "async.enqueue"), (takes, "async.retry"), (2 * takes + 60, "async.retry"),
        (3 * takes + 180, "async.drop"), (3 * takes + 180, "destination.deliver"),
    ]  # fmt: skip
    assert [(line["attempt"], line["delay_s"]) for line in lines(simulation, "async.retry")] == [(2, 60), (3, 120)]
    assert simulation.world.loop.time() == 3 * takes + 180


@pytest.mark.rule("ASY-05", "ASY-06", "DST-04", "MET-10")
@pytest.mark.parametrize("failures", [1, 2])
def test_an_event_that_succeeds_in_the_end_is_a_success(failures: int) -> None:
    def build(case: Case) -> None:
        case.function(failing(failures))
        case.configure(success="ok", failure="bad")
        case.send()

    simulation = played(build)
    assert [outcome for _, _, outcome in attempts(simulation)] == ["error"] * failures + ["success"]
    success = {"statusCode": 200, "executedVersion": "$LATEST"}
    assert contexts(simulation, "ok") == [([60, 180][failures - 1], "Success", 1, success)]
    assert records(simulation, "bad") == []
    assert counts(simulation, "AsyncEventsDropped", "Errors") == [0, failures]


@pytest.mark.rule("ASY-05")
def test_the_request_id_is_stable_as_it_was_recorded(capture: Any) -> None:
    ends = capture("lam_test_request_id_async_invoke_with_retry")["expected_event_or_destination_record"]
    assert ends["invoke_result"] == {"Payload": "", "StatusCode": 202}

    def build(case: Case) -> None:
        case.function(failing(1))
        case.send()

    simulation = played(build)
    assert len(simulation.invocations) == len(ends["end_messages"]) == 2
    assert len({one.request_id for one in simulation.invocations}) == len(set(ends["end_messages"])) == 1


@pytest.mark.rule("ASY-06")
@pytest.mark.parametrize("kind", ["timeout", "exit"])
def test_a_timeout_and_a_crash_are_function_errors(kind: str) -> None:
    exited = {"errorType": "Runtime.ExitError", "errorMessage": "RequestId: x Error: Runtime exited"}

    def build(case: Case) -> None:
        if kind == "timeout":
            case.function(lambda _: InvocationResult(takes_s=99), timeout_s=4)
        else:
            case.function(lambda _: InvocationResult(error=exited, environment_lost=True))
        case.configure(failure="bad", MaximumRetryAttempts=1)
        case.send()

    simulation = played(build)
    took_s = 4 if kind == "timeout" else 0
    assert [at for at, _, _ in attempts(simulation)] == [0, 60 + took_s]
    assert contexts(simulation, "bad") == [(60 + 2 * took_s, "RetriesExhausted", 2, UNHANDLED)]
    assert simulation.invocations[1].cold_start


@pytest.mark.rule("ASY-13")
@pytest.mark.parametrize(
    "response", ["null", '{"batchItemFailures":[{"itemIdentifier":"x"}]}', '{"statusCode":500}', "false"]
)
def test_whatever_is_returned_is_a_success(response: str) -> None:
    def build(case: Case) -> None:
        case.function(lambda _: InvocationResult(response))
        case.configure(success="ok")
        case.send()

    simulation = played(build)
    assert attempts(simulation) == [(0, 1, "success")]
    assert records(simulation, "ok")[0]["responsePayload"] == msgspec.json.decode(response)


@pytest.mark.rule("ASY-06", "ASY-10")
def test_without_retries_the_first_failure_is_the_end() -> None:
    def build(case: Case) -> None:
        case.function(lambda _: failed())
        case.configure(failure="bad", MaximumRetryAttempts=0)
        case.send()

    simulation = played(build)
    assert contexts(simulation, "bad") == [(0, "RetriesExhausted", 1, UNHANDLED)]


@pytest.mark.rule("ASY-09", "DST-04")
def test_the_age_beats_the_retries_when_the_next_could_not_start_in_time() -> None:
    def build(case: Case) -> None:
        case.function(lambda _: failed(), takes=1.0)
        case.configure(failure="bad", MaximumEventAgeInSeconds=60, MaximumRetryAttempts=2)
        case.send()

    simulation = played(build)
    assert contexts(simulation, "bad") == [(1, "EventAgeExceeded", 1, UNHANDLED)]
    assert records(simulation, "bad")[0]["responsePayload"]["errorMessage"] == "boom"


@pytest.mark.rule("ASY-08")
def test_a_running_handler_outlives_the_age_of_its_event() -> None:
    def build(case: Case) -> None:
        case.function(takes=100.0, timeout_s=200)
        case.configure(success="ok", MaximumEventAgeInSeconds=60)
        case.send()

    assert [condition for _, condition, _, _ in contexts(played(build), "ok")] == ["Success"]


# --- chance, time, ends ---


@pytest.mark.rule("GEN-03")
def test_events_may_be_delivered_twice_under_one_request_id() -> None:
    def build(case: Case) -> None:
        simulation = case.simulation
        case.asynchronous = AsyncInvoker(
            simulation.world, simulation.functions, simulation.destinations(),
            region="us-east-1", account_id="123456789012", timing=AsyncTiming(duplicate_rate=0.5),
        )  # fmt: skip
        case.function()
        for n in range(100):
            case.send(n)

    first, again = played(build, seed=3), played(build, seed=3)
    assert counts(first, "AsyncEventsReceived") == [100]
    assert 130 < len(first.invocations) < 170
    assert len({one.request_id for one in first.invocations}) == 100
    assert first.world.trace.sha256() == again.world.trace.sha256()


@pytest.mark.rule("GEN-04")
def test_the_same_seed_gives_the_same_run() -> None:
    def build(case: Case) -> None:
        case.function(failing(7), takes=0.5, reserved_concurrency=2)
        case.configure(success="ok", failure="bad")
        for n in range(9):
            case.send(n, at_s=n / 4)

    hashes = [played(build, seed=seed).world.trace.sha256() for seed in (1, 1, 2)]
    assert (hashes[0] == hashes[1], hashes[0] == hashes[2]) == (True, False)


def test_a_run_of_fixed_length_leaves_events_unfinished_and_says_so() -> None:
    cases: list[Case] = []

    def build(case: Case) -> None:
        cases.append(case)
        case.function(lambda one: failed() if one.event == 1 else InvocationResult(takes_s=300), timeout_s=900)
        case.function(name="g")
        case.send(1)
        case.send(2)
        case.send(3, function="g")

    simulation = played(build, for_s=10)
    assert (simulation.idle, cases[0].asynchronous.unfinished) == (False, {"f": 2})


def test_a_run_that_goes_on_works_off_what_was_left() -> None:
    log: list[Any] = []

    async def main(simulation: Simulation) -> None:
        case = Case(simulation)
        case.function(lambda one: log.append((simulation.world.loop.time(), one.event)))
        case.asynchronous.enqueue("f", "1")
        await simulation.go_on(for_s=5)
        case.asynchronous.enqueue("f", "2")
        await simulation.go_on()
        await simulation.end()
        case.asynchronous.enqueue("f", "3")
        assert case.asynchronous.unfinished == {"f": 1}
        await simulation.go_on()
        await simulation.end()
        assert case.asynchronous.unfinished == {}

    from tests.simulation.building import run

    run(lambda _: None, main=main)
    assert log == [(0, 1), (5, 2), (5, 3)]
