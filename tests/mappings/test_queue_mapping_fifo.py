"""FIFO queues: order within a group, and no group in two batches at once."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import pytest

from tests.mappings.logs import counts, deliveries
from tests.scenarios.running import Run, run_text

if TYPE_CHECKING:
    from pathlib import Path

ORDERS = """
queues:
  q.fifo: {{ContentBasedDeduplication: true, VisibilityTimeout: 20{policy}}}
  dlq.fifo: {{}}
functions:
  f:
    Timeout: 10
    takes: 1s
    script: {script}
    Events: {{q: {{Type: SQS, Properties: {{Queue: q.fifo{more}}}}}}}
steps:
{steps}
"""
ONE = ", BatchSize: 1"
POLICY = ", RedrivePolicy: {deadLetterTargetArn: dlq.fifo, maxReceiveCount: 2}"
REPORTS = ", FunctionResponseTypes: [ReportBatchItemFailures]"
A3 = "  - send: {queue: q.fifo, MessageGroupId: a, bodies: [a1, a2, a3]}\n"
B2 = "  - send: {queue: q.fifo, MessageGroupId: b, bodies: [b1, b2]}\n"


def fifo(folder: Path, steps: str, *, script: str = "[{return: null}]", more: str = "", policy: str = "") -> Run:
    return run_text(folder, ORDERS.format(script=script, more=more, policy=policy, steps=steps))


def spans(run: Run) -> list[tuple[Any, ...]]:
    """(at, ended, groups) of each invocation."""
    return [
        (one["at"], one["ended"], {r["attributes"]["MessageGroupId"] for r in one["event"]["Records"]})
        for one in run.json["invocations"]
    ]


@pytest.mark.rule("SQS-19", "SQS-36")
def test_one_batch_takes_the_oldest_messages_over_all_groups(tmp_path: Path) -> None:
    run = fifo(tmp_path, A3 + B2)
    assert deliveries(run) == [(0, "a1,a2,a3,b1,b2", "success")]


@pytest.mark.rule("SQS-09", "SQS-19")
def test_groups_run_beside_each_other_and_their_messages_one_after_the_other(tmp_path: Path) -> None:
    run = fifo(tmp_path, A3 + B2, more=ONE)
    assert deliveries(run) == [
        (0, "a1", "success"), (0, "b1", "success"), (1, "a2", "success"), (1, "b2", "success"), (2, "a3", "success"),
    ]  # fmt: skip
    assert run.json["functions"]["f"]["ConcurrentExecutions"] == 2


@pytest.mark.rule("SQS-19")
def test_concurrency_is_the_number_of_groups_without_a_ramp(tmp_path: Path) -> None:
    steps = '  - send: {queue: q.fifo, count: 30, body: "{n}", MessageGroupId: "g{n}"}'
    run = fifo(tmp_path, steps, more=ONE)
    assert [at for at, _, _ in run.invocations] == [0] * 30
    assert run.json["functions"]["f"]["ConcurrentExecutions"] == 30


@pytest.mark.rule("SQS-17", "SQS-19")
def test_maximum_concurrency_bounds_the_groups_in_work(tmp_path: Path) -> None:
    steps = '  - send: {queue: q.fifo, count: 5, body: "{n}", MessageGroupId: "g{n}"}'
    run = fifo(tmp_path, steps, more=ONE + ", ScalingConfig: {MaximumConcurrency: 2}")
    assert [at for at, _, _ in run.invocations] == [0, 0, 1, 1, 2]


@pytest.mark.rule("SQS-09", "SQS-19", "SQS-24")
def test_a_failing_message_holds_its_group_back_and_no_other(tmp_path: Path) -> None:
    run = fifo(tmp_path, A3 + B2, script="[{raise_if: {body: [a2]}}]", more=ONE, policy=POLICY)
    assert deliveries(run) == [
        (0, "a1", "success"), (0, "b1", "success"), (1, "a2", "error"), (1, "b2", "success"),
        (21, "a2", "error"), (41, "a3", "success"),
    ]  # fmt: skip
    assert [line["t"] for line in run.lines("queue.redrive")] == [41]
    assert [message["Body"] for message in run.json["queues"]["dlq.fifo"]["messages"]] == ["a2"]


@pytest.mark.rule("SQS-09", "SQS-24")
def test_a_failed_batch_of_several_groups_comes_back_in_order(tmp_path: Path) -> None:
    steps = A3 + B2 + "  - {at: 5s, send: {queue: q.fifo, MessageGroupId: a, body: a4}}\n"
    run = fifo(tmp_path, steps, script="[{raise: {}}, {return: null}]")
    assert deliveries(run) == [(0, "a1,a2,a3,b1,b2", "error"), (20, "a1,a2,a3,b1,b2,a4", "success")]


@pytest.mark.rule("SQS-25", "SQS-26")
def test_reporting_the_first_failure_and_all_behind_it_keeps_the_order(tmp_path: Path) -> None:
    script = "[{fail_items: {body: [a2, a3]}}, {return: null}]"
    run = fifo(tmp_path, A3 + B2, script=script, more=REPORTS)
    assert deliveries(run) == [(0, "a1,a2,a3,b1,b2", "partial"), (20, "a2,a3", "success")]
    assert [line for line in run.lines("batch.partial") if "lint" in line] == []


@pytest.mark.rule("SQS-26")
def test_deleting_behind_a_reported_message_is_done_and_noted(tmp_path: Path) -> None:
    script = "[{fail_items: {body: [a2]}}, {return: null}]"
    run = fifo(tmp_path, A3 + B2, script=script, more=REPORTS)
    assert deliveries(run) == [(0, "a1,a2,a3,b1,b2", "partial"), (20, "a2", "success")]
    [partial] = run.lines("batch.partial")
    assert partial["lint"].endswith("the order is lost")
    assert counts(run, "f/q") == (6, 0, 6, 1, 5)


@pytest.mark.rule("SQS-19", "SQS-27")
def test_a_group_never_runs_twice_at_once_although_its_lease_ended(tmp_path: Path) -> None:
    """The batch is throttled for most of its lease and then runs beyond its end."""
    run = run_text(
        tmp_path,
        """
        queues: {q.fifo: {ContentBasedDeduplication: true, VisibilityTimeout: 10}}
        functions:
          f:
            Timeout: 10
            takes: 6s
            ReservedConcurrentExecutions: 0
            script: [{return: null}]
            Events: {q: {Type: SQS, Properties: {Queue: q.fifo, BatchSize: 1}}}
        steps:
          - send: {queue: q.fifo, MessageGroupId: a, bodies: [a1, a2]}
          - {at: 5s, update: {function: f, ReservedConcurrentExecutions: 5}}
        """,
    )
    done = [(one["at"], one["ended"]) for one in run.json["invocations"] if one["outcome"] == "success"]
    assert all(earlier[1] <= later[0] for earlier, later in itertools.pairwise(done))
    bodies = [body for _, body, outcome in deliveries(run) if outcome == "success"]
    assert bodies == ["a1", "a1", "a2"]
    assert done[0][1] > 10
    assert run.json["queues"]["q.fifo"] == {"visible": 0, "in_flight": 0, "delayed": 0}


@pytest.mark.rule("SQS-19")
def test_a_batch_behind_its_own_group_is_given_up_when_its_lease_ends(tmp_path: Path) -> None:
    run = run_text(
        tmp_path,
        """
        queues: {q.fifo: {ContentBasedDeduplication: true, VisibilityTimeout: 30}}
        functions:
          f:
            Timeout: 30
            script: [{return: null, takes: 25s}, {return: null}]
            Events: {q: {Type: SQS, Properties: {Queue: q.fifo, BatchSize: 1}}}
        steps:
          - update: {queue: q.fifo, VisibilityTimeout: 10}
          - send: {queue: q.fifo, MessageGroupId: a, body: a1}
        """,
    )
    assert deliveries(run) == [(0, "a1", "success"), (25, "a1", "success")]
    assert [(line["t"], line["request_id"]) for line in run.lines("batch.fail")] == [(20, None)]
    assert counts(run, "f/q") == (3, 0, 2, 0, 1)


@pytest.mark.rule("SQS-19", "ESM-18", "ESM-20")
def test_what_a_heavy_batch_leaves_behind_waits_for_it(tmp_path: Path) -> None:
    steps = '  - send: {queue: q.fifo, count: 10, body: "{n}BIG", MessageGroupId: a}'.replace("BIG", "x" * 1_000_000)
    run = fifo(tmp_path, steps)
    assert [(at, len(one.split(","))) for at, one, _ in deliveries(run)] == [(0, 6), (1, 4)]
    assert [one.split(",")[0][0] for _, one, _ in deliveries(run)] == ["0", "6"]


@pytest.mark.rule("SQS-19", "SQS-24")
def test_what_a_heavy_batch_leaves_behind_does_not_overtake_it_when_it_fails(tmp_path: Path) -> None:
    steps = '  - send: {queue: q.fifo, count: 8, body: "{n}BIG", MessageGroupId: a}'.replace("BIG", "x" * 1_000_000)
    run = fifo(tmp_path, steps, script="[{raise: {}}, {return: null}]")
    first = [[body[0] for body in one.split(",")] for _, one, _ in deliveries(run)]
    assert first == [list("012345"), list("012345"), list("67")]
    assert [at for at, _, _ in deliveries(run)] == [0, 20, 21]


@pytest.mark.rule("SQS-19")
def test_no_group_is_in_two_batches_at_once(tmp_path: Path) -> None:
    steps = "".join(
        f'  - {{at: {n}s, send: {{queue: q.fifo, count: 6, body: "{n}-{{n}}", MessageGroupId: g{n % 3}}}}}\n'
        for n in range(9)
    )
    run = fifo(tmp_path, steps, more=", BatchSize: 4", script="[{return: null, takes: 2500ms}]")
    log = spans(run)
    for n, (at, ended, groups) in enumerate(log):
        assert not [other for other in log[:n] if other[1] > at and other[0] < ended and other[2] & groups]
    assert sum(len(one["record_ids"]) for one in run.json["invocations"]) == 54
