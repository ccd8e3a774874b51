"""Scenarios with asynchronous invocation: the worked ones of the rules, topics, notifications, schedules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from tests.scenarios.running import Run, run_text

if TYPE_CHECKING:
    from pathlib import Path


def bodies(run: Run, queue: str) -> list[Any]:
    return [msgspec.json.decode(one["Body"]) for one in run.json["queues"][queue]["messages"]]


@pytest.mark.rule("SCN-13", "ASY-05", "ASY-06", "DST-02", "DST-04", "MET-10", "DLQ-02")
def test_scn_13_async_retries(tmp_path: Path) -> None:
    run = run_text(
        tmp_path,
        """
        queues: {failed: {}, dlq: {}}
        functions:
          f:
            takes: 2s
            script: [{raise: {errorType: E, errorMessage: boom}}]
            EventInvokeConfig: {DestinationConfig: {OnFailure: {Type: SQS, Destination: failed}}}
            DeadLetterQueue: {Type: SQS, TargetArn: dlq}
        steps: [{invoke: {function: f, event: {a: 1}, InvocationType: Event}}]
        expect:
          functions: {f: {Invocations: 3, Errors: 3, AsyncEventsReceived: 1, AsyncEventsDropped: 1}}
          invocations: {f: [{at: 0s, attempt: 1}, {at: 62s, attempt: 2}, {at: 184s, attempt: 3}]}
          virtual_time: 186s
          idle: true
        """,
    )
    assert run.json["failures"] == []
    assert len({one["request_id"] for one in run.json["invocations"]}) == 1
    (record,) = bodies(run, "failed")
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestContext"]["approximateInvokeCount"] == 3
    assert record["responseContext"] == {
        "statusCode": 200, "executedVersion": "$LATEST", "functionError": "Unhandled",
    }  # fmt: skip
    (letter,) = run.json["queues"]["dlq"]["messages"]
    assert letter["Body"] == '{"a":1}'
    assert letter["MessageAttributes"]["ErrorCode"]["StringValue"] == "200"


@pytest.mark.rule("SCN-15", "ASY-07", "ASY-09", "DST-04", "MET-05")
def test_scn_15_async_throttled(tmp_path: Path) -> None:
    run = run_text(
        tmp_path,
        """
        account: {ConcurrentExecutions: 1000}
        queues: {failed: {}}
        functions:
          f:
            ReservedConcurrentExecutions: 1
            Timeout: 900
            takes: 600s
            script: [{return: null}]
            EventInvokeConfig:
              MaximumEventAgeInSeconds: 300
              DestinationConfig: {OnFailure: {Type: SQS, Destination: failed}}
        steps:
          - invoke: {function: f}
          - {after: 0s, invoke: {function: f, event: {late: true}, InvocationType: Event}}
        expect:
          functions: {f: {Invocations: 1, Throttles: 9, AsyncEventsDropped: 1}}
          queues: {failed: {visible: 1}}
        """,
    )
    assert run.json["failures"] == []
    throttled = [one["at"] for one in run.json["invocations"] if one["outcome"] == "throttle"]
    assert throttled == [0, 1, 3, 7, 15, 31, 63, 127, 255]
    (record,) = bodies(run, "failed")
    assert record["requestContext"]["condition"] == "EventAgeExceeded"
    assert record["requestContext"]["approximateInvokeCount"] == 0
    assert record["responseContext"]["statusCode"] == 429
    assert "responsePayload" not in record


@pytest.mark.rule("SCN-15", "ASY-11", "DST-03")
def test_scn_15_zero_reserved_concurrency_ends_the_event_at_once(tmp_path: Path) -> None:
    run = run_text(
        tmp_path,
        """
        queues: {failed: {}}
        functions:
          f:
            ReservedConcurrentExecutions: 0
            script: [{return: null}]
            EventInvokeConfig: {DestinationConfig: {OnFailure: {Type: SQS, Destination: failed}}}
        steps: [{invoke: {function: f, InvocationType: Event}}]
        expect: {functions: {f: {Invocations: 0, Throttles: 0, AsyncEventsDropped: 1}}, virtual_time: 0s}
        """,
    )
    assert run.json["failures"] == []
    assert bodies(run, "failed")[0]["requestContext"]["condition"] == "ZeroReservedConcurrency"


@pytest.mark.rule("SNS-01", "SNS-02", "SNS-03", "SNS-07", "SNS-08")
def test_a_topic_delivers_to_queues_and_functions(tmp_path: Path) -> None:
    run = run_text(
        tmp_path,
        """
        queues: {raw: {}, wrapped: {}}
        topics:
          alerts:
            Subscription:
              - {Protocol: sqs, Endpoint: raw, RawMessageDelivery: true, FilterPolicy: {kind: [a]}}
              - {Protocol: sqs, Endpoint: wrapped}
        functions:
          f:
            script: [{return: null}]
            Events: {alerts: {Type: SNS, Properties: {Topic: alerts, FilterPolicy: {kind: [a]}}}}
        steps:
          - publish:
              {topic: alerts, message: "hello {n}", Subject: "no. {n}", attributes: {kind: a}, count: 2, every: 1s}
          - {at: 5s, publish: {topic: alerts, message: {x: 1}, attributes: {kind: b}}}
        expect: {queues: {raw: {bodies: [hello 0, hello 1]}, wrapped: {visible: 3}}}
        """,
    )
    assert run.json["failures"] == []
    assert [one["at"] for one in run.json["invocations"]] == [0, 1]
    sns = run.json["invocations"][1]["event"]["Records"][0]["Sns"]
    assert (sns["Message"], sns["Subject"]) == ("hello 1", "no. 1")
    assert sns["MessageAttributes"] == {"kind": {"Type": "String", "Value": "a"}}
    assert [(one["Message"], one.get("Subject")) for one in bodies(run, "wrapped")] == [
        ("hello 0", "no. 0"), ("hello 1", "no. 1"), ('{"x":1}', None),
    ]  # fmt: skip
    published = [line["record"] for line in run.lines("step.publish")]
    assert [one["MessageId"] for one in bodies(run, "wrapped")] == published


@pytest.mark.rule("S3-01", "S3-04", "S3-06", "S3-09", "S3-11")
def test_a_bucket_tells_queues_and_functions_of_uploads_and_deletions(tmp_path: Path) -> None:
    run = run_text(
        tmp_path,
        """
        queues: {q: {}}
        buckets:
          uploads:
            NotificationConfiguration: {QueueConfigurations: [{Event: "s3:ObjectCreated:*", Queue: q}]}
        functions:
          f:
            script: [{return: null}]
            Events:
              gone:
                Type: S3
                Properties:
                  Bucket: uploads
                  Events: ["s3:ObjectRemoved:*"]
                  Filter: {S3Key: {Rules: [{Name: prefix, Value: img/}]}}
        steps:
          - {at: 1s, upload: {bucket: uploads, key: "img/a b {n}.jpg", body: "{n}", count: 2}}
          - {at: 2s, delete_object: {bucket: uploads, key: "img/a b 0.jpg"}}
          - {at: 3s, upload: {bucket: uploads, key: other, body: {x: 1}}}
          - {at: 4s, delete_object: {bucket: uploads, key: other}}
        expect: {buckets: {uploads: {objects: [{Key: "img/a b 1.jpg", Body: "1"}]}}}
        """,
    )
    assert run.json["failures"] == []
    test, *events = bodies(run, "q")
    assert (test["Event"], test["Bucket"]) == ("s3:TestEvent", "uploads")
    assert [one["Records"][0]["s3"]["object"]["key"] for one in events] == ["img/a+b+0.jpg", "img/a+b+1.jpg", "other"]
    assert [(one["at"], one["event"]["Records"][0]["eventName"]) for one in run.json["invocations"]] == [
        (2, "ObjectRemoved:Delete")
    ]
    assert [(line["operation"], line["key"]) for line in run.lines("step.upload")][2] == ("delete", "img/a b 0.jpg")


@pytest.mark.rule("SCH-01", "SCH-02", "SCH-09", "SCH-12")
def test_schedules_invoke_from_the_start_of_the_run_on(tmp_path: Path) -> None:
    run = run_text(
        tmp_path,
        """
        run_for: 25m
        functions:
          f:
            script: [{return: null}]
            Events:
              rule: {Type: Schedule, Properties: {Schedule: rate(10 minutes)}}
              off: {Type: Schedule, Properties: {Schedule: rate(1 minute), State: DISABLED}}
              scheduler: {Type: ScheduleV2, Properties: {ScheduleExpression: rate(20 minutes), Input: '{"job": 1}'}}
        """,
    )
    assert [(one["at"], one["event"].get("job")) for one in run.json["invocations"]] == [
        (0, 1), (600, None), (1200, 1), (1200, None),
    ]  # fmt: skip
    event = run.json["invocations"][1]["event"]
    assert (event["source"], event["time"], event["detail"]) == ("aws.events", "2026-01-01T00:10:00Z", {})
    assert event["resources"] == ["arn:aws:events:us-east-1:123456789012:rule/f-rule"]
    assert run.json["idle"] is False


@pytest.mark.rule("SCH-08", "ASY-01")
@pytest.mark.parametrize("kind", ["EventBridgeRule", "CloudWatchEvent"])
def test_events_that_a_handler_puts_reach_a_function_by_a_rule(tmp_path: Path, kind: str) -> None:
    (tmp_path / "tell.py").write_text(
        "import boto3\n"
        "def handler(event, context):\n"
        "    entry = {'Source': 'orders', 'DetailType': 'Paid', 'Detail': '{\"id\": 7}'}\n"
        "    boto3.client('events').put_events(Entries=[entry, {**entry, 'Source': 'other'}])\n"
    )
    run = run_text(
        tmp_path,
        """
        functions:
          tell: {Handler: tell.handler, CodeUri: .}
          hear:
            script: [{return: null}]
            Events:
              paid: {Type: KIND, Properties: {Pattern: {source: [orders]}, InputPath: $.detail}}
        steps: [{at: 1s, invoke: {function: tell}}]
        expect: {invocations: {hear: [{at: 1s, invocation_type: Event}]}, functions: {tell: {Errors: 0}}}
        """.replace("KIND", kind),
    )
    assert run.json["failures"] == []
    assert run.json["invocations"][1]["event"] == {"id": 7}


@pytest.mark.rule("DST-01", "DST-05")
def test_success_goes_to_a_function_and_failure_to_a_topic_and_a_bucket(tmp_path: Path) -> None:
    run = run_text(
        tmp_path,
        """
        queues: {q: {}}
        buckets: {failures: {}}
        topics: {t: {Subscription: [{Protocol: sqs, Endpoint: q, RawMessageDelivery: true}]}}
        functions:
          good:
            script: [{return: {ok: true}}]
            EventInvokeConfig: {DestinationConfig: {OnSuccess: {Type: Lambda, Destination: next}}}
          next: {script: [{return: null}]}
          bad:
            script: [{raise: {errorType: E, errorMessage: boom}}]
            EventInvokeConfig: {MaximumRetryAttempts: 0, DestinationConfig: {OnFailure: {Type: SNS, Destination: t}}}
          worse:
            script: [{raise: {errorType: E, errorMessage: boom}}]
            EventInvokeConfig:
              MaximumRetryAttempts: 0
              DestinationConfig: {OnFailure: {Type: S3, Destination: failures}}
        steps:
          - invoke: {function: good, event: {a: 1}, InvocationType: Event}
          - invoke: {function: bad, event: {b: 1}, InvocationType: Event}
          - invoke: {function: worse, event: {c: 1}, InvocationType: Event}
        expect: {queues: {q: {visible: 1}}, buckets: {failures: {objects: 1}}, functions: {next: {Invocations: 1}}}
        """,
    )
    assert run.json["failures"] == []
    (handed_on,) = [one for one in run.json["invocations"] if one["function"] == "next"]
    assert handed_on["event"]["requestContext"]["condition"] == "Success"
    assert handed_on["event"]["responsePayload"] == {"ok": True}
    assert bodies(run, "q")[0]["requestPayload"] == {"b": 1}
    (kept,) = run.json["buckets"]["failures"]["objects"]
    assert kept["Key"].startswith("aws/lambda/async/worse/2026/01/01/")
    assert run.lines("aws.request") == []


@pytest.mark.rule("ASY-01")
def test_any_json_value_can_be_an_asynchronous_event(tmp_path: Path) -> None:
    run = run_text(
        tmp_path,
        """
        functions: {f: {script: [{return: null}]}}
        steps: [{invoke: {function: f, event: [1, 2], InvocationType: Event}}]
        """,
    )
    (one,) = run.json["invocations"]
    assert (one["mapping"], one["event"], one["invocation_type"]) == (None, [1, 2], "Event")
