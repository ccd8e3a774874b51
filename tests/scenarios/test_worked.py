"""The worked scenarios of the rules, as far as queues go."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from tests.mappings.logs import counts, deliveries, received
from tests.scenarios.running import Run, run_text

if TYPE_CHECKING:
    from pathlib import Path


def functions(run: Run, *names: str) -> list[Any]:
    return [run.json["functions"]["f"][name] for name in names]


@pytest.mark.rule("SCN-01", "SQS-03", "SQS-16", "SQS-23", "ESM-18", "MET-13")
@pytest.mark.parametrize("takes", ["0s", "1s"])
def test_scn_01_plain_success(tmp_path: Path, takes: str) -> None:
    run = run_text(
        tmp_path,
        f"""
        queues: {{q: {{}}}}
        functions:
          f: {{takes: {takes}, script: [{{return: null}}], Events: {{q: {{Type: SQS, Properties: {{Queue: q}}}}}}}}
        steps: [{{send: {{queue: q, count: 25, body: a}}}}]
        expect:
          queues: {{q: {{visible: 0, in_flight: 0, delayed: 0}}}}
          mappings: {{f/q: {{PolledEventCount: 25, InvokedEventCount: 25, DeletedEventCount: 25}}}}
          invocations: {{f: [{{at: 0s, records: 10}}, {{at: 0s, records: 10}}, {{at: 0s, records: 5}}]}}
          idle: true
        """,
    )
    assert run.json["failures"] == []
    assert received(run) == [(0, ["a*1"] * 10), (0, ["a*1"] * 10), (0, ["a*1"] * 5)]


@pytest.mark.rule("SCN-03", "ESM-18", "ESM-20", "GEN-01")
def test_scn_03_six_megabytes_close_first(tmp_path: Path) -> None:
    body = "x" * 262_144
    run = run_text(
        tmp_path,
        f"""
        queues: {{q: {{VisibilityTimeout: 400}}}}
        functions:
          f:
            script: [{{return: null}}]
            Events:
              q: {{Type: SQS, Properties: {{Queue: q, BatchSize: 10000, MaximumBatchingWindowInSeconds: 300}}}}
        steps:
          - send: {{queue: q, count: 23, body: "{body}"}}
          - {{at: 100s, expect: {{functions: {{f: {{Invocations: 0}}}}}}}}
          - send: {{queue: q, body: "{body}"}}
          - expect: {{functions: {{f: {{Invocations: 1}}}}}}
        """,
    )
    assert run.json["failures"] == []
    assert run.invocations == [(100, 23, "success"), (400, 1, "success")]


ANSWERED = """
queues: {{q: {{VisibilityTimeout: 30}}}}
functions:
  f:
    {code}
    Events: {{q: {{Type: SQS, Properties: {{Queue: q{more}}}}}}}
steps:
  - send: {{queue: q, bodies: [m1, m2, m3, m4, m5]}}
  - {{at: 1s, expect: {{queues: {{q: {{in_flight: {left}}}}}}}}}
"""
SCRIPT = "script: [{fail_items: {body: [m4, m2]}}, {return: null}]"
REPORTS = ", FunctionResponseTypes: [ReportBatchItemFailures]"


@pytest.mark.rule("SCN-05", "SQS-25", "ESM-26", "ESM-30")
def test_scn_05_the_listed_messages_come_back(tmp_path: Path) -> None:
    run = run_text(tmp_path, ANSWERED.format(code=SCRIPT, more=REPORTS, left=2))
    assert received(run) == [(0, [f"m{n}*1" for n in range(1, 6)]), (30, ["m2*2", "m4*2"])]
    assert [one["outcome"] for one in run.json["invocations"]] == ["partial", "success"]
    assert run.json["failures"] == []


@pytest.mark.rule("SCN-05", "ESM-28")
def test_scn_05_an_unknown_identifier_deletes_nothing(tmp_path: Path) -> None:
    (tmp_path / "answers.py").write_text(
        "def handler(event, context):\n"
        "    if event['Records'][0]['attributes']['ApproximateReceiveCount'] == '1':\n"
        "        ids = [event['Records'][1]['messageId'], 'nope']\n"
        "        return {'batchItemFailures': [{'itemIdentifier': one} for one in ids]}\n"
    )
    code = "Handler: answers.handler\n    CodeUri: ."
    run = run_text(tmp_path, ANSWERED.format(code=code, more=REPORTS, left=5))
    assert received(run) == [(0, [f"m{n}*1" for n in range(1, 6)]), (30, [f"m{n}*2" for n in range(1, 6)])]
    assert [one["outcome"] for one in run.json["invocations"]] == ["error", "success"]
    assert counts(run, "f/q") == (10, 0, 10, 5, 5)
    assert run.json["failures"] == []


@pytest.mark.rule("SCN-05", "ESM-26")
def test_scn_05_without_the_switch_all_five_are_deleted(tmp_path: Path) -> None:
    run = run_text(tmp_path, ANSWERED.format(code=SCRIPT, more="", left=0))
    assert run.json["failures"] == []
    assert deliveries(run) == [(0, "m1,m2,m3,m4,m5", "success")]


@pytest.mark.rule("SCN-07", "SQS-06", "SQS-27", "SQS-28", "CON-05", "MET-05")
@pytest.mark.parametrize("seed", range(5))
def test_scn_07_never_runs_and_is_dead_lettered_all_the_same(tmp_path: Path, seed: int) -> None:
    run = run_text(
        tmp_path,
        """
        queues:
          q: {VisibilityTimeout: 30, RedrivePolicy: {deadLetterTargetArn: dlq, maxReceiveCount: 3}}
          dlq: {}
        functions:
          f:
            ReservedConcurrentExecutions: 0
            script: [{return: null}]
            Events: {q: {Type: SQS, Properties: {Queue: q}}}
        steps:
          - send: {queue: q, body: a}
          - {at: 89s, expect: {queues: {dlq: {visible: 0}}}}
        expect:
          queues: {q: {visible: 0, in_flight: 0}, dlq: {visible: 1, bodies: [a]}}
          functions: {f: {Invocations: 0, Errors: 0, Throttles: 15..18}}
          mappings: {f/q: {PolledEventCount: 3, DeletedEventCount: 0}}
          virtual_time: 90s
        """,
        seed=seed,
    )
    assert run.json["failures"] == []
    assert [line["t"] for line in run.lines("poll.receive")] == [0, 30, 60]
    assert run.json["queues"]["dlq"]["messages"][0]["Attributes"]["ApproximateReceiveCount"] == "3"


@pytest.mark.rule("SCN-19", "FLT-04", "FLT-07", "FLT-09")
def test_scn_19_what_the_filter_rejects_leaves_the_queue(tmp_path: Path) -> None:
    run = run_text(
        tmp_path,
        """
        queues:
          q: {RedrivePolicy: {deadLetterTargetArn: dlq, maxReceiveCount: 1}}
          dlq: {}
        functions:
          f:
            script: [{return: null}]
            Events:
              q:
                Type: SQS
                Properties: {Queue: q, FilterCriteria: {Filters: [{Pattern: '{"body": {"kind": ["a"]}}'}]}}
        steps: [{send: {queue: q, bodies: [{kind: a}, {kind: b}, hello]}}]
        expect:
          queues: {q: {visible: 0, in_flight: 0}, dlq: {visible: 0}}
          invocations: {f: [{at: 0s, records: 1, outcome: success}]}
        """,
    )
    assert run.json["failures"] == []
    assert deliveries(run) == [(0, '{"kind":"a"}', "success")]
    assert counts(run, "f/q") == (3, 2, 1, 0, 3)


@pytest.mark.rule("SCN-17", "CON-03", "CON-07")
def test_scn_17_a_synchronous_burst_scales_by_a_thousand_environments(tmp_path: Path) -> None:
    run = run_text(
        tmp_path,
        """
        account: {ConcurrentExecutions: 10000}
        functions: {f: {script: [{return: null, takes: 60s}], Timeout: 900}}
        steps:
          - invoke: {function: f, event: {n: "{n}"}, count: 3000}
          - {at: 3s, invoke: {function: f, count: 500}}
        """,
    )
    assert Counter((one["at"], one["outcome"]) for one in run.json["invocations"]) == {
        (0, "success"): 1000,
        (0, "throttle"): 2000,
        (3, "success"): 300,
        (3, "throttle"): 200,
    }
    assert [one["event"] for one in run.json["invocations"][2998:3001]] == [{"n": "2998"}, {"n": "2999"}, {}]
    assert functions(run, "Invocations", "ColdStarts", "ConcurrentExecutions") == [1300, 1300, 1300]


def test_an_invoke_step_repeats_at_its_interval(tmp_path: Path) -> None:
    run = run_text(
        tmp_path,
        """
        functions: {f: {script: [{return: null}]}}
        steps: [{invoke: {function: f, event: "{n}", count: 3, every: 5s, InvocationType: Event}}]
        """,
    )
    assert [(one["at"], one["event"]) for one in run.json["invocations"]] == [(0, "0"), (5, "1"), (10, "2")]
