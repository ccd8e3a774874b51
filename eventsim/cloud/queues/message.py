"""A message in a queue, and one delivery of it."""

from __future__ import annotations

from typing import Any, Final

import msgspec

# A message's state. From IN_FLIGHT on it is hidden until `wakes_s`.
GONE: Final = 0
VISIBLE: Final = 1
IN_FLIGHT: Final = 2
DELAYED: Final = 3

SENDER_ID: Final = "AIDAIENQZJOLO23YVJ4VO"


class Message:
    """What a queue keeps of one message.

    *attributes* is MessageAttributes as sent, a binary value as base64 text. *sent_ms* and *first_received_ms*
    are Unix milliseconds. *receive_count* is cumulative over an automatic move to a dead-letter queue;
    *carried_count* is the part of it that other queues counted (SQS-07). *order* counts arrivals in this queue.
    *enqueued_s* starts the retention clock, *wakes_s* ends the hiding, both in loop time. *receipt* is the handle of
    the last receive.
    """

    __slots__ = (
        "attributes",
        "body",
        "carried_count",
        "dedup_id",
        "dlq_source_arn",
        "enqueued_s",
        "first_received_ms",
        "group_id",
        "id",
        "md5",
        "md5_attributes",
        "order",
        "receipt",
        "receive_count",
        "sender_id",
        "sent_ms",
        "sequence_number",
        "size_bytes",
        "state",
        "trace_header",
        "wakes_s",
    )

    def __init__(
        self,
        body: str,
        md5: str,
        size_bytes: int,
        sent_ms: int,
        enqueued_s: float,
        *,
        id: str = "",  # noqa: A002 - the attribute's name
        order: int = 0,
        sender_id: str = SENDER_ID,
        attributes: dict[str, dict[str, Any]] | None = None,
        md5_attributes: str | None = None,
        group_id: str | None = None,
        dedup_id: str | None = None,
        sequence_number: str | None = None,
        trace_header: str | None = None,
        dlq_source_arn: str | None = None,
    ) -> None:
        self.id = id
        self.body = body
        self.md5 = md5
        self.size_bytes = size_bytes
        self.sent_ms = sent_ms
        self.sender_id = sender_id
        self.attributes = attributes
        self.md5_attributes = md5_attributes
        self.group_id = group_id
        self.dedup_id = dedup_id
        self.sequence_number = sequence_number
        self.trace_header = trace_header
        self.dlq_source_arn = dlq_source_arn
        self.receive_count = 0
        self.carried_count = 0
        self.first_received_ms: int | None = None
        self.receipt: str | None = None
        self.order = order
        self.enqueued_s = enqueued_s
        self.wakes_s = 0.0
        self.state = VISIBLE

    def copy(self) -> Message:
        """The same message, for another queue."""
        twin = Message.__new__(Message)
        for name in Message.__slots__:
            setattr(twin, name, getattr(self, name))
        twin.receipt = None
        return twin


class Delivery(msgspec.Struct, gc=False, eq=False):
    """One receive of a message: a lease on it.

    *receipt* is the handle to delete it with; *receive_count* and *first_received_ms* are as this receive
    reported them; *received_s* and *expires_s* are the loop times at which the lease began and ends.

    Deliveries are hidden from the collector, so a message must not refer to one.
    """

    message: Message
    receipt: str
    receive_count: int
    first_received_ms: int
    received_s: float
    expires_s: float


class Counts(msgspec.Struct, frozen=True):
    """How many messages a queue holds, by state."""

    visible: int
    in_flight: int
    delayed: int
