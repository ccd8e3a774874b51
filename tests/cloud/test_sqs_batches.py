"""Batch operations and long polls."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from eventsim.errors import AwsError
from tests.cloud.queue_lab import counts
from tests.cloud.sqs_service import FIFO_URL, URL, Sqs, invalid


def entries(*bodies: str) -> list[dict[str, Any]]:
    return [{"Id": str(n), "MessageBody": body} for n, body in enumerate(bodies)]


@pytest.mark.rule("SQS-02")
@pytest.mark.parametrize("kind", ["SendMessage", "DeleteMessage", "ChangeMessageVisibility"])
def test_what_makes_a_whole_batch_wrong(sqs: Sqs, kind: str) -> None:
    def entry(entry_id: str) -> dict[str, Any]:
        fields = {"SendMessage": {"MessageBody": "x"}, "DeleteMessage": {"ReceiptHandle": "x"}}
        return {"Id": entry_id, **fields.get(kind, {"ReceiptHandle": "x", "VisibilityTimeout": 1})}

    def refused(*ids: str) -> tuple[str, str | None, str]:
        return sqs.refused(f"{kind}Batch", QueueUrl=URL, Entries=[entry(entry_id) for entry_id in ids])

    def batch(code: str, text: str) -> tuple[str, str, str]:
        return code, f"AWS.SimpleQueueService.{code}", text

    text = f"There should be at least one {kind}BatchRequestEntry in the request."
    assert refused() == batch("EmptyBatchRequest", text)
    text = "Maximum number of entries per request are 10. You have sent 11."
    assert refused(*map(str, range(11))) == batch("TooManyEntriesInBatchRequest", text)
    assert refused("a", "b", "a") == batch("BatchEntryIdsNotDistinct", "Id a repeated.")
    text = (
        "A batch entry id can only contain alphanumeric characters, hyphens and underscores. "
        "It can be at most 80 letters long."
    )
    for entry_id in ("invalid:id", "x" * 81, "a b"):
        assert refused("fine", entry_id) == batch("InvalidBatchEntryId", text)
    assert counts(sqs.queues.get("orders")) == (0, 0, 0)


@pytest.mark.rule("SQS-02")
def test_a_batch_has_at_most_1_mib_together(sqs: Sqs) -> None:
    attributes = {"a": {"DataType": "String", "StringValue": "12345"}}  # 12 bytes
    half = {"Id": "half", "MessageBody": "x" * 524_288}
    fits = {"Id": "fits", "MessageBody": "é" * 262_138, "MessageAttributes": attributes}
    assert len(sqs("SendMessageBatch", QueueUrl=URL, Entries=[half, fits])["Successful"]) == 2
    long = {**fits, "MessageBody": fits["MessageBody"] + "x"}  # type: ignore[operator]
    assert sqs.refused("SendMessageBatch", QueueUrl=URL, Entries=[half, long]) == (
        "BatchRequestTooLong",
        "AWS.SimpleQueueService.BatchRequestTooLong",
        "Batch requests cannot be longer than 1048576 bytes. You have sent 1048577 bytes.",
    )


@pytest.mark.rule("SQS-02")
def test_entries_of_a_send_fail_alone(sqs: Sqs) -> None:
    sqs("SetQueueAttributes", QueueUrl=URL, Attributes={"MaximumMessageSize": "1024"})
    batch = [*entries("fine", "x" * 1025, "\x00"), {"Id": "late", "MessageBody": "x", "DelaySeconds": 901}]
    answer = sqs("SendMessageBatch", QueueUrl=URL, Entries=batch)
    assert [entry["Id"] for entry in answer["Successful"]] == ["0"]
    assert [(entry["Id"], entry["Code"], entry["SenderFault"]) for entry in answer["Failed"]] == [
        ("1", "InvalidParameterValue", True),
        ("2", "InvalidMessageContents", True),
        ("late", "InvalidParameterValue", True),
    ]
    assert answer["Failed"][0]["Message"].endswith("Message must be shorter than 1024 bytes.")


@pytest.mark.rule("SQS-10")
def test_a_fifo_batch_needs_its_ids_in_all_entries(sqs: Sqs) -> None:
    whole = {"MessageGroupId": "g", "MessageDeduplicationId": "d"}

    def refused(entry: dict[str, str]) -> tuple[str, str | None, str]:
        batch = [{"Id": "1", "MessageBody": "x", **whole}, {"Id": "2", "MessageBody": "x", **entry}]
        return sqs.refused("SendMessageBatch", QueueUrl=FIFO_URL, Entries=batch)

    text = "The request must contain the parameter MessageGroupId."
    assert refused({"MessageDeduplicationId": "e"}) == invalid(text)
    text = (
        "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly"
    )
    assert refused({"MessageGroupId": "g"}) == invalid(text)
    assert counts(sqs.queues.get("orders.fifo")) == (0, 0, 0)


def test_batches_of_deletions_and_changes_answer_entry_by_entry(sqs: Sqs) -> None:
    sqs("SendMessageBatch", QueueUrl=URL, Entries=entries("a", "b", "c"))
    received = sqs("ReceiveMessage", QueueUrl=URL, MaxNumberOfMessages=10)["Messages"]
    receipts = [message["ReceiptHandle"] for message in received]
    changes = [
        {"Id": "a", "ReceiptHandle": receipts[0], "VisibilityTimeout": 0},
        {"Id": "b", "ReceiptHandle": receipts[1], "VisibilityTimeout": 43_201},
        {"Id": "x", "ReceiptHandle": "x", "VisibilityTimeout": 1},
    ]
    answer = sqs("ChangeMessageVisibilityBatch", QueueUrl=URL, Entries=changes)
    assert answer["Successful"] == [{"Id": "a"}]
    assert [(entry["Id"], entry["Code"]) for entry in answer["Failed"]] == [
        ("b", "InvalidParameterValue"),
        ("x", "ReceiptHandleIsInvalid"),
    ]
    deletions = [{"Id": str(n), "ReceiptHandle": receipt} for n, receipt in enumerate([*receipts[1:], "x"])]
    answer = sqs("DeleteMessageBatch", QueueUrl=URL, Entries=deletions)
    assert answer["Successful"] == [{"Id": "0"}, {"Id": "1"}]
    text = 'The input receipt handle "x" is not a valid receipt handle.'
    failed = {"Id": "2", "SenderFault": True, "Code": "ReceiptHandleIsInvalid", "Message": text}
    assert answer["Failed"] == [failed]
    assert counts(sqs.queues.get("orders")) == (1, 0, 0)


def test_a_malformed_entry_is_no_traceback(sqs: Sqs) -> None:
    for wrong in ("x", ["x"], [1], [{"Id": 1}], [{"Id": "1", "MessageBody": 1}], {"Id": "1"}):
        assert sqs.refused("SendMessageBatch", QueueUrl=URL, Entries=wrong)[0] == "SerializationException"
    assert sqs.refused("SendMessageBatch", QueueUrl=URL, Entries=[{}])[1] == "MissingParameter"


# --- long polls ---


async def later(sqs: Sqs, when: float, operation: str, **params: Any) -> tuple[float, dict[str, Any]]:
    await asyncio.sleep(when)
    return sqs.loop.time(), await sqs.service.handle(operation, params)


@pytest.mark.rule("SQS-03")
def test_a_long_poll_returns_as_soon_as_there_is_a_message(sqs: Sqs) -> None:
    async def scene() -> tuple[str, float]:
        poll = asyncio.create_task(sqs.service.handle("ReceiveMessage", {"QueueUrl": URL, "WaitTimeSeconds": 20}))
        await later(sqs, 7.5, "SendMessage", QueueUrl=URL, MessageBody="x")
        return (await poll)["Messages"][0]["Body"], sqs.loop.time()

    assert sqs.loop.run_until_complete(scene()) == ("x", 7.5)


@pytest.mark.rule("SQS-03", "SQS-38")
@pytest.mark.parametrize(
    ("params", "ends"), [({"WaitTimeSeconds": 20}, 20.0), ({}, 15.0), ({"WaitTimeSeconds": 0}, 0.0)]
)
def test_a_long_poll_ends_with_nothing_after_its_time_or_the_queue_s(
    sqs: Sqs, params: dict[str, int], ends: float
) -> None:
    sqs("SetQueueAttributes", QueueUrl=URL, Attributes={"ReceiveMessageWaitTimeSeconds": "15"})
    assert sqs("ReceiveMessage", QueueUrl=URL, **params) == {}
    assert sqs.loop.time() == ends
    assert sqs.queues.get("orders").metrics.empty_receives == 1


@pytest.mark.rule("SQS-03", "SQS-05")
def test_a_long_poll_sees_a_lease_end(sqs: Sqs) -> None:
    sqs("SendMessage", QueueUrl=URL, MessageBody="x")
    sqs("ReceiveMessage", QueueUrl=URL, VisibilityTimeout=12)
    received = sqs("ReceiveMessage", QueueUrl=URL, WaitTimeSeconds=20, AttributeNames=["ApproximateReceiveCount"])
    assert (received["Messages"][0]["Attributes"], sqs.loop.time()) == ({"ApproximateReceiveCount": "2"}, 12.0)


@pytest.mark.rule("SQS-03")
def test_two_long_polls_share_two_messages(sqs: Sqs) -> None:
    async def scene() -> list[str]:
        params = {"QueueUrl": URL, "WaitTimeSeconds": 20}
        polls = [asyncio.create_task(sqs.service.handle("ReceiveMessage", params)) for _ in range(2)]
        await later(sqs, 1, "SendMessageBatch", QueueUrl=URL, Entries=entries("a", "b"))
        return [message["Body"] for poll in polls for message in (await poll)["Messages"]]

    assert sqs.loop.run_until_complete(scene()) == ["a", "b"]
    assert sqs.loop.time() == 1.0


@pytest.mark.rule("SQS-03")
def test_a_cancelled_long_poll_leaves_its_message_to_the_next(sqs: Sqs) -> None:
    async def scene() -> tuple[float, str]:
        params = {"QueueUrl": URL, "WaitTimeSeconds": 20}
        first, second = (asyncio.create_task(sqs.service.handle("ReceiveMessage", params)) for _ in range(2))
        await asyncio.sleep(1)
        await sqs.service.handle("SendMessage", {"QueueUrl": URL, "MessageBody": "x"})
        first.cancel()  # woken already, but it never ran
        return sqs.loop.time(), (await second)["Messages"][0]["Body"]

    assert sqs.loop.run_until_complete(scene()) == (1.0, "x")


def test_a_long_poll_of_a_queue_that_gets_deleted_ends_with_its_error(sqs: Sqs) -> None:
    async def scene() -> None:
        poll = asyncio.create_task(sqs.service.handle("ReceiveMessage", {"QueueUrl": URL, "WaitTimeSeconds": 20}))
        await later(sqs, 2, "DeleteQueue", QueueUrl=URL)
        with pytest.raises(AwsError, match="does not exist"):
            await poll

    sqs.loop.run_until_complete(scene())
    assert sqs.loop.time() == 2.0


def test_outside_of_a_loop_nobody_waits(sqs: Sqs) -> None:
    poll = sqs.service.handle("ReceiveMessage", {"QueueUrl": URL, "WaitTimeSeconds": 20})
    with pytest.raises(StopIteration) as done:
        poll.send(None)
    assert done.value.value == {}
