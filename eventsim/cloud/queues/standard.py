"""Standard queues: oldest first as far as anything promises, no locks, no deduplication."""

from __future__ import annotations

import heapq
from collections import deque
from typing import TYPE_CHECKING

from eventsim.cloud.queues.contents import MAXIMUM_IN_FLIGHT
from eventsim.cloud.queues.deadlines import SPARE
from eventsim.cloud.queues.errors import invalid_value, receipt_is_invalid, wrong_queue_type
from eventsim.cloud.queues.message import VISIBLE, Delivery, Message
from eventsim.cloud.queues.queue import Queue
from eventsim.cloud.queues.tokens import check_token
from eventsim.cloud.queues.visible import oldest_visible
from eventsim.kernel.seeds import draw_uuid

if TYPE_CHECKING:
    from eventsim.errors import AwsError

MAXIMUM_DELAY_S = 900


class StandardQueue(Queue):
    """A standard queue: messages come in the order they were sent, also after their return (SQS-03, SQS-36)."""

    fifo = False

    def _forget_all(self) -> None:
        super()._forget_all()
        self._fresh: deque[Message] = deque()  # never hidden, so in order of arrival by itself
        self._returned: list[tuple[int, Message]] = []  # a heap by order of arrival

    def _check_send(self, body: str, delay_s: float | None, group_id: str | None, dedup_id: str | None) -> None:  # noqa: ARG002 - FIFO queues hash the body
        if dedup_id is not None:
            raise wrong_queue_type(dedup_id, "MessageDeduplicationId")
        if group_id is not None:
            check_token(group_id, "MessageGroupId")
        if delay_s is not None and not 0 <= delay_s <= MAXIMUM_DELAY_S:
            raise invalid_value(delay_s, "DelaySeconds", f"DelaySeconds must be >= 0 and <= {MAXIMUM_DELAY_S}.")

    def _identify(self, message: Message, now: float) -> bool:  # noqa: ARG002 - FIFO queues look at their windows
        message.id = draw_uuid(self._stream)
        return True

    def _number(self, message: Message) -> None:
        pass

    def _line_up(self, message: Message) -> int:
        self._fresh.append(message)
        return 1

    def _line_up_again(self, message: Message) -> int:
        heapq.heappush(self._returned, (message.order, message))
        return 1

    def _take(self, room: int, maximum_receives: int, exhausted: list[Message]) -> list[Message]:
        fresh, returned = self._fresh, self._returned
        taken: list[Message] = []
        while returned and len(taken) < room and (message := self.oldest()) is not None:
            if returned and returned[0][1] is message:
                heapq.heappop(returned)
                if maximum_receives and message.receive_count - message.carried_count >= maximum_receives:
                    exhausted.append(message)
                    continue
            else:
                fresh.popleft()
            taken.append(message)
        while fresh and len(taken) < room:  # the usual case: nothing has come back, nothing was received before
            message = fresh.popleft()
            if message.state == VISIBLE:
                taken.append(message)
        return taken

    def oldest(self) -> Message | None:
        """The first in order of arrival among the visible ones."""
        return oldest_visible(self._fresh, self._returned)

    def _receivable(self) -> bool:
        return self._visible > 0 and self._in_flight < MAXIMUM_IN_FLIGHT

    def _delete_visible(self, delivery: Delivery) -> None:
        self._vanish(delivery.message)
        self._visible -= 1
        self.metrics.deleted += 1
        if len(self._returned) > 4 * self._visible + SPARE:
            self._returned = [entry for entry in self._returned if entry[1].state == VISIBLE]
            heapq.heapify(self._returned)

    def _judge_unknown(self, receipt: str) -> AwsError | None:
        return None if self._receipts.made(receipt) else receipt_is_invalid(receipt)

    def _repeat_attempt(self, attempt_id: str, now: float, until: float) -> None:  # noqa: ARG002 - refused
        raise wrong_queue_type(attempt_id, "ReceiveRequestAttemptId")

    def _keep_attempt(self, attempt_id: str, now: float, deliveries: list[Delivery]) -> None:  # noqa: ARG002 - refused
        raise wrong_queue_type(attempt_id, "ReceiveRequestAttemptId")


class ShuffledQueue(StandardQueue):
    """A standard queue that gives its messages in a drawn order, as AWS may (SQS-36)."""

    def _line_up(self, message: Message) -> int:
        return self._line_up_again(message)

    def _line_up_again(self, message: Message) -> int:
        heapq.heappush(self._returned, (self._stream.getrandbits(64), message))
        return 1
