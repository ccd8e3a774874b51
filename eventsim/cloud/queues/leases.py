"""Leases: what is received, deleted, hidden for another while, or failed too often."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Final

from eventsim.cloud.queues.contents import DUST_S, MAXIMUM_IN_FLIGHT, Contents
from eventsim.cloud.queues.errors import invalid_value, receipt_is_invalid
from eventsim.cloud.queues.message import GONE, IN_FLIGHT, Delivery, Message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventsim.cloud.queues.queue import Queue
    from eventsim.cloud.queues.receipts import Receipts
    from eventsim.errors import AwsError

MAXIMUM_LEASE_S: Final = 43_200


class Leases(Contents):
    """The operations from receive to delete."""

    arn: str
    fifo: bool
    _receipts: Receipts

    def receive(
        self, limit: int = 1, visibility_timeout_s: float | None = None, attempt_id: str | None = None
    ) -> list[Delivery]:
        """Lease up to *limit* messages, oldest first: every receivable one, as far as the limit goes (SQS-03).

        The lease lasts *visibility_timeout_s* seconds, 0 to 43,200, by default the queue's. A message that was
        received maxReceiveCount times goes to the dead-letter queue instead (SQS-06); where that queue is missing,
        it is received as before. With 120,000 messages in flight nothing is received (SQS-04).
        """
        now = self._settle()
        if visibility_timeout_s is None:
            until = now + self.attributes.visibility_timeout_s
        else:
            check_visibility_timeout(visibility_timeout_s)
            until = now + visibility_timeout_s
        if attempt_id is not None and (repeated := self._repeat_attempt(attempt_id, now, until)) is not None:
            return repeated
        redrive = self.attributes.redrive
        dead_letters = self._home.find(redrive.target_arn) if redrive else None
        exhausted: list[Message] = []
        left = MAXIMUM_IN_FLIGHT - self._in_flight
        room = limit if limit < left else left  # noqa: FURB136 - hot, and min() is a call
        taken = self._take(room, redrive.max_receive_count if redrive and dead_letters else 0, exhausted)
        self._visible -= len(taken) + len(exhausted)
        deliveries = self._lease(taken, now, until)
        if exhausted and dead_letters:
            self._redrive(exhausted, dead_letters)
        if attempt_id is not None:
            self._keep_attempt(attempt_id, now, deliveries)
        return deliveries

    def _lease(self, messages: list[Message], now: float, until: float) -> list[Delivery]:
        received = len(messages)
        if not received:
            self.metrics.empty_receives += 1
            return []
        wall_ms = self._home.clock.wall_ms()
        head, tails = self._receipts.open(received)
        known = self._deliveries
        deliveries = []
        for message, tail in zip(messages, tails, strict=False):
            if message.receipt is not None:
                self._supersede(message, message.receipt)
            count = message.receive_count = message.receive_count + 1
            first = message.first_received_ms
            if first is None:
                first = message.first_received_ms = wall_ms
            receipt = message.receipt = head + tail
            message.state = IN_FLIGHT
            message.wakes_s = until
            delivery = known[receipt] = Delivery(message, receipt, count, first, now, until)
            deliveries.append(delivery)
        self._in_flight += received
        self.metrics.received += received
        self._deadlines.add_run(until, messages)
        if until < self._next_due:  # noqa: PLR1730 - hot, and min() is a call
            self._next_due = until
        if self._waiters.futures:
            self._arm()
        return deliveries

    def _redrive(self, messages: list[Message], dead_letters: Queue) -> None:
        trace = self._home.trace
        for message in messages:
            self._vanish(message)
            dead_letters.accept_failed(message, self.arn)
            if trace is not None:
                facts = {"record": message.id, "receive_count": message.receive_count}
                trace.add("queue.redrive", queue=self.name, to=dead_letters.name, **facts)

    def take_oldest(self) -> Message | None:
        """Remove the oldest receivable message without receiving it."""
        self._settle()
        taken = self._take(1, 0, [])
        for message in taken:
            self._visible -= 1
            self._vanish(message)
            self._wake(self._unlock(message))
        return taken[0] if taken else None

    def delete(self, receipt: str) -> None:
        """Delete the message of a receipt; raises the AwsError that `delete_batch` would list."""
        error = self.delete_batch((receipt,))[0]
        if error is not None:
            raise error

    def delete_batch(self, receipts: Sequence[str]) -> list[AwsError | None]:
        """Delete the messages of several receipts; for each its error, or None when there is nothing to complain of.

        A message that is already gone is no error. On a standard queue a receipt holds until the message is
        received again, and then deletes nothing; on a FIFO queue it fails once the lease has ended (SQS-05).
        """
        self._settle()
        answers: list[AwsError | None] = []
        known, wakes, deleted = self._deliveries, 0, 0
        for receipt in receipts:
            delivery = known.get(receipt)
            error = None
            if delivery is None:
                error = self._judge_unknown(receipt)
            elif delivery.message.state == IN_FLIGHT:
                message = delivery.message
                del known[receipt]
                message.receipt = None
                message.state = GONE
                deleted += 1
                wakes += self._unlock(message)
            else:
                error = self._delete_visible(delivery)
            answers.append(error)
        self._in_flight -= deleted
        self.metrics.deleted += deleted
        if self._waiters.futures:
            was_full = self._in_flight + deleted >= MAXIMUM_IN_FLIGHT
            self._wake(wakes or (deleted if was_full and self._receivable() else 0))
            self._arm()
        self._trim()
        return answers

    def change_visibility(self, receipt: str, timeout_s: float) -> None:
        """Let a lease end *timeout_s* seconds from now, 0 to 43,200 and at most 12 h after the receive (SQS-05).

        On a standard queue nothing happens once the lease has ended. AwsError InvalidParameterValue for a message
        that is gone, was received again, or (FIFO) whose lease has ended.
        """
        now = self._settle()
        check_visibility_timeout(timeout_s)
        delivery = self._deliveries.get(receipt)
        if delivery is None or (self.fifo and delivery.message.state != IN_FLIGHT):
            if not self._receipts.made(receipt):
                raise receipt_is_invalid(receipt)
            reason = "Message does not exist or is not available for visibility timeout change."
            raise invalid_value(receipt, "ReceiptHandle", reason)
        message = delivery.message
        if message.state != IN_FLIGHT:
            return
        if now + timeout_s - delivery.received_s > MAXIMUM_LEASE_S + DUST_S:
            reason = f"Total VisibilityTimeout for the message is beyond the limit [{MAXIMUM_LEASE_S} seconds]"
            raise invalid_value(timeout_s, "VisibilityTimeout", reason)
        delivery.expires_s = now + timeout_s
        if timeout_s > 0:
            self._hide(message, IN_FLIGHT, delivery.expires_s)
        else:
            message.wakes_s = now
            self._wake(self._reappear(message))
            self._arm()
        self._trim()

    # --- what each kind does its own way ---

    @abstractmethod
    def _receivable(self) -> bool:
        """Whether a receive would find a message now."""

    @abstractmethod
    def _delete_visible(self, delivery: Delivery) -> AwsError | None:
        """Delete by the last receipt of a message whose lease has ended."""

    def _supersede(self, message: Message, receipt: str) -> None:  # noqa: ARG002 - FIFO queues remember the message
        """An older receipt of a message that is received again."""
        del self._deliveries[receipt]

    @abstractmethod
    def _judge_unknown(self, receipt: str) -> AwsError | None:
        """What deleting with a receipt that leads to no message is: an error, or None."""

    @abstractmethod
    def _repeat_attempt(self, attempt_id: str, now: float, until: float) -> list[Delivery] | None:
        """The deliveries of an earlier receive with the same attempt id, leased anew."""

    @abstractmethod
    def _keep_attempt(self, attempt_id: str, now: float, deliveries: list[Delivery]) -> None:
        """Remember what a receive with an attempt id returned."""


def check_visibility_timeout(timeout_s: float) -> None:
    """AwsError InvalidParameterValue outside 0 to 43,200."""
    if not 0 <= timeout_s <= MAXIMUM_LEASE_S:
        reason = f"Must be >= 0 and <= {MAXIMUM_LEASE_S}, if provided."
        raise invalid_value(timeout_s, "VisibilityTimeout", reason)
