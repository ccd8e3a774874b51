"""The same scenarios in virtual time, in real time on the embedded cloud, and on emulators: the same deliveries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from eventsim.realtime import quiet
from tests.remote.running import Runner, deliveries

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

MAPPINGS = """
name: every kind of mapping
queues:
  poisonNN: {VisibilityTimeout: 1, RedrivePolicy: {deadLetterTargetArn: deadNN, maxReceiveCount: 2}}
  deadNN: {}
  partialNN: {VisibilityTimeout: 1}
  failuresNN: {}
streams: {clicksNN: {ShardCount: 1}}
tables:
  accountsNN: {partition_key: id, StreamSpecification: {StreamViewType: NEW_AND_OLD_IMAGES}}
functions:
  poisoned:
    script: [{raise_if: {body: {poison: [true]}}}]
    Timeout: 1
    Events:
      queue: {Type: SQS, Properties: {Queue: poisonNN, BatchSize: 1}}
  partly:
    script: [{fail_items: {body: {bad: [true]}}}, {return: {batchItemFailures: []}}]
    Timeout: 1
    Events:
      queue: {Type: SQS, Properties: {Queue: partialNN, FunctionResponseTypes: [ReportBatchItemFailures]}}
  bisecting:
    script: [{raise_if: {data: {poison: [true]}}}]
    Events:
      stream:
        Type: Kinesis
        Properties:
          Stream: clicksNN
          StartingPosition: TRIM_HORIZON
          MaximumBatchingWindowInSeconds: 1
          BisectBatchOnFunctionError: true
          MaximumRetryAttempts: 0
          DestinationConfig: {OnFailure: {Destination: failuresNN}}
  changed:
    script: [{return: null}]
    Events:
      table: {Type: DynamoDB, Properties: {Stream: accountsNN, StartingPosition: TRIM_HORIZON, BatchSize: 1}}
steps:
  - send: {queue: poisonNN, body: {poison: true}}
  - send: {queue: partialNN, body: {bad: true}}
  - put: {stream: clicksNN, records: [{PartitionKey: a, data: {n: 1}}, {PartitionKey: a, data: {poison: true}}]}
  - write: {table: accountsNN, put: {id: a, total: 1}}
  - write: {table: accountsNN, update: {key: {id: a}, set: {total: 2}}}
  - write: {table: accountsNN, delete: {id: a}}
expect:
  queues:
    poisonNN: {visible: 0, in_flight: 0}
    partialNN: {visible: 0, in_flight: 0}
    deadNN: {visible: 1, bodies: ['{"poison":true}']}
    failuresNN: {visible: 1}
  functions: {poisoned: {Invocations: 2, Errors: 2}}
  mappings:
    partly/queue: {DeletedEventCount: 1, FailedInvokeEventCount: 1}
    bisecting/stream: {OnFailureDestinationDeliveredEventCount: 1}
    changed/table: {PolledEventCount: 3}
  idle: true
"""

QUEUES = """
name: queues
queues:
  poisonNN: {VisibilityTimeout: 1, RedrivePolicy: {deadLetterTargetArn: deadNN, maxReceiveCount: 2}}
  deadNN: {}
functions:
  poisoned:
    script: [{raise_if: {body: {poison: [true]}}}]
    Timeout: 1
    Events: {queue: {Type: SQS, Properties: {Queue: poisonNN, BatchSize: 1}}}
steps:
  - send: {queue: poisonNN, body: {poison: true}}
  - {at: 100ms, expect: {queues: {poisonNN: {in_flight: 1}}, functions: {poisoned: {Errors: 1}}}}
expect: {queues: {deadNN: {visible: 1}}, virtual_time: "2s..3s", idle: true}
"""


@pytest.mark.rule("SQS-24", "ESM-26", "STR-11", "STR-19")
def test_an_endpoint_gives_the_deliveries_of_the_simulation(
    runner: Runner, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quiet, "QUIET_S", 1.2)  # a stream is polled once a second
    scenario = runner.load(MAPPINGS)
    virtual, real = runner.virtual(scenario), runner.real(scenario, url)
    assert virtual["failures"] == []
    assert real.failures == []
    assert deliveries(real.to_json()) == deliveries(virtual)


def test_real_time_on_the_embedded_cloud_gives_them_too(runner: Runner) -> None:
    scenario = runner.load(QUEUES)
    virtual, real = runner.virtual(scenario), runner.real(scenario, None).to_json()
    assert (real["failures"], real["realtime"], real["idle"]) == ([], True, True)
    assert deliveries(real) == deliveries(virtual)


ASYNCHRONOUS = """
name: topics and buckets
queues: {othersNN: {}}
topics:
  alertsNN: {Subscription: [{Protocol: sqs, Endpoint: othersNN}]}
buckets: {uploads-NN: {}}
functions:
  worker:
    script: [{return: null}]
    Events:
      alerts: {Type: SNS, Properties: {Topic: alertsNN, FilterPolicy: {kind: [a]}}}
      uploads: {Type: S3, Properties: {Bucket: uploads-NN, Events: ["s3:ObjectCreated:*"]}}
steps:
  - publish: {topic: alertsNN, message: hello, Subject: hi, attributes: {kind: a}}
  - publish: {topic: alertsNN, message: filtered, attributes: {kind: b}}
  - upload: {bucket: uploads-NN, key: a.txt, body: text}
expect:
  queues: {othersNN: {visible: 2}}
  functions: {worker: {Invocations: 2, AsyncEventsReceived: 2}}
  buckets: {uploads-NN: {objects: [{Key: a.txt, Body: text}]}}
"""


@pytest.mark.rule("SNS-01", "SNS-02", "S3-01")
def test_topics_and_buckets_invoke_functions_through_queues(
    runner: Runner, url: str, aws: Callable[[str], Any]
) -> None:
    before = aws("sqs").list_queues().get("QueueUrls", [])
    result = runner.real(runner.load(ASYNCHRONOUS), url)
    assert result.failures == []
    events = [one["event"]["Records"][0] for one in result.to_json()["invocations"]]
    notified = next(event["Sns"] for event in events if "Sns" in event)
    assert (notified["Subject"], notified["Message"]) == ("hi", "hello")
    assert notified["MessageAttributes"] == {"kind": {"Type": "String", "Value": "a"}}
    assert [event["s3"]["object"]["key"] for event in events if "s3" in event] == ["a.txt"]
    assert aws("sqs").list_queues().get("QueueUrls", []) == before
