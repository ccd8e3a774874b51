"""The result of a run as JSON."""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING, Any

import pytest

from eventsim.scenarios.load import load_scenario
from eventsim.scenarios.run import run_scenario
from tests.scenarios.running import run_text

if TYPE_CHECKING:
    from pathlib import Path

TEXT = """
name: Everything at once
seed: 5
queues:
  q: {VisibilityTimeout: 30, RedrivePolicy: {deadLetterTargetArn: dlq, maxReceiveCount: 1}}
  dlq: {}
functions:
  f:
    takes: PT0.123456S
    cold_start: 1s
    script: [{raise: {errorType: ValueError, errorMessage: boom}}]
    Events: {q: {Type: SQS, Properties: {Queue: q}}}
steps:
  - send:
      queue: q
      body: {id: 1}
      MessageAttributes: {kind: {DataType: String, StringValue: a}, raw: {DataType: Binary, BinaryValue: AAH/}}
expect: {queues: {q: {visible: 1}}}
"""


def result_of(folder: Path, events: Any = "all") -> dict[str, Any]:
    file = folder / "s.yaml"
    file.write_text(TEXT)
    return run_scenario(load_scenario(file)).to_json(events)


def test_the_whole_result(tmp_path: Path) -> None:
    run = run_text(tmp_path, TEXT)
    shown = run.json
    wall_s, sha256 = shown.pop("wall_s"), shown.pop("trace_sha256")
    assert wall_s >= 0
    assert len(sha256) == 64
    [record_id] = shown["invocations"][0]["record_ids"]
    receipt = shown["invocations"][0]["event"]["Records"][0]["receiptHandle"]
    request_id = shown["invocations"][0]["request_id"]
    [moved] = shown["queues"]["dlq"]["messages"]
    md5 = {name: moved[name] for name in ("MD5OfBody", "MD5OfMessageAttributes")}
    attributes = {
        "ApproximateReceiveCount": "1",
        "SentTimestamp": "1767225600000",
        "SenderId": "AIDAIENQZJOLO23YVJ4VO",
        "ApproximateFirstReceiveTimestamp": "1767225600000",
    }
    assert shown == {
        "name": "Everything at once",
        "file": str(tmp_path / "scenario.yaml"),
        "seed": 5,
        "passed": False,
        "idle": True,
        "virtual_s": 30.0,
        "failures": [{"path": "expect.queues.q.visible", "expected": 1, "actual": 0}],
        "functions": {
            "f": {
                "Invocations": 1,
                "Errors": 1,
                "Throttles": 0,
                "Duration": {"p50": 123.456, "p99": 123.456, "max": 123.456},
                "ConcurrentExecutions": 1,
                "AsyncEventsReceived": 0,
                "AsyncEventsDropped": 0,
                "DeadLetterErrors": 0,
                "DestinationDeliveryFailures": 0,
                "ColdStarts": 1,
                "AsyncEventAge": {"max": 0},
                "RecursiveInvocationsDropped": 0,
                "ProvisionedConcurrencyInvocations": 0,
                "ProvisionedConcurrencySpilloverInvocations": 0,
            }
        },
        "mappings": {
            "f/q": {
                "PolledEventCount": 1,
                "FilteredOutEventCount": 0,
                "InvokedEventCount": 1,
                "FailedInvokeEventCount": 1,
                "DeletedEventCount": 0,
                "DroppedEventCount": 0,
                "OnFailureDestinationDeliveredEventCount": 0,
                "IteratorAge": {"max": 0},
            }
        },
        "queues": {
            "q": {"visible": 0, "in_flight": 0, "delayed": 0},
            "dlq": {
                "visible": 1,
                "in_flight": 0,
                "delayed": 0,
                "messages": [
                    {
                        "MessageId": record_id,
                        "Body": '{"id":1}',
                        **md5,
                        "Attributes": {
                            **attributes,
                            "DeadLetterQueueSourceArn": "arn:aws:sqs:us-east-1:123456789012:q",
                        },
                        "MessageAttributes": {
                            "kind": {"DataType": "String", "StringValue": "a"},
                            "raw": {"DataType": "Binary", "BinaryValue": "AAH/"},
                        },
                    }
                ],
            },
        },
        "buckets": {},
        "invocations": [
            {
                "at": 0.0,
                "ended": 1.123456,
                "function": "f",
                "mapping": "f/q",
                "request_id": request_id,
                "invocation_type": "RequestResponse",
                "qualifier": "$LATEST",
                "version": "$LATEST",
                "attempt": 1,
                "record_ids": [record_id],
                "outcome": "error",
                "event": {
                    "Records": [
                        {
                            "messageId": record_id,
                            "receiptHandle": receipt,
                            "body": '{"id":1}',
                            "attributes": attributes,
                            "messageAttributes": {
                                "kind": {
                                    "stringValue": "a",
                                    "stringListValues": [],
                                    "binaryListValues": [],
                                    "dataType": "String",
                                },
                                "raw": {
                                    "binaryValue": "AAH/",
                                    "stringListValues": [],
                                    "binaryListValues": [],
                                    "dataType": "Binary",
                                },
                            },
                            "md5OfMessageAttributes": md5["MD5OfMessageAttributes"],
                            "md5OfBody": md5["MD5OfBody"],
                            "eventSource": "aws:sqs",
                            "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:q",
                            "awsRegion": "us-east-1",
                        }
                    ]
                },
                "response": None,
                "error": {
                    "errorMessage": "boom",
                    "errorType": "ValueError",
                    "requestId": request_id,
                    "stackTrace": [],
                },
                "cold_start": True,
                "logs": "",
            }
        ],
    }
    assert md5["MD5OfBody"] == hashlib.md5(b'{"id":1}').hexdigest()


@pytest.mark.parametrize(("events", "shown"), [("all", True), ("failed", True), ("none", False)])
def test_events_are_shown_as_asked(tmp_path: Path, events: Any, shown: bool) -> None:
    [invocation] = result_of(tmp_path, events)["invocations"]
    assert ("event" in invocation) is shown


def test_failed_shows_the_events_of_failures_only(tmp_path: Path) -> None:
    file = tmp_path / "s.yaml"
    file.write_text(TEXT.replace("script: [{raise", "script: [{return: 1}, {raise"))
    text = file.read_text().replace("expect:", "  - {at: 9s, send: {queue: q, body: x}}\nexpect:")
    file.write_text(text)
    log = run_scenario(load_scenario(file)).to_json("failed")["invocations"]
    assert [(one["outcome"], "event" in one) for one in log] == [("success", False), ("error", True)]


@pytest.mark.rule("GEN-04")
def test_the_hash_is_that_of_the_traces_bytes(tmp_path: Path) -> None:
    file = tmp_path / "s.yaml"
    file.write_text(TEXT)
    trace = io.BytesIO()
    result = run_scenario(load_scenario(file), trace=trace)
    assert result.to_json()["trace_sha256"] == hashlib.sha256(trace.getvalue()).hexdigest()
    assert result_of(tmp_path)["trace_sha256"] == hashlib.sha256(trace.getvalue()).hexdigest()
    assert str(tmp_path).encode() not in trace.getvalue()
