"""The operations on messages."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from eventsim.cloud.queues.content import md5_hex, md5_of_attributes, read_attributes
from eventsim.cloud.queues.errors import invalid_parameter, invalid_value, over_limit
from eventsim.cloud.queues.leases import check_visibility_timeout
from eventsim.cloud.queues.system_attributes import trace_attribute
from eventsim.cloud.sqs.batches import answer_batch, check_batch_size, check_entries, entry_size, failed_entry
from eventsim.cloud.sqs.shapes import check_system_names, message_shape
from eventsim.errors import AwsError

if TYPE_CHECKING:
    from eventsim.cloud.queues.message import Delivery
    from eventsim.cloud.queues.queue import Queue

MAXIMUM_MESSAGES: Final = 10
MAXIMUM_WAIT_S: Final = 20


def send_message(queue: Queue, params: dict[str, Any], trace_header: str | None = None) -> dict[str, Any]:
    """SendMessage: the answer has digests, the id, and on a FIFO queue the sequence number.

    *trace_header* is the request's own, for a message that brings none.
    """
    body, system = params["MessageBody"], params.get("MessageSystemAttributes")
    message = queue.send(
        body,
        attributes=params.get("MessageAttributes"),
        system_attributes=system or trace_attribute(trace_header),
        delay_s=params.get("DelaySeconds"),
        group_id=params.get("MessageGroupId"),
        dedup_id=params.get("MessageDeduplicationId"),
    )
    answer = {
        "MD5OfMessageBody": md5_hex(body),
        "MD5OfMessageAttributes": message.md5_attributes,
        "MD5OfMessageSystemAttributes": md5_of_attributes(system),
        "MessageId": message.id,
        "SequenceNumber": message.sequence_number,
    }
    return {name: value for name, value in answer.items() if value is not None}


def send_message_batch(queue: Queue, entries: list[dict[str, Any]], trace_header: str | None = None) -> dict[str, Any]:
    """SendMessageBatch: each entry by itself, but a FIFO queue's ids are needed in all (SQS-02, SQS-10)."""
    check_entries(entries, "SendMessageBatchRequestEntry")
    sizes = []
    for entry in entries:
        try:
            sizes.append(entry_size(entry["MessageBody"], read_attributes(entry.get("MessageAttributes"))))
        except AwsError:
            continue  # the entry will fail alone
    check_batch_size(sizes)
    if queue.fifo:
        check_fifo_ids(queue, entries)
    successful, failed = [], []
    for entry in entries:
        try:
            successful.append({"Id": entry["Id"], **send_message(queue, entry, trace_header)})
        except AwsError as error:
            failed.append(failed_entry(entry["Id"], error))
    return answer_batch(successful, failed)


def check_fifo_ids(queue: Queue, entries: list[dict[str, Any]]) -> None:
    """In a batch a missing group or deduplication id refuses the whole request."""
    for entry in entries:
        if "MessageGroupId" not in entry:
            raise invalid_parameter("The request must contain the parameter MessageGroupId.")
        if "MessageDeduplicationId" not in entry and not queue.attributes.content_based_deduplication:
            raise invalid_parameter(
                "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided "
                "explicitly"
            )


async def receive_message(queue: Queue, params: dict[str, Any]) -> dict[str, Any]:
    """ReceiveMessage, waiting as long as WaitTimeSeconds or the queue's own setting says (SQS-03, SQS-04)."""
    limit, wait_s = params.get("MaxNumberOfMessages", 1), params.get("WaitTimeSeconds")
    wait_s = queue.attributes.wait_time_s if wait_s is None else wait_s
    if not 1 <= limit <= MAXIMUM_MESSAGES:
        reason = f"Must be between 1 and {MAXIMUM_MESSAGES}, if provided."
        raise invalid_value(limit, "MaxNumberOfMessages", reason)
    if not 0 <= wait_s <= MAXIMUM_WAIT_S:
        reason = f"Must be >= 0 and <= {MAXIMUM_WAIT_S}, if provided."
        raise invalid_value(wait_s, "WaitTimeSeconds", reason)
    timeout_s, attempt_id = params.get("VisibilityTimeout"), params.get("ReceiveRequestAttemptId")
    if timeout_s is not None:
        check_visibility_timeout(timeout_s)
    system_names = {*params.get("AttributeNames", ()), *params.get("MessageSystemAttributeNames", ())}
    check_system_names(system_names)
    deliveries = queue.receive(limit, timeout_s, attempt_id)
    if not deliveries and wait_s:
        deliveries = await wait_and_receive(queue, wait_s, limit, timeout_s, attempt_id)
    if not deliveries and not wait_s and not queue.fifo and queue.is_full:
        raise over_limit("The maximum number of in flight messages is reached.")
    names = params.get("MessageAttributeNames", ())
    messages = [
        message_shape(delivery.message, delivery=delivery, system_names=system_names, attribute_names=names)
        for delivery in deliveries
    ]
    return {"Messages": messages} if messages else {}


async def wait_and_receive(
    queue: Queue, wait_s: float, limit: int, timeout_s: float | None, attempt_id: str | None
) -> list[Delivery]:
    """Receive as soon as there is a message, or nothing after *wait_s*; at once where no event loop runs."""
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return []
    ends_s = loop.time() + wait_s
    while (left_s := ends_s - loop.time()) > 0:
        arrival = queue.arrival()
        try:
            await asyncio.wait((arrival,), timeout=left_s)
        except BaseException:
            if arrival.done():
                queue.pass_on()
            raise
        finally:
            arrived = arrival.done()
            arrival.cancel()
        if not arrived:
            break
        queue.metrics.empty_receives -= 1  # one long poll is one receive
        deliveries = queue.receive(limit, timeout_s, attempt_id)
        if deliveries:
            return deliveries
    return []


def delete_message_batch(queue: Queue, entries: list[dict[str, Any]]) -> dict[str, Any]:
    """DeleteMessageBatch."""
    check_entries(entries, "DeleteMessageBatchRequestEntry")
    successful, failed = [], []
    for entry, error in zip(entries, queue.delete_batch([entry["ReceiptHandle"] for entry in entries]), strict=True):
        if error is None:
            successful.append({"Id": entry["Id"]})
        else:
            failed.append(failed_entry(entry["Id"], error))
    return answer_batch(successful, failed)


def change_message_visibility_batch(queue: Queue, entries: list[dict[str, Any]]) -> dict[str, Any]:
    """ChangeMessageVisibilityBatch."""
    check_entries(entries, "ChangeMessageVisibilityBatchRequestEntry")
    successful, failed = [], []
    for entry in entries:
        try:
            queue.change_visibility(entry["ReceiptHandle"], entry["VisibilityTimeout"])
            successful.append({"Id": entry["Id"]})
        except AwsError as error:
            failed.append(failed_entry(entry["Id"], error))
    return answer_batch(successful, failed)
