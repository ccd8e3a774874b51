"""Features in combination, each run told whole: when what was delivered, and how it went."""

from __future__ import annotations

from base64 import b64decode
from typing import TYPE_CHECKING, Any

import pytest

from tests.scenarios.running import Run, run_text

if TYPE_CHECKING:
    from pathlib import Path

STREAM = "streams: {s: {ShardCount: 1}}\nqueues: {dead: {}}\n"
DEAD = "DestinationConfig: {OnFailure: {Destination: dead}}"


def told(run: Run) -> list[tuple[Any, ...]]:
    """(at, the records' texts, outcome) of each invocation."""
    return [(one["at"], text_of(one["event"]), one["outcome"]) for one in run.json["invocations"]]


def text_of(event: dict[str, Any]) -> str:
    records = event["Records"]
    if records and "kinesis" in records[0]:
        return " ".join(b64decode(record["kinesis"]["data"]).decode() for record in records)
    return " ".join(record["body"] for record in records)


def function(script: str, settings: str, more: str = "") -> str:
    """A function that reads the stream from its start."""
    return (
        f"functions:\n  f:\n    script: {script}\n    {more}\n    Events: {{e: {{Type: Kinesis, Properties: "
        f"{{Stream: s, StartingPosition: TRIM_HORIZON, {settings}}}}}}}\n"
    )


@pytest.mark.rule("STR-11", "STR-12", "STR-13", "STR-14")
def test_a_half_that_reports_goes_on_from_there_before_the_other_half(tmp_path: Path) -> None:
    script = '[{raise_if: {data: {n: ["2"]}}}, {fail_items: {data: {n: ["1"]}}, times: 2}, {return: {}}]'
    settings = "BisectBatchOnFunctionError: true, FunctionResponseTypes: [ReportBatchItemFailures], "
    steps = 'steps: [{put: {stream: s, PartitionKey: k, data: {n: "{n}"}, count: 5}}]'
    run = run_text(tmp_path, STREAM + function(script, f"{settings}MaximumRetryAttempts: 1, {DEAD}") + steps)
    n0, n1, n2, n3, n4 = (f'{{"n":"{n}"}}' for n in range(5))
    assert told(run) == [
        (0, f"{n0} {n1} {n2} {n3} {n4}", "error"),
        (0, f"{n0} {n1} {n2}", "partial"),
        (0, f"{n1} {n2}", "partial"),
        (0.5, f"{n1} {n2}", "success"),
        (0.5, f"{n3} {n4}", "success"),
    ]
    assert run.json["queues"]["dead"]["messages"] == []


@pytest.mark.rule("STR-09", "STR-10", "STR-11", "STR-21", "KIN-05")
def test_age_ends_a_half_and_what_waited_behind_it(tmp_path: Path) -> None:
    steps = (
        'steps: [{put: {stream: s, PartitionKey: k, data: "{n}", count: 2}}, '
        "{at: 10s, put: {stream: s, PartitionKey: k, data: z}}]"
    )
    settings = f"BisectBatchOnFunctionError: true, MaximumRecordAgeInSeconds: 60, {DEAD}"
    run = run_text(tmp_path, STREAM + function("[{raise: {}}]", settings, "takes: 1s") + steps)
    tries = [1, 2.5, 4.5, 7.5, 12.5, 21.5, 38.5]
    assert told(run) == [(0, "0 1", "error"), *((at, "0", "error") for at in tries)]
    lines = run.lines("record.discard")
    assert [(line["t"], line["condition"], line["count"]) for line in lines] == [
        (71.5, "RecordAgeExceeded", 1),
        (71.5, "RecordAgeExceeded", 1),
        (72, "RecordAgeExceeded", 1),
    ]


@pytest.mark.rule("STR-08", "STR-09", "ESM-13", "ESM-17")
def test_a_limit_that_comes_in_the_middle_of_the_retries_counts_those_before(tmp_path: Path) -> None:
    steps = """
steps:
  - put: {stream: s, PartitionKey: k, data: "{n}", count: 2}
  - {at: 10s, update: {mapping: f/e, MaximumRetryAttempts: 5, DestinationConfig: {OnFailure: {Destination: dead}}}}
"""
    run = run_text(tmp_path, STREAM + function("[{raise: {}}]", "BatchSize: 10") + steps)
    assert told(run) == [(at, "0 1", "error") for at in (0, 0.5, 1.5, 3.5, 7.5, 15.5)]
    [message] = run.json["queues"]["dead"]["messages"]
    assert '"approximateInvokeCount":6' in message["Body"]


@pytest.mark.rule("STR-03", "STR-05", "STR-07")
def test_a_blocked_lane_holds_its_keys_and_the_checkpoint_and_no_other_keys(tmp_path: Path) -> None:
    settings = "BatchSize: 2, ParallelizationFactor: 3, MaximumRetryAttempts: 2"
    script = "[{raise_if: {partitionKey: [bad]}}]"
    keys = ("bad", "a", "c", "bad", "d", "a")
    records = ", ".join(f"{{PartitionKey: {key}, data: {key}{n}}}" for n, key in enumerate(keys))
    later = "{at: 1s, put: {stream: s, PartitionKey: c, data: late}}"
    steps = f"steps: [{{put: {{stream: s, records: [{records}]}}}}, {later}]"
    run = run_text(tmp_path, STREAM + function(script, settings) + steps)
    assert told(run) == [
        (0, "c2 d4", "success"),
        (0, "bad0 a1", "error"),
        (0.5, "bad0 a1", "error"),
        (1, "late", "success"),
        (1.5, "bad0 a1", "error"),
        (1.5, "bad3 a5", "error"),
        (2, "bad3 a5", "error"),
        (3, "bad3 a5", "error"),
    ]
    assert [line["t"] for line in run.lines("shard.checkpoint")] == [1.5, 3]


@pytest.mark.rule("ESM-13", "ESM-23", "STR-03", "STR-16")
def test_a_mapping_that_was_off_goes_on_at_its_checkpoint(tmp_path: Path) -> None:
    script = "[{return: {}}, {raise: {}, times: 2}, {return: {}}]"
    steps = """
steps:
  - put: {stream: s, PartitionKey: k, data: "{n}", count: 6}
  - {at: 3s, update: {mapping: f/e, Enabled: false}}
  - {at: 10s, put: {stream: s, PartitionKey: k, data: late}}
  - {at: 100s, update: {mapping: f/e, Enabled: true}}
"""
    run = run_text(tmp_path, STREAM + function(script, "BatchSize: 2", "takes: 2s") + steps)
    assert told(run) == [
        (0, "0 1", "success"),
        (2, "2 3", "error"),
        (101, "2 3", "error"),
        (103.5, "2 3", "success"),
        (105.5, "4 5", "success"),
        (107.5, "late", "success"),
    ]
    assert [one["attempt"] for one in run.json["invocations"]] == [1, 1, 1, 2, 1, 1]


@pytest.mark.rule("STR-01", "STR-15", "KIN-11")
def test_children_wait_for_the_retries_of_their_parent(tmp_path: Path) -> None:
    script = "[{raise: {}, times: 4}, {return: {}}]"
    steps = """
steps:
  - put: {stream: s, PartitionKey: "k{n}", data: "{n}", count: 6}
  - {at: 1s, reshard: {stream: s, ShardCount: 2}}
  - {at: 2s, put: {stream: s, PartitionKey: "k{n}", data: "c{n}", count: 6}}
  - {at: 20s, reshard: {stream: s, merge: [shardId-000000000001, shardId-000000000002]}}
  - {at: 21s, put: {stream: s, PartitionKey: "k{n}", data: "d{n}", count: 3}}
"""
    run = run_text(tmp_path, STREAM + function(script, "BatchSize: 4") + steps)
    *failed, whole, rest, left, right, merged = told(run)
    assert failed == [(at, "0 1 2 3", "error") for at in (0, 0.5, 1.5, 3.5)]
    assert (whole, rest) == ((7.5, "0 1 2 3", "success"), (7.5, "4 5", "success"))
    assert (left, right) == ((8, "c0 c2", "success"), (8, "c1 c3 c4 c5", "success"))
    assert merged == (21, "d0 d1 d2", "success")


@pytest.mark.rule("STR-14", "STR-27", "STR-28", "STR-29")
def test_a_window_keeps_the_state_of_what_a_partial_answer_acknowledged(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(
        "from base64 import b64decode\n\n"
        "def handler(event, context):\n"
        "    seen = event['state'].get('seen', '')\n"
        "    for record in event['Records']:\n"
        "        data = b64decode(record['kinesis']['data']).decode()\n"
        "        if data == '2':\n"
        "            failed = [{'itemIdentifier': record['kinesis']['sequenceNumber']}]\n"
        "            return {'state': {'seen': seen}, 'batchItemFailures': failed}\n"
        "        seen += data\n"
        "    return {'state': {'seen': seen}}\n"
    )
    run = run_text(
        tmp_path,
        STREAM
        + f"""
functions:
  f:
    Handler: app.handler
    Events: {{e: {{Type: Kinesis, Properties: {{Stream: s, StartingPosition: TRIM_HORIZON, TumblingWindowInSeconds: 30,
      MaximumRetryAttempts: 1, FunctionResponseTypes: [ReportBatchItemFailures], {DEAD}}}}}}}
steps:
  - put: {{stream: s, PartitionKey: k, data: "{{n}}", count: 4}}
  - {{at: 5s, put: {{stream: s, PartitionKey: k, data: x}}}}
""",
    )
    states = [one["event"]["state"].get("seen") for one in run.json["invocations"]]
    assert [(*what, state) for what, state in zip(told(run), states, strict=True)] == [
        (0, "0 1 2 3", "partial", None),
        (0, "2 3", "partial", "01"),
        (0.5, "2 3", "partial", "01"),
        (5, "x", "success", "01"),
        (150, "", "success", "01x"),
    ]


@pytest.mark.rule("SQS-17", "SQS-19")
def test_groups_share_the_slots_that_maximum_concurrency_leaves(tmp_path: Path) -> None:
    run = run_text(
        tmp_path,
        """
queues: {q.fifo: {VisibilityTimeout: 60, ContentBasedDeduplication: true}}
functions:
  f:
    takes: 10s
    Timeout: 20
    script: [{return: {}}]
    Events: {e: {Type: SQS, Properties: {Queue: q.fifo, BatchSize: 2, ScalingConfig: {MaximumConcurrency: 2}}}}
steps:
  - send: {queue: q.fifo, count: 6, body: "a{n}", MessageGroupId: a}
  - send: {queue: q.fifo, count: 2, body: "b{n}", MessageGroupId: b}
  - send: {queue: q.fifo, count: 2, body: "c{n}", MessageGroupId: c}
""",
    )
    assert told(run) == [
        (0, "a0 a1", "success"),
        (0, "b0 b1", "success"),
        (10, "a2 a3", "success"),
        (10, "c0 c1", "success"),
        (20, "a4 a5", "success"),
    ]


@pytest.mark.rule("SQS-18")
def test_provisioned_pollers_receive_ten_times_a_second_and_grow_by_a_thousand_a_minute(tmp_path: Path) -> None:
    run = run_text(
        tmp_path,
        """
queues: {q: {VisibilityTimeout: 120}}
functions:
  f:
    takes: 10s
    Timeout: 20
    script: [{return: {}}]
    Events:
      e:
        Type: SQS
        Properties: {Queue: q, BatchSize: 1, ProvisionedPollerConfig: {MinimumPollers: 2, MaximumPollers: 3}}
steps: [{send: {queue: q, count: 40, body: "{n}"}}]
""",
    )
    begun = [one["at"] for one in run.json["invocations"]]
    assert begun[:20] == [round(n * 0.05, 6) for n in range(20)]
    assert begun[20:30] == pytest.approx([1.01 + n * 0.06 for n in range(10)])
    assert begun[30:] == [round(10 + n * 0.05, 6) for n in range(10)]


@pytest.mark.rule("SQS-06", "SQS-08")
def test_a_redrive_at_a_rate_brings_one_message_a_second_back(tmp_path: Path) -> None:
    run = run_text(
        tmp_path,
        """
queues: {q: {RedrivePolicy: {deadLetterTargetArn: dlq, maxReceiveCount: 1}}, dlq: {}}
functions:
  f:
    script: [{raise: {}, times: 3}, {return: {}}]
    Events: {e: {Type: SQS, Properties: {Queue: q, BatchSize: 1}}}
steps:
  - send: {queue: q, count: 3, body: "{n}"}
  - {at: 100s, redrive: {queue: dlq, MaxNumberOfMessagesPerSecond: 1}}
""",
    )
    assert told(run) == [
        *((0, str(n), "error") for n in range(3)),
        *((101 + n, str(n), "success") for n in range(3)),
    ]


@pytest.mark.rule("SCH-02", "SCH-04", "SCH-09", "SCH-11")
def test_clocks_of_a_zone_skip_an_hour_and_repeat_an_hour(tmp_path: Path) -> None:
    events = """
functions:
  f:
    script: [{return: null}]
    Events:
      local:
        Type: ScheduleV2
        Properties: {ScheduleExpression: "cron(30 2 * * ? *)", ScheduleExpressionTimezone: Europe/Berlin}
      once:
        Type: ScheduleV2
        Properties: {ScheduleExpression: "at(2026-03-29T03:30:00)", ScheduleExpressionTimezone: Europe/Berlin}
      fifth: {Type: Schedule, Properties: {Schedule: "cron(0 12 ? * 1#5 *)"}}
"""

    def times(start: str) -> list[str]:
        run = run_text(tmp_path, f"start_time: {start}T00:00:00Z\nrun_for: 50h\n{events}")
        return [one["event"]["time"] for one in run.json["invocations"]]

    spring = ["2026-03-28T01:30:00Z", "2026-03-29T01:30:00Z", "2026-03-29T12:00:00Z", "2026-03-30T00:30:00Z"]
    assert times("2026-03-28") == spring
    assert times("2026-10-24") == ["2026-10-24T00:30:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]


@pytest.mark.rule("ASY-09", "ASY-11", "DST-04", "DST-05", "SCH-08")
def test_a_bus_hears_of_a_failure_and_a_rule_passes_its_payload_on(tmp_path: Path) -> None:
    run = run_text(
        tmp_path,
        """
functions:
  f:
    script: [{raise: {errorType: X, errorMessage: y}}]
    EventInvokeConfig:
      MaximumRetryAttempts: 0
      DestinationConfig:
        OnFailure: {Type: EventBridge, Destination: "arn:aws:events:us-east-1:123456789012:event-bus/default"}
  g:
    script: [{return: null}]
    Events:
      failed: {Type: EventBridgeRule, Properties: {Pattern: {source: [lambda], detail: {requestContext: {condition: [
        RetriesExhausted, ZeroReservedConcurrency]}}}, InputPath: $.detail.requestPayload}}
steps:
  - invoke: {function: f, event: {n: [1]}, InvocationType: Event}
  - {at: 10s, update: {function: f, ReservedConcurrentExecutions: 0}}
  - {invoke: {function: f, event: {n: [2]}, InvocationType: Event}}
""",
    )
    heard = [(one["at"], one["function"], one["event"]) for one in run.json["invocations"]]
    assert heard == [(0, "f", {"n": [1]}), (0, "g", {"n": [1]}), (10, "g", {"n": [2]})]
