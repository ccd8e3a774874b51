"""The event of an SQS batch, byte for byte as Lambda builds it (SQS-32 to SQS-37)."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from eventsim.cloud.queues.message import Delivery, Message


class SqsBatch(msgspec.Struct, frozen=True, gc=False):
    """What one invocation's event is made of, so that the event need not be kept; *queue_arn* is its source."""

    deliveries: tuple[Delivery, ...]
    queue_arn: str
    with_window: bool

    def __len__(self) -> int:
        return len(self.deliveries)

    def ids(self) -> list[str]:
        """The message ids, in the order of the batch."""
        return [one.message.id for one in self.deliveries]

    def event(self) -> dict[str, Any]:
        """The event, new each time: its receiver may change it."""
        return sqs_event(self.deliveries, self.queue_arn, with_window=self.with_window)


def sqs_event(deliveries: Iterable[Delivery], queue_arn: str, *, with_window: bool = False) -> dict[str, Any]:
    """Build the whole event of a batch, in the order of *deliveries*; see `sqs_record`."""
    region = _region_of(queue_arn)
    return {"Records": [sqs_record(delivery, queue_arn, region, with_window=with_window) for delivery in deliveries]}


@cache
def _region_of(queue_arn: str) -> str:
    return queue_arn.split(":", 4)[3]


def sqs_record(delivery: Delivery, queue_arn: str, region: str, *, with_window: bool = False) -> dict[str, Any]:
    """Build one record of an SQS event; the body is passed on as it was sent (SQS-32, SQS-37).

    A mapping with a batching window shows ``md5OfMessageAttributes`` as null where there are none (SQS-35).
    """
    message = delivery.message
    record: dict[str, Any] = {
        "messageId": message.id,
        "receiptHandle": delivery.receipt,
        "body": message.body,
        "attributes": _system_attributes(delivery, message),
        "messageAttributes": {},
    }
    if message.attributes:
        record["messageAttributes"] = _message_attributes(message.attributes)
        record["md5OfMessageAttributes"] = message.md5_attributes
    elif with_window:
        record["md5OfMessageAttributes"] = None
    record["md5OfBody"] = message.md5
    record["eventSource"] = "aws:sqs"
    record["eventSourceARN"] = queue_arn
    record["awsRegion"] = region
    return record


def _system_attributes(delivery: Delivery, message: Message) -> dict[str, str]:
    """The attributes of SQS-32 and SQS-33: strings, epoch milliseconds, optional ones only when present."""
    attributes = {"ApproximateReceiveCount": str(delivery.receive_count)}
    if message.trace_header is not None:
        attributes["AWSTraceHeader"] = message.trace_header
    attributes["SentTimestamp"] = str(message.sent_ms)
    if message.sequence_number is not None:
        attributes["SequenceNumber"] = message.sequence_number
    if message.group_id is not None:
        attributes["MessageGroupId"] = message.group_id
    attributes["SenderId"] = message.sender_id
    if message.dedup_id is not None:
        attributes["MessageDeduplicationId"] = message.dedup_id
    attributes["ApproximateFirstReceiveTimestamp"] = str(delivery.first_received_ms)
    if message.dlq_source_arn is not None:
        attributes["DeadLetterQueueSourceArn"] = message.dlq_source_arn
    return attributes


def _message_attributes(attributes: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The user's message attributes in Lambda's spelling (SQS-34)."""
    return {name: _message_attribute(value) for name, value in attributes.items()}


def _message_attribute(value: Mapping[str, Any]) -> dict[str, Any]:
    content = {"binaryValue": value["BinaryValue"]} if "BinaryValue" in value else {"stringValue": value["StringValue"]}
    return {**content, "stringListValues": [], "binaryListValues": [], "dataType": value["DataType"]}
