"""The heap of timers: exact deadlines, and an order among equal ones that does not depend on heapq's mood."""

from __future__ import annotations

import asyncio
import heapq
from enum import IntEnum
from typing import Any

_REBUILD_ABOVE = 100  # fewer cancelled timers than this are not worth a rebuild


class Phase(IntEnum):
    """At one instant, all STEP timers fire before any NORMAL one."""

    STEP = 0
    NORMAL = 1


Entry = tuple[float, int, Any, int, asyncio.TimerHandle]
"""When, phase, order within the phase, how many were set before, and what to call."""


class TimerHeap:
    """Timers by (when, phase, order, first set first).

    *order* is a number for a NORMAL timer and a tuple of numbers for a STEP. Cancelled timers stay until they
    surface or are more than the live ones; `drop_cancelled` makes the top a live one.
    """

    __slots__ = ("_cancelled", "_count", "entries")

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self._count = 0
        self._cancelled = 0

    def push(self, handle: asyncio.TimerHandle, when: float, phase: Phase, order: Any) -> None:
        """Add *handle*, which is to fire at *when*."""
        self._count += 1
        heapq.heappush(self.entries, (when, phase, order, self._count, handle))
        handle._scheduled = True  # type: ignore[attr-defined]

    def pop(self) -> Entry:
        """Take out the first timer, live or cancelled."""
        entry = heapq.heappop(self.entries)
        handle = entry[4]
        handle._scheduled = False  # type: ignore[attr-defined]
        if handle.cancelled():
            self._cancelled -= 1
        return entry

    def drop_cancelled(self) -> None:
        """Take out the cancelled timers at the top."""
        while self.entries and self.entries[0][4].cancelled():
            self.pop()

    def cancelled(self) -> None:
        """Count one more cancelled timer, and rebuild the heap when they are more than the live ones."""
        self._cancelled += 1
        if self._cancelled > _REBUILD_ABOVE and self._cancelled * 2 > len(self.entries):
            # The handle that is being cancelled does not say so yet: it stays, and is counted.
            self.entries[:] = [entry for entry in self.entries if not entry[4].cancelled()]
            heapq.heapify(self.entries)
            self._cancelled = 1

    def clear(self) -> None:
        """Forget all timers."""
        self.entries.clear()
        self._cancelled = 0
