"""All messages of a queue in the order they arrived, and which of them are too old (SQS-12)."""

from __future__ import annotations

import heapq
from collections import deque
from math import inf
from typing import TYPE_CHECKING

from eventsim.cloud.queues.message import GONE, Message

if TYPE_CHECKING:
    from collections.abc import Iterator


class Arrivals:
    """The messages in order of arrival; those already gone are dropped when they come to the front, or by `trim`.

    Retention clocks start in order of arrival too, except those of messages that a standard queue passed to its
    dead-letter queue: these are also in a heap by the start of their clock.
    """

    __slots__ = ("_aged", "_newest_s", "messages")

    def __init__(self) -> None:
        self.messages: deque[Message] = deque()
        self._aged: list[tuple[float, int, Message]] = []
        self._newest_s = -inf

    def __iter__(self) -> Iterator[Message]:
        return (message for message in self.messages if message.state != GONE)

    def add(self, message: Message) -> None:
        """Note a message that arrives now."""
        if message.enqueued_s < self._newest_s:
            heapq.heappush(self._aged, (message.enqueued_s, message.order, message))
        else:
            self._newest_s = message.enqueued_s
        self.messages.append(message)

    def oldest_s(self) -> float:
        """When the first retention clock that still runs was started; infinity when there is none."""
        messages, aged = self.messages, self._aged
        while messages and messages[0].state == GONE:
            messages.popleft()
        while aged and aged[0][2].state == GONE:
            heapq.heappop(aged)
        oldest = messages[0].enqueued_s if messages else inf
        return min(oldest, aged[0][0]) if aged else oldest

    def pop_older(self, enqueued_s: float) -> Iterator[Message]:
        """The messages whose clock started at that time or before; the caller marks each as gone at once."""
        while self.oldest_s() <= enqueued_s:
            if self._aged and self._aged[0][0] <= enqueued_s:
                yield self._aged[0][2]
            else:
                yield self.messages[0]

    def trim(self) -> None:
        """Drop those gone."""
        self.messages = deque(self)
        self._aged = [entry for entry in self._aged if entry[2].state != GONE]
        heapq.heapify(self._aged)
