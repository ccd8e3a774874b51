"""A mapping's states, and when its changes take effect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from eventsim.mappings.states import State, transition
from tests.mappings.logs import counts, deliveries
from tests.scenarios.running import Run, run_text

if TYPE_CHECKING:
    from pathlib import Path


def run_mapping(folder: Path, steps: str, *, more: str = "", takes: str = "0s", run_for: str = "") -> Run:
    return run_text(
        folder,
        f"""
{run_for}
queues: {{q: {{VisibilityTimeout: 30}}}}
functions:
  f:
    Timeout: 20
    takes: {takes}
    script: [{{return: null}}]
    Events: {{q: {{Type: SQS, Properties: {{Queue: q{more}}}}}}}
steps:
{steps}
""",
    )


def states(run: Run) -> list[tuple[Any, ...]]:
    return [(line["t"], line["state"]) for line in run.lines("mapping.state")]


@pytest.mark.rule("ESM-12")
@pytest.mark.parametrize(
    ("was_enabled", "is_enabled", "passing", "final"),
    [
        (True, True, State.UPDATING, State.ENABLED),
        (False, False, State.UPDATING, State.DISABLED),
        (True, False, State.DISABLING, State.DISABLED),
        (False, True, State.ENABLING, State.ENABLED),
    ],
)
def test_an_update_passes_through_the_state_that_says_what_it_changes(
    was_enabled: bool, is_enabled: bool, passing: State, final: State
) -> None:
    assert transition(was_enabled=was_enabled, is_enabled=is_enabled) == (passing, final)


@pytest.mark.rule("ESM-13")
def test_a_declared_mapping_is_enabled_from_the_start(tmp_path: Path) -> None:
    run = run_mapping(tmp_path, "  - send: {queue: q, body: a}")
    assert (states(run), deliveries(run)) == ([], [(0, "a", "success")])


@pytest.mark.rule("ESM-12", "ESM-13", "ESM-23")
def test_disabling_takes_a_second_and_then_nothing_is_received(tmp_path: Path) -> None:
    steps = """
  - {at: 5s, update: {mapping: f/q, Enabled: false}}
  - {at: 5999ms, send: {queue: q, body: before}}
  - {at: 7s, send: {queue: q, body: after}}
"""
    run = run_mapping(tmp_path, steps)
    assert states(run) == [(5, "Disabling"), (6, "Disabled")]
    assert deliveries(run) == [(5.999, "before", "success")]
    assert (run.json["virtual_s"], run.json["idle"]) == (7, True)
    assert [message["Body"] for message in run.json["queues"]["q"]["messages"]] == ["after"]


@pytest.mark.rule("ESM-12", "ESM-13", "ESM-23")
def test_enabling_takes_a_second_and_then_what_waits_is_received(tmp_path: Path) -> None:
    steps = """
  - send: {queue: q, body: a}
  - {at: 10s, expect: {queues: {q: {visible: 1}}, idle: false}}
  - update: {mapping: f/q, Enabled: true}
  - {at: 10500ms, send: {queue: q, body: b}}
"""
    run = run_mapping(tmp_path, steps, more=", Enabled: false")
    assert states(run) == [(10, "Enabling"), (11, "Enabled")]
    assert deliveries(run) == [(11, "a,b", "success")]
    assert run.json["failures"] == []


@pytest.mark.rule("ESM-23", "SQS-23")
def test_an_accepted_batch_is_finished_and_deleted_after_the_mapping_was_disabled(tmp_path: Path) -> None:
    steps = """
  - send: {queue: q, body: a}
  - update: {mapping: f/q, Enabled: false}
  - {at: 3s, expect: {queues: {q: {in_flight: 1}}}}
"""
    run = run_mapping(tmp_path, steps, takes="10s")
    assert deliveries(run) == [(0, "a", "success")]
    assert [line["t"] for line in run.lines("queue.delete")] == [10]
    assert run.json["queues"]["q"] == {"visible": 0, "in_flight": 0, "delayed": 0, "messages": []}
    assert (run.json["passed"], run.json["virtual_s"]) == (True, 10)


@pytest.mark.rule("ESM-23")
def test_an_open_batch_is_invoked_when_the_mapping_stops_and_not_lost(tmp_path: Path) -> None:
    steps = """
  - send: {queue: q, bodies: [a, b]}
  - {at: 4s, update: {mapping: f/q, Enabled: false}}
"""
    run = run_mapping(tmp_path, steps, more=", BatchSize: 10, MaximumBatchingWindowInSeconds: 60")
    assert deliveries(run) == [(5, "a,b", "success")]
    assert run.json["queues"]["q"]["in_flight"] == 0


@pytest.mark.rule("ESM-23", "SQS-24")
def test_what_failed_before_the_mapping_was_disabled_waits_for_it(tmp_path: Path) -> None:
    run = run_text(
        tmp_path,
        """
        queues: {q: {VisibilityTimeout: 30}}
        functions:
          f:
            script: [{raise: {}}, {return: null}]
            Events: {q: {Type: SQS, Properties: {Queue: q}}}
        steps:
          - send: {queue: q, body: a}
          - {at: 1s, update: {mapping: f/q, Enabled: false}}
          - {at: 100s, update: {mapping: f/q, Enabled: true}}
        """,
    )
    assert deliveries(run) == [(0, "a", "error"), (101, "a", "success")]


@pytest.mark.rule("ESM-23")
def test_a_mapping_can_be_disabled_and_enabled_again_and_again(tmp_path: Path) -> None:
    changes = "".join(
        f"  - {{at: {4 * n}s, update: {{mapping: f/q, Enabled: {str(n % 2 == 1).lower()}}}}}\n"
        f"  - {{at: {4 * n + 2}s, send: {{queue: q, body: at {4 * n + 2}}}}}\n"
        for n in range(1, 6)
    )
    run = run_mapping(tmp_path, changes, more=", Enabled: false", takes="6s")
    assert deliveries(run) == [
        (6, "at 6", "success"), (13, "at 10", "success"), (14, "at 14", "success"), (21, "at 18", "success"),
        (22, "at 22", "success"),
    ]  # fmt: skip


@pytest.mark.rule("ESM-14")
def test_a_busy_mapping_refuses_changes_and_keeps_the_first(tmp_path: Path) -> None:
    steps = """
  - update: {mapping: f/q, BatchSize: 2}
  - {at: 999ms, update: {mapping: f/q, BatchSize: 3}}
  - {at: 1s, update: {mapping: f/q, Enabled: false}}
  - {at: 2s, send: {queue: q, count: 4, body: a}}
  - {at: 10s, update: {mapping: f/q, Enabled: true}}
"""
    run = run_mapping(tmp_path, steps)
    refusal = "ResourceInUseException: Cannot update the event source mapping because it is in use."
    assert run.json["failures"] == [
        {"path": "steps[1]", "expected": "accepted", "actual": refusal},
        {"path": "steps[2]", "expected": "accepted", "actual": refusal},
    ]
    assert states(run)[:2] == [(0, "Updating"), (1, "Enabled")]
    assert run.invocations[:2] == [(2, 2, "success"), (2, 2, "success")]


@pytest.mark.rule("ESM-13", "ESM-17", "FLT-20")
def test_a_larger_batch_size_holds_from_the_next_poll_although_the_mapping_was_waiting(tmp_path: Path) -> None:
    steps = """
  - update: {mapping: f/q, BatchSize: 10}
  - {at: 30s, send: {queue: q, count: 5, body: a}}
"""
    run = run_mapping(tmp_path, steps, more=", BatchSize: 1")
    assert run.invocations == [(30, 5, "success")]


@pytest.mark.rule("ESM-13", "ESM-17", "SQS-35")
def test_a_window_given_by_an_update_holds_for_the_next_batch(tmp_path: Path) -> None:
    steps = """
  - update: {mapping: f/q, MaximumBatchingWindowInSeconds: 5}
  - {at: 30s, send: {queue: q, body: a}}
  - {at: 33s, send: {queue: q, body: b}}
  - {at: 40s, update: {mapping: f/q, MaximumBatchingWindowInSeconds: 0}}
  - {at: 50s, send: {queue: q, body: c}}
"""
    run = run_mapping(tmp_path, steps)
    assert deliveries(run) == [(35, "a,b", "success"), (50, "c", "success")]
    shown = ["md5OfMessageAttributes" in one["event"]["Records"][0] for one in run.json["invocations"]]
    assert shown == [True, False]


@pytest.mark.rule("ESM-17", "ESM-26")
def test_a_batch_is_judged_by_the_settings_that_it_was_opened_with(tmp_path: Path) -> None:
    run = run_text(
        tmp_path,
        """
        queues: {q: {VisibilityTimeout: 30}}
        functions:
          f:
            Timeout: 20
            script: [{fail_items: {body: [a]}, takes: 10s}]
            Events: {q: {Type: SQS, Properties: {Queue: q}}}
        steps:
          - send: {queue: q, body: a}
          - {at: 1s, update: {mapping: f/q, FunctionResponseTypes: [ReportBatchItemFailures]}}
          - {at: 20s, send: {queue: q, body: a}}
          - {at: 25s, update: {mapping: f/q, FunctionResponseTypes: []}}
        """,
    )
    assert deliveries(run) == [(0, "a", "success"), (20, "a", "partial"), (50, "a", "success")]


@pytest.mark.rule("ESM-17")
def test_omitted_and_null_members_keep_their_values(tmp_path: Path) -> None:
    steps = """
  - update: {mapping: f/q, BatchSize: null, FunctionResponseTypes: [ReportBatchItemFailures]}
  - {at: 5s, send: {queue: q, count: 4, body: a}}
"""
    run = run_mapping(tmp_path, steps, more=", BatchSize: 2")
    assert run.invocations == [(5, 2, "success"), (5, 2, "success")]


@pytest.mark.rule("ESM-12", "ESM-13")
def test_changing_a_disabled_mapping_does_not_start_it(tmp_path: Path) -> None:
    steps = """
  - send: {queue: q, body: a}
  - update: {mapping: f/q, BatchSize: 5}
"""
    run = run_mapping(tmp_path, steps, more=", Enabled: false", run_for="run_for: 500ms")
    assert states(run) == [(0, "Updating")]
    assert counts(run, "f/q") == (0, 0, 0, 0, 0)
    assert run.json["queues"]["q"]["messages"][0]["Body"] == "a"
    later = run_mapping(tmp_path, steps, more=", Enabled: false")
    assert (states(later), later.invocations, later.json["idle"]) == ([(0, "Updating"), (1, "Disabled")], [], True)
