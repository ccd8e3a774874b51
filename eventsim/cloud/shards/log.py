"""The records of one shard: appended at the end, read by position, dropped from the front as they age."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from operator import attrgetter

from eventsim.cloud.shards.record import Page, Record

_arrival_ms = attrgetter("arrival_ms")


class RecordLog:
    """Records by position: appending is O(1), reading O(page), trimming O(1) a record, spread over the calls.

    Positions count from 0 and are never used again. Trimmed records are freed when they are half of the list.
    """

    __slots__ = ("_base", "_base_bytes", "_ends", "_records", "end", "first")

    def __init__(self) -> None:
        self.first = 0
        """The position of the oldest record that is left."""
        self.end = 0
        """The position that the next record gets."""
        self._base = 0  # the position of the list's head
        self._base_bytes = 0  # the bytes of all records before it
        self._records: list[Record] = []
        self._ends = array("q")  # for each record the bytes of all records up to it

    def append(self, record: Record, size_bytes: int) -> None:
        """Add a record; none may arrive before an earlier one."""
        ends = self._ends
        ends.append((ends[-1] if ends else self._base_bytes) + size_bytes)
        self._records.append(record)
        self.end += 1

    def record(self, position: int) -> Record:
        """The record at a position from *first* to before *end*."""
        return self._records[position - self._base]

    def page(self, position: int, limit: int, max_bytes: int) -> Page:
        """At most *limit* records and *max_bytes* from *position*, or from the oldest; one at least if there is one."""
        position = min(max(position, self.first), self.end)
        start = position - self._base
        stop = min(start + limit, len(self._records))
        if stop <= start:
            return Page([], position, position, 0)
        ends = self._ends
        before = ends[start - 1] if start else self._base_bytes
        if ends[stop - 1] - before > max_bytes:
            stop = max(start + 1, bisect_right(ends, before + max_bytes, start, stop))
        return Page(self._records[start:stop], position, self._base + stop, ends[stop - 1] - before)

    def position_from(self, arrival_ms: int) -> int:
        """The position of the first record that arrived at *arrival_ms* or later."""
        start = self.first - self._base
        return self._base + bisect_left(self._records, arrival_ms, start, key=_arrival_ms)

    def trim(self, arrival_ms: int) -> list[Record]:
        """Drop what arrived at *arrival_ms* or before; the first and the last of it, [] for nothing."""
        records, start = self._records, self.first - self._base
        stop = bisect_right(records, arrival_ms, start, key=_arrival_ms)
        if stop == start:
            return []
        dropped = [records[start], records[stop - 1]]
        self.first = self._base + stop
        if 2 * stop > len(records):
            self._base_bytes = self._ends[stop - 1]
            self._base += stop
            del records[:stop], self._ends[:stop]
        return dropped
