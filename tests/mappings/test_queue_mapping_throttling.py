"""Batches that the function has no concurrency for."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

from eventsim.invokers.base import InvocationResult
from tests.mappings.logs import counts, deliveries, received
from tests.scenarios.running import Run, run_text
from tests.simulation.building import add_function, add_mapping, run

if TYPE_CHECKING:
    from pathlib import Path

    from eventsim.simulation import Simulation

STOPPED = """
queues:
  q: {{VisibilityTimeout: {visibility}{policy}}}
  dlq: {{}}
functions:
  f:
    ReservedConcurrentExecutions: 0
    script: [{{return: null}}]
    Events: {{q: {{Type: SQS, Properties: {{Queue: q}}}}}}
steps:
  - send: {{queue: q, bodies: [a, b]}}
{steps}
"""
POLICY = ", RedrivePolicy: {deadLetterTargetArn: dlq, maxReceiveCount: 3}"


def tries(run: Run) -> list[tuple[Any, ...]]:
    return [(one["attempt"], one["outcome"]) for one in run.json["invocations"]]


def within(found: float, expected_s: float, share: float = 0.2) -> bool:
    return expected_s * (1 - share) <= found <= expected_s * (1 + share)


@pytest.mark.rule("SQS-27", "SQS-28", "CON-05", "CON-08", "MET-05", "MET-16")
@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_a_throttled_batch_is_tried_again_1_2_4_8_and_16_s_later_within_its_lease(tmp_path: Path, seed: int) -> None:
    run = run_text(tmp_path, STOPPED.format(visibility=30, policy=POLICY, steps=""), seed=seed)
    log = run.json["invocations"]
    leases = {start: [one for one in log if start <= one["at"] < start + 30] for start in (0, 30, 60)}
    for start, lease in leases.items():
        assert lease[0]["at"] == start
        assert len(lease) in (5, 6)
        assert [one["attempt"] for one in lease] == list(range(1, len(lease) + 1))
        assert len({one["request_id"] for one in lease}) == 1
        waits = [later["at"] - one["at"] for one, later in itertools.pairwise(lease)]
        assert all(within(wait, 2.0**n) for n, wait in enumerate(waits))
    assert len({one["request_id"] for one in log}) == 3
    assert {(one["outcome"], one["ended"] == one["at"], one["cold_start"]) for one in log} == {
        ("throttle", True, False)
    }
    assert sum(len(lease) for lease in leases.values()) == len(log)
    assert [(line["t"], line["to"], line["receive_count"]) for line in run.lines("queue.redrive")] == [
        (90, "dlq", 3)
    ] * 2
    functions = run.json["functions"]["f"]
    assert [functions[name] for name in ("Invocations", "Errors", "Throttles")] == [0, 0, len(log)]
    assert counts(run, "f/q") == (6, 0, 2 * len(log), 2 * len(log), 0)
    assert (run.json["virtual_s"], run.json["idle"]) == (90, True)


@pytest.mark.rule("SQS-28")
def test_different_seeds_wait_differently(tmp_path: Path) -> None:
    text = STOPPED.format(visibility=30, policy=POLICY, steps="")
    times = [[one["at"] for one in run_text(tmp_path, text, seed=seed).json["invocations"]] for seed in (1, 2, 1)]
    assert times[0] != times[1]
    assert times[0] == times[2]


@pytest.mark.rule("SQS-27", "CON-05")
def test_restored_capacity_resumes_the_same_lease(tmp_path: Path) -> None:
    steps = "  - {at: 4s, update: {function: f, ReservedConcurrentExecutions: 1}}"
    run = run_text(tmp_path, STOPPED.format(visibility=30, policy=POLICY, steps=steps))
    [*throttled, done] = run.json["invocations"]
    assert tries(run) == [(1, "throttle"), (2, "throttle"), (3, "throttle"), (4, "success")]
    assert within(done["at"], 7)
    assert {one["request_id"] for one in throttled} == {done["request_id"]}
    assert all(one["event"] == done["event"] for one in throttled)
    assert [bodies for _, bodies in received(run)] == [["a*1", "b*1"]] * 4
    assert counts(run, "f/q") == (2, 0, 8, 6, 2)


@pytest.mark.rule("SQS-27", "CON-05")
def test_a_reservation_given_back_lets_the_function_run_in_the_shared_pool(tmp_path: Path) -> None:
    steps = "  - {at: 10s, update: {function: f, ReservedConcurrentExecutions: null}}"
    run = run_text(tmp_path, STOPPED.format(visibility=30, policy="", steps=steps))
    assert tries(run)[-1] == (5, "success")
    assert run.json["queues"]["q"]["visible"] == 0


@pytest.mark.rule("SQS-27", "SQS-28")
def test_the_doubling_starts_anew_with_the_next_receive(tmp_path: Path) -> None:
    steps = "  - {at: 12s, update: {function: f, ReservedConcurrentExecutions: 5}}"
    run = run_text(tmp_path, STOPPED.format(visibility=10, policy="", steps=steps))
    times = [one["at"] for one in run.json["invocations"]]
    assert times[0] == 0
    second = [at for at in times if at >= 10]
    assert second[0] == 10
    assert within(second[1] - 10, 1)
    assert tries(run)[-1][1] == "success"
    assert second[-1] < 14


@pytest.mark.rule("SQS-27")
def test_no_invocation_begins_with_a_lease_that_has_ended(tmp_path: Path) -> None:
    """Without throttling the function would be called at 31 s; the lease ended at 30."""
    run = run_text(
        tmp_path,
        """
        queues: {q: {VisibilityTimeout: 30}}
        functions:
          f:
            ReservedConcurrentExecutions: 1
            Timeout: 30
            script: [{return: null, takes: 29.9s}, {return: null}]
            Events: {q: {Type: SQS, Properties: {Queue: q, BatchSize: 1}}}
        steps:
          - send: {queue: q, bodies: [a, b]}
        """,
    )
    executed = [(at, bodies) for at, bodies, outcome in deliveries(run) if outcome == "success"]
    assert executed == [(0, "a"), (30, "b")]
    assert received(run)[-1] == (30, ["b*2"])


@pytest.mark.rule("SQS-27", "CON-05", "CON-07", "CON-13")
def test_the_second_batch_of_a_reservation_of_one_waits_for_the_first(tmp_path: Path) -> None:
    run = run_text(
        tmp_path,
        """
        queues: {q: {VisibilityTimeout: 60}}
        functions:
          f:
            ReservedConcurrentExecutions: 1
            Timeout: 10
            takes: 2s
            script: [{return: null}]
            Events: {q: {Type: SQS, Properties: {Queue: q, BatchSize: 1}}}
        steps:
          - send: {queue: q, bodies: [a, b]}
        """,
    )
    [first, second, *rest] = run.json["invocations"]
    assert (first["at"], first["outcome"], second["at"], second["outcome"]) == (0, "success", 0, "throttle")
    assert [one["outcome"] for one in rest] == ["throttle", "success"]
    assert within(rest[1]["at"], 3)
    assert [line["reason"] for line in run.lines("function.throttle")] == [
        "ReservedFunctionConcurrentInvocationLimitExceeded"
    ] * 2
    functions = run.json["functions"]["f"]
    assert [functions[name] for name in ("Invocations", "Throttles", "ConcurrentExecutions", "ColdStarts")] == [
        2,
        2,
        1,
        1,
    ]


@pytest.mark.rule("SQS-17", "CON-14")
def test_maximum_concurrency_reserves_nothing(tmp_path: Path) -> None:
    run = run_text(
        tmp_path,
        """
        queues: {q: {VisibilityTimeout: 60}}
        functions:
          f:
            ReservedConcurrentExecutions: 2
            Timeout: 10
            takes: 5s
            script: [{return: null}]
            Events: {q: {Type: SQS, Properties: {Queue: q, BatchSize: 1, ScalingConfig: {MaximumConcurrency: 4}}}}
        steps:
          - send: {queue: q, count: 4, body: a}
        """,
    )
    # The third batch is throttled, and that leaves two slots: the fourth message is not received yet.
    assert [outcome for at, _, outcome in run.invocations if at == 0] == ["success", "success", "throttle"]


@pytest.mark.rule("CON-02", "CON-06", "CON-12", "CON-13")
def test_functions_without_a_reservation_share_the_accounts_pool(tmp_path: Path) -> None:
    run = run_text(
        tmp_path,
        """
        account: {ConcurrentExecutions: 103}
        queues: {a: {VisibilityTimeout: 300}, b: {VisibilityTimeout: 300}, c: {VisibilityTimeout: 300}}
        functions:
          own:
            ReservedConcurrentExecutions: 3
            takes: 10s
            Timeout: 20
            script: [{return: null}]
            Events: {a: {Type: SQS, Properties: {Queue: a, BatchSize: 1}}}
          one:
            takes: 200s
            Timeout: 200
            script: [{return: null}]
            Events: {b: {Type: SQS, Properties: {Queue: b, BatchSize: 1}}}
          two:
            takes: 10s
            Timeout: 20
            script: [{return: null}]
            Events: {c: {Type: SQS, Properties: {Queue: c, BatchSize: 1}}}
        steps:
          - send: {queue: b, count: 100, body: b}
          - {at: 30s, expect: {functions: {one: {ConcurrentExecutions: 100, Throttles: 0}}}}
          - send: {queue: a, count: 3, body: a}
          - send: {queue: c, count: 1, body: c}
          - expect: {functions: {own: {Invocations: 3, Throttles: 0}, two: {Invocations: 0, Throttles: 1}}}
        """,
    )
    assert run.json["failures"] == []
    assert run.lines("function.throttle")[0]["reason"] == "ConcurrentInvocationLimitExceeded"
    assert run.json["functions"]["two"]["Invocations"] == 1


@pytest.mark.rule("SQS-29", "SQS-27")
def test_an_error_of_lambda_itself_is_tried_again_within_the_lease_and_is_no_error_of_the_function() -> None:
    answers = iter(
        [InvocationResult(throttled="ServiceException"), InvocationResult(throttled="ServiceException"), None]
    )

    def build(simulation: Simulation) -> None:
        queue = simulation.queues.create("q", {"VisibilityTimeout": "30"}, {})
        add_mapping(simulation, add_function(simulation, lambda _: next(answers)), "q")
        queue.send("a")

    simulation = run(build)
    assert [one.outcome.value for one in simulation.invocations if one.outcome] == ["throttle", "throttle", "success"]
    found = simulation.functions["f"].metrics.to_json()
    assert [found[name] for name in ("Errors", "Throttles")] == [0, 2]
    assert simulation.mappings["f/q"].metrics.polled == 1
