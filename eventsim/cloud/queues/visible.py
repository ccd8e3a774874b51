"""The visible messages of a queue or of one message group, oldest first."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

from eventsim.cloud.queues.message import VISIBLE

if TYPE_CHECKING:
    from collections import deque

    from eventsim.cloud.queues.message import Message


def oldest_visible(fresh: deque[Message], returned: list[tuple[int, Message]]) -> Message | None:
    """The first in order of arrival; what is no longer visible is dropped on the way.

    *fresh* was never hidden, so it is in that order by itself; *returned* is a heap by it.
    """
    while fresh and fresh[0].state != VISIBLE:
        fresh.popleft()
    while returned and returned[0][1].state != VISIBLE:
        heapq.heappop(returned)
    if not returned:
        return fresh[0] if fresh else None
    return fresh[0] if fresh and fresh[0].order < returned[0][0] else returned[0][1]
