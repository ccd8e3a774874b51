"""The steps of a scenario at their instants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.mappings.logs import deliveries, received
from tests.scenarios.running import Run, run_text

if TYPE_CHECKING:
    from pathlib import Path


def run_steps(folder: Path, steps: str, *, properties: str = "", takes: str = "0s", top: str = "") -> Run:
    return run_text(
        folder,
        f"""
{top}
queues: {{q: {{VisibilityTimeout: 60}}, idle: {{}}}}
functions:
  f:
    Timeout: 10
    takes: {takes}
    script: [{{return: null}}]
    Events: {{q: {{Type: SQS, Properties: {{Queue: q{properties}}}}}}}
steps:
{steps}
""",
    )


def told(run: Run, *kinds: str) -> list[tuple[Any, ...]]:
    return [(line["t"], line["kind"], line.get("step")) for line in run.trace if line["kind"] in kinds]


@pytest.mark.rule("GEN-02")
def test_all_steps_of_an_instant_come_before_the_first_poll(tmp_path: Path) -> None:
    steps = """
  - send: {queue: q, bodies: [a, b]}
  - send: {queue: q, body: c}
  - {at: 5s, send: {queue: q, body: d}}
  - {at: 5s, send: {queue: q, bodies: [e, f]}}
"""
    run = run_steps(tmp_path, steps)
    assert deliveries(run) == [(0, "a,b,c", "success"), (5, "d,e,f", "success")]


@pytest.mark.rule("GEN-02")
def test_an_item_of_an_earlier_step_comes_before_a_later_step_of_the_same_instant(tmp_path: Path) -> None:
    steps = """
  - send: {queue: q, count: 4, every: 1s, body: "every {n}"}
  - {at: 2s, send: {queue: q, body: at 2}}
  - {after: 1s, send: {queue: q, body: after}}
  - {at: 3s, send: {queue: q, body: at 3}}
"""
    run = run_steps(tmp_path, steps)
    assert deliveries(run) == [
        (0, "every 0", "success"), (1, "every 1", "success"), (2, "every 2,at 2", "success"),
        (3, "every 3,after,at 3", "success"),
    ]  # fmt: skip


def test_after_and_the_default_count_from_the_last_item_of_a_step_with_every(tmp_path: Path) -> None:
    steps = """
  - {at: 1s, send: {queue: q, count: 3, every: 500ms, body: "{n}"}}
  - {after: 250ms, send: {queue: q, body: after}}
  - send: {queue: q, body: default}
"""
    run = run_steps(tmp_path, steps)
    assert deliveries(run) == [
        (1, "0", "success"), (1.5, "1", "success"), (2, "2", "success"), (2.25, "after,default", "success"),
    ]  # fmt: skip


def test_bodies_with_every_are_sent_one_by_one(tmp_path: Path) -> None:
    run = run_steps(tmp_path, "  - send: {queue: q, every: 1s, bodies: [a, {b: 1}, 'c{n}']}")
    assert deliveries(run) == [(0, "a", "success"), (1, '{"b":1}', "success"), (2, "c2", "success")]


@pytest.mark.rule("GEN-02")
def test_a_thousand_fractions_of_a_second_add_up(tmp_path: Path) -> None:
    steps = """
  - send: {queue: idle, count: 1001, every: 100ms, body: "{n}"}
  - {at: 70s, expect: {queues: {idle: {visible: 701}}}}
  - {at: 100s, expect: {queues: {idle: {visible: 1001}}}}
"""
    run = run_steps(tmp_path, steps)
    assert (run.json["failures"], run.json["virtual_s"]) == ([], 100)


@pytest.mark.rule("GEN-02")
def test_an_expectation_in_the_middle_looks_when_all_of_its_instant_has_happened(tmp_path: Path) -> None:
    steps = """
  - send: {queue: q, body: a}
  - expect: {queues: {q: {in_flight: 1}}, functions: {f: {Invocations: 1}}, virtual_time: 0s, idle: false}
  - send: {queue: q, body: b}
  - expect: {queues: {q: {in_flight: 2}}, invocations: {f: [{}, {at: 0s, records: 1}]}}
  - {at: 2s, expect: {queues: {q: {in_flight: 0}}, mappings: {f/q: {DeletedEventCount: 2}}, idle: true}}
"""
    run = run_steps(tmp_path, steps, takes="2s")
    assert run.json["failures"] == []
    assert deliveries(run) == [(0, "a", "success"), (0, "b", "success")]
    assert told(run, "step.send", "step.expect") == [
        (0, "step.send", 0), (0, "step.expect", 1), (0, "step.send", 2), (0, "step.expect", 3), (2, "step.expect", 4),
    ]  # fmt: skip


@pytest.mark.rule("GEN-02")
def test_sums_of_fractions_do_not_miss_an_expectation(tmp_path: Path) -> None:
    steps = """
  - send: {queue: q, count: 10, body: "{n}"}
  - {at: 300ms, expect: {mappings: {f/q: {DeletedEventCount: 6}}}}
  - {at: 700ms, expect: {mappings: {f/q: {DeletedEventCount: 10}}}}
"""
    capped = ", BatchSize: 1, ScalingConfig: {MaximumConcurrency: 2}"
    run = run_steps(tmp_path, steps, takes="100ms", properties=capped)
    assert run.json["failures"] == []


@pytest.mark.rule("GEN-02")
def test_what_fails_in_the_middle_is_reported_and_the_run_goes_on(tmp_path: Path) -> None:
    steps = """
  - {at: 1s, expect: {queues: {q: {visible: 5}}, idle: true}}
  - {at: 2s, send: {queue: q, body: a}}
"""
    run = run_steps(tmp_path, steps)
    assert run.json["failures"] == [
        {"path": "steps[0].expect.queues.q.visible", "expected": 5, "actual": 0},
        {"path": "steps[0].expect.idle", "expected": True, "actual": False},
    ]
    assert (deliveries(run), run.json["passed"]) == ([(2, "a", "success")], False)


@pytest.mark.rule("FUN-07", "CON-07", "CON-16", "MET-03", "MET-05")
def test_invoke_steps_are_recorded_throttled_at_once_and_dry_runs_do_nothing(tmp_path: Path) -> None:
    steps = """
  - invoke: {function: f, event: {n: 1}}
  - {at: 1s, update: {function: f, ReservedConcurrentExecutions: 0}}
  - invoke: {function: f, InvocationType: DryRun}
  - invoke: {function: f}
"""
    run = run_steps(tmp_path, steps, takes="500ms")
    fields = ("at", "ended", "outcome", "mapping", "attempt", "record_ids", "event", "response", "invocation_type")
    assert [[one[name] for name in fields] for one in run.json["invocations"]] == [
        [0, 0.5, "success", None, 1, [], {"n": 1}, None, "RequestResponse"],
        [1, 1, "throttle", None, 1, [], {}, None, "RequestResponse"],
    ]
    functions = run.json["functions"]["f"]
    assert [functions[name] for name in ("Invocations", "Throttles", "ColdStarts")] == [1, 1, 1]
    assert run.json["virtual_s"] == 1


@pytest.mark.rule("SQS-08")
def test_a_redrive_brings_messages_back_as_new_ones(tmp_path: Path) -> None:
    run = run_text(
        tmp_path,
        """
        queues:
          q: {VisibilityTimeout: 10, RedrivePolicy: {deadLetterTargetArn: dlq, maxReceiveCount: 1}}
          dlq: {}
        functions:
          f:
            script: [{raise: {}}, {return: null}]
            Events: {q: {Type: SQS, Properties: {Queue: q}}}
        steps:
          - send: {queue: q, bodies: [a, b]}
          - {at: 60s, expect: {queues: {dlq: {visible: 2, bodies: [a, b]}}}}
          - redrive: {queue: dlq}
        """,
    )
    assert run.json["failures"] == []
    assert received(run) == [(0, ["a*1", "b*1"]), (60, ["a*1", "b*1"])]
    first, second = run.json["invocations"]
    assert not {*first["record_ids"]} & {*second["record_ids"]}
    attributes = second["event"]["Records"][0]["attributes"]
    assert attributes["SentTimestamp"] == "1767225660000"
    assert "DeadLetterQueueSourceArn" not in attributes
    assert run.json["queues"]["dlq"]["messages"] == []


@pytest.mark.rule("SQS-08")
def test_a_redrive_to_another_queue_at_a_rate(tmp_path: Path) -> None:
    run = run_text(
        tmp_path,
        """
        queues:
          q: {VisibilityTimeout: 10, RedrivePolicy: {deadLetterTargetArn: dlq, maxReceiveCount: 1}}
          dlq: {}
          repairs: {}
        functions:
          f:
            script: [{raise: {}}]
            Events: {q: {Type: SQS, Properties: {Queue: q}}}
        steps:
          - send: {queue: q, count: 4, body: "{n}"}
          - {at: 60s, redrive: {queue: dlq, destination: repairs, MaxNumberOfMessagesPerSecond: 2}}
        expect:
          queues: {dlq: {visible: 0}, repairs: {visible: 4, bodies: ['0', '1', '2', '3']}}
        """,
    )
    assert run.json["failures"] == []
    assert [line["t"] for line in run.lines("queue.move")] == [60.5, 61, 61.5, 62]


@pytest.mark.rule("SQS-05", "SQS-06", "ESM-05")
def test_updates_of_a_queue_hold_for_the_receives_that_follow(tmp_path: Path) -> None:
    run = run_text(
        tmp_path,
        """
        queues: {q: {VisibilityTimeout: 30}, dlq: {}}
        functions:
          f:
            Timeout: 20
            script: [{raise: {}}]
            Events: {q: {Type: SQS, Properties: {Queue: q}}}
        steps:
          - send: {queue: q, body: a}
          - {at: 10s, update: {queue: q, VisibilityTimeout: 15}}
          - {at: 50s, update: {queue: q, RedrivePolicy: {deadLetterTargetArn: dlq, maxReceiveCount: 2}}}
        expect: {queues: {q: {visible: 0, in_flight: 0}, dlq: {visible: 1}}, virtual_time: 60s}
        """,
    )
    assert [at for at, _, _ in deliveries(run)] == [0, 30, 45]
    assert run.json["failures"] == []


def test_one_function_with_two_mappings_plays_one_script(tmp_path: Path) -> None:
    run = run_text(
        tmp_path,
        """
        queues: {a: {VisibilityTimeout: 30}, b: {VisibilityTimeout: 40}}
        functions:
          f:
            script: [{raise: {}}, {return: null}, {raise: {}}, {return: null}]
            Events:
              a: {Type: SQS, Properties: {Queue: a}}
              b: {Type: SQS, Properties: {Queue: b}}
        steps:
          - send: {queue: a, body: a1}
          - {at: 1s, send: {queue: b, body: b1}}
          - {at: 2s, send: {queue: b, body: b2}}
        """,
    )
    assert [(one["at"], one["mapping"], one["outcome"]) for one in run.json["invocations"]] == [
        (0, "f/a", "error"), (1, "f/b", "success"), (2, "f/b", "error"), (30, "f/a", "success"),
        (42, "f/b", "success"),
    ]  # fmt: skip
