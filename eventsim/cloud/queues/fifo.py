"""FIFO queues: order and locks by message group, deduplication, receive attempts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventsim.cloud.queues.attempts import Attempts
from eventsim.cloud.queues.contents import DUST_S, MAXIMUM_IN_FLIGHT, QueueHome
from eventsim.cloud.queues.deadlines import SPARE
from eventsim.cloud.queues.deduplication import Deduplication, content_id
from eventsim.cloud.queues.errors import (
    invalid_parameter,
    invalid_value,
    missing_parameter,
    receipt_is_invalid,
    wrong_queue_type,
)
from eventsim.cloud.queues.groups import Group, Groups
from eventsim.cloud.queues.message import DELAYED, GONE, IN_FLIGHT, Delivery, Message
from eventsim.cloud.queues.queue import Queue
from eventsim.cloud.queues.tokens import check_token
from eventsim.kernel.seeds import draw_uuid

if TYPE_CHECKING:
    from collections.abc import Mapping
    from random import Random

    from eventsim.cloud.queues.attributes import QueueAttributes
    from eventsim.errors import AwsError

FIRST_SEQUENCE_NUMBER = 18_800_000_000_000_000_000  # AWS's have 20 digits and begin alike
SEQUENCE_STEP = 256


class FifoQueue(Queue):
    """A FIFO queue: a receive takes the oldest messages over all unlocked groups (SQS-09, SQS-19)."""

    fifo = True

    def __init__(
        self, name: str, *, arn: str, url: str, attributes: QueueAttributes, home: QueueHome, stream: Random
    ) -> None:
        super().__init__(name, arn=arn, url=url, attributes=attributes, home=home, stream=stream)
        self._deduplication = Deduplication()
        self._sequence = FIRST_SEQUENCE_NUMBER + stream.randrange(10**15) * SEQUENCE_STEP

    def _forget_all(self) -> None:
        super()._forget_all()
        self._groups = Groups()
        self._superseded: dict[str, Message] = {}  # by the receipts of earlier receives
        self._superseded_limit = SPARE
        self._attempts = Attempts()

    # --- sending ---

    def _check_send(self, body: str, delay_s: float | None, group_id: str | None, dedup_id: str | None) -> str:
        if delay_s:
            raise wrong_queue_type(delay_s, "DelaySeconds")
        if group_id is None:
            raise missing_parameter("MessageGroupId")
        check_token(group_id, "MessageGroupId")
        if dedup_id is not None:
            check_token(dedup_id, "MessageDeduplicationId")
            return dedup_id
        if not self.attributes.content_based_deduplication:
            raise invalid_parameter(
                "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided "
                "explicitly"
            )
        return content_id(body)

    def _identify(self, message: Message, now: float) -> bool:
        assert message.dedup_id is not None
        by_group = self.attributes.deduplication_scope == "messageGroup"
        key = (message.dedup_id, message.group_id if by_group else None)
        original = self._deduplication.find(key, now + DUST_S)
        if original is not None:
            message.id, message.sequence_number = original
            return False
        message.id = draw_uuid(self._stream)
        self._number(message)
        self._deduplication.keep(key, now, message)
        return True

    def _number(self, message: Message) -> None:
        self._sequence += SEQUENCE_STEP
        message.sequence_number = str(self._sequence)

    def set_attributes(self, attributes: Mapping[str, str]) -> None:
        """Change settings; a new DelaySeconds also holds for the messages that are delayed now."""
        before = self.attributes.delay_s
        super().set_attributes(attributes)
        if self.attributes.delay_s != before:
            for message in self.messages():
                if message.state == DELAYED:
                    self._hide(message, DELAYED, message.enqueued_s + self.attributes.delay_s)
            self._settle()

    # --- groups ---

    def _line_up(self, message: Message) -> int:
        group = self._groups.of(message)
        group.fresh.append(message)
        return self._relist(group)

    def _line_up_again(self, message: Message) -> int:
        group = self._groups.of(message)
        group.put_back(message)
        return self._relist(group)

    def _relist(self, group: Group) -> int:
        return int(not group.in_flight and self._groups.list(group))

    def _take(self, room: int, maximum_receives: int, exhausted: list[Message]) -> list[Message]:
        groups = self._groups
        taken: list[Message] = []
        leased: list[Group] = []
        while len(taken) < room and (found := groups.first()) is not None:
            group, message = found
            groups.pop_first(group, message)
            if maximum_receives and message.receive_count - message.carried_count >= maximum_receives:
                exhausted.append(message)
            else:
                taken.append(message)
                if not group.in_flight:
                    leased.append(group)
                group.in_flight += 1
            groups.list(group)
        for group in leased:
            group.listed = 0
        return taken

    def _unlock(self, message: Message) -> int:
        group = self._groups.of(message)
        group.in_flight -= 1
        return self._relist(group)

    def oldest(self) -> Message | None:
        """The head of the unlocked group that waits longest."""
        found = self._groups.first()
        return found[1] if found else None

    def _receivable(self) -> bool:
        return self._in_flight < MAXIMUM_IN_FLIGHT and self._groups.first() is not None

    # --- receipts and attempts ---

    def _supersede(self, message: Message, receipt: str) -> None:
        super()._supersede(message, receipt)
        self._superseded[receipt] = message
        if len(self._superseded) > self._superseded_limit:
            self._superseded = {old: m for old, m in self._superseded.items() if m.state != GONE}
            self._superseded_limit = 4 * len(self._superseded) + SPARE

    def _delete_visible(self, delivery: Delivery) -> AwsError | None:
        return expired(delivery.receipt)

    def _judge_unknown(self, receipt: str) -> AwsError | None:
        message = self._superseded.get(receipt)
        if message is not None and message.state != GONE:
            return expired(receipt)
        return None if self._receipts.made(receipt) else receipt_is_invalid(receipt)

    def _repeat_attempt(self, attempt_id: str, now: float, until: float) -> list[Delivery] | None:
        check_token(attempt_id, "ReceiveRequestAttemptId")
        deliveries = self._attempts.find(attempt_id, now + DUST_S)
        if deliveries is None:
            return None
        for delivery in deliveries:
            delivery.expires_s = until
            self._hide(delivery.message, IN_FLIGHT, until)
        self._attempts.prolong(attempt_id, until)
        return list(deliveries)

    def _keep_attempt(self, attempt_id: str, now: float, deliveries: list[Delivery]) -> None:
        self._attempts.keep(attempt_id, now, deliveries)


def expired(receipt: str) -> AwsError:
    """The error for a handle whose lease has ended."""
    return invalid_value(receipt, "ReceiptHandle", "The receipt handle has expired.")
