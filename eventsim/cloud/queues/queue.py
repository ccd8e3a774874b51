"""The operations that standard and FIFO queues share."""

from __future__ import annotations

import asyncio
from abc import abstractmethod
from math import inf
from typing import TYPE_CHECKING, Any, Final

from eventsim.cloud.paid import paid_requests
from eventsim.cloud.queues.composing import compose_message
from eventsim.cloud.queues.contents import DUST_S, MAXIMUM_IN_FLIGHT
from eventsim.cloud.queues.dead_letters import check_dead_letters
from eventsim.cloud.queues.errors import purge_in_progress
from eventsim.cloud.queues.leases import Leases
from eventsim.cloud.queues.message import GONE, Counts, Message
from eventsim.cloud.queues.receipts import Receipts
from eventsim.kernel.seeds import draw_uuid

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

    from eventsim.cloud.queues.attributes import QueueAttributes
    from eventsim.cloud.queues.contents import QueueHome

PURGE_INTERVAL_S: Final = 60


class Queue(Leases):
    """One queue: a `StandardQueue` or a `FifoQueue`.

    Leases end at exactly their instant, delays pass, messages older than the retention period vanish, in flight
    or not (SQS-05, SQS-12, SQS-13). Each operation is O(log n) or better, spread over the calls. All of them raise
    AwsError QueueDoesNotExist once the queue is deleted.
    """

    def __init__(
        self, name: str, *, arn: str, url: str, attributes: QueueAttributes, home: QueueHome, stream: Random
    ) -> None:
        super().__init__(name, attributes, home)
        self.arn = arn
        self.url = url
        self.tags: dict[str, str] = {}
        self.created_s = self.modified_s = int(home.clock.wall_s())
        self._stream = stream
        self._receipts = Receipts(stream)
        self._purged_s = -inf

    # --- messages in ---

    def send(
        self,
        body: str,
        *,
        attributes: Mapping[str, Any] | None = None,
        system_attributes: Mapping[str, Any] | None = None,
        delay_s: float | None = None,
        group_id: str | None = None,
        dedup_id: str | None = None,
    ) -> Message:
        """Put a message into the queue (SQS-02, SQS-10, SQS-11, SQS-13).

        *delay_s* is 0 to 900, by default the queue's. AwsError InvalidMessageContents, InvalidParameterValue or
        MissingParameter says what the message can't have. A FIFO duplicate answers with the original's id and
        sequence number and adds nothing.
        """
        now = self._settle()
        message = compose_message(
            body,
            attributes,
            system_attributes,
            maximum_size_bytes=self.attributes.maximum_size_bytes,
            sent_ms=self._home.clock.wall_ms(),
            now_s=now,
        )
        message.group_id = group_id
        message.dedup_id = self._check_send(body, delay_s, group_id, dedup_id)
        self.metrics.send_requests += paid_requests(message.size_bytes)
        if self._identify(message, now):
            self.metrics.sent += 1
            self._admit(message, now, self.attributes.delay_s if delay_s is None or self.fifo else delay_s)
        else:
            message.state = GONE
        return message

    def accept_failed(self, message: Message, source_arn: str) -> None:
        """Take a message that failed too often elsewhere, with the identity that SQS-07 keeps."""
        now = self._settle()
        copy = message.copy()
        copy.carried_count = message.receive_count
        copy.dlq_source_arn = source_arn
        if self.fifo:
            copy.dedup_id, copy.enqueued_s = message.id, now
        self._number(copy)
        self._admit(copy, now, self.attributes.delay_s)

    def accept_moved(self, message: Message) -> Message:
        """Take a message that a move task brings: a new message with its content (SQS-08)."""
        now = self._settle()
        copy = message.copy()
        copy.id = draw_uuid(self._stream)
        copy.sent_ms = self._home.clock.wall_ms()
        copy.enqueued_s = now
        copy.dlq_source_arn = None
        copy.receive_count = copy.carried_count = 0
        copy.first_received_ms = None
        self._number(copy)
        self._admit(copy, now, self.attributes.delay_s)
        return copy

    def purge(self) -> None:
        """Drop every message; AwsError PurgeQueueInProgress within 60 s of the last time."""
        now = self._settle()
        if now - self._purged_s < PURGE_INTERVAL_S - DUST_S:
            raise purge_in_progress(self.name)
        self._purged_s = now
        dropped = self.messages()
        for message in dropped:
            message.state = GONE
        self._forget_all()
        self._arm()
        if self._home.trace is not None:
            self._home.trace.add("queue.purge", queue=self.name, count=len(dropped))

    # --- looking and waiting ---

    def counts(self) -> Counts:
        """How many messages are visible, in flight and delayed now."""
        self._settle()
        return Counts(self._visible, self._in_flight, self._delayed)

    def messages(self) -> list[Message]:
        """All messages that are here, visible or not, in the order they arrived."""
        self._settle()
        return list(self._arrivals)

    def oldest_age_s(self) -> float:
        """ApproximateAgeOfOldestMessage in seconds; 0 for an empty queue (SQS-38)."""
        return max(0.0, self._settle() - self._arrivals.oldest_s())

    @property
    def is_full(self) -> bool:
        """Whether 120,000 messages are in flight (SQS-04)."""
        self._settle()
        return self._in_flight >= MAXIMUM_IN_FLIGHT

    def arrival(self) -> asyncio.Future[None]:
        """A future that completes when a message becomes receivable, by a call or by time; at once if one is.

        One waiter wakes for each message, oldest first; one that was cancelled is passed over. Whoever is woken
        and does not receive after all calls `pass_on`. Those who wait for a queue that gets deleted wake too.
        """
        self._settle()
        if self._receivable():
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            future.set_result(None)
            return future
        future = self._waiters.add()
        self._arm()
        return future

    def pass_on(self) -> None:
        """Give a wake-up that was not used to the next waiter."""
        if self._waiters.futures and not self.deleted:
            self._settle()
            self._wake(int(self._receivable()))

    # --- settings and life ---

    def set_attributes(self, attributes: Mapping[str, str]) -> None:
        """Change settings by their AWS names and strings; AwsError as for `Queues.create` (SQS-01, SQS-06)."""
        self._settle()
        changed = self.attributes.changed(attributes)
        if attributes.get("RedrivePolicy"):
            check_dead_letters(self.arn, changed, self._home.find)
        self.attributes = changed
        self.modified_s = int(self._home.clock.wall_s())
        self._next_due = -inf
        self._settle()

    def close(self) -> None:
        """Make every later operation raise QueueDoesNotExist and wake whoever waits."""
        self._forget_all()
        self.deleted = True
        self._next_due = -inf
        self._waiters.wake_all()

    # --- what each kind does its own way ---

    @abstractmethod
    def _check_send(self, body: str, delay_s: float | None, group_id: str | None, dedup_id: str | None) -> str | None:
        """Refuse what this kind of queue does not take; the deduplication id."""

    @abstractmethod
    def _identify(self, message: Message, now: float) -> bool:
        """Give a sent message its id; False when it is a duplicate and got the original's."""

    @abstractmethod
    def _number(self, message: Message) -> None:
        """Give a message its sequence number, if it has one."""
