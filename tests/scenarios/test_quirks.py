"""The section ``quirks``: each choice is honoured, and what can't be is refused with its place."""

from __future__ import annotations

from collections import Counter
from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from eventsim.errors import ScenarioError
from eventsim.quirks import Quirks
from eventsim.scenarios.quirks import _TABLE
from tests.mappings.logs import received
from tests.scenarios.running import run_text

if TYPE_CHECKING:
    from pathlib import Path

STREAM = """
  streams: {s: {ShardCount: 1}}
  functions:
    f:
      script: [%s]
      Events: {s: {Type: Kinesis, Properties: {Stream: s, StartingPosition: TRIM_HORIZON, %s}}}
  steps: [{put: {stream: s, PartitionKey: a, data: x}}]
"""


def starts(tmp_path: Path, text: str, quirks: str) -> list[float]:
    run = run_text(tmp_path, f"quirks: {{{quirks}}}\n{dedent(text)}")
    return [one["at"] for one in run.json["invocations"]]


def test_the_section_knows_every_quirk() -> None:
    assert list(_TABLE) == list(Quirks.__struct_fields__)


@pytest.mark.rule("STR-09")
def test_a_streams_retries_wait_as_chosen(tmp_path: Path) -> None:
    text = STREAM % ("{raise: {}}", "MaximumRetryAttempts: 4")
    assert starts(tmp_path, text, "stream_retry_first_s: 2s, stream_retry_longest_s: 5") == [0, 2, 6, 11, 16]


@pytest.mark.rule("STR-29")
def test_a_tumbling_window_closes_as_long_after_its_end_as_chosen(tmp_path: Path) -> None:
    text = STREAM % ("{return: {state: {}}}", "TumblingWindowInSeconds: 10")
    assert starts(tmp_path, text, "window_close_s: 3s") == [0, 13]


@pytest.mark.rule("GEN-03")
def test_what_a_stream_delivered_comes_again_at_the_rate_chosen(tmp_path: Path) -> None:
    text = STREAM % ("{return: null}", "BatchSize: 5")
    run = run_text(tmp_path, "quirks: {duplicate_rate: 0.5}" + dedent(text.replace("data: x", "data: x, count: 100")))
    seen = [number for one in run.json["invocations"] for number in one["record_ids"]]
    assert (len(set(seen)), len(seen) > 100) == (100, True)


@pytest.mark.rule("ASY-06", "ASY-07")
def test_asynchronous_events_wait_as_chosen(tmp_path: Path) -> None:
    text = """
  functions: {f: {script: [{raise: {}}]}}
  steps: [{invoke: {function: f, InvocationType: Event}}]
"""
    assert starts(tmp_path, text, "async_retry_s: [1s, 2m]") == [0, 1, 121]


@pytest.mark.rule("ESM-13")
def test_a_mapping_changes_its_state_as_fast_as_chosen(tmp_path: Path) -> None:
    text = """
  queues: {q: {}}
  functions: {f: {script: [{return: null}], Events: {q: {Type: SQS, Properties: {Queue: q, Enabled: false}}}}}
  steps:
    - send: {queue: q, body: a}
    - update: {mapping: f/q, Enabled: true}
"""
    assert starts(tmp_path, text, "transition_s: 30s") == [30]


def queue_run(
    tmp_path: Path, quirks: str, queue: str, function: str, event: str, steps: str
) -> list[tuple[float, list[str]]]:
    text = f"""
quirks: {{{quirks}}}
queues: {{q: {{{queue}}}}}
functions: {{f: {{{function}, Events: {{q: {{Type: SQS, Properties: {{Queue: q, {event}}}}}}}}}}}
steps: [{steps}]
"""
    return received(run_text(tmp_path, text))


@pytest.mark.rule("ESM-29")
def test_an_empty_failure_entry_is_success_when_chosen(tmp_path: Path) -> None:
    answer = "script: [{return: {batchItemFailures: [{}]}}, {return: null}]"
    rest = (
        "VisibilityTimeout: 5",
        answer,
        "FunctionResponseTypes: [ReportBatchItemFailures]",
        "{send: {queue: q, body: a}}",
    )
    assert queue_run(tmp_path, "empty_failure_entry_is_success: true", *rest) == [(0, ["a*1"])]
    assert queue_run(tmp_path, "empty_failure_entry_is_success: false", *rest) == [(0, ["a*1"]), (5, ["a*2"])]


@pytest.mark.rule("SQS-20")
def test_a_window_lasts_a_whole_long_poll_when_chosen(tmp_path: Path) -> None:
    rest = ("", "script: [{return: null}]", "MaximumBatchingWindowInSeconds: 3", "{send: {queue: q, body: a}}")
    assert queue_run(tmp_path, "long_poll_floor: true", *rest) == [(20, ["a*1"])]
    assert queue_run(tmp_path, "long_poll_floor: false", *rest) == [(3, ["a*1"])]


@pytest.mark.rule("GEN-03")
def test_what_a_queue_delivered_comes_again_at_the_rate_chosen(tmp_path: Path) -> None:
    rest = (
        "VisibilityTimeout: 5",
        "script: [{return: null}]",
        "BatchSize: 1",
        '{send: {queue: q, body: "{n}", count: 100}}',
    )
    deliveries = queue_run(tmp_path, "duplicate_rate: 0.5", *rest)
    bodies = Counter(body.split("*")[0] for _, batch in deliveries for body in batch)
    assert (len(bodies), 120 < bodies.total() < 320) == (100, True)


@pytest.mark.rule("SQS-36")
def test_a_standard_queue_keeps_no_order_when_chosen(tmp_path: Path) -> None:
    rest = ("", "script: [{return: null}]", "BatchSize: 10", '{send: {queue: q, body: "{n}", count: 10}}')
    (_, ordered), *_ = queue_run(tmp_path, "shuffle: false", *rest)
    (_, shuffled), *_ = queue_run(tmp_path, "shuffle: true", *rest)
    assert ordered == [f"{n}*1" for n in range(10)]
    assert (sorted(shuffled), shuffled != ordered) == (ordered, True)


@pytest.mark.rule("SQS-28")
def test_throttled_batches_wait_as_chosen(tmp_path: Path) -> None:
    text = """
  queues: {q: {VisibilityTimeout: 20, RedrivePolicy: {deadLetterTargetArn: d, maxReceiveCount: 1}}, d: {}}
  functions:
    f: {ReservedConcurrentExecutions: 0, script: [{return: null}], Events: {q: {Type: SQS, Properties: {Queue: q}}}}
  steps: [{send: {queue: q, body: a}}]
"""
    quirks = "throttle_first_s: 4s, throttle_longest_s: 6s, throttle_jitter: 0"
    assert starts(tmp_path, text, quirks) == [0, 4, 10, 16]


@pytest.mark.rule("CON-11")
def test_environments_are_kept_as_long_as_chosen(tmp_path: Path) -> None:
    text = """
quirks: {environment_idle_s: 10s}
functions: {f: {script: [{return: null}]}}
steps: [{invoke: {function: f}}, {at: 9s, invoke: {function: f}}, {at: 19s, invoke: {function: f}}]
"""
    assert [one["cold_start"] for one in run_text(tmp_path, text).json["invocations"]] == [True, False, True]


@pytest.mark.rule("S3-13")
def test_notifications_of_buckets_take_the_time_chosen(tmp_path: Path) -> None:
    text = """
  buckets: {uploads: {}}
  functions:
    f:
      script: [{return: null}]
      Events: {up: {Type: S3, Properties: {Bucket: uploads, Events: "s3:ObjectCreated:*"}}}
  steps: [{at: 1s, upload: {bucket: uploads, key: a, body: b}}]
"""
    assert starts(tmp_path, text, "notification_latency_s: 4s") == [5]


@pytest.mark.parametrize(
    ("quirks", "message"),
    [
        ("duplicate_rate: 2", "1:26: quirks.duplicate_rate: found 2, expected a number from 0 to 1"),
        ("shard_roll_s: 0.5", "1:24: quirks.shard_roll_s: found 0.5, expected a second or more"),
        ("schedule_jitter_s: 60", "1:29: quirks.schedule_jitter_s: found 60, expected a whole number from 0 to 59"),
        ("async_retry_s: []", "1:25: quirks.async_retry_s: found 0 waits, expected 1 to 10"),
        ("shufle: true", "quirks.shufle: found 'shufle', unknown in quirks, did you mean 'shuffle'?"),
    ],
)
def test_a_quirk_that_can_not_be_is_refused(tmp_path: Path, quirks: str, message: str) -> None:
    with pytest.raises(ScenarioError) as refused:
        run_text(tmp_path, f"quirks: {{{quirks}}}\nqueues: {{q: {{}}}}\n")
    assert message in str(refused.value)
