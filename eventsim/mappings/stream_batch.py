"""A batch of a stream: while it is filled, and on its way to the function (ESM-18 to ESM-20, STR-06, STR-15)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventsim.mappings.batching import PAYLOAD_LIMIT_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventsim.cloud.shards.record import Record
    from eventsim.events.stream import RecordShape, StreamBatch
    from eventsim.mappings.lanes import Chunk


class Batch:
    """Records that are tried together, and what came of it so far.

    *final* marks the last invocation of a tumbling window, which has no records (STR-27). *first_ms* is when it was
    first tried. *responded* tells that the function answered at all, *function_error* is then as in STR-20.
    """

    __slots__ = (
        "attempts",
        "failures",
        "final",
        "first_ms",
        "function_error",
        "positions",
        "records",
        "request_id",
        "responded",
        "throttles",
        "too_large",
    )

    def __init__(
        self,
        records: Sequence[Record],
        positions: Sequence[int],
        *,
        final: bool = False,
        too_large: bool = False,
    ) -> None:
        self.records = tuple(records)
        self.positions = positions
        self.final = final
        self.too_large = too_large
        self.request_id: str | None = None
        self.first_ms: int | None = None
        self.attempts = 0
        self.failures = 0
        self.throttles = 0
        self.responded = False
        self.function_error: str | None = None

    def __len__(self) -> int:
        return len(self.records)

    def part(self, start: int, end: int | None = None) -> Batch:
        """Some of its records as a batch of their own, with a fresh account of failures (STR-11, STR-14, STR-16)."""
        return Batch(self.records[start:end], self.positions[start:end])


class OpenBatch:
    """A batch of at most *size* records that is being filled; its event weighs *envelope_bytes* without them."""

    __slots__ = (
        "_envelope_bytes",
        "_exact_bytes",
        "_most_bytes",
        "_shape",
        "_size",
        "positions",
        "records",
        "too_large",
    )

    def __init__(self, size: int, shape: RecordShape, envelope_bytes: int) -> None:
        self.records: list[Record] = []
        self.positions: Sequence[int] = ()
        self.too_large = False
        self._size = size
        self._shape = shape
        self._envelope_bytes = envelope_bytes
        self._most_bytes = envelope_bytes
        self._exact_bytes: int | None = None

    @property
    def room(self) -> int:
        """How many records it still takes."""
        return self._size - len(self.records)

    def add(self, chunk: Chunk, count: int) -> bool:
        """Take the next *count* records of a chunk, or as many as the payload allows; whether all of them were.

        The first record is always taken, else one over the limit would never leave (STR-18).
        """
        taken = count if self._surely_fit(chunk, count) else self._fit(chunk, count)
        records, positions = chunk.take(taken)
        if self.records:
            self.records += records
            self.positions = [*self.positions, *positions]
        else:
            self.records, self.positions = records, positions
        return taken == count

    def _surely_fit(self, chunk: Chunk, count: int) -> bool:
        if self._exact_bytes is not None:
            return False
        room_bytes, shape = PAYLOAD_LIMIT_BYTES - self._most_bytes, self._shape
        most_bytes = shape.most_bytes(chunk.size_bytes, count)
        if most_bytes > room_bytes:
            most_bytes = shape.rough_bytes(chunk.records(count))
        if most_bytes > room_bytes:
            return False
        self._most_bytes += most_bytes
        return True

    def _fit(self, chunk: Chunk, count: int) -> int:
        if self._exact_bytes is None:
            self._exact_bytes = self._envelope_bytes + sum(self._shape.sizes_bytes(self.records))
        taken, size_bytes = chunk.fitting(PAYLOAD_LIMIT_BYTES - self._exact_bytes, count, self._shape)
        if not taken and not self.records:
            self.too_large = True
            taken, size_bytes = 1, sum(self._shape.sizes_bytes(chunk.records(1)))
        self._exact_bytes += size_bytes
        return taken

    def close(self) -> Batch:
        """The batch as it is now."""
        return Batch(self.records, self.positions, too_large=self.too_large)


def is_too_large(made: StreamBatch) -> bool:
    """Whether an event is over the payload limit, so that no handler ever sees it (STR-18)."""
    envelope_bytes = made.envelope_bytes()
    if envelope_bytes + made.shape.rough_bytes(made.records) <= PAYLOAD_LIMIT_BYTES:
        return False
    return envelope_bytes + sum(made.shape.sizes_bytes(made.records)) - bool(made.records) > PAYLOAD_LIMIT_BYTES
