"""The message groups of a FIFO queue and which of them may give a message (SQS-09)."""

from __future__ import annotations

import heapq
from collections import deque
from typing import TYPE_CHECKING

from eventsim.cloud.queues.deadlines import SPARE
from eventsim.cloud.queues.visible import oldest_visible

if TYPE_CHECKING:
    from eventsim.cloud.queues.message import Message


class Group:
    """The visible messages of one group in order, and how many of it are in flight."""

    __slots__ = ("fresh", "id", "in_flight", "listed", "returned")

    def __init__(self, group_id: str) -> None:
        self.id = group_id
        self.fresh: deque[Message] = deque()
        self.returned: list[tuple[int, Message]] = []
        self.in_flight = 0
        self.listed = 0  # the serial of its entry in the line; 0 for none

    def head(self) -> Message | None:
        """The oldest visible message."""
        return oldest_visible(self.fresh, self.returned)

    def put_back(self, message: Message) -> None:
        """Insert a message that was hidden, at the place of its order."""
        heapq.heappush(self.returned, (message.order, message))

    def pop(self, head: Message) -> None:
        """Take out what `head` found."""
        if self.fresh and self.fresh[0] is head:
            self.fresh.popleft()
        else:
            heapq.heappop(self.returned)


class Groups:
    """All groups that have a message here, and a line of the unlocked ones by the order of their heads."""

    __slots__ = ("_groups", "_line", "_serial")

    def __init__(self) -> None:
        self._groups: dict[str, Group] = {}
        self._line: list[tuple[int, int, Group]] = []
        self._serial = 0

    def __len__(self) -> int:
        return len(self._groups)

    def of(self, message: Message) -> Group:
        """The group of a message, new when it is the first."""
        assert message.group_id is not None
        found = self._groups.get(message.group_id)
        if found is None:
            found = self._groups[message.group_id] = Group(message.group_id)
        return found

    def list(self, group: Group) -> bool:
        """Put an unlocked group into the line, at the place of its head; whether it can give a message."""
        head = group.head()
        if head is None:
            group.listed = 0
            if not group.in_flight:
                self._groups.pop(group.id, None)
            return False
        self._serial += 1
        group.listed = self._serial
        heapq.heappush(self._line, (head.order, self._serial, group))
        if len(self._line) > 4 * len(self._groups) + SPARE:
            self._line = [entry for entry in self._line if entry[2].listed == entry[1]]
            heapq.heapify(self._line)
        return True

    def first(self) -> tuple[Group, Message] | None:
        """The unlocked group whose head is oldest."""
        line = self._line
        while line:
            order, serial, group = line[0]
            if group.listed == serial:
                head = group.head()
                if head is not None and head.order == order:
                    return group, head
                heapq.heappop(line)
                self.list(group)
            else:
                heapq.heappop(line)
        return None

    def pop_first(self, group: Group, head: Message) -> None:
        """Take what `first` found."""
        heapq.heappop(self._line)
        group.pop(head)
        group.listed = 0
