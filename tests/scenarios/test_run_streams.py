"""Scenarios with streams: the worked ones of the rules, and what the steps and expectations say."""

from __future__ import annotations

import base64
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from tests.scenarios.running import Run, run_text

if TYPE_CHECKING:
    from pathlib import Path


def numbers(run: Run) -> list[tuple[float, list[int], str]]:
    """(at, the n of each record, outcome) of each invocation."""
    return [
        (one["at"], [data(record)["n"] for record in one["event"]["Records"]], one["outcome"])
        for one in run.json["invocations"]
    ]


def data(record: dict[str, Any]) -> Any:
    return msgspec.json.decode(base64.b64decode(record["kinesis"]["data"]))


BISECT = """
queues: {{failed: {{}}}}
streams: {{s: {{}}}}
functions:
  f:
    script: [{{raise_if: {{data: {{n: [3]}}}}}}]
    Events:
      s:
        Type: Kinesis
        Properties:
          Stream: s
          StartingPosition: TRIM_HORIZON
          BisectBatchOnFunctionError: true
          MaximumRetryAttempts: {retries}
          DestinationConfig: {{OnFailure: {{Destination: failed}}}}
steps:
  - put: {{stream: s, records: [{records}]}}
"""
FOUR = ", ".join(f"{{PartitionKey: a, data: {{n: {n}}}}}" for n in range(1, 5))


@pytest.mark.rule("SCN-09", "STR-08", "STR-11", "STR-20", "STR-21", "MET-19")
@pytest.mark.parametrize("retries", [0, 1])
def test_scn_09_stream_retries_with_bisect(tmp_path: Path, retries: int) -> None:
    run = run_text(tmp_path, BISECT.format(retries=retries, records=FOUR))
    again: list[Any] = [([3], "error")] * retries
    assert [(ns, outcome) for _, ns, outcome in numbers(run)] == [
        ([1, 2, 3, 4], "error"), ([1, 2], "success"), ([3, 4], "error"), ([3], "error"), *again, ([4], "success"),
    ]  # fmt: skip
    (message,) = run.json["queues"]["failed"]["messages"]
    document = msgspec.json.decode(message["Body"])
    assert document["requestContext"]["approximateInvokeCount"] == retries + 1
    assert document["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert document["KinesisBatchInfo"]["batchSize"] == 1
    metrics = run.json["mappings"]["f/s"]
    assert (metrics["OnFailureDestinationDeliveredEventCount"], metrics["DroppedEventCount"]) == (1, 0)


@pytest.mark.rule("SCN-11", "STR-09", "STR-10", "STR-21")
def test_scn_11_record_age(tmp_path: Path) -> None:
    run = run_text(
        tmp_path,
        """
        queues: {failed: {}}
        streams: {s: {}}
        functions:
          f:
            script: [{raise: {errorType: E, errorMessage: boom}}]
            Events:
              s:
                Type: Kinesis
                Properties:
                  Stream: s
                  StartingPosition: TRIM_HORIZON
                  MaximumRecordAgeInSeconds: 60
                  DestinationConfig: {OnFailure: {Destination: failed}}
        steps: [{put: {stream: s, PartitionKey: a, data: {n: 1}}}]
        expect:
          invocations: {f: [{at: 0s}, {at: 0.5s}, {at: 1.5s}, {at: 3.5s}, {at: 7.5s}, {at: 15.5s}, {at: 31.5s}]}
          virtual_time: 63.5s
          idle: true
        """,
    )
    assert run.json["failures"] == []
    document = msgspec.json.decode(run.json["queues"]["failed"]["messages"][0]["Body"])
    assert document["requestContext"]["condition"] == "RecordAgeExceeded"
    assert document["requestContext"]["approximateInvokeCount"] == 8
    assert "responseContext" not in document


@pytest.mark.rule("SCN-19", "FLT-04", "FLT-09", "STR-03")
def test_scn_19_what_the_filter_rejects_is_passed_by(tmp_path: Path) -> None:
    run = run_text(
        tmp_path,
        """
        queues: {failed: {}}
        streams: {s: {}}
        functions:
          f:
            script: [{return: null}]
            Events:
              s:
                Type: Kinesis
                Properties:
                  Stream: s
                  StartingPosition: TRIM_HORIZON
                  FilterCriteria: {Filters: [{Pattern: '{"data": {"kind": ["a"]}}'}]}
                  DestinationConfig: {OnFailure: {Destination: failed}}
        steps:
          - put:
              stream: s
              records:
                - {PartitionKey: k, data: {kind: a}}
                - {PartitionKey: k, data: {kind: b}}
                - {PartitionKey: k, data: hello}
        expect:
          queues: {failed: {visible: 0}}
          mappings: {f/s: {PolledEventCount: 3, FilteredOutEventCount: 2, InvokedEventCount: 1}}
          invocations: {f: [{at: 0s, records: 1, outcome: success}]}
          idle: true
        """,
    )
    assert run.json["failures"] == []
    put = run.lines("step.put")[0]["records"]
    assert [line["sequence_number"] for line in run.lines("shard.checkpoint")][-1] == put[-1]


def test_record_ids_are_sequence_numbers_and_steps_tell_them(tmp_path: Path) -> None:
    run = run_text(tmp_path, BISECT.format(retries=0, records=FOUR))
    put = run.lines("step.put")[0]["records"]
    assert [one["record_ids"] for one in run.json["invocations"]] == [put, put[:2], put[2:], put[2:3], put[3:]]


@pytest.mark.rule("STR-01", "KIN-11")
def test_order_per_key_holds_while_the_stream_is_resharded(tmp_path: Path) -> None:
    run = run_text(
        tmp_path,
        """
        streams: {s: {ShardCount: 2}}
        functions:
          f:
            script: [{return: null}]
            takes: 300ms
            Events: {s: {Type: Kinesis, Properties: {Stream: s, StartingPosition: TRIM_HORIZON, BatchSize: 3}}}
        steps:
          - {at: 0s, put: {stream: s, PartitionKey: a, count: 30, every: 100ms, data: '{"n": {n}}'}}
          - {at: 0s, put: {stream: s, PartitionKey: b, count: 30, every: 100ms, data: '{"n": {n}}'}}
          - {at: 1s, reshard: {stream: s, ShardCount: 4}}
          - {at: 2s, reshard: {stream: s, merge: [shardId-000000000002, shardId-000000000003]}}
          - {at: 2s, reshard: {stream: s, split: shardId-000000000004}}
        """,
    )
    seen: dict[str, list[int]] = {"a": [], "b": []}
    for one in sorted(run.json["invocations"], key=lambda one: one["ended"]):
        for record in one["event"]["Records"]:
            seen[record["kinesis"]["partitionKey"]].append(data(record)["n"])
    assert seen == {"a": list(range(30)), "b": list(range(30))}
    assert len(run.lines("step.reshard")) == 3


@pytest.mark.rule("ESM-23", "ESM-13")
def test_a_mapping_that_is_enabled_again_goes_on_after_its_checkpoint(tmp_path: Path) -> None:
    run = run_text(
        tmp_path,
        """
        streams: {s: {}}
        functions:
          f:
            script: [{return: null}]
            Events: {s: {Type: Kinesis, Properties: {Stream: s, StartingPosition: LATEST}}}
        steps:
          - put: {stream: s, PartitionKey: a, data: {n: 1}}
          - {at: 2s, update: {mapping: f/s, Enabled: false}}
          - {at: 10s, put: {stream: s, PartitionKey: a, data: {n: 2}}}
          - {at: 20s, update: {mapping: f/s, Enabled: true}}
        """,
    )
    assert [(ns, outcome) for _, ns, outcome in numbers(run)] == [([1], "success"), ([2], "success")]
    assert run.json["invocations"][1]["at"] == 21


def test_a_step_that_kinesis_refuses_during_the_run_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "scale.py").write_text(
        "import boto3\n"
        "def handler(event, context):\n"
        "    kinesis = boto3.client('kinesis')\n"
        "    kinesis.split_shard(StreamName='s', ShardToSplit='0', NewStartingHashKey='99999')\n"
    )
    run = run_text(
        tmp_path,
        """
        streams: {s: {}}
        functions: {f: {Handler: scale.handler, CodeUri: .}}
        steps:
          - invoke: {function: f}
          - {at: 1s, reshard: {stream: s, split: shardId-000000000000}}
        """,
    )
    (failure,) = run.json["failures"]
    assert (failure["path"], failure["expected"]) == ("steps[1]", "accepted")
    assert "shardId-000000000000" in failure["actual"]


@pytest.mark.parametrize("banned", ["moto", "botocore", "boto3", "pydantic", "structlog", "rich"])
def test_streams_and_scripts_need_no_sdk(tmp_path: Path, banned: str) -> None:
    (tmp_path / "s.yaml").write_text(BISECT.format(retries=1, records=FOUR))
    program = (
        "import sys\n"
        "from eventsim.scenarios.load import load_scenario\n"
        "from eventsim.scenarios.run import run_scenario\n"
        f"run_scenario(load_scenario({str(tmp_path / 's.yaml')!r}))\n"
        f"sys.exit({banned!r} in sys.modules)\n"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
