"""When a batch is closed and what is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.mappings.logs import deliveries, received
from tests.scenarios.running import Run, run_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def closed(run: Run) -> list[tuple[Any, ...]]:
    """(t, reason, records) of each batch."""
    return [(line["t"], line["reason"], line["records"]) for line in run.lines("batch.close")]


def run_window(folder: Path, properties: str, steps: str, *, queue: str = "{VisibilityTimeout: 400}") -> Run:
    """A function that takes no time behind a window."""
    return run_text(
        folder,
        f"""
queues: {{q: {queue}}}
functions:
  f: {{script: [{{return: null}}], Events: {{q: {{Type: SQS, Properties: {{Queue: q, {properties}}}}}}}}}
steps:
{steps}
""",
    )


@pytest.mark.rule("ESM-18", "SQS-03")
def test_without_a_window_a_batch_is_what_one_poll_brings(tmp_path: Path) -> None:
    steps = """
  - send: {queue: q, count: 4, body: a}
  - {at: 1s, send: {queue: q, body: b}}
  - send: {queue: q, body: c}
  - {at: 2s, send: {queue: q, count: 23, body: d}}
"""
    run = run_window(tmp_path, "BatchSize: 10", steps)
    assert closed(run) == [(0, "poll", 4), (1, "poll", 2), (2, "size", 10), (2, "size", 10), (2, "poll", 3)]


@pytest.mark.rule("ESM-18")
def test_without_a_window_a_small_batch_size_cuts_what_waits(tmp_path: Path) -> None:
    run = run_window(tmp_path, "BatchSize: 3", "  - send: {queue: q, count: 7, body: a}")
    assert closed(run) == [(0, "size", 3), (0, "size", 3), (0, "poll", 1)]
    assert [len(line["records"]) for line in run.lines("poll.receive")] == [3, 3, 1]


@pytest.mark.rule("ESM-18", "ESM-19")
def test_a_window_counts_from_its_first_message_and_takes_what_arrives_at_its_last_instant(tmp_path: Path) -> None:
    steps = """
  - {at: 700ms, send: {queue: q, body: first}}
  - {at: 2s, send: {queue: q, body: middle}}
  - {at: 2700ms, send: {queue: q, body: last}}
  - {at: 2701ms, send: {queue: q, body: next}}
"""
    run = run_window(tmp_path, "BatchSize: 10, MaximumBatchingWindowInSeconds: 2", steps)
    assert deliveries(run) == [(2.7, "first,middle,last", "success"), (4.701, "next", "success")]
    assert closed(run) == [(2.7, "window", 3), (4.701, "window", 1)]


@pytest.mark.rule("ESM-18", "GEN-02")
def test_many_messages_at_the_last_instant_of_a_window_all_belong_to_it(tmp_path: Path) -> None:
    steps = """
  - send: {queue: q, body: a}
  - {at: 5s, send: {queue: q, count: 25, body: b}}
"""
    run = run_window(tmp_path, "BatchSize: 100, MaximumBatchingWindowInSeconds: 5", steps)
    assert closed(run) == [(5, "window", 26)]


@pytest.mark.rule("ESM-18", "SQS-13")
def test_a_delay_that_ends_with_the_window_is_in_time(tmp_path: Path) -> None:
    steps = """
  - send: {queue: q, body: a}
  - send: {queue: q, body: b, DelaySeconds: 5}
"""
    run = run_window(tmp_path, "BatchSize: 10, MaximumBatchingWindowInSeconds: 5", steps)
    assert deliveries(run) == [(5, "a,b", "success")]


@pytest.mark.rule("ESM-18")
def test_a_full_batch_does_not_wait_for_its_window(tmp_path: Path) -> None:
    steps = """
  - send: {queue: q, count: 19, body: a}
  - {at: 4s, send: {queue: q, count: 30, body: b}}
"""
    run = run_window(tmp_path, "BatchSize: 20, MaximumBatchingWindowInSeconds: 300", steps)
    assert closed(run) == [(4, "size", 20), (4, "size", 20), (304, "window", 9)]


@pytest.mark.rule("ESM-19")
def test_a_window_never_fires_without_a_message(tmp_path: Path) -> None:
    run = run_window(
        tmp_path,
        "BatchSize: 10, MaximumBatchingWindowInSeconds: 1",
        "  - {at: 100s, send: {queue: q, body: a}}\n  - {at: 1h, expect: {idle: true}}",
    )
    assert deliveries(run) == [(101, "a", "success")]
    assert run.json["passed"]


@pytest.mark.rule("ESM-19", "SQS-17")
def test_one_batch_is_filled_at_a_time_and_the_open_one_holds_a_slot(
    tmp_path: Path, capture: Callable[[str], Any]
) -> None:
    recorded = capture("sqs_test_sqs_event_source_mapping_batching_reserved_concurrency")
    config = recorded["mapping_config"]["create-event-source-mapping-response"]
    expected = recorded["expected_event_or_destination_record"]
    run = run_text(
        tmp_path,
        f"""
        queues: {{q: {{VisibilityTimeout: 60}}}}
        functions:
          f:
            ReservedConcurrentExecutions: {expected["put_concurrency_resp"]["ReservedConcurrentExecutions"]}
            takes: 5s
            Timeout: 10
            script: [{{return: null}}]
            Events:
              q:
                Type: SQS
                Properties:
                  Queue: q
                  BatchSize: {config["BatchSize"]}
                  MaximumBatchingWindowInSeconds: {config["MaximumBatchingWindowInSeconds"]}
                  ScalingConfig: {{MaximumConcurrency: {config["ScalingConfig"]["MaximumConcurrency"]}}}
        steps:
          - send: {{queue: q, count: 30, body: "{{n}}"}}
        """,
    )
    assert len(run.invocations) == expected["batch_info"]["total_batches_received"]
    assert run.invocations == [(0, 20, "success"), (1, 10, "success")]
    keys = [list(record) for record in expected["Records"]]
    shown = [list(record) for one in run.json["invocations"] for record in one["event"]["Records"]]
    assert shown == keys


@pytest.mark.rule("ESM-19", "SQS-17")
def test_with_all_slots_taken_no_window_opens(tmp_path: Path) -> None:
    run = run_text(
        tmp_path,
        """
        queues: {q: {VisibilityTimeout: 60}}
        functions:
          f:
            Timeout: 10
            takes: 10s
            script: [{return: null}]
            Events:
              q:
                Type: SQS
                Properties:
                  Queue: q
                  BatchSize: 2
                  MaximumBatchingWindowInSeconds: 3
                  ScalingConfig: {MaximumConcurrency: 2}
        steps:
          - send: {queue: q, count: 4, body: a}
          - {at: 1s, send: {queue: q, body: b}}
        """,
    )
    assert closed(run) == [(0, "size", 2), (0, "size", 2), (13, "window", 1)]


@pytest.mark.rule("SQS-21")
@pytest.mark.parametrize(("visibility_s", "timeout_s", "lease_s"), [(30, 10, 30), (30, 11, 61), (29, 10, 60)])
def test_a_window_that_the_visibility_timeout_does_not_cover_lengthens_the_lease(
    tmp_path: Path, visibility_s: int, timeout_s: int, lease_s: int
) -> None:
    run = run_text(
        tmp_path,
        f"""
        queues: {{q: {{VisibilityTimeout: {visibility_s}}}}}
        functions:
          f:
            Timeout: {timeout_s}
            script: [{{raise: {{}}}}, {{return: null}}]
            Events: {{q: {{Type: SQS, Properties: {{Queue: q, BatchSize: 10, MaximumBatchingWindowInSeconds: 20}}}}}}
        steps:
          - send: {{queue: q, body: a}}
        """,
    )
    assert received(run) == [(20, ["a*1"]), (lease_s + 20, ["a*2"])]


@pytest.mark.rule("SQS-21")
def test_the_lease_is_counted_from_each_receive_not_from_the_closing_of_the_batch(tmp_path: Path) -> None:
    run = run_text(
        tmp_path,
        """
        queues: {q: {VisibilityTimeout: 30}}
        functions:
          f:
            Timeout: 10
            script: [{raise: {}}, {return: null}]
            Events: {q: {Type: SQS, Properties: {Queue: q, BatchSize: 2, MaximumBatchingWindowInSeconds: 5}}}
        steps:
          - send: {queue: q, body: a}
          - {at: 4s, send: {queue: q, body: b}}
        """,
    )
    assert received(run) == [(4, ["a*1", "b*1"]), (34, ["a*2", "b*2"])]
    assert [line["t"] for line in run.lines("poll.receive")] == [0, 4, 30, 34]


@pytest.mark.rule("ESM-19", "FLT-20")
def test_an_open_batch_keeps_the_settings_that_it_was_opened_with(tmp_path: Path) -> None:
    steps = """
  - send: {queue: q, count: 20, body: a}
  - {at: 1s, update: {mapping: f/q, BatchSize: 10, MaximumBatchingWindowInSeconds: 1}}
  - {at: 3s, send: {queue: q, count: 12, body: b}}
  - {at: 11s, send: {queue: q, count: 12, body: c}}
"""
    run = run_window(tmp_path, "BatchSize: 100, MaximumBatchingWindowInSeconds: 10", steps)
    assert closed(run) == [(10, "window", 32), (11, "size", 10), (12, "window", 2)]


@pytest.mark.rule("SQS-21")
def test_the_functions_present_timeout_decides_also_for_a_poll_that_began_before(tmp_path: Path) -> None:
    run = run_text(
        tmp_path,
        """
        queues: {q: {VisibilityTimeout: 30}}
        functions:
          f:
            Timeout: 10
            script: [{raise: {}}, {return: null}]
            Events: {q: {Type: SQS, Properties: {Queue: q, BatchSize: 10, MaximumBatchingWindowInSeconds: 20}}}
        steps:
          - {at: 5s, update: {function: f, Timeout: 11}}
          - {at: 100s, send: {queue: q, body: a}}
        """,
    )
    assert received(run) == [(120, ["a*1"]), (181, ["a*2"])]
