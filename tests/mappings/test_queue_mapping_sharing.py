"""Mappings beside each other, and caps that change while they work."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.mappings.logs import deliveries
from tests.mappings.slow import SLOW, starts
from tests.scenarios.running import run_text

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.rule("SQS-17")
def test_the_cap_is_for_one_mapping_only(tmp_path: Path) -> None:
    run = run_text(
        tmp_path,
        """
        queues: {a: {}, b: {}}
        functions:
          f:
            takes: 2s
            script: [{return: null}]
            Events:
              a: {Type: SQS, Properties: {Queue: a, BatchSize: 1, ScalingConfig: {MaximumConcurrency: 2}}}
              b: {Type: SQS, Properties: {Queue: b, BatchSize: 1, ScalingConfig: {MaximumConcurrency: 3}}}
        steps:
          - send: {queue: a, count: 3, body: a}
          - send: {queue: b, count: 4, body: b}
        """,
    )
    started = Counter((one["mapping"], one["at"]) for one in run.json["invocations"])
    assert started == {("f/a", 0): 2, ("f/b", 0): 3, ("f/a", 2): 1, ("f/b", 2): 1}
    assert run.json["functions"]["f"]["ConcurrentExecutions"] == 5


@pytest.mark.rule("SQS-17", "ESM-13")
def test_a_lower_cap_holds_for_the_next_receive_although_the_mapping_waits_for_messages(tmp_path: Path) -> None:
    steps = """
  - send: {queue: q, count: 3, body: a}
  - {at: 1s, update: {mapping: f/q, ScalingConfig: {MaximumConcurrency: 2}}}
  - {at: 3s, send: {queue: q, count: 3, body: b}}
"""
    run = run_text(tmp_path, SLOW.format(takes="10s", more=", ScalingConfig: {MaximumConcurrency: 5}", steps=steps))
    assert starts(run) == [0, 0, 0, 10, 10, 20]


@pytest.mark.rule("SQS-17", "ESM-13")
def test_a_higher_cap_lets_a_saturated_mapping_grow_at_once(tmp_path: Path) -> None:
    steps = """
  - send: {queue: q, count: 8, body: a}
  - {at: 1s, update: {mapping: f/q, ScalingConfig: {MaximumConcurrency: 4}}}
"""
    run = run_text(tmp_path, SLOW.format(takes="60s", more=", ScalingConfig: {MaximumConcurrency: 2}", steps=steps))
    assert starts(run) == [0, 0, 2.2, 2.4, 60, 60, 62.2, 62.4]


@pytest.mark.rule("SQS-16")
def test_two_mappings_on_one_queue_share_its_messages(tmp_path: Path) -> None:
    run = run_text(
        tmp_path,
        """
        queues: {q: {VisibilityTimeout: 400}}
        functions:
          busy:
            Timeout: 70
            takes: 60s
            script: [{return: null}]
            Events: {q: {Type: SQS, Properties: {Queue: q, BatchSize: 1, ScalingConfig: {MaximumConcurrency: 2}}}}
          free:
            takes: 1s
            script: [{return: null}]
            Events: {q: {Type: SQS, Properties: {Queue: q, BatchSize: 1, ScalingConfig: {MaximumConcurrency: 2}}}}
        steps:
          - send: {queue: q, bodies: [a, b, c, d]}
          - {at: 10s, send: {queue: q, body: e}}
          - {at: 20s, send: {queue: q, body: f}}
        """,
    )
    by_function = [(one["function"], one["at"]) for one in run.json["invocations"]]
    assert by_function == [
        ("busy", 0), ("free", 0), ("busy", 0), ("free", 0), ("free", 10), ("free", 20),
    ]  # fmt: skip
    assert sorted(body for _, body, _ in deliveries(run)) == ["a", "b", "c", "d", "e", "f"]


@pytest.mark.rule("SQS-16", "GEN-02")
def test_two_mappings_whose_work_takes_no_time_take_turns(tmp_path: Path) -> None:
    run = run_text(
        tmp_path,
        """
        queues: {q: {}}
        functions:
          one: {script: [{return: null}], Events: {q: {Type: SQS, Properties: {Queue: q, BatchSize: 1}}}}
          two: {script: [{return: null}], Events: {q: {Type: SQS, Properties: {Queue: q, BatchSize: 1}}}}
        steps: [{send: {queue: q, count: 6, body: "{n}"}}]
        """,
    )
    assert [one["function"] for one in run.json["invocations"]] == ["one", "two"] * 3
