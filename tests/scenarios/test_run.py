"""When a run ends, and what it says then."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.mappings.logs import counts, deliveries
from tests.scenarios.running import Run, run_text

if TYPE_CHECKING:
    from pathlib import Path


DEDUP = {"q": "", "q.fifo": ', MessageDeduplicationId: "{n}"'}


def run_slow(folder: Path, steps: str, *, top: str = "", properties: str = "", takes: str = "10s") -> Run:
    return run_text(
        folder,
        f"""
{top}
queues: {{q: {{VisibilityTimeout: 60}}, other: {{}}}}
functions:
  f:
    Timeout: 20
    takes: {takes}
    script: [{{return: null}}]
    Events: {{q: {{Type: SQS, Properties: {{Queue: q, BatchSize: 1{properties}}}}}}}
steps:
{steps}
""",
    )


def test_a_run_without_work_ends_at_once(tmp_path: Path) -> None:
    run = run_text(tmp_path, "queues: {q: {}}\n")
    assert (run.json["idle"], run.json["virtual_s"], run.trace, run.json["passed"]) == (True, 0, [], True)


def test_a_run_ends_when_nothing_would_happen_any_more(tmp_path: Path) -> None:
    run = run_slow(tmp_path, "  - {at: 5s, send: {queue: q, body: a}}\n  - {at: 20s, send: {queue: other, body: b}}")
    assert (run.json["idle"], run.json["virtual_s"]) == (True, 20)


@pytest.mark.rule("SQS-13")
def test_a_queue_that_nobody_reads_does_not_keep_it_going(tmp_path: Path) -> None:
    run = run_slow(tmp_path, "  - send: {queue: other, body: a, DelaySeconds: 900}")
    assert (run.json["idle"], run.json["virtual_s"]) == (True, 0)
    assert run.json["queues"]["other"]["delayed"] == 1


def test_a_transition_of_a_mapping_is_something_that_happens(tmp_path: Path) -> None:
    run = run_slow(tmp_path, "  - {at: 3s, update: {mapping: f/q, Enabled: false}}")
    assert (run.json["idle"], run.json["virtual_s"]) == (True, 4)


@pytest.mark.parametrize(
    ("run_for", "idle", "invocations"),
    [(4.999, False, 0), (5, False, 1), (14.999, False, 1), (15, True, 1), (3600, True, 1)],
)
def test_run_for_ends_exactly_then_after_all_that_falls_due(
    tmp_path: Path, run_for: float, idle: bool, invocations: int
) -> None:
    run = run_slow(tmp_path, "  - {at: 5s, send: {queue: q, body: a}}", top=f"run_for: {run_for}")
    assert (run.json["virtual_s"], run.json["idle"]) == (run_for, idle)
    assert run.json["functions"]["f"]["Invocations"] == invocations


@pytest.mark.rule("GEN-02")
def test_steps_and_expectations_at_the_end_of_run_for_are_all_carried_out(tmp_path: Path) -> None:
    steps = """
  - {at: 5s, expect: {mappings: {f/q: {DeletedEventCount: 0}}, idle: false}}
  - send: {queue: q, body: a}
  - expect: {mappings: {f/q: {DeletedEventCount: 1}}, idle: false}
  - send: {queue: q, body: b}
  - expect: {mappings: {f/q: {DeletedEventCount: 2}}, idle: true}
  - {at: 6s, send: {queue: q, body: never}}
"""
    run = run_slow(tmp_path, steps, top="run_for: 5s", takes="0s")
    last = run.json["failures"]
    assert last == [{"path": "steps[4].expect.idle", "expected": True, "actual": False}]
    assert (deliveries(run), run.json["idle"]) == ([(5, "a", "success"), (5, "b", "success")], False)


def test_idle_in_the_middle_does_not_depend_on_run_for(tmp_path: Path) -> None:
    steps = """
  - send: {queue: q, body: a}
  - {at: 9s, expect: {idle: false}}
  - {at: 10s, expect: {idle: true}}
"""
    for top in ("", "run_for: 60s", "run_for: 10s"):
        run = run_slow(tmp_path, steps, top=top)
        assert run.json["failures"] == []


def test_idle_in_the_middle_means_that_no_step_is_left(tmp_path: Path) -> None:
    steps = """
  - {at: 1s, expect: {idle: false}}
  - send: {queue: other, body: a}
  - {at: 2s, expect: {idle: false}}
  - {at: 3s, expect: {idle: true}}
"""
    assert run_slow(tmp_path, steps).json["failures"] == []


@pytest.mark.rule("MET-03", "MET-07")
def test_what_still_runs_at_the_end_has_no_outcome_and_nothing_begins_after_it(tmp_path: Path) -> None:
    run = run_slow(
        tmp_path,
        '  - send: {queue: q, count: 9, body: "{n}"}',
        top="run_for: 15s",
        properties=", ScalingConfig: {MaximumConcurrency: 2}",
    )
    log = [(one["at"], one["ended"], one["outcome"], one["error"]) for one in run.json["invocations"]]
    assert log == [(0, 10, "success", None)] * 2 + [(10, None, None, None)] * 2
    assert counts(run, "f/q") == (4, 0, 4, 0, 2)
    assert run.json["queues"]["q"] == {"visible": 5, "in_flight": 2, "delayed": 0}
    functions = run.json["functions"]["f"]
    assert [functions[name] for name in ("Invocations", "Throttles", "ConcurrentExecutions")] == [4, 0, 2]
    assert run.trace[-1]["t"] == 10


@pytest.mark.rule("MET-03")
@pytest.mark.parametrize("name", ["q", "q.fifo"])
def test_what_is_cut_off_at_the_end_makes_no_room_for_more(tmp_path: Path, name: str) -> None:
    run = run_text(
        tmp_path,
        f"""
        run_for: 5s
        queues: {{{name}: {{VisibilityTimeout: 60}}}}
        functions:
          f:
            Timeout: 20
            takes: 10s
            script: [{{return: null}}]
            Events:
              q: {{Type: SQS, Properties: {{Queue: {name}, BatchSize: 1, ScalingConfig: {{MaximumConcurrency: 2}}}}}}
        steps: [{{send: {{queue: {name}, count: 9, body: "{{n}}", MessageGroupId: "g{{n}}"{DEDUP[name]}}}}}]
        """,
    )
    assert run.invocations == [(0, 1, None), (0, 1, None)]
    assert run.json["queues"][name] == {"visible": 7, "in_flight": 2, "delayed": 0}
    assert run.json["functions"]["f"]["Invocations"] == 2


@pytest.mark.rule("ESM-19")
def test_an_open_window_at_the_end_is_not_invoked(tmp_path: Path) -> None:
    run = run_text(
        tmp_path,
        """
        run_for: 3s
        queues: {q: {VisibilityTimeout: 60}}
        functions:
          f:
            script: [{return: null}]
            Events: {q: {Type: SQS, Properties: {Queue: q, BatchSize: 5, MaximumBatchingWindowInSeconds: 5}}}
        steps: [{send: {queue: q, body: a}}]
        """,
    )
    assert (run.invocations, run.json["idle"]) == ([], False)
    assert run.json["queues"]["q"]["in_flight"] == 1


@pytest.mark.rule("SQS-27")
def test_throttled_batches_at_the_end_stay_throttled(tmp_path: Path) -> None:
    run = run_text(
        tmp_path,
        """
        run_for: 10s
        queues: {q: {VisibilityTimeout: 60}}
        functions:
          f:
            ReservedConcurrentExecutions: 0
            script: [{return: null}]
            Events: {q: {Type: SQS, Properties: {Queue: q, BatchSize: 1}}}
        steps: [{send: {queue: q, count: 3, body: a}}]
        """,
    )
    assert {outcome for _, _, outcome in run.invocations} == {"throttle"}
    assert run.json["functions"]["f"]["Invocations"] == 0
    assert run.json["functions"]["f"]["Throttles"] == len(run.invocations)


@pytest.mark.rule("GEN-04")
def test_the_same_seed_gives_the_same_bytes_and_another_one_other_ids(tmp_path: Path) -> None:
    text = """
queues: {q: {VisibilityTimeout: 20}}
functions:
  f:
    ReservedConcurrentExecutions: 2
    Timeout: 10
    takes: {lognormal: {median: 500ms, p99: 3s}}
    cold_start: {uniform: [100ms, 1s]}
    script: [{raise: {}, times: 3}, {fail_items: {body: [{prefix: '3'}]}}, {return: null}]
    Events:
      q: {Type: SQS, Properties: {Queue: q, BatchSize: 3, FunctionResponseTypes: [ReportBatchItemFailures]}}
steps:
  - send: {queue: q, count: 40, every: 70ms, body: "{n}"}
"""
    runs = [run_text(tmp_path, text, seed=seed) for seed in (7, 7, 8)]
    hashes = [run.json["trace_sha256"] for run in runs]
    assert hashes[0] == hashes[1] != hashes[2]
    assert [run.trace for run in runs[:1]] == [runs[1].trace]
    for run in runs:
        del run.json["wall_s"]
    assert runs[0].json == runs[1].json
    ids = [{one for line in run.lines("step.send") for one in line["records"]} for run in runs]
    assert (len(ids[0]), ids[0] & ids[2]) == (40, set())


@pytest.mark.rule("GEN-04")
def test_a_new_consumer_of_chance_leaves_the_others_as_they_were(tmp_path: Path) -> None:
    base = """
queues: {q: {}, r: {}}
functions:
  f: {takes: {uniform: [1s, 2s]}, script: [{return: null}], Events: {q: {Type: SQS, Properties: {Queue: q}}}}
%s
steps:
  - send: {queue: q, count: 3, every: 5s, body: a}
  - send: {queue: r, body: b}
"""
    more = (
        "  g: {takes: {uniform: [1s, 2s]}, script: [{return: null}], Events: {r: {Type: SQS, Properties: {Queue: r}}}}"
    )
    alone, beside = (run_text(tmp_path, base % extra, seed=3) for extra in ("", more))
    logs = [[one for one in run.json["invocations"] if one["function"] == "f"] for run in (alone, beside)]
    assert logs[0] == logs[1]
    assert len(logs[0]) == 3


@pytest.mark.rule("SQS-12")
def test_a_message_that_expires_during_its_last_lease_ends_the_run_at_that_instant(tmp_path: Path) -> None:
    run = run_text(
        tmp_path,
        """
        queues: {q: {VisibilityTimeout: 70, MessageRetentionPeriod: 100}}
        functions:
          f: {script: [{raise: {errorType: E, errorMessage: bad}}], Events: {q: {Type: SQS, Properties: {Queue: q}}}}
        steps: [{send: {queue: q, body: x}}]
        """,
    )
    assert run.invocations == [(0.0, 1, "error"), (70.0, 1, "error")]
    assert (run.json["virtual_s"], run.json["idle"]) == (100.0, True)


@pytest.mark.rule("SQS-12")
def test_the_trace_tells_of_messages_that_expired_though_nobody_looked(tmp_path: Path) -> None:
    run = run_text(
        tmp_path,
        "queues: {old: {MessageRetentionPeriod: 60}}\nsteps: [{send: {queue: old, count: 2, body: x}}]\nrun_for: 90s",
    )
    assert [(line["t"], line["queue"]) for line in run.lines("queue.expire")] == [(90, "old")] * 2
