"""The SQS operations on messages: shapes, what is shown, errors."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from eventsim.cloud.sqs.shapes import message_shape
from tests.cloud.queue_lab import KENOBI
from tests.cloud.sqs_service import FIFO_URL, URL, Sqs, invalid, missing


@pytest.mark.rule("SQS-32", "SQS-35")
def test_a_message_goes_out_with_what_is_asked_for(sqs: Sqs) -> None:
    sent = sqs("SendMessage", QueueUrl=URL, MessageBody="msg", MessageAttributes=KENOBI)
    assert sent == {
        "MD5OfMessageBody": "6e2baaf3b97dbeef01c0043275f9a0e7",
        "MD5OfMessageAttributes": "4c360f3fdafd970e05fae2f149d997f5",
        "MessageId": sent["MessageId"],
    }

    def receive(**filters: Any) -> dict[str, Any]:
        message: dict[str, Any] = sqs("ReceiveMessage", QueueUrl=URL, VisibilityTimeout=0, **filters)["Messages"][0]
        assert message.pop("ReceiptHandle").startswith("AQEB")
        return message

    bare = {"MessageId": sent["MessageId"], "MD5OfBody": "6e2baaf3b97dbeef01c0043275f9a0e7", "Body": "msg"}
    assert receive() == bare
    assert receive(MessageAttributeNames=["Nobody"]) == bare

    def chosen(*names: str) -> tuple[str, set[str]]:
        message = receive(MessageAttributeNames=list(names))
        return message["MD5OfMessageAttributes"], set(message["MessageAttributes"])

    everything = ("4c360f3fdafd970e05fae2f149d997f5", set(KENOBI))
    assert chosen("All") == chosen(".*") == chosen("All", "Nobody") == everything
    assert chosen("Hello", "General") == ("fca026605781cb4126a1e9044df24232", {"Hello", "General"})
    assert chosen("Hello", "Nobody") == ("a311262e065454b75da111d535b8dacd", {"Hello"})
    assert chosen("Hel.*") == ("83fee93c1bcd8b9a5a923ffacdc636c7", {"Hello", "Help.Me"})


@pytest.mark.rule("SQS-32", "SQS-33")
def test_system_attributes_are_strings_and_only_those_asked_for(sqs: Sqs) -> None:
    trace = {"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1"}}
    sent = sqs("SendMessage", QueueUrl=URL, MessageBody="x", MessageSystemAttributes=trace, MessageGroupId="t")
    assert sent["MD5OfMessageSystemAttributes"]
    sqs.wait(1.25)

    def attributes(**names: list[str]) -> dict[str, str] | None:
        found: dict[str, str] | None = sqs("ReceiveMessage", QueueUrl=URL, VisibilityTimeout=0, **names)["Messages"][
            0
        ].get("Attributes")
        return found

    assert attributes(MessageSystemAttributeNames=["All"]) == {
        "ApproximateReceiveCount": "1",
        "SentTimestamp": "1767225600000",
        "SenderId": "AIDAIENQZJOLO23YVJ4VO",
        "ApproximateFirstReceiveTimestamp": "1767225601250",
        "MessageGroupId": "t",
        "AWSTraceHeader": "Root=1",
    }
    assert attributes(AttributeNames=["SenderId"]) == {"SenderId": "AIDAIENQZJOLO23YVJ4VO"}
    assert attributes(AttributeNames=["SentTimestamp"], MessageSystemAttributeNames=["ApproximateReceiveCount"]) == {
        "ApproximateReceiveCount": "3",
        "SentTimestamp": "1767225600000",
    }
    assert attributes(AttributeNames=["Policy"]) is None
    expected = ("InvalidAttributeName", "InvalidAttributeName", "Unknown Attribute Colour.")
    assert sqs.refused("ReceiveMessage", QueueUrl=URL, AttributeNames=["Colour"]) == expected
    bad = {"Other": {"DataType": "String", "StringValue": "x"}}
    assert (
        sqs.refused("SendMessage", QueueUrl=URL, MessageBody="x", MessageSystemAttributes=bad)[1]
        == "InvalidParameterValue"
    )


@pytest.mark.rule("SQS-33")
def test_a_fifo_message_shows_its_group_number_and_deduplication_id(sqs: Sqs) -> None:
    sent = sqs("SendMessage", QueueUrl=FIFO_URL, MessageBody="x", MessageGroupId="g", MessageDeduplicationId="d")
    again = sqs("SendMessage", QueueUrl=FIFO_URL, MessageBody="y", MessageGroupId="g", MessageDeduplicationId="d")
    assert {**again, "MD5OfMessageBody": sent["MD5OfMessageBody"]} == sent
    assert again["MD5OfMessageBody"] == "415290769594460e2e485922904f345d"
    message = sqs("ReceiveMessage", QueueUrl=FIFO_URL, AttributeNames=["All"])["Messages"][0]
    chosen = {
        name: message["Attributes"][name] for name in ("SequenceNumber", "MessageGroupId", "MessageDeduplicationId")
    }
    assert chosen == {"SequenceNumber": sent["SequenceNumber"], "MessageGroupId": "g", "MessageDeduplicationId": "d"}


@pytest.mark.rule("SQS-34")
def test_binary_values_are_base64_on_the_wire(sqs: Sqs) -> None:
    attributes = {"b": {"DataType": "Binary.gz", "BinaryValue": base64.b64encode(b"\x00\xff").decode()}}
    sqs("SendMessage", QueueUrl=URL, MessageBody="x", MessageAttributes=attributes)
    message = sqs("ReceiveMessage", QueueUrl=URL, MessageAttributeNames=["All"])["Messages"][0]
    assert message["MessageAttributes"] == attributes


@pytest.mark.rule("SQS-07", "SQS-33")
def test_a_dead_letter_shows_where_it_came_from(sqs: Sqs) -> None:
    sqs("CreateQueue", QueueName="dlq")
    policy = json.dumps({"deadLetterTargetArn": sqs.queues.arn_of("dlq"), "maxReceiveCount": 1})
    sqs("SetQueueAttributes", QueueUrl=URL, Attributes={"RedrivePolicy": policy})
    sent = sqs("SendMessage", QueueUrl=URL, MessageBody="x")
    sqs("ReceiveMessage", QueueUrl=URL, VisibilityTimeout=0)
    assert sqs("ReceiveMessage", QueueUrl=URL) == {}
    lying = message_shape(sqs.queues.get("dlq").messages()[0])
    assert (lying["MessageId"], "ReceiptHandle" in lying) == (sent["MessageId"], False)
    received = sqs("ReceiveMessage", QueueUrl=sqs.queues.url_of("dlq"), AttributeNames=["All"])["Messages"][0]
    assert received["Attributes"]["DeadLetterQueueSourceArn"] == sqs.queues.arn_of("orders")
    assert (lying["Attributes"]["ApproximateReceiveCount"], received["Attributes"]["ApproximateReceiveCount"]) == (
        "1",
        "2",
    )


@pytest.mark.parametrize(
    ("params", "text"),
    [
        (
            {"MaxNumberOfMessages": 11},
            "Value 11 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.",
        ),
        (
            {"MaxNumberOfMessages": 0},
            "Value 0 for parameter MaxNumberOfMessages is invalid. Reason: Must be between 1 and 10, if provided.",
        ),
        (
            {"WaitTimeSeconds": 21},
            "Value 21 for parameter WaitTimeSeconds is invalid. Reason: Must be >= 0 and <= 20, if provided.",
        ),
        (
            {"VisibilityTimeout": -1},
            "Value -1 for parameter VisibilityTimeout is invalid. Reason: Must be >= 0 and <= 43200, if provided.",
        ),
    ],
)
@pytest.mark.rule("SQS-03")
def test_the_numbers_of_a_receive_have_ranges(sqs: Sqs, params: dict[str, int], text: str) -> None:
    assert sqs.refused("ReceiveMessage", QueueUrl=URL, **params) == invalid(text)


def test_one_message_is_received_changed_and_deleted(sqs: Sqs) -> None:
    for body in "ab":
        sqs("SendMessage", QueueUrl=URL, MessageBody=body)
    message = sqs("ReceiveMessage", QueueUrl=URL)["Messages"]
    assert len(message) == 1
    receipt = {"QueueUrl": URL, "ReceiptHandle": message[0]["ReceiptHandle"]}
    assert sqs("ChangeMessageVisibility", **receipt, VisibilityTimeout=100) == {}
    assert sqs("DeleteMessage", **receipt) == {}
    bad = (
        "ReceiptHandleIsInvalid",
        "ReceiptHandleIsInvalid",
        'The input receipt handle "x" is not a valid receipt handle.',
    )
    assert sqs.refused("DeleteMessage", QueueUrl=URL, ReceiptHandle="x") == bad
    assert sqs.refused("ChangeMessageVisibility", **receipt) == missing("VisibilityTimeout")


@pytest.mark.rule("SQS-04")
def test_a_short_poll_of_a_full_standard_queue_is_over_the_limit(sqs: Sqs, monkeypatch: pytest.MonkeyPatch) -> None:
    from eventsim.cloud.queues import contents, fifo, leases, queue, standard

    for module in (contents, leases, fifo, standard, queue):
        if hasattr(module, "MAXIMUM_IN_FLIGHT"):
            monkeypatch.setattr(module, "MAXIMUM_IN_FLIGHT", 2)
    for n in range(3):
        sqs("SendMessage", QueueUrl=URL, MessageBody="x")
        sqs("SendMessage", QueueUrl=FIFO_URL, MessageBody="x", MessageGroupId=str(n), MessageDeduplicationId=str(n))
    for url in (URL, FIFO_URL):
        assert len(sqs("ReceiveMessage", QueueUrl=url, MaxNumberOfMessages=10)["Messages"]) == 2
    code, query_code, _ = sqs.refused("ReceiveMessage", QueueUrl=URL)
    assert (code, query_code) == ("OverLimit", "OverLimit")
    assert sqs("ReceiveMessage", QueueUrl=FIFO_URL) == {}
    assert sqs("ReceiveMessage", QueueUrl=URL, WaitTimeSeconds=5) == {}
    assert sqs.loop.time() == 5.0
