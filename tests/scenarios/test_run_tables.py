"""Scenarios with tables and buckets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from tests.scenarios.running import Run, run_text

if TYPE_CHECKING:
    from pathlib import Path

TABLE = """
tables:
  accounts:
    partition_key: id
    sort_key: "at:N"
    StreamSpecification: {StreamViewType: NEW_AND_OLD_IMAGES}
    TimeToLiveSpecification: {AttributeName: ttl, Enabled: true}
"""


def changes(run: Run) -> list[tuple[Any, ...]]:
    """(at, name of the change, new image) of each record."""
    return [
        (one["at"], record["eventName"], record["dynamodb"].get("NewImage"))
        for one in run.json["invocations"]
        for record in one["event"]["Records"]
    ]


@pytest.mark.rule("DDB-03", "DDB-04", "DDB-07", "DDB-12")
def test_puts_updates_deletes_and_expiries_reach_the_function(tmp_path: Path) -> None:
    run = run_text(
        tmp_path,
        f"""{TABLE}
functions:
  f:
    script: [{{return: null}}]
    Events: {{s: {{Type: DynamoDB, Properties: {{Stream: accounts, StartingPosition: LATEST}}}}}}
steps:
  - write: {{table: accounts, put: {{id: a, at: 1, total: 5.10}}}}
  - {{at: 10s, write: {{table: accounts, update: {{key: {{id: a, at: 1}}, set: {{total: 7, ttl: 1767225660}}}}}}}}
  - {{at: 20s, write: {{table: accounts, count: 2, every: 1s, put: {{id: "x{{n}}", at: 1}}}}}}
  - {{at: 30s, write: {{table: accounts, delete: {{id: x0, at: 1}}}}}}
  - {{at: 31s, write: {{table: accounts, delete: {{id: nobody, at: 1}}}}}}
""",
    )
    key = {"id": {"S": "a"}, "at": {"N": "1"}}
    assert changes(run) == [
        (0, "INSERT", {**key, "total": {"N": "5.1"}}),
        (10, "MODIFY", {**key, "total": {"N": "7"}, "ttl": {"N": "1767225660"}}),
        (20, "INSERT", {"id": {"S": "x0"}, "at": {"N": "1"}}),
        (21, "INSERT", {"id": {"S": "x1"}, "at": {"N": "1"}}),
        (30, "REMOVE", None),
        (60, "REMOVE", None),
    ]
    expired = run.json["invocations"][-1]["event"]["Records"][0]
    assert expired["userIdentity"] == {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
    arn = "arn:aws:dynamodb:us-east-1:123456789012:table/accounts/stream/2026-01-01T00:00:00.000"
    assert expired["eventSourceARN"] == arn
    assert [(line["t"], line["operation"], line["items"]) for line in run.lines("step.write")] == [
        (0, "put", 1), (10, "update", 1), (20, "put", 1), (21, "put", 1), (30, "delete", 1), (31, "delete", 1),
    ]  # fmt: skip
    assert run.lines("aws.request") == []


@pytest.mark.rule("STR-22", "STR-20")
def test_a_bucket_gets_the_document_with_the_payload(tmp_path: Path) -> None:
    run = run_text(
        tmp_path,
        """
        tables: {accounts: {partition_key: id, StreamSpecification: {StreamViewType: KEYS_ONLY}}}
        buckets: {failures: {}, empty-one: {}}
        functions:
          f:
            script: [{raise: {errorType: E, errorMessage: boom}}]
            Events:
              s:
                Type: DynamoDB
                Properties:
                  Stream: accounts
                  StartingPosition: TRIM_HORIZON
                  MaximumRetryAttempts: 0
                  DestinationConfig: {OnFailure: {Destination: failures}}
        steps: [{write: {table: accounts, put: {id: a}}}]
        expect:
          buckets: {failures: {objects: 1}, empty-one: {objects: []}}
          mappings: {f/s: {OnFailureDestinationDeliveredEventCount: 1, DroppedEventCount: 0}}
        """,
    )
    assert run.json["failures"] == []
    assert list(run.json["buckets"]) == ["failures", "empty-one"]
    (one,) = run.json["buckets"]["failures"]["objects"]
    assert run.json["buckets"]["empty-one"] == {"objects": []}
    assert one["Key"].startswith("aws/lambda/")
    document = msgspec.json.decode(one["Body"])
    assert document["DDBStreamBatchInfo"]["batchSize"] == 1
    assert msgspec.json.decode(document["payload"]) == run.json["invocations"][0]["event"]


def test_objects_of_a_bucket_are_listed_by_key_and_expected(tmp_path: Path) -> None:
    (tmp_path / "store.py").write_text(
        "import boto3\n"
        "def handler(event, context):\n"
        "    for key, body in (('b/é x', 'two'), ('a', 'one')):\n"
        "        boto3.client('s3').put_object(Bucket='things', Key=key, Body=body)\n"
        "    boto3.client('s3').create_bucket(Bucket='another')\n"
    )
    run = run_text(
        tmp_path,
        """
        buckets: {things: {}}
        functions: {f: {Handler: store.handler, CodeUri: .}}
        steps:
          - invoke: {function: f}
          - {at: 1s, expect: {buckets: {things: {objects: [{Key: a, Body: one}, {Body: two}]}}}}
        expect: {buckets: {things: {objects: [{Key: a}]}}}
        """,
    )
    objects = [{"Key": "a", "Body": "one"}, {"Key": "b/é x", "Body": "two"}]
    assert run.json["buckets"] == {"things": {"objects": objects}, "another": {"objects": []}}
    assert run.json["failures"] == [
        {"path": "expect.buckets.things.objects", "expected": [{"Key": "a"}], "actual": objects}
    ]


def test_a_key_may_hold_what_xml_can_not(tmp_path: Path) -> None:
    keys = ["\x00", " 1+%20/?#&", "/x", "a\rb", "a//b/../é"]
    steps = [f"  - {{upload: {{bucket: keys, key: {msgspec.json.encode(key).decode()}, body: x}}}}\n" for key in keys]
    run = run_text(tmp_path, "name: keys\nbuckets: {keys: {}}\nsteps:\n" + "".join(steps))
    assert [one["Key"] for one in run.json["buckets"]["keys"]["objects"]] == keys


def test_a_handler_reads_and_writes_the_tables_and_streams_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "forward.py").write_text(
        "import boto3\n"
        "table = boto3.resource('dynamodb').Table('accounts')\n"
        "def handler(event, context):\n"
        "    item = table.get_item(Key={'id': event['id']})['Item']\n"
        "    boto3.client('kinesis').put_record(StreamName='s', PartitionKey='p', Data=str(item['total']).encode())\n"
    )
    run = run_text(
        tmp_path,
        """
        tables: {accounts: {partition_key: id}}
        streams: {s: {}}
        functions:
          forward: {Handler: forward.handler, CodeUri: .}
          read:
            script: [{return: null}]
            Events: {s: {Type: Kinesis, Properties: {Stream: s, StartingPosition: LATEST}}}
        steps:
          - write: {table: accounts, put: {id: a, total: 12.5}}
          - {at: 5s, invoke: {function: forward, event: {id: a}}}
        expect: {invocations: {read: [{at: 5s..6s, records: 1}]}, functions: {forward: {Errors: 0}}}
        """,
    )
    assert run.json["failures"] == []
    assert run.json["invocations"][1]["event"]["Records"][0]["kinesis"]["data"] == "MTIuNQ=="
