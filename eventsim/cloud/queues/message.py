"""A message in a queue, and one delivery of it."""

from __future__ import annotations

from typing import Any, Final

import msgspec

# A message's state. From IN_FLIGHT on it is hidden until `wakes_s`.
GONE: Final = 0
VISIBLE: Final = 1
IN_FLIGHT: Final = 2
DELAYED: Final = 3

SENDER_ID = "AIDAIENQZJOLO23YVJ4VO"


class Message(msgspec.Struct, gc=False, eq=False):
    """What a queue keeps of one message.

    *attributes* is MessageAttributes as sent, a binary value as base64 text. *sent_ms* and *first_received_ms*
    are Unix milliseconds. *receive_count* is cumulative over an automatic move to a dead-letter queue;
    *carried_count* is the part of it that other queues counted (SQS-07). *order* counts arrivals in this queue.
    *enqueued_s* starts the retention clock, *wakes_s* ends the hiding, both in loop time.

    There is no way back from a message to its queue or deliveries: without cycles the collector need not look.
    """

    id: str
    body: str
    md5: str
    size_bytes: int
    sent_ms: int
    enqueued_s: float
    order: int
    sender_id: str = SENDER_ID
    attributes: dict[str, dict[str, Any]] | None = None
    md5_attributes: str | None = None
    group_id: str | None = None
    dedup_id: str | None = None
    sequence_number: str | None = None
    trace_header: str | None = None
    dlq_source_arn: str | None = None
    receive_count: int = 0
    carried_count: int = 0
    first_received_ms: int | None = None
    receipt: str | None = None
    wakes_s: float = 0.0
    state: int = VISIBLE


class Delivery(msgspec.Struct, gc=False, eq=False):
    """One receive of a message: a lease on it.

    *receipt* is the handle to delete it with; *receive_count* and *first_received_ms* are as this receive
    reported them; *received_s* and *expires_s* are the loop times at which the lease began and ends.
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
