# ruff: noqa: E501 - the expected texts stand whole, one a line
from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from tests.scenarios.loading import loader, refuser, warnings_of

if TYPE_CHECKING:
    from pathlib import Path

ARN = "arn:aws:sqs:us-east-1:123456789012:"


@pytest.mark.rule("SQS-01", "SQS-06", "SQS-08")
def test_every_effective_property_becomes_an_attribute(tmp_path: Path) -> None:
    text = """\
queues:
  orders.fifo:
    QueueName: orders.fifo
    FifoQueue: true
    ContentBasedDeduplication: "true"
    DeduplicationScope: messageGroup
    FifoThroughputLimit: perMessageGroupId
    VisibilityTimeout: "60"
    DelaySeconds: 5
    MessageRetentionPeriod: 60
    ReceiveMessageWaitTimeSeconds: 20
    MaximumMessageSize: 1024
    RedrivePolicy: {deadLetterTargetArn: "arn:aws:sqs:us-east-1:123456789012:dead.fifo", maxReceiveCount: "7"}
  dead.fifo:
    RedriveAllowPolicy: {redrivePermission: byQueue, sourceQueueArns: [orders.fifo]}
"""
    queues = loader(tmp_path)(text).queues
    attributes = dict(queues["orders.fifo"].attributes)
    assert msgspec.json.decode(attributes.pop("RedrivePolicy")) == {
        "deadLetterTargetArn": f"{ARN}dead.fifo",
        "maxReceiveCount": 7,
    }
    assert attributes == {
        "FifoQueue": "true",
        "ContentBasedDeduplication": "true",
        "DeduplicationScope": "messageGroup",
        "FifoThroughputLimit": "perMessageGroupId",
        "VisibilityTimeout": "60",
        "DelaySeconds": "5",
        "MessageRetentionPeriod": "60",
        "ReceiveMessageWaitTimeSeconds": "20",
        "MaximumMessageSize": "1024",
    }
    assert msgspec.json.decode(queues["dead.fifo"].attributes["RedriveAllowPolicy"]) == {
        "redrivePermission": "byQueue",
        "sourceQueueArns": [f"{ARN}orders.fifo"],
    }
    assert [queue.fifo for queue in queues.values()] == [True, True]


def test_properties_without_effect_give_one_warning_for_the_whole_section(tmp_path: Path) -> None:
    text = """\
queues:
  a: {Tags: [{Key: k, Value: v}], KmsMasterKeyId: alias/x}
  b: {Tags: [], KmsDataKeyReusePeriodSeconds: 60, SqsManagedSseEnabled: true}
"""
    scenario = loader(tmp_path)(text)
    assert [queue.attributes for queue in scenario.queues.values()] == [{}, {}]
    assert warnings_of(scenario) == [
        (
            "s.yaml:2:7: queues: without effect in a simulation: Tags (a, b), KmsMasterKeyId (a), "
            "KmsDataKeyReusePeriodSeconds (b), SqsManagedSseEnabled (b)"
        )
    ]


@pytest.mark.rule("SQS-01")
@pytest.mark.parametrize(
    ("name", "lowest", "highest"),
    [
        ("VisibilityTimeout", 0, 43_200),
        ("MessageRetentionPeriod", 60, 1_209_600),
        ("DelaySeconds", 0, 900),
        ("ReceiveMessageWaitTimeSeconds", 0, 20),
        ("MaximumMessageSize", 1_024, 1_048_576),
    ],
)
def test_attributes_have_sqs_ranges(tmp_path: Path, name: str, lowest: int, highest: int) -> None:
    for value in (lowest, highest):
        assert loader(tmp_path)(f"queues: {{q: {{{name}: {value}}}}}").queues["q"].attributes == {name: str(value)}
    for value in (lowest - 1, highest + 1):
        assert refuser(tmp_path)(f"queues: {{q: {{{name}: {value}}}}}") == [
            (
                f"s.yaml:1:{16 + len(name)}: queues.q.{name}: InvalidAttributeValue: Invalid value for the parameter {name}."
                f" Found {value}, allowed {lowest} to {highest}."
            )
        ]


@pytest.mark.parametrize(
    ("properties", "message"),
    [
        ("{VisibilityTimeout: 1m}", "VisibilityTimeout: found '1m', expected a whole number"),
        ("{VisibilityTimeout: 1.5}", "VisibilityTimeout: found 1.5, expected a whole number"),
        ("{VisibilityTimeout: true}", "VisibilityTimeout: found true, expected a whole number"),
        ("{VisibilityTimeout: }", "VisibilityTimeout: found nothing, expected a whole number"),
        (
            "{QueueName: other}",
            "QueueName: found 'other', but the key 'q' is the name here: make both the same, or leave QueueName out",
        ),
        ("{FifoQueue: true}", "FifoQueue: found true, but the queue's name does not end in .fifo"),
        (
            "{ContentBasedDeduplication: true}",
            (
                "ContentBasedDeduplication: InvalidAttributeName: Unknown Attribute ContentBasedDeduplication. "
                "Only FIFO queues have it, whose names end in .fifo."
            ),
        ),
        ("{RedrivePolicy: orders}", "RedrivePolicy: found 'orders', expected a mapping (key: value)"),
        (
            "{RedrivePolicy: {deadLetterTargetArn: q}}",
            "RedrivePolicy: maxReceiveCount is missing, RedrivePolicy needs it",
        ),
        (
            "{RedrivePolicy: {deadLetterTargetArn: {Ref: q}, maxReceiveCount: 3}}",
            (
                "RedrivePolicy.deadLetterTargetArn: found a mapping, expected the name or the ARN of a queue: "
                "CloudFormation's functions are not evaluated"
            ),
        ),
        (
            "{RedrivePolicy: {deadLetterTargetArn: q, maxReceiveCount: 0}}",
            'RedrivePolicy: InvalidParameterValueException: Value {"deadLetterTargetArn":"' + ARN + 'q",'
            '"maxReceiveCount":0} for parameter RedrivePolicy is invalid. Reason: Invalid value for maxReceiveCount: 0, '
            "valid values are from 1 to 1000 both inclusive.",
        ),
        (
            "{RedriveAllowPolicy: {redrivePermission: all}}",
            "RedriveAllowPolicy.redrivePermission: found 'all', expected one of allowAll, denyAll, byQueue",
        ),
        (
            "{RedriveAllowPolicy: {redrivePermission: byQueue}}",
            "RedriveAllowPolicy: InvalidAttributeValue: Invalid value for the parameter RedriveAllowPolicy.",
        ),
        ("3", "found 3, expected a mapping (key: value)"),
    ],
)
def test_a_property_that_is_wrong_is_told(tmp_path: Path, properties: str, message: str) -> None:
    lines = refuser(tmp_path)(f"queues: {{q: {properties}}}")
    assert [line.split(" ", 1)[1].removeprefix("queues.q.").removeprefix("queues.q: ") for line in lines] == [message]


@pytest.mark.rule("SQS-01")
@pytest.mark.parametrize("name", ["a b", "a.b", "x" * 81, "x" * 76 + ".fifo", ".fifo"])
def test_a_name_that_sqs_does_not_take_is_refused(tmp_path: Path, name: str) -> None:
    assert refuser(tmp_path)(f"queues: {{{name}: {{}}}}") == [
        (
            f"s.yaml:1:{12 + len(name)}: queues.{name}: InvalidParameterValue: Can only include alphanumeric characters, "
            "hyphens, or underscores. 1 to 80 in length"
        )
    ]


@pytest.mark.rule("SQS-06", "SQS-08")
def test_dead_letter_queues_must_exist_fit_and_make_no_circle(tmp_path: Path) -> None:
    text = """\
queues:
  missing: {RedrivePolicy: {deadLetterTargetArn: nowhere, maxReceiveCount: 3}}
  missing-arn: {RedrivePolicy: {deadLetterTargetArn: "arn:aws:sqs:eu-west-1:123456789012:self", maxReceiveCount: 3}}
  kind.fifo: {RedrivePolicy: {deadLetterTargetArn: closed, maxReceiveCount: 3}}
  self: {RedrivePolicy: {deadLetterTargetArn: self, maxReceiveCount: 3}}
  one: {RedrivePolicy: {deadLetterTargetArn: two, maxReceiveCount: 3}}
  two: {RedrivePolicy: {deadLetterTargetArn: three, maxReceiveCount: 3}}
  three: {RedrivePolicy: {deadLetterTargetArn: one, maxReceiveCount: 3}}
  into: {RedrivePolicy: {deadLetterTargetArn: one, maxReceiveCount: 3}}
  closed: {RedriveAllowPolicy: {redrivePermission: denyAll}}
  shut-out: {RedrivePolicy: {deadLetterTargetArn: closed, maxReceiveCount: 3}}
"""
    names = "missing, missing-arn, kind.fifo, self, one, two, three, into, closed, shut-out"
    arns = ", ".join(f"{ARN}{name}" for name in names.split(", "))
    path = "RedrivePolicy.deadLetterTargetArn"
    assert refuser(tmp_path)(text) == [
        (f"s.yaml:2:50: queues.missing.{path}: found 'nowhere', which names no queue of this file; allowed: {names}"),
        (
            f"s.yaml:3:54: queues.missing-arn.{path}: found 'arn:aws:sqs:eu-west-1:123456789012:self', which names no "
            f"queue of this file, did you mean '{ARN}self'? Allowed: {arns}"
        ),
        (
            f"s.yaml:4:52: queues.kind.fifo.{path}: found 'closed', a standard queue: the dead-letter queue of a FIFO "
            "queue must be a FIFO queue too"
        ),
        f"s.yaml:5:47: queues.self.{path}: found 'self', the queue itself: a queue can't be its own dead-letter queue",
        f"s.yaml:6:46: queues.one.{path}: found a circle of dead-letter queues: one -> two -> three -> one",
        f"s.yaml:11:51: queues.shut-out.{path}: found 'closed', whose RedriveAllowPolicy does not let 'shut-out' use it",
    ]


def test_a_chain_of_dead_letter_queues_is_no_circle(tmp_path: Path) -> None:
    text = """\
queues:
  one: {RedrivePolicy: {deadLetterTargetArn: two, maxReceiveCount: 3}}
  two: {RedrivePolicy: {deadLetterTargetArn: three, maxReceiveCount: 3}}
  three: {}
"""
    assert list(loader(tmp_path)(text).queues) == ["one", "two", "three"]
