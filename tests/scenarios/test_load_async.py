# ruff: noqa: E501 - the expected texts stand whole, one a line
"""Topics, notifications, schedules and rules, and what asynchronous invocation is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from eventsim.scenarios.trigger_specs import NotificationSpec, RuleSpec, ScheduleSpec, SubscriptionSpec
from tests.scenarios.loading import loader, refuser, warnings_of

if TYPE_CHECKING:
    from pathlib import Path

QUEUE = "arn:aws:sqs:us-east-1:123456789012:q"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:w"
SOURCES = "run_for: 1h\nqueues: {q: {}, f.fifo: {}}\nbuckets: {uploads: {}}\ntopics: {alerts: {}, t.fifo: {}}\n"


def function(properties: str) -> str:
    return f"{SOURCES}functions:\n  w: {{script: [{{return: 1}}], {properties}}}\n  v: {{script: [{{return: 1}}]}}\n"


def event(kind: str, properties: str) -> str:
    return function(f"Events: {{e: {{Type: {kind}, Properties: {properties}}}}}")


def told(lines: list[str], under: str = "") -> list[str]:
    """The lines without file and place, paths relative to *under*."""
    return [line.split(" ", 1)[1].removeprefix(f"{under}.").removeprefix(f"{under}: ") for line in lines]


@pytest.mark.rule("SNS-07", "SNS-08", "SNS-15")
def test_a_topic_and_its_subscriptions_are_read_to_what_sns_takes(tmp_path: Path) -> None:
    text = """\
queues: {q: {}, dlq: {}}
topics:
  alerts:
    DisplayName: Alerts
    MaximumMessageSize: 2048
    Tags: []
    Subscription:
      - {Protocol: sqs, Endpoint: q, FilterPolicy: {kind: [a]}, RawMessageDelivery: true, RedrivePolicy: {deadLetterTargetArn: dlq}}
      - {Protocol: lambda, Endpoint: w, FilterPolicyScope: MessageBody, FilterPolicy: '{"a": [1]}'}
functions: {w: {script: [{return: 1}]}}
"""
    scenario = loader(tmp_path)(text)
    topic = scenario.topics["alerts"]
    assert topic.attributes == {"DisplayName": "Alerts", "MaximumMessageSize": "2048"}
    assert [(one.protocol, one.endpoint, one.attributes) for one in topic.subscriptions] == [
        ("sqs", QUEUE, {
            "FilterPolicy": '{"kind":["a"]}',
            "RawMessageDelivery": "true",
            "RedrivePolicy": '{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:123456789012:dlq"}',
        }),
        ("lambda", FUNCTION, {"FilterPolicyScope": "MessageBody", "FilterPolicy": '{"a": [1]}'}),
    ]  # fmt: skip
    assert told(warnings_of(scenario)) == ["topics: without effect in a simulation: Tags (alerts)"]


def test_each_type_of_event_is_read(tmp_path: Path) -> None:
    text = function(
        "Events: {"
        "s3: {Type: S3, Properties: {Bucket: uploads, Events: ['s3:ObjectCreated:Put', 's3:ObjectRemoved:*'], Filter: {S3Key: {Rules: [{Name: prefix, Value: a/}]}}}}, "
        "sns: {Type: SNS, Properties: {Topic: alerts, FilterPolicy: {kind: [a]}}}, "
        "rate: {Type: Schedule, Properties: {Schedule: rate(5 minutes), Input: '{}', Enabled: false}}, "
        "at: {Type: ScheduleV2, Properties: {ScheduleExpression: at(2026-01-01T00:10:00), Name: once, RetryPolicy: {MaximumRetryAttempts: 3}}}, "
        "rule: {Type: EventBridgeRule, Properties: {Pattern: {source: [orders]}, InputPath: $.detail, DeadLetterConfig: {Arn: q}}}}"
    )
    scenario = loader(tmp_path)(text)
    notification, subscription, rate, schedule, rule = scenario.functions["w"].triggers
    assert scenario.functions["w"].mappings == []
    assert isinstance(notification, NotificationSpec)
    rules = {"S3Key": {"Rules": [{"Name": "prefix", "Value": "a/"}]}}
    assert notification.configurations == [
        {"Event": "s3:ObjectCreated:Put", "Function": FUNCTION, "Filter": rules},
        {"Event": "s3:ObjectRemoved:*", "Function": FUNCTION, "Filter": rules},
    ]
    assert isinstance(subscription, SubscriptionSpec)
    assert (subscription.topic, subscription.protocol, subscription.attributes) == (
        "alerts",
        "lambda",
        {"FilterPolicy": '{"kind":["a"]}'},
    )
    assert isinstance(rate, RuleSpec)
    assert (rate.name, rate.schedule, rate.enabled, rate.target) == (
        "w-rate",
        "rate(5 minutes)",
        False,
        {"Id": "rateTarget", "Arn": FUNCTION, "Input": "{}"},
    )
    assert isinstance(schedule, ScheduleSpec)
    assert (schedule.name, schedule.settings["Target"]["RetryPolicy"]) == ("once", {"MaximumRetryAttempts": 3})
    assert isinstance(rule, RuleSpec)
    assert (rule.pattern, rule.target["DeadLetterConfig"], rule.target["InputPath"]) == (
        '{"source":["orders"]}',
        {"Arn": QUEUE},
        "$.detail",
    )


@pytest.mark.rule("ASY-06", "ASY-08", "DLQ-01", "DST-01")
def test_destinations_go_by_name_and_type(tmp_path: Path) -> None:
    config = "EventInvokeConfig: {MaximumRetryAttempts: 1, MaximumEventAgeInSeconds: 60, DestinationConfig: {OnSuccess: {Type: Lambda, Destination: v}, OnFailure: {Destination: uploads}}}"
    one = loader(tmp_path)(function(f"{config}, DeadLetterQueue: {{Type: SQS, TargetArn: q}}")).functions["w"]
    assert one.event_invoke is not None
    assert (one.event_invoke.retries, one.event_invoke.age_s) == (1, 60)
    assert (one.event_invoke.on_success, one.event_invoke.on_failure) == (FUNCTION[:-1] + "v", "arn:aws:s3:::uploads")
    assert one.dead_letter_arn == QUEUE


@pytest.mark.rule("ASY-06", "ASY-08", "ASY-10", "DST-01", "DLQ-01")
@pytest.mark.parametrize(
    ("properties", "messages"),
    [
        ("EventInvokeConfig: {}", ["EventInvokeConfig: InvalidParameterValueException: You must specify at least one of error handling or destination setting."]),
        ("EventInvokeConfig: {MaximumRetryAttempts: 3}", ["EventInvokeConfig.MaximumRetryAttempts: ValidationException: 1 validation error detected: Value '3' at 'maximumRetryAttempts' failed to satisfy constraint: Member must have value less than or equal to 2"]),
        ("EventInvokeConfig: {MaximumEventAgeInSeconds: 59}", ["EventInvokeConfig.MaximumEventAgeInSeconds: ValidationException: 1 validation error detected: Value '59' at 'maximumEventAgeInSeconds' failed to satisfy constraint: Member must have value greater than or equal to 60"]),
        ("EventInvokeConfig: {DestinationConfig: {OnSuccess: {Type: Lambda, Destination: w}}}", ["EventInvokeConfig.DestinationConfig.OnSuccess: InvalidParameterValueException: You can't specify the function as a destination for itself."]),
        ("EventInvokeConfig: {DestinationConfig: {OnFailure: {Type: SNS, Destination: q}}}", ["EventInvokeConfig.DestinationConfig.OnFailure.Destination: found 'q', which names no topic of this file; allowed: alerts, t.fifo"]),
        ("DeadLetterQueue: {Type: SNS, TargetArn: q}", ["DeadLetterQueue.Type: found SNS, but the target is arn:aws:sqs:us-east-1:123456789012:q"]),
    ],
)  # fmt: skip
def test_what_lambda_refuses_of_asynchronous_settings_is_refused(
    tmp_path: Path, properties: str, messages: list[str]
) -> None:
    assert told(refuser(tmp_path)(function(properties)), "functions.w") == messages


@pytest.mark.rule("S3-05", "S3-07", "SNS-12", "SNS-16", "SCH-02", "SCH-03", "SCH-09")
@pytest.mark.parametrize(
    ("kind", "properties", "begins"),
    [
        ("S3", "{Bucket: uploads}", "functions.w.Events.e.Properties: Events is missing, the Properties of an S3 event needs it"),
        ("S3", "{Bucket: uploads, Events: [s3:Nothing]}", "functions.w.Events.e: InvalidArgument: "),
        ("S3", "{Bucket: uploads, Events: ['s3:ObjectCreated:*', 's3:ObjectCreated:Put']}", "functions.w.Events.e: InvalidArgument: Configurations overlap. Configurations on the same bucket cannot share a common event type."),
        ("SNS", "{Topic: alerts, FilterPolicy: {a: b}}", "functions.w.Events.e: InvalidParameter: Invalid parameter: Attributes Reason: FilterPolicy: "),
        ("SNS", "{Topic: t.fifo}", "functions.w.Events.e: InvalidParameter: Invalid parameter: Invalid protocol type: lambda"),
        ("SNS", "{Topic: alerts, SqsSubscription: true}", "functions.w.Events.e.Properties.SqsSubscription: SqsSubscription (write an event of Type SQS and a Subscription of the topic) is not supported yet"),
        ("Schedule", "{Schedule: rate(1 hours)}", "functions.w.Events.e: ValidationException: Parameter ScheduleExpression is not valid."),
        ("ScheduleV2", "{ScheduleExpression: rate(10)}", "functions.w.Events.e: ValidationException: Invalid Schedule Expression rate(10)."),
        ("ScheduleV2", "{ScheduleExpression: rate(1 hour), Input: no JSON}", "functions.w.Events.e: ValidationException: The Input of a Lambda target must be JSON."),
        ("EventBridgeRule", "{Pattern: {source: orders}}", "functions.w.Events.e: InvalidEventPatternException: "),
        ("EventBridgeRule", "{Pattern: {source: [a]}, InputTransformer: {InputTemplate: '{}', InputPathsMap: [a]}}", "functions.w.Events.e.Properties.InputTransformer.InputPathsMap: found a list, expected a mapping (key: value)"),
        ("EventBridgeRule", "{Pattern: {source: [a]}, InputTransformer: {InputTemplate: '{\"a\": <a>}', InputPathsMap: {a: 1}}}", "functions.w.Events.e.Properties.InputTransformer.InputPathsMap.a: found 1, expected text: quote it"),
        ("EventBridgeRule", "{Pattern: {source: [a]}, EventBusName: other}", "functions.w.Events.e.Properties.EventBusName: found 'other', expected one of default"),
    ],
)  # fmt: skip
def test_what_aws_refuses_of_an_event_is_refused_in_its_words(
    tmp_path: Path, kind: str, properties: str, begins: str
) -> None:
    (line,) = told(refuser(tmp_path)(event(kind, properties)))
    assert line.startswith(begins)


@pytest.mark.rule("SNS-12", "SNS-16")
@pytest.mark.parametrize(
    ("subscription", "message"),
    [
        ("{Protocol: sqs, Endpoint: f.fifo}", "InvalidParameter: Invalid parameter: Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics"),
        ("{Protocol: email, Endpoint: nobody}", "InvalidParameter: Invalid parameter: Email address"),
        ("{Protocol: firehose, Endpoint: a}", "InvalidParameter: Invalid parameter: Protocol Reason: eventsim does not deliver to firehose"),
        ("{Protocol: sqs, Endpoint: q, FilterPolicy: {a: [1], b: [1], c: [1], d: [1], e: [1], f: [1]}}", "InvalidParameter: Invalid parameter: Attributes Reason: FilterPolicy: Filter policy can not have more than 5 keys"),
    ],
)  # fmt: skip
def test_what_sns_refuses_of_a_subscription_is_refused_in_its_words(
    tmp_path: Path, subscription: str, message: str
) -> None:
    text = f"queues: {{q: {{}}, f.fifo: {{}}}}\ntopics: {{alerts: {{Subscription: [{subscription}]}}}}\n"
    (line,) = told(refuser(tmp_path)(text), "topics.alerts.Subscription[0]")
    assert line.startswith(message)


def test_a_schedule_without_an_end_of_the_run_is_refused(tmp_path: Path) -> None:
    text = event("Schedule", "{Schedule: rate(5 minutes)}").replace("run_for: 1h\n", "")
    assert told(refuser(tmp_path)(text)) == [
        "functions.w.Events.e: found a schedule in a run without an end: schedules never become idle, so give run_for"
    ]
    once = event("ScheduleV2", "{ScheduleExpression: at(2026-01-01T01:00:00)}").replace("run_for: 1h\n", "")
    assert loader(tmp_path)(once).run_for_s is None


@pytest.mark.rule("SNS-12", "SNS-19", "S3-06")
@pytest.mark.parametrize(
    ("written", "messages"),
    [
        ("publish: {topic: alerts}", ["publish: message is missing, publish needs it"]),
        ("publish: {topic: alerts, message: ''}", ["publish: InvalidParameter: Invalid parameter: Empty message"]),
        ("publish: {topic: t.fifo, message: a}", ["publish: InvalidParameter: Invalid parameter: The MessageGroupId parameter is required for FIFO topics"]),
        ("publish: {topic: alerts, message: a, attributes: {k: {a: 1}}}", ["publish.attributes.k: found a mapping, expected text, a number or a list"]),
        ("upload: {bucket: uploads}", ["upload: key is missing, upload needs it"]),
        ("upload: {bucket: uploads, key: a, every: 1s}", ["upload.every: found every without count"]),
        ("delete_object: {bucket: uploads, key: a, body: b}", ["delete_object.body: found 'body', unknown in delete_object; allowed: bucket, key, count, every"]),
        (f"invoke: {{function: w, InvocationType: Event, event: {'x' * 1048575}}}", ["invoke.event: RequestTooLargeException: found an event of 1048577 bytes, allowed 1048576"]),
    ],
    ids=range(8),
)  # fmt: skip
def test_a_step_that_is_wrong_is_told(tmp_path: Path, written: str, messages: list[str]) -> None:
    text = function("takes: 1s") + f"steps:\n  - {written}\n"
    assert told(refuser(tmp_path)(text), "steps[0]") == messages


@pytest.mark.rule("SNS-10")
def test_the_attributes_of_a_message_are_typed_by_their_values(tmp_path: Path) -> None:
    text = (
        function("takes: 1s")
        + "steps: [{publish: {topic: alerts, message: a, attributes: {s: x, n: 1.50, i: 3, l: [a, 1, true]}}}]\n"
    )
    (step,) = loader(tmp_path)(text).steps
    assert step.action.parameters == {  # type: ignore[union-attr]
        "attributes": {
            "s": {"DataType": "String", "StringValue": "x"},
            "n": {"DataType": "Number", "StringValue": "1.5"},
            "i": {"DataType": "Number", "StringValue": "3"},
            "l": {"DataType": "String.Array", "StringValue": '["a",1,true]'},
        }
    }
