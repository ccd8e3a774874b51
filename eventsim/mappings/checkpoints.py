"""A shard's checkpoint: the last record up to which everything is done with (STR-03, STR-05)."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eventsim.cloud.shards.record import Record
    from eventsim.sources.stream import ReadPage


class Checkpoint:
    """Follows what was read from a shard and tells how far it is done with.

    *number* is the sequence number of the last record below which, itself included, nothing is left to do; None
    before the first.
    """

    __slots__ = ("_done", "_pages", "_read", "number")

    def __init__(self) -> None:
        self.number: str | None = None
        self._pages: deque[tuple[int, list[Record]]] = deque()
        self._read = 0
        self._done = 0

    def read(self, page: ReadPage) -> None:
        """Learn of records that were read."""
        if page.records:
            self._pages.append((page.position, page.records))
            self._read = page.position + len(page.records)

    def settle(self, lowest: int | None) -> bool:
        """Move up to the *lowest* position that is not done with, to the last one read for None; whether it moved."""
        done = self._read if lowest is None else lowest
        before, pages = self.number, self._pages
        while pages and pages[0][0] + len(pages[0][1]) <= done:
            self.number = pages.popleft()[1][-1].sequence_number
        if pages and self._done < done and pages[0][0] < done:
            start, records = pages[0]
            self.number = records[done - 1 - start].sequence_number
        self._done = max(self._done, done)
        return self.number != before
