"""Messages that fail too often, wait too long, or are delayed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.mappings.logs import counts, deliveries
from tests.scenarios.running import run_text

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.rule("SQS-06", "SQS-24", "SQS-30")
def test_a_poison_message_is_received_as_often_as_the_policy_says_and_then_moved(tmp_path: Path) -> None:
    run = run_text(
        tmp_path,
        """
        queues:
          q: {VisibilityTimeout: 30, RedrivePolicy: {deadLetterTargetArn: dlq, maxReceiveCount: 3}}
          dlq: {}
        functions:
          f:
            script: [{raise_if: {body: [bad]}}]
            Events: {q: {Type: SQS, Properties: {Queue: q, BatchSize: 1}}}
        steps:
          - send: {queue: q, bodies: [good, bad, fine]}
        """,
    )
    assert deliveries(run) == [
        (0, "good", "success"), (0, "bad", "error"), (0, "fine", "success"), (30, "bad", "error"), (60, "bad", "error"),
    ]  # fmt: skip
    [moved] = run.lines("queue.redrive")
    assert (moved["t"], moved["queue"], moved["to"], moved["receive_count"]) == (90, "q", "dlq", 3)
    assert [message["Body"] for message in run.json["queues"]["dlq"]["messages"]] == ["bad"]
    assert counts(run, "f/q") == (5, 0, 5, 3, 2)
    assert run.json["virtual_s"] == 90


@pytest.mark.rule("SQS-12", "SQS-24")
def test_a_message_that_always_fails_without_a_policy_ends_with_its_retention(tmp_path: Path) -> None:
    run = run_text(
        tmp_path,
        """
        queues: {q: {VisibilityTimeout: 60}}
        functions:
          f: {script: [{raise: {}}], Events: {q: {Type: SQS, Properties: {Queue: q}}}}
        steps:
          - send: {queue: q, body: bad}
        """,
    )
    four_days_s = 4 * 86_400
    assert run.json["functions"]["f"]["Invocations"] == four_days_s / 60
    assert [line["t"] for line in run.lines("queue.expire")] == [four_days_s]
    assert (run.json["virtual_s"], run.json["idle"]) == (four_days_s, True)
    assert run.json["queues"]["q"] == {"visible": 0, "in_flight": 0, "delayed": 0}


@pytest.mark.rule("SQS-13", "SQS-16")
def test_a_delayed_message_is_delivered_the_moment_its_delay_has_passed(tmp_path: Path) -> None:
    run = run_text(
        tmp_path,
        """
        queues: {slow: {DelaySeconds: 90}, q: {}}
        functions:
          f:
            script: [{return: null}]
            Events:
              slow: {Type: SQS, Properties: {Queue: slow}}
              q: {Type: SQS, Properties: {Queue: q}}
        steps:
          - send: {queue: slow, body: by the queue}
          - send: {queue: q, body: by the message, DelaySeconds: 900}
          - send: {queue: q, body: not at all}
          - expect: {queues: {slow: {delayed: 1}, q: {visible: 0, delayed: 1}}}
        """,
    )
    assert deliveries(run) == [
        (0, "not at all", "success"), (90, "by the queue", "success"), (900, "by the message", "success"),
    ]  # fmt: skip
    assert run.json["passed"]


@pytest.mark.rule("SQS-06", "SQS-07", "SQS-30", "SQS-33")
def test_a_mapping_may_read_the_dead_letter_queue_of_another(tmp_path: Path) -> None:
    run = run_text(
        tmp_path,
        """
        queues:
          q: {VisibilityTimeout: 30, RedrivePolicy: {deadLetterTargetArn: dlq, maxReceiveCount: 2}}
          dlq: {}
        functions:
          work: {script: [{raise: {}}], Events: {q: {Type: SQS, Properties: {Queue: q}}}}
          repair: {script: [{return: null}], Events: {dlq: {Type: SQS, Properties: {Queue: dlq}}}}
        steps:
          - {at: 1s, send: {queue: q, body: bad}}
        """,
    )
    assert [(one["at"], one["function"], one["outcome"]) for one in run.json["invocations"]] == [
        (1, "work", "error"), (31, "work", "error"), (61, "repair", "success"),
    ]  # fmt: skip
    [record] = run.json["invocations"][2]["event"]["Records"]
    assert record["messageId"] == run.json["invocations"][0]["record_ids"][0]
    assert record["eventSourceARN"].endswith(":dlq")
    assert {name: record["attributes"][name] for name in ("ApproximateReceiveCount", "SentTimestamp")} == {
        "ApproximateReceiveCount": "3",
        "SentTimestamp": "1767225601000",
    }
    assert record["attributes"]["DeadLetterQueueSourceArn"].endswith(":q")
