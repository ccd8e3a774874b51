"""A message in the form that ReceiveMessage gives it (SQS-33 to SQS-35)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from eventsim.cloud.queues.attributes import NAMES as QUEUE_ATTRIBUTES
from eventsim.cloud.queues.content import md5_of_attributes
from eventsim.cloud.queues.errors import invalid_attribute_name

if TYPE_CHECKING:
    from collections.abc import Collection

    from eventsim.cloud.queues.message import Delivery, Message

ALL: Final = "All"
SYSTEM_ATTRIBUTES: Final = (
    "ApproximateReceiveCount",
    "SentTimestamp",
    "SenderId",
    "ApproximateFirstReceiveTimestamp",
    "SequenceNumber",
    "MessageDeduplicationId",
    "MessageGroupId",
    "AWSTraceHeader",
    "DeadLetterQueueSourceArn",
)


def message_shape(
    message: Message,
    *,
    delivery: Delivery | None = None,
    system_names: Collection[str] = (ALL,),
    attribute_names: Collection[str] = (ALL,),
) -> dict[str, Any]:
    """The message as JSON, by default with everything; without a *delivery* as it lies in the queue.

    *system_names* and *attribute_names* choose as MessageSystemAttributeNames and MessageAttributeNames do.
    """
    shape: dict[str, Any] = {"MessageId": message.id}
    if delivery is not None:
        shape["ReceiptHandle"] = delivery.receipt
    shape["MD5OfBody"] = message.md5
    shape["Body"] = message.body
    attributes = system_attributes(message, delivery)
    if ALL not in system_names:
        attributes = {name: value for name, value in attributes.items() if name in system_names}
    if attributes:
        shape["Attributes"] = attributes
    chosen = choose_attributes(message.attributes, attribute_names)
    if chosen:
        whole = len(chosen) == len(message.attributes or ())
        shape["MD5OfMessageAttributes"] = message.md5_attributes if whole else md5_of_attributes(chosen)
        shape["MessageAttributes"] = chosen
    return shape


def system_attributes(message: Message, delivery: Delivery | None) -> dict[str, str]:
    """The system attributes, all strings; times in Unix milliseconds (SQS-32, SQS-33)."""
    first = delivery.first_received_ms if delivery else message.first_received_ms
    values = (
        str(delivery.receive_count if delivery else message.receive_count),
        str(message.sent_ms),
        message.sender_id,
        None if first is None else str(first),
        message.sequence_number,
        message.dedup_id,
        message.group_id,
        message.trace_header,
        message.dlq_source_arn,
    )
    return {name: value for name, value in zip(SYSTEM_ATTRIBUTES, values, strict=True) if value is not None}


def choose_attributes(
    attributes: dict[str, dict[str, Any]] | None, names: Collection[str]
) -> dict[str, dict[str, Any]]:
    """Those message attributes that *names* ask for: ``All``, ``.*``, a prefix and ``.*``, or the name itself."""
    if not attributes or not names:
        return {}
    if ALL in names or ".*" in names:
        return attributes
    prefixes = tuple(name.removesuffix(".*") for name in names if name.endswith(".*"))
    return {name: value for name, value in attributes.items() if name in names or name.startswith(prefixes)}


def check_system_names(names: Collection[str]) -> None:
    """AwsError InvalidAttributeName for a name that is neither a message's nor a queue's."""
    for name in names:
        if name != ALL and name not in SYSTEM_ATTRIBUTES and name not in QUEUE_ATTRIBUTES:
            raise invalid_attribute_name(name)
