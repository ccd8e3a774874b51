"""Batches that six megabytes close, and what they leave behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from eventsim.mappings.batching import PAYLOAD_LIMIT_BYTES
from tests.mappings.logs import counts, received
from tests.scenarios.running import Run, run_text

if TYPE_CHECKING:
    from pathlib import Path


def closed(run: Run) -> list[tuple[Any, ...]]:
    """(t, reason, records) of each batch."""
    return [(line["t"], line["reason"], line["records"]) for line in run.lines("batch.close")]


@pytest.mark.rule("ESM-18", "ESM-20")
def test_what_a_heavy_batch_leaves_behind_begins_the_next_one(tmp_path: Path) -> None:
    run = run_text(
        tmp_path,
        """
        queues: {q: {VisibilityTimeout: 60}}
        functions:
          f: {script: [{return: null}], Events: {q: {Type: SQS, Properties: {Queue: q, BatchSize: 10}}}}
        steps:
          - send: {queue: q, count: 10, body: "%s"}
        """.replace("%s", "x" * 1_000_000),
    )
    assert closed(run) == [(0, "payload", 6), (0, "poll", 4)]
    assert [len(line["records"]) for line in run.lines("poll.receive")] == [10]
    assert counts(run, "f/q") == (10, 0, 10, 0, 10)
    sizes = [len(msgspec.json.encode(one["event"])) for one in run.json["invocations"]]
    assert max(sizes) <= PAYLOAD_LIMIT_BYTES < max(sizes) + 1_000_000


@pytest.mark.rule("ESM-20", "SQS-27")
def test_what_a_heavy_batch_left_behind_is_not_invoked_after_its_lease(tmp_path: Path) -> None:
    """The rest of the poll at 1 s waits for a slot until 20 s; its lease ended at 11 s."""
    run = run_text(
        tmp_path,
        """
        queues: {q: {VisibilityTimeout: 30}}
        functions:
          f:
            Timeout: 30
            script: [{return: null, takes: 20s, times: 2}, {return: null}]
            Events: {q: {Type: SQS, Properties: {Queue: q, BatchSize: 10, ScalingConfig: {MaximumConcurrency: 2}}}}
        steps:
          - update: {queue: q, VisibilityTimeout: 10}
          - send: {queue: q, body: small}
          - {at: 1s, send: {queue: q, count: 10, body: "BIG"}}
        """.replace("BIG", "x" * 1_000_000),
    )
    log = [(at, len(bodies), {body[-2:] for body in bodies}) for at, bodies in received(run)]
    assert log[:4] == [(0, 1, {"*1"}), (1, 6, {"*1"}), (20, 6, {"*2"}), (20, 4, {"*2"})]


@pytest.mark.rule("ESM-20")
def test_the_escapes_of_json_count(tmp_path: Path) -> None:
    run = run_text(
        tmp_path,
        """
        queues: {q: {VisibilityTimeout: 60}}
        functions:
          f: {script: [{return: null}], Events: {q: {Type: SQS, Properties: {Queue: q, BatchSize: 10}}}}
        steps:
          - send: {queue: q, count: 10, body: '%s'}
        """.replace("%s", '"' * 1_000_000),
    )
    assert [records for _, _, records in closed(run)] == [3, 3, 3, 1]
