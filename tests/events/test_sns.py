"""The event of a notification."""

from __future__ import annotations

import json
from typing import Any

import pytest

from eventsim.cloud.topics import Notification
from eventsim.events.sns import sns_event

TOPIC = "arn:aws:sns:eu-west-1:123456789012:alerts"
SUBSCRIPTION = f"{TOPIC}:0b6941c3-f04d-4d3e-a66d-b1df00e1e381"
RECORDED = "expected_event_or_destination_record"


def notification(**fields: Any) -> Notification:
    made = Notification(TOPIC, "Hello world.")
    made.id, made.timestamp = "95df01b4-ee98-5cb9-9903-4c221d41eb5e", "2026-01-01T00:00:00.000Z"
    for name, value in fields.items():
        setattr(made, name, value)
    return made


@pytest.mark.rule("SNS-01", "SNS-02")
def test_an_event_to_the_letter() -> None:
    attributes = {
        "A": {"DataType": "String", "StringValue": "v"},
        "B": {"DataType": "Binary", "BinaryValue": "AgME"},
        "C": {"DataType": "Number.int", "StringValue": "3"},
    }
    assert json.dumps(sns_event(notification(attributes=attributes), SUBSCRIPTION), indent=1).splitlines() == [
        "{",
        ' "Records": [',
        "  {",
        '   "EventSource": "aws:sns",',
        '   "EventVersion": "1.0",',
        f'   "EventSubscriptionArn": "{SUBSCRIPTION}",',
        '   "Sns": {',
        '    "Type": "Notification",',
        '    "MessageId": "95df01b4-ee98-5cb9-9903-4c221d41eb5e",',
        f'    "TopicArn": "{TOPIC}",',
        '    "Subject": null,',
        '    "Message": "Hello world.",',
        '    "Timestamp": "2026-01-01T00:00:00.000Z",',
        '    "SignatureVersion": "1",',
        '    "Signature": "eventsim+does+not+sign+its+notifications",',
        '    "SigningCertUrl": "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-placeholder.pem",',
        f'    "UnsubscribeUrl": "https://sns.eu-west-1.amazonaws.com/?Action=Unsubscribe&SubscriptionArn={SUBSCRIPTION}",',
        '    "MessageAttributes": {',
        '     "A": {',
        '      "Type": "String",',
        '      "Value": "v"',
        "     },",
        '     "B": {',
        '      "Type": "Binary",',
        '      "Value": "AgME"',
        "     },",
        '     "C": {',
        '      "Type": "Number.int",',
        '      "Value": "3"',
        "     }",
        "    }",
        "   }",
        "  }",
        " ]",
        "}",
    ]


@pytest.mark.rule("SNS-02")
@pytest.mark.parametrize("name", ["python_lambda_subscribe_sns_topic", "publish_lambda_verify_signature_2"])
def test_an_event_has_the_members_that_were_recorded(capture: Any, name: str) -> None:
    recorded = capture(f"sns_test_{name}")[RECORDED]["notification"]
    sns = sns_event(notification(subject=recorded["Subject"], signature_version="2"), SUBSCRIPTION)["Records"][0]["Sns"]
    assert sorted(sns) == sorted(recorded)
    for member in ("Message", "MessageAttributes", "SignatureVersion", "Subject", "Type"):
        assert sns[member] == recorded[member]


@pytest.mark.rule("SNS-02")
def test_a_record_has_the_members_that_were_recorded(capture: Any) -> None:
    message = capture("sns_test_sns_topic_as_lambda_dead_letter_queue")[RECORDED]["messages"]["Messages"][0]["Body"]
    (recorded,) = message["Message"]["Records"]
    (record,) = sns_event(notification(), SUBSCRIPTION)["Records"]
    assert sorted(record) == sorted(recorded)
    assert sorted(record["Sns"]) == sorted(recorded["Sns"])
    assert (record["EventSource"], record["EventVersion"]) == (recorded["EventSource"], recorded["EventVersion"])
    assert (record["Sns"]["Subject"], record["Sns"]["MessageAttributes"]) == (None, {})


def test_every_event_is_a_new_object() -> None:
    made = notification(attributes={"A": {"DataType": "String", "StringValue": "v"}})
    one, other = sns_event(made, SUBSCRIPTION), sns_event(made, SUBSCRIPTION)
    one["Records"][0]["Sns"]["MessageAttributes"]["A"]["Value"] = "changed"
    assert other["Records"][0]["Sns"]["MessageAttributes"]["A"]["Value"] == "v"
