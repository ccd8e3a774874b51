"""What waits for its batch: records of one poll, and how they are shared out over lanes (STR-05, STR-06)."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING
from zlib import crc32

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from eventsim.cloud.shards.record import Record
    from eventsim.events.stream import RecordShape


_SPREAD = 0x9E3779B1  # checksums of like keys are alike: their product with this is not


@lru_cache(maxsize=1 << 14)
def lane_of(key: str, lanes: int) -> int:
    """The lane of all records with this partition or item key, the same in every run (STR-05, DDB-09)."""
    return ((crc32(key.encode()) * _SPREAD) & 0xFFFFFFFF) * lanes >> 32


class Chunk:
    """The records of one poll for one lane, in order, with their positions; batches are taken from its head.

    *size_bytes* is at least the content of all of them, as the service counts it.
    """

    __slots__ = ("_at", "_ends", "_positions", "_records", "size_bytes")

    def __init__(self, records: list[Record], positions: Sequence[int], size_bytes: int) -> None:
        self.size_bytes = size_bytes
        self._records = records
        self._positions = positions
        self._at = 0
        self._ends: array[int] | None = None

    def __len__(self) -> int:
        return len(self._records) - self._at

    @property
    def head(self) -> Record:
        """The first record that is left."""
        return self._records[self._at]

    @property
    def position(self) -> int:
        """The first record's position."""
        return self._positions[self._at]

    def records(self, count: int) -> list[Record]:
        """The next *count* records, which stay."""
        return self._records[self._at : self._at + count]

    def take(self, count: int) -> tuple[list[Record], Sequence[int]]:
        """The next *count* records and their positions, which go."""
        start = self._at
        self._at = end = start + count
        return self._records[start:end], self._positions[start:end]

    def count_before(self, unix_ms: int, arrival_ms: Callable[[Record], int]) -> int:
        """How many of the records arrived before *unix_ms*."""
        return bisect_left(self._records, unix_ms, self._at, key=arrival_ms) - self._at

    def fitting(self, room_bytes: int, count: int, shape: RecordShape) -> tuple[int, int]:
        """How many of the next *count* records add at most *room_bytes* to an event, and what those add (ESM-20)."""
        ends = self._ends
        if ends is None:
            ends = self._ends = array("q", accumulate(shape.sizes_bytes(self._records)))
        before = ends[self._at - 1] if self._at else 0
        # The last record has no comma.
        stop = bisect_right(ends, before + room_bytes + 1, self._at, self._at + count)
        return stop - self._at, (ends[stop - 1] - before if stop > self._at else 0)


def share_out(records: list[Record], positions: Sequence[int], size_bytes: int, lanes: int) -> list[Chunk | None]:
    """One chunk for each lane, None where it gets nothing; records of one key go to one lane (STR-05).

    *size_bytes* is at least the records' content.
    """
    if lanes == 1:
        return [Chunk(records, positions, size_bytes) if records else None]
    shares: list[tuple[list[Record], list[int]]] = [([], []) for _ in range(lanes)]
    keep = _Keepers([(found.append, places.append) for found, places in shares])
    for record, position in zip(records, positions, strict=True):
        keep_record, keep_position = keep[record.partition_key]
        keep_record(record)
        keep_position(position)
    return [Chunk(found, places, size_bytes) if found else None for found, places in shares]


Keeper = tuple["Callable[[Record], object]", "Callable[[int], object]"]
"""Takes a record and its position for one lane."""


class _Keepers(dict[str, Keeper]):
    """The keeper for each key, found when it is first asked for: pages have few keys and many records."""

    def __init__(self, keepers: list[Keeper]) -> None:
        super().__init__()
        self._keepers = keepers

    def __missing__(self, key: str) -> Keeper:
        keepers = self._keepers
        keeper = self[key] = keepers[lane_of(key, len(keepers))]
        return keeper
