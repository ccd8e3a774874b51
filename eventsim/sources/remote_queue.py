"""The adapter to a queue behind an SQS endpoint, through an aiobotocore client."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from eventsim.cloud.queues.message import Delivery, Message

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from eventsim.sources.queue import Visibility

LONG_POLL_S = 20
_WATCH_EVERY_S = 1.0
CHUNK = 10
"""How many messages one batch call takes."""


class RemoteQueueSource:
    """A queue by its URL; long polls wait at the service (see `eventsim.sources.queue.QueueSource`).

    *client* is an aiobotocore SQS client, *visibility_s* the queue's own visibility timeout in seconds, or tells it.
    """

    def __init__(
        self, client: Any, url: str, visibility_s: int | Callable[[], int], loop: asyncio.AbstractEventLoop
    ) -> None:
        self._client = client
        self._url = url
        self._visibility_s = visibility_s if callable(visibility_s) else lambda: visibility_s
        self._loop = loop

    async def receive(self, limit: int, visibility_s: Visibility | None, until_s: float) -> list[Delivery]:
        """Long-poll in stretches of at most 20 s; a call asks for at most 10 messages."""
        while True:
            left_s = max(0.0, until_s - self._loop.time())
            deliveries = await self.receive_once(min(limit, 10), visibility_s, int(min(LONG_POLL_S, left_s)))
            if deliveries or self._loop.time() >= until_s:
                return deliveries
            if left_s < 1:  # the service waits for whole seconds only
                await asyncio.sleep(until_s - self._loop.time())

    async def receive_once(self, limit: int, visibility: Visibility | None, wait_s: int) -> list[Delivery]:
        """One call of ReceiveMessage."""
        visibility_s = None if visibility is None else visibility()
        given = {} if visibility_s is None else {"VisibilityTimeout": visibility_s}
        answer = await self._client.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=limit,
            WaitTimeSeconds=wait_s,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
            **given,
        )
        now_s = self._loop.time()
        lease_s = self._visibility_s() if visibility_s is None else visibility_s
        return [read_delivery(message, now_s, now_s + lease_s) for message in answer.get("Messages", ())]

    async def delete(self, deliveries: Sequence[Delivery]) -> list[Delivery]:
        """Delete in calls of ten (SQS-23)."""
        failed: list[Delivery] = []
        for start in range(0, len(deliveries), CHUNK):
            failed += await self.delete_once(deliveries[start : start + CHUNK])
        return failed

    async def delete_once(self, chunk: Sequence[Delivery]) -> list[Delivery]:
        """One call of DeleteMessageBatch, for up to ten; those that could not be deleted."""
        answer = await self._client.delete_message_batch(
            QueueUrl=self._url,
            Entries=[{"Id": str(n), "ReceiptHandle": one.receipt} for n, one in enumerate(chunk)],
        )
        return [chunk[int(entry["Id"])] for entry in answer.get("Failed", ())]

    async def change_visibility(self, deliveries: Sequence[Delivery], visibility_s: int) -> None:
        """Let messages come back in *visibility_s* seconds, in calls of ten; those that are gone are left out."""
        for start in range(0, len(deliveries), CHUNK):
            chunk = deliveries[start : start + CHUNK]
            await self._client.change_message_visibility_batch(
                QueueUrl=self._url,
                Entries=[
                    {"Id": str(n), "ReceiptHandle": one.receipt, "VisibilityTimeout": visibility_s}
                    for n, one in enumerate(chunk)
                ],
            )

    async def backlog(self) -> bool:
        """Ask for the queue's approximate number of messages."""
        answer = await self._client.get_queue_attributes(
            QueueUrl=self._url, AttributeNames=["ApproximateNumberOfMessages"]
        )
        return int(answer["Attributes"]["ApproximateNumberOfMessages"]) > 0

    def watch(self, callback: Callable[[], object]) -> Callable[[], object]:
        """Look again in a second: an endpoint does not tell when messages arrive."""
        return self._loop.call_later(_WATCH_EVERY_S, callback).cancel


def read_delivery(message: dict[str, Any], now_s: float, expires_s: float) -> Delivery:
    """One message of a ReceiveMessage answer as the delivery that the engine would have made."""
    system = message["Attributes"]
    attributes = message.get("MessageAttributes")
    return Delivery(
        Message(
            id=message["MessageId"],
            body=message["Body"],
            md5=message.get("MD5OfBody", ""),
            size_bytes=_size_bytes(message),
            sent_ms=int(system["SentTimestamp"]),
            enqueued_s=now_s,
            order=0,
            sender_id=system.get("SenderId", ""),
            attributes={name: _attribute(value) for name, value in attributes.items()} if attributes else None,
            md5_attributes=message.get("MD5OfMessageAttributes"),
            group_id=system.get("MessageGroupId"),
            dedup_id=system.get("MessageDeduplicationId"),
            sequence_number=system.get("SequenceNumber"),
            trace_header=system.get("AWSTraceHeader"),
            dlq_source_arn=system.get("DeadLetterQueueSourceArn"),
        ),
        message["ReceiptHandle"],
        int(system.get("ApproximateReceiveCount", 1)),
        int(system.get("ApproximateFirstReceiveTimestamp", system["SentTimestamp"])),
        now_s,
        expires_s,
    )


def _attribute(value: dict[str, Any]) -> dict[str, Any]:
    if "BinaryValue" in value:
        import base64

        return {"BinaryValue": base64.b64encode(value["BinaryValue"]).decode(), "DataType": value["DataType"]}
    return {"StringValue": value["StringValue"], "DataType": value["DataType"]}


def _size_bytes(message: dict[str, Any]) -> int:
    """At least the message's size as SQS counts it (SQS-02)."""
    size_bytes = len(message["Body"].encode())
    for name, value in message.get("MessageAttributes", {}).items():
        content = value.get("BinaryValue") or value.get("StringValue", "").encode()
        size_bytes += len(name.encode()) + len(value["DataType"]) + len(content)
    return size_bytes
