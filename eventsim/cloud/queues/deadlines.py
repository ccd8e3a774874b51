"""When hidden messages come back: leases that end, delays that pass."""

from __future__ import annotations

import heapq
from collections import deque
from typing import TYPE_CHECKING

from eventsim.cloud.queues.message import IN_FLIGHT, Message

if TYPE_CHECKING:
    from collections.abc import Iterator

SPARE = 1024


class Deadlines:
    """The hidden messages by the instant at which they come back.

    Most leases of a queue last equally long, so the messages of one receive share one entry at the end of a
    deque; whatever would break its order goes to a heap. An entry whose message was deleted, or hidden anew until
    another instant, is stale: it is dropped when it surfaces, or by `trim`. `kept` counts all entries.
    """

    __slots__ = ("_heap", "_runs", "_serial", "kept")

    def __init__(self) -> None:
        self._runs: deque[tuple[float, list[Message]]] = deque()  # each list backwards: its first message is popped
        self._heap: list[tuple[float, int, Message]] = []
        self.kept = 0
        self._serial = 0

    def add_run(self, when: float, messages: list[Message]) -> None:
        """Hide *messages*, in order of arrival, until *when*."""
        if self._runs and self._runs[-1][0] > when:
            for message in messages:
                self.add(when, message)
        else:
            self._runs.append((when, messages[::-1]))
            self.kept += len(messages)

    def add(self, when: float, message: Message) -> None:
        """Hide one message until *when*."""
        self._serial += 1
        self.kept += 1
        heapq.heappush(self._heap, (when, self._serial, message))

    def first(self) -> float | None:
        """The instant at which the next message comes back."""
        heap, runs = self._heap, self._runs
        while heap and not is_current(heap[0][2], heap[0][0]):
            heapq.heappop(heap)
            self.kept -= 1
        while runs:
            when, messages = runs[0]
            while messages and not is_current(messages[-1], when):
                messages.pop()
                self.kept -= 1
            if messages:
                break
            runs.popleft()
        if not heap:
            return runs[0][0] if runs else None
        return min(heap[0][0], runs[0][0]) if runs else heap[0][0]

    def pop_due(self, now: float) -> Iterator[Message]:
        """The messages whose time has come, by instant; the caller changes the state of each at once."""
        while (when := self.first()) is not None and when <= now:
            self.kept -= 1
            if self._runs and self._runs[0][0] == when:
                yield self._runs[0][1].pop()
            else:
                yield heapq.heappop(self._heap)[2]

    def trim(self, hidden: int) -> None:
        """Drop the stale entries beside *hidden* current ones."""
        runs = self._runs
        self._runs = deque()
        for when, messages in runs if hidden else ():
            if current := [m for m in messages if m.state >= IN_FLIGHT and m.wakes_s == when]:
                self._runs.append((when, current))
        self._heap = [entry for entry in self._heap if is_current(entry[2], entry[0])]
        heapq.heapify(self._heap)
        self.kept = len(self._heap) + sum(len(messages) for _, messages in self._runs)


def is_current(message: Message, when: float) -> bool:
    """Whether an entry still says when its message comes back."""
    return message.state >= IN_FLIGHT and message.wakes_s == when
