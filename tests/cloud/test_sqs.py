"""The SQS operations: shapes, filters, errors; compared with SQS's own model."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import botocore
import pytest

from eventsim.cloud.queues.registry import Queues
from eventsim.cloud.sqs.parameters import OPERATIONS
from eventsim.cloud.sqs.service import OPERATION_METHODS, SqsService
from eventsim.cloud.sqs.shapes import message_shape
from eventsim.errors import AwsError
from eventsim.kernel.clock import Clock
from eventsim.kernel.loop import VirtualEventLoop
from eventsim.kernel.seeds import Seeds
from tests.cloud.test_queues import KENOBI

if TYPE_CHECKING:
    from collections.abc import Iterator

URL = "https://sqs.us-east-1.amazonaws.com/123456789012/orders"
FIFO_URL = f"{URL}.fifo"


class Sqs:
    """The service on a virtual loop; each call is a request of its own."""

    def __init__(self) -> None:
        self.loop = VirtualEventLoop()
        self.queues = Queues(Clock(self.loop.time), Seeds(1), lambda: self.loop)
        self.service = SqsService(self.queues)

    def __call__(self, operation: str, **params: Any) -> dict[str, Any]:
        return self.loop.run_until_complete(self.service.handle(operation, params))

    def refused(self, operation: str, **params: Any) -> tuple[str, str | None, str]:
        with pytest.raises(AwsError) as caught:
            self(operation, **params)
        return caught.value.code, caught.value.query_code, caught.value.message

    def wait(self, seconds: float) -> None:
        self.loop.run_until_complete(asyncio.sleep(seconds))


@pytest.fixture
def sqs() -> Iterator[Sqs]:
    service = Sqs()
    service("CreateQueue", QueueName="orders")
    service("CreateQueue", QueueName="orders.fifo", Attributes={"FifoQueue": "true"})
    yield service
    service.loop.close()


def invalid(text: str) -> tuple[str, str, str]:
    return "InvalidParameterValueException", "InvalidParameterValue", text


def missing(name: str) -> tuple[str, str, str]:
    text = f"The request must contain the parameter {name}."
    return "MissingRequiredParameterException", "MissingParameter", text


# --- the model ---


def sqs_model() -> dict[str, Any]:
    packed = Path(botocore.__file__).parent / "data/sqs/2012-11-05/service-2.json.gz"
    model: dict[str, Any] = json.loads(gzip.decompress(packed.read_bytes()))
    return model


def members_of(model: dict[str, Any], shape: str) -> dict[str, Any]:
    """Members and whether each must be given, entries of batches included."""
    structure = model["shapes"][shape]
    found: dict[str, Any] = {}
    for name, member in structure["members"].items():
        target = model["shapes"][member["shape"]]
        kind: Any = target["type"]
        if name == "Entries":
            kind = members_of(model, target["member"]["shape"])
        found[("!" if name in structure.get("required", ()) else "") + name] = kind
    return found


def plain(members: dict[str, Any]) -> dict[str, Any]:
    types = {"strings": "list", "string map": "map"}
    return {name: plain(kind) if isinstance(kind, dict) else types.get(kind, kind) for name, kind in members.items()}


def test_every_operation_and_parameter_of_the_model_is_known() -> None:
    model = sqs_model()
    expected = {name: members_of(model, op["input"]["shape"]) for name, op in model["operations"].items()}
    ours = {name: plain(members) for name, members in OPERATIONS.items()}
    change = ours["ChangeMessageVisibilityBatch"]["!Entries"]
    change["VisibilityTimeout"] = change.pop("!VisibilityTimeout")  # there is no sense in leaving it out
    assert ours == expected
    assert {*OPERATION_METHODS, "ReceiveMessage"} == set(OPERATIONS)


def test_every_error_code_is_the_model_s_or_one_of_the_general_ones(sqs: Sqs) -> None:
    from eventsim.cloud.queues import errors

    made = [
        errors.queue_does_not_exist(),
        errors.queue_name_exists("x"),
        errors.queue_deleted_recently(),
        errors.purge_in_progress("x"),
        errors.receipt_is_invalid("x"),
        errors.over_limit("x"),
        errors.invalid_address("x"),
        errors.invalid_attribute_name("x"),
        errors.invalid_attribute_value("x"),
        errors.invalid_message_contents(),
        errors.resource_not_found("x"),
        errors.unsupported_operation("x"),
        *(
            errors.batch_error(code, "x")
            for code in (
                "EmptyBatchRequest",
                "TooManyEntriesInBatchRequest",
                "BatchEntryIdsNotDistinct",
                "InvalidBatchEntryId",
                "BatchRequestTooLong",
            )
        ),
    ]
    exceptions = {name for name, shape in sqs_model()["shapes"].items() if shape.get("exception")}
    assert {error.code for error in made} <= exceptions


# --- parameters ---


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"QueueUrl": 1, "MessageBody": "x"}, "NUMBER_VALUE can not be converted to a String"),
        ({"QueueUrl": URL, "MessageBody": 1.5}, "DECIMAL_VALUE can not be converted to a String"),
        ({"QueueUrl": URL, "MessageBody": True}, "TRUE_VALUE can not be converted to a String"),
        ({"QueueUrl": URL, "MessageBody": ["x"]}, "Start of list found where not expected."),
        ({"QueueUrl": URL, "MessageBody": {}}, "Start of structure or map found where not expected."),
        ({"QueueUrl": URL, "MessageBody": "x", "DelaySeconds": "1"}, "STRING_VALUE can not be converted to a Integer"),
        ({"QueueUrl": URL, "MessageBody": "x", "DelaySeconds": False}, "FALSE_VALUE can not be converted to a Integer"),
        ({"QueueUrl": URL, "MessageBody": "x", "MessageAttributes": []}, "Start of list found where not expected."),
    ],
)
def test_a_wrong_type_is_refused(sqs: Sqs, params: dict[str, Any], text: str) -> None:
    assert sqs.refused("SendMessage", **params) == ("SerializationException", None, text)


def test_what_is_missing_or_unknown_is_named(sqs: Sqs) -> None:
    assert sqs.refused("SendMessage", MessageBody="x") == missing("QueueUrl")
    assert sqs.refused("SendMessage", QueueUrl=URL) == missing("MessageBody")
    assert sqs.refused("SendMessage", QueueUrl=URL, MessageBody="") == missing("MessageBody")
    assert sqs.refused("SendMessage", QueueUrl=URL, MessageBody=None) == missing("MessageBody")
    assert sqs.refused("CreateQueue") == missing("QueueName")
    code, query_code, text = sqs.refused("SendMessage", QueueUrl=URL, MessageBody="x", MessageGroupID="g")
    assert (code, query_code) == ("UnsupportedOperation", "AWS.SimpleQueueService.UnsupportedOperation")
    assert "MessageGroupID" in text
    assert sqs.refused("FlyToTheMoon")[0] == "UnsupportedOperation"


def test_a_request_that_is_no_object_is_refused(sqs: Sqs) -> None:
    with pytest.raises(AwsError, match="SerializationException"):
        sqs.loop.run_until_complete(sqs.service.handle("ListQueues", []))  # type: ignore[arg-type]


# --- queues ---


def test_a_queue_that_is_not_there(sqs: Sqs) -> None:
    gone = ("QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.")
    assert sqs.refused("GetQueueUrl", QueueName="none") == gone
    assert sqs.refused("SendMessage", QueueUrl=f"{URL}x", MessageBody="x") == gone
    assert sqs.refused("GetQueueUrl", QueueName="orders", QueueOwnerAWSAccountId="999999999999") == gone


def test_a_fifo_queue_is_asked_for_by_name_and_attribute(sqs: Sqs) -> None:
    text = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
    assert sqs.refused("CreateQueue", QueueName="a.fifo") == invalid(text)
    text = (
        "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with "
        ".fifo suffix and be 1 to 80 in length."
    )
    assert sqs.refused("CreateQueue", QueueName="a", Attributes={"FifoQueue": "true"}) == invalid(text)


@pytest.mark.rule("SQS-01", "SQS-38")
def test_attributes_are_strings_and_all_of_them(sqs: Sqs) -> None:
    sqs("SendMessage", QueueUrl=URL, MessageBody="x")
    sqs("SendMessage", QueueUrl=URL, MessageBody="x", DelaySeconds=9)
    shown = sqs("GetQueueAttributes", QueueUrl=URL, AttributeNames=["All"])
    assert shown == {
        "Attributes": {
            "QueueArn": "arn:aws:sqs:us-east-1:123456789012:orders",
            "ApproximateNumberOfMessages": "1",
            "ApproximateNumberOfMessagesNotVisible": "0",
            "ApproximateNumberOfMessagesDelayed": "1",
            "CreatedTimestamp": "1767225600",
            "LastModifiedTimestamp": "1767225600",
            "VisibilityTimeout": "30",
            "MaximumMessageSize": "1048576",
            "MessageRetentionPeriod": "345600",
            "DelaySeconds": "0",
            "ReceiveMessageWaitTimeSeconds": "0",
            "SqsManagedSseEnabled": "true",
        }
    }
    fifo = sqs("GetQueueAttributes", QueueUrl=FIFO_URL, AttributeNames=["All"])["Attributes"]
    assert set(fifo) - set(shown["Attributes"]) == {
        "FifoQueue",
        "ContentBasedDeduplication",
        "DeduplicationScope",
        "FifoThroughputLimit",
    }
    sqs.wait(5)
    sqs("SetQueueAttributes", QueueUrl=URL, Attributes={"VisibilityTimeout": "60"})
    names = ["VisibilityTimeout", "LastModifiedTimestamp", "Policy"]
    changed = {"VisibilityTimeout": "60", "LastModifiedTimestamp": "1767225605"}
    assert sqs("GetQueueAttributes", QueueUrl=URL, AttributeNames=names) == {"Attributes": changed}
    assert sqs("GetQueueAttributes", QueueUrl=URL) == {}
    expected = ("InvalidAttributeName", "InvalidAttributeName", "Unknown Attribute Colour.")
    assert sqs.refused("GetQueueAttributes", QueueUrl=URL, AttributeNames=["Colour"]) == expected


def test_policies_are_kept_and_changing_one_attribute_leaves_the_others(sqs: Sqs) -> None:
    policy = {"deadLetterTargetArn": sqs.queues.arn_of("dlq"), "maxReceiveCount": "4"}
    dlq = sqs("CreateQueue", QueueName="dlq")["QueueUrl"]
    sqs("SetQueueAttributes", QueueUrl=URL, Attributes={"RedrivePolicy": json.dumps(policy), "Policy": '{"a":1}'})
    sqs("SetQueueAttributes", QueueUrl=URL, Attributes={"DelaySeconds": "1"})
    shown = sqs("GetQueueAttributes", QueueUrl=URL, AttributeNames=["RedrivePolicy", "Policy", "DelaySeconds"])
    redrive = shown["Attributes"].pop("RedrivePolicy")
    assert json.loads(redrive) == {**policy, "maxReceiveCount": 4}
    assert shown["Attributes"] == {"Policy": '{"a":1}', "DelaySeconds": "1"}
    assert sqs("ListDeadLetterSourceQueues", QueueUrl=dlq) == {"queueUrls": [URL]}
    sqs("SetQueueAttributes", QueueUrl=URL, Attributes={"RedrivePolicy": "", "Policy": ""})
    assert sqs("GetQueueAttributes", QueueUrl=URL, AttributeNames=["RedrivePolicy", "Policy"]) == {}
    assert sqs("ListDeadLetterSourceQueues", QueueUrl=dlq) == {"queueUrls": []}


def test_queues_are_listed_by_prefix_and_page(sqs: Sqs) -> None:
    for name in ("c", "a", "b"):
        sqs("CreateQueue", QueueName=name)
    every = [
        f"https://sqs.us-east-1.amazonaws.com/123456789012/{name}" for name in ("a", "b", "c", "orders", "orders.fifo")
    ]
    assert sqs("ListQueues") == {"QueueUrls": every}
    assert sqs("ListQueues", QueueNamePrefix="ord") == {"QueueUrls": every[3:]}
    assert sqs("ListQueues", QueueNamePrefix="x") == {}
    pages, token = [], None
    while True:
        page = sqs("ListQueues", MaxResults=2, **({"NextToken": token} if token else {}))
        pages.append(page["QueueUrls"])
        if (token := page.get("NextToken")) is None:
            break
    assert pages == [every[:2], every[2:4], every[4:]]
    assert sqs.refused("ListQueues", MaxResults=0)[1] == "InvalidParameterValue"
    assert sqs.refused("ListQueues", MaxResults=2, NextToken="?")[2] == "Invalid or expired next token."


def test_tags_come_and_go(sqs: Sqs) -> None:
    assert sqs("ListQueueTags", QueueUrl=URL) == {}
    sqs("TagQueue", QueueUrl=URL, Tags={"team": "a", "cost": ""})
    sqs("TagQueue", QueueUrl=URL, Tags={"team": "b"})
    assert sqs("ListQueueTags", QueueUrl=URL) == {"Tags": {"team": "b", "cost": ""}}
    sqs("UntagQueue", QueueUrl=URL, TagKeys=["cost", "none"])
    assert sqs("ListQueueTags", QueueUrl=URL) == {"Tags": {"team": "b"}}
    assert sqs.refused("TagQueue", QueueUrl=URL, Tags={f"k{n}": "" for n in range(50)})[1] == "InvalidParameterValue"
    assert sqs.refused("TagQueue", QueueUrl=URL, Tags={"aws:x": ""})[1] == "InvalidParameterValue"


def test_permissions_are_statements_of_the_policy(sqs: Sqs) -> None:
    add = {"QueueUrl": URL, "Label": "one", "AWSAccountIds": ["111111111111"], "Actions": ["ReceiveMessage"]}
    arn = sqs.queues.arn_of("orders")
    sqs("AddPermission", **add)
    sqs("AddPermission", **{**add, "Label": "two", "AWSAccountIds": ["1", "2"], "Actions": ["*", "SendMessage"]})
    policy = json.loads(sqs("GetQueueAttributes", QueueUrl=URL, AttributeNames=["Policy"])["Attributes"]["Policy"])
    assert policy == {
        "Version": "2008-10-17",
        "Id": f"{arn}/SQSDefaultPolicy",
        "Statement": [
            {
                "Sid": "one",
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::111111111111:root"},
                "Action": "SQS:ReceiveMessage",
                "Resource": arn,
            },
            {
                "Sid": "two",
                "Effect": "Allow",
                "Principal": {"AWS": ["arn:aws:iam::1:root", "arn:aws:iam::2:root"]},
                "Action": ["SQS:*", "SQS:SendMessage"],
                "Resource": arn,
            },
        ],
    }
    text = "Value one for parameter Label is invalid. Reason: Already exists."
    assert sqs.refused("AddPermission", **add) == invalid(text)
    sqs("RemovePermission", QueueUrl=URL, Label="one")
    sqs("RemovePermission", QueueUrl=URL, Label="two")
    assert sqs("GetQueueAttributes", QueueUrl=URL, AttributeNames=["Policy"]) == {}
    text = "Value two for parameter Label is invalid. Reason: can't find label."
    assert sqs.refused("RemovePermission", QueueUrl=URL, Label="two") == invalid(text)
    assert sqs.refused("AddPermission", **{**add, "Actions": ["SendMessage"] * 8})[0] == "OverLimit"
    assert sqs.refused("AddPermission", **{**add, "Actions": ["Fly"]})[1] == "InvalidParameterValue"
    assert sqs.refused("AddPermission", **{**add, "Actions": []}) == missing("Actions")


def test_purge_and_delete(sqs: Sqs) -> None:
    sqs("SendMessage", QueueUrl=URL, MessageBody="x")
    assert sqs("PurgeQueue", QueueUrl=URL) == {}
    assert sqs("ReceiveMessage", QueueUrl=URL) == {}
    assert sqs.refused("PurgeQueue", QueueUrl=URL)[0] == "PurgeQueueInProgress"
    assert sqs("DeleteQueue", QueueUrl=URL) == {}
    assert sqs.refused("CreateQueue", QueueName="orders")[0] == "QueueDeletedRecently"
    sqs.wait(60)
    assert sqs("CreateQueue", QueueName="orders", tags={"a": "b"}) == {"QueueUrl": URL}
    assert sqs("ListQueueTags", QueueUrl=URL) == {"Tags": {"a": "b"}}


@pytest.mark.rule("SQS-08")
def test_move_tasks_over_the_wire(sqs: Sqs) -> None:
    sqs("CreateQueue", QueueName="dlq")
    source, target = sqs.queues.arn_of("dlq"), sqs.queues.arn_of("orders")
    policy = json.dumps({"deadLetterTargetArn": source, "maxReceiveCount": 1})
    sqs("SetQueueAttributes", QueueUrl=URL, Attributes={"RedrivePolicy": policy})
    dlq = sqs.queues.get("dlq")
    for _ in range(3):
        dlq.send("x")
    params = {"SourceArn": source, "DestinationArn": target, "MaxNumberOfMessagesPerSecond": 1}
    handle = sqs("StartMessageMoveTask", **params)["TaskHandle"]
    running = {
        "TaskHandle": handle,
        "Status": "RUNNING",
        **params,
        "ApproximateNumberOfMessagesMoved": 0,
        "ApproximateNumberOfMessagesToMove": 3,
        "StartedTimestamp": 1767225600000,
    }
    assert sqs("ListMessageMoveTasks", SourceArn=source) == {"Results": [running]}
    sqs.wait(1)
    assert sqs("CancelMessageMoveTask", TaskHandle=handle) == {"ApproximateNumberOfMessagesMoved": 1}
    del running["TaskHandle"]
    ended = {**running, "Status": "CANCELLED", "ApproximateNumberOfMessagesMoved": 1}
    sqs("StartMessageMoveTask", SourceArn=source, DestinationArn=target)
    results = sqs("ListMessageMoveTasks", SourceArn=source, MaxResults=10)["Results"]
    assert [result["Status"] for result in results] == ["COMPLETED", "CANCELLED"]
    assert results[1] == ended
    assert sqs.refused("ListMessageMoveTasks", SourceArn=source, MaxResults=11)[1] == "InvalidParameterValue"
    assert sqs("ReceiveMessage", QueueUrl=URL, MaxNumberOfMessages=10)["Messages"][2]["Body"] == "x"


# --- messages ---


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
