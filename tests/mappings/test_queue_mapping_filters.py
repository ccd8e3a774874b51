"""Filter criteria between the poll and the batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.mappings.logs import counts, deliveries
from tests.scenarios.running import Run, run_text

if TYPE_CHECKING:
    from pathlib import Path


def filtered(folder: Path, steps: str, *, more: str = "", pattern: str = '{"body": [{"prefix": "k"}]}') -> Run:
    return run_text(
        folder,
        f"""
queues:
  q: {{VisibilityTimeout: 60, RedrivePolicy: {{deadLetterTargetArn: dlq, maxReceiveCount: 1}}}}
  dlq: {{}}
functions:
  f:
    script: [{{return: null}}]
    Events:
      q:
        Type: SQS
        Properties: {{Queue: q{more}, FilterCriteria: {{Filters: [{{Pattern: '{pattern}'}}]}}}}
steps:
{steps}
""",
    )


@pytest.mark.rule("FLT-03", "FLT-04", "MET-14", "MET-15", "MET-20", "MET-23")
def test_what_does_not_match_is_deleted_at_once_and_goes_to_no_dead_letter_queue(tmp_path: Path) -> None:
    run = filtered(tmp_path, "  - send: {queue: q, bodies: [k1, x1, k2, x2, x3]}")
    assert deliveries(run) == [(0, "k1,k2", "success")]
    assert [len(line["records"]) for line in run.lines("queue.delete")] == [3, 2]
    assert counts(run, "f/q") == (5, 3, 2, 0, 5)
    assert run.json["queues"]["dlq"] == {"visible": 0, "in_flight": 0, "delayed": 0, "messages": []}


@pytest.mark.rule("FLT-04", "MET-15")
def test_a_poll_without_a_match_invokes_nothing(tmp_path: Path) -> None:
    run = filtered(tmp_path, "  - send: {queue: q, count: 25, body: x}\n  - {at: 3s, send: {queue: q, body: k}}")
    assert deliveries(run) == [(3, "k", "success")]
    assert counts(run, "f/q") == (26, 25, 1, 0, 26)


@pytest.mark.rule("FLT-03", "ESM-18", "ESM-19")
def test_a_window_opens_with_the_first_match_and_a_batch_counts_matches_only(tmp_path: Path) -> None:
    steps = """
  - send: {queue: q, bodies: [x1]}
  - {at: 2s, send: {queue: q, bodies: [k1, x2]}}
  - {at: 4s, send: {queue: q, bodies: [x3, x4, k2]}}
  - {at: 8s, send: {queue: q, bodies: [x5, k3, k4, k5]}}
"""
    run = filtered(tmp_path, steps, more=", BatchSize: 3, MaximumBatchingWindowInSeconds: 5")
    assert deliveries(run) == [(7, "k1,k2", "success"), (8, "k3,k4,k5", "success")]
    assert [(line["t"], line["reason"]) for line in run.lines("batch.close")] == [(7, "window"), (8, "size")]


@pytest.mark.rule("FLT-03")
def test_a_window_whose_last_poll_matches_nothing_ends_in_time(tmp_path: Path) -> None:
    steps = """
  - send: {queue: q, body: k}
  - {at: 5s, send: {queue: q, count: 30, body: x}}
"""
    run = filtered(tmp_path, steps, more=", MaximumBatchingWindowInSeconds: 5")
    assert deliveries(run) == [(5, "k", "success")]
    assert counts(run, "f/q") == (31, 30, 1, 0, 31)


@pytest.mark.rule("FLT-20", "ESM-12", "ESM-13")
def test_a_change_of_the_filter_holds_for_what_is_polled_after_the_update(tmp_path: Path) -> None:
    change = """FilterCriteria: {Filters: [{Pattern: '{"body": [{"prefix": "x"}]}'}]}"""
    steps = f"""
  - update: {{mapping: f/q, {change}}}
  - {{at: 999ms, send: {{queue: q, bodies: [k1, x1]}}}}
  - {{at: 1s, send: {{queue: q, bodies: [k2, x2]}}}}
"""
    run = filtered(tmp_path, steps)
    assert deliveries(run) == [(0.999, "k1", "success"), (1, "x2", "success")]
    assert [(line["t"], line["state"]) for line in run.lines("mapping.state")] == [(0, "Updating"), (1, "Enabled")]


@pytest.mark.rule("FLT-20", "ESM-17")
def test_clearing_the_criteria_lets_everything_through(tmp_path: Path) -> None:
    steps = """
  - update: {mapping: f/q, FilterCriteria: {}}
  - {at: 2s, send: {queue: q, bodies: [k, x]}}
"""
    assert deliveries(filtered(tmp_path, steps)) == [(2, "k,x", "success")]


@pytest.mark.rule("FLT-03", "FLT-20")
def test_what_an_open_batch_holds_is_not_filtered_again(tmp_path: Path) -> None:
    change = """FilterCriteria: {Filters: [{Pattern: '{"body": [{"prefix": "x"}]}'}]}"""
    steps = f"""
  - send: {{queue: q, bodies: [k1, x1]}}
  - update: {{mapping: f/q, {change}}}
  - {{at: 3s, send: {{queue: q, bodies: [k2, x2]}}}}
"""
    run = filtered(tmp_path, steps, more=", MaximumBatchingWindowInSeconds: 5")
    assert deliveries(run) == [(5, "k1,x2", "success")]
