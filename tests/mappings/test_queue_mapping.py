"""What becomes of a batch once the function has answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.mappings.logs import counts, deliveries, received
from tests.scenarios.running import run_text

if TYPE_CHECKING:
    from pathlib import Path

FIVE = """
queues:
  q: {{VisibilityTimeout: 20}}
functions:
  f:
    script: {script}
    Events: {{q: {{Type: SQS, Properties: {{Queue: q{more}}}}}}}
steps:
  - send: {{queue: q, bodies: [m1, m2, m3, m4, m5]}}
"""
REPORTS = ", FunctionResponseTypes: [ReportBatchItemFailures]"


@pytest.mark.rule("SQS-23", "ESM-18", "ESM-21", "MET-13", "MET-23")
def test_a_batch_that_succeeds_is_deleted_at_once(tmp_path: Path) -> None:
    run = run_text(tmp_path, FIVE.format(script="[{return: null, takes: 2s}]", more=""))
    assert deliveries(run) == [(0, "m1,m2,m3,m4,m5", "success")]
    assert [(line["t"], len(line["records"])) for line in run.lines("queue.delete")] == [(2, 5)]
    assert counts(run, "f/q") == (5, 0, 5, 0, 5)
    assert run.json["invocations"][0]["invocation_type"] == "RequestResponse"
    assert run.json["queues"]["q"] == {"visible": 0, "in_flight": 0, "delayed": 0}
    assert (run.json["virtual_s"], run.json["idle"]) == (2, True)


@pytest.mark.rule("SQS-24", "ESM-21", "MET-04", "MET-17")
@pytest.mark.parametrize(
    ("outcome", "named"), [("raise: {errorType: ValueError}, takes: 1s", "error"), ("timeout: true", "timeout")]
)
def test_a_failed_batch_comes_back_when_its_visibility_ends_and_not_before(
    tmp_path: Path, outcome: str, named: str
) -> None:
    run = run_text(tmp_path, FIVE.format(script=f"[{{{outcome}}}, {{return: null}}]", more=""))
    all_five = "m1,m2,m3,m4,m5"
    assert deliveries(run) == [(0, all_five, named), (20, all_five, "success")]
    assert received(run)[1] == (20, [f"m{n}*2" for n in range(1, 6)])
    assert counts(run, "f/q") == (10, 0, 10, 5, 5)
    assert [run.json["functions"]["f"][name] for name in ("Invocations", "Errors", "Throttles")] == [2, 1, 0]
    assert [one["attempt"] for one in run.json["invocations"]] == [1, 1]
    assert len({one["request_id"] for one in run.json["invocations"]}) == 2


@pytest.mark.rule("SQS-24")
def test_what_failed_together_may_come_back_in_other_batches(tmp_path: Path) -> None:
    run = run_text(
        tmp_path,
        """
        queues: {q: {VisibilityTimeout: 20}}
        functions:
          f:
            script: [{raise: {}}, {return: null}]
            Events: {q: {Type: SQS, Properties: {Queue: q, BatchSize: 3}}}
        steps:
          - send: {queue: q, bodies: [a, b]}
          - {at: 20s, send: {queue: q, bodies: [c, d]}}
        """,
    )
    assert deliveries(run) == [(0, "a,b", "error"), (20, "a,b,c", "success"), (20, "d", "success")]


@pytest.mark.rule("SQS-25", "ESM-26", "MET-17", "MET-20")
def test_reported_messages_stay_and_the_others_are_deleted(tmp_path: Path) -> None:
    fails = "[{fail_items: {body: [m2, m4]}, takes: 3s}, {return: {batchItemFailures: []}}]"
    run = run_text(tmp_path, FIVE.format(script=fails, more=REPORTS))
    assert deliveries(run) == [(0, "m1,m2,m3,m4,m5", "partial"), (20, "m2,m4", "success")]
    assert received(run)[1] == (20, ["m2*2", "m4*2"])
    assert [(line["t"], len(line["records"])) for line in run.lines("queue.delete")] == [(3, 3), (20, 2)]
    assert counts(run, "f/q") == (7, 0, 7, 2, 5)
    assert run.json["functions"]["f"]["Errors"] == 0


@pytest.mark.rule("ESM-26")
def test_without_the_switch_the_same_answer_is_success(tmp_path: Path) -> None:
    run = run_text(tmp_path, FIVE.format(script="[{fail_items: {body: [m2, m4]}}]", more=""))
    assert deliveries(run) == [(0, "m1,m2,m3,m4,m5", "success")]
    assert counts(run, "f/q") == (5, 0, 5, 0, 5)


@pytest.mark.rule("ESM-30", "MET-17")
def test_naming_every_message_leaves_them_all(tmp_path: Path) -> None:
    every = "[{fail_items: {body: [{prefix: m}]}}, {return: null}]"
    run = run_text(tmp_path, FIVE.format(script=every, more=REPORTS))
    assert deliveries(run) == [(0, "m1,m2,m3,m4,m5", "partial"), (20, "m1,m2,m3,m4,m5", "success")]
    assert counts(run, "f/q") == (10, 0, 10, 5, 5)


@pytest.mark.rule("ESM-27")
@pytest.mark.parametrize(
    "answer", ["null", '""', "[]", "{}", "{batchItemFailures: null}", "{batchItemFailures: []}", "{other: 1}"]
)
def test_answers_that_mean_success(tmp_path: Path, answer: str) -> None:
    run = run_text(tmp_path, FIVE.format(script=f"[{{return: {answer}}}]", more=REPORTS))
    assert deliveries(run) == [(0, "m1,m2,m3,m4,m5", "success")]
    assert run.lines("batch.fail") == []


@pytest.mark.rule("ESM-28", "ESM-29", "MET-04", "MET-17")
@pytest.mark.parametrize(
    "answer",
    [
        "sorry",
        "1",
        "true",
        "[m1]",
        "{batchItemFailures: m1}",
        "{batchItemFailures: [m1]}",
        "{batchItemFailures: [{}]}",
        "{batchItemFailures: [{foo: m1}]}",
        "{batchItemFailures: [{foo: null}]}",
        "{batchItemFailures: [{itemIdentifier: null}]}",
        "{batchItemFailures: [{itemIdentifier: ''}]}",
        "{batchItemFailures: [{itemIdentifier: 3}]}",
        "{batchItemFailures: [{itemIdentifier: nope}]}",
    ],
)
def test_answers_that_fail_the_whole_batch_without_a_function_error(tmp_path: Path, answer: str) -> None:
    run = run_text(tmp_path, FIVE.format(script=f"[{{return: {answer}}}, {{return: null}}]", more=REPORTS))
    first = run.json["invocations"][0]
    assert deliveries(run) == [(0, "m1,m2,m3,m4,m5", "error"), (20, "m1,m2,m3,m4,m5", "success")]
    assert (first["error"], first["response"] is None) == (None, False)
    assert counts(run, "f/q") == (10, 0, 10, 5, 5)
    assert run.json["functions"]["f"]["Errors"] == 0


@pytest.mark.rule("SQS-05", "SQS-24", "SQS-27")
def test_a_lease_that_ends_during_the_invocation_lets_the_message_be_delivered_again(tmp_path: Path) -> None:
    run = run_text(
        tmp_path,
        """
        queues: {q: {VisibilityTimeout: 30}}
        functions:
          f:
            Timeout: 30
            script: [{return: null, takes: 8s}, {return: null, takes: 1s}]
            Events: {q: {Type: SQS, Properties: {Queue: q}}}
        steps:
          - update: {queue: q, VisibilityTimeout: 5}
          - send: {queue: q, body: slow}
        """,
    )
    assert received(run) == [(0, ["slow*1"]), (5, ["slow*2"])]
    assert run.json["virtual_s"] == 8


@pytest.mark.rule("CON-11", "FUN-06")
def test_environments_stay_warm_between_batches_for_ten_minutes(tmp_path: Path) -> None:
    run = run_text(
        tmp_path,
        """
        queues: {q: {}}
        functions:
          f: {cold_start: 500ms, takes: 1s, script: [{return: null}], Events: {q: {Type: SQS, Properties: {Queue: q}}}}
        steps:
          - send: {queue: q, body: a}
          - {at: 10s, send: {queue: q, body: b}}
          - {at: 610s, send: {queue: q, body: c}}
          - {at: 1211s, send: {queue: q, body: d}}
        """,
    )
    assert [(one["at"], one["ended"], one["cold_start"]) for one in run.json["invocations"]] == [
        (0, 1.5, True), (10, 11, False), (610, 611, False), (1211, 1212.5, True),
    ]  # fmt: skip
    assert run.json["functions"]["f"]["Duration"] == {"p50": 1000, "p99": 1000, "max": 1000}
