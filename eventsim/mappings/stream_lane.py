"""One lane of a shard: it gathers its records into batches and delivers them one after the other (STR-04, STR-05)."""

from __future__ import annotations

from collections import deque
from math import inf
from typing import TYPE_CHECKING, Protocol

from eventsim.events.stream import StreamBatch
from eventsim.kernel.instants import after
from eventsim.mappings.batching import ENVELOPE_BYTES, CloseReason
from eventsim.mappings.stream_batch import Batch, OpenBatch
from eventsim.mappings.stream_delivery import Delivery
from eventsim.sources.parking import quiet
from eventsim.sources.queue import finish

if TYPE_CHECKING:
    import asyncio

    from eventsim.events.stream import RecordShape
    from eventsim.mappings.lanes import Chunk
    from eventsim.mappings.stream_work import Progress, StreamWork


class LaneShard(Protocol):
    """What a lane asks of its shard."""

    over: bool
    """Whether everything that the shard will ever have was read."""

    def want(self) -> None:
        """A lane has nothing left and wants records."""

    def settle(self) -> None:
        """Something is done with."""

    def about_to_read(self) -> bool:
        """Whether records may still come at this very instant."""


class Lane:
    """Batches of one lane, in order, one at a time.

    Its batching window opens when the batch before is done with, or else at the first record held (ESM-19).
    """

    def __init__(self, work: StreamWork, shape: RecordShape, progress: Progress, shard: LaneShard) -> None:
        self.wants = False
        self.drained = False
        self._work = work
        self._shape = shape
        self._progress = progress
        self._shard = shard
        self._chunks: deque[Chunk] = deque()
        self._open: OpenBatch | None = None
        self._window_ends_s = -inf
        self._finishing = False
        self._stopping = False
        self._news: asyncio.Future[None] | None = None
        self._delivery = Delivery(work, shape, progress, shard.settle)

    @property
    def lowest(self) -> int | None:
        """The lowest position that is read and not done with."""
        lowest = self._delivery.lowest
        if lowest is None and self._open is not None and self._open.records:
            lowest = self._open.positions[0]
        if lowest is None and self._chunks:
            lowest = self._chunks[0].position
        return lowest

    def offer(self, chunk: Chunk) -> None:
        """Take records of a poll."""
        self._chunks.append(chunk)
        self.wants = False
        self._wake()

    def finish(self) -> None:
        """End once everything is delivered: no more records will come."""
        self._finishing = True
        self._wake()

    def look_again(self) -> None:
        """The settings have changed."""
        self._wake()

    def stop(self) -> None:
        """End after the invocation that runs; what is held is read again another time (ESM-23)."""
        self._stopping = True
        self._delivery.stop()
        self._wake()

    async def run(self) -> None:
        """Deliver batch after batch until the end."""
        loop = self._work.world.loop
        while (batch := await self._next()) is not None:
            await self._delivery.run(batch)
            window_s = self._work.settings.maximum_batching_window_in_seconds
            self._window_ends_s = after(loop.time(), window_s) if window_s else -inf
        self.drained = not self._stopping

    # -- the next batch --------------------------------------------------------------------------

    async def _next(self) -> Batch | None:
        """Fill the next batch, or end an open window; None when the lane is to end."""
        while not self._stopping:
            if self._chunks:
                if self._window_is_over(self._chunks[0]):
                    return self._final()
                return await self._fill()
            if self._window_must_end():
                return self._final()
            if self._finishing:
                return None
            closes_s = self._window_closes_s()
            if await self._wait(closes_s) and closes_s < inf:
                return self._final()
        return None

    async def _fill(self) -> Batch | None:
        """Close the batch when it is full, too heavy, at the edge of a tumbling window, or its time is up (ESM-18)."""
        loop, settings = self._work.world.loop, self._work.settings
        if length_s := settings.tumbling_window_in_seconds:
            self._progress.enter_window(self._shape.arrival_ms(self._chunks[0].head), length_s)
        batch = self._open = OpenBatch(settings.batch_size, self._shape, self._envelope_bytes())
        window_s = settings.maximum_batching_window_in_seconds
        if window_s and self._window_ends_s < loop.time():
            self._window_ends_s = after(loop.time(), window_s)
        reason = self._add(batch)
        while reason is None:
            if not window_s:
                reason = CloseReason.POLL
            elif await self._wait(self._window_ends_s):
                reason = CloseReason.WINDOW
            else:
                reason = self._add(batch)
            if self._stopping:
                return None
        self._open = None
        closed = batch.close()
        self._tell_closed(reason, len(closed))
        return closed

    def _add(self, batch: OpenBatch) -> CloseReason | None:
        """Put as many records into the batch as it takes; say why it is closed, or None."""
        while self._chunks:
            chunk = self._chunks[0]
            count = min(batch.room, self._within_window(chunk))
            if count and not batch.add(chunk, count):
                return CloseReason.PAYLOAD
            if not len(chunk):
                self._chunks.popleft()
            if not batch.room:
                return CloseReason.SIZE
            if len(chunk):
                return CloseReason.TUMBLING
        return None

    def _envelope_bytes(self) -> int:
        window = self._progress.window
        if window is None:
            return ENVELOPE_BYTES
        return StreamBatch((), self._shape, window.part(final=False)).envelope_bytes()

    def _tell_closed(self, reason: CloseReason, records: int) -> None:
        self._work.trace_close(self._work.name, self._shape.shard_id, reason.value, records)

    # -- tumbling windows ------------------------------------------------------------------------

    def _within_window(self, chunk: Chunk) -> int:
        """How many of a chunk's records are in the open window (STR-26)."""
        window = self._progress.window
        if window is None:
            return len(chunk)
        return chunk.count_before(window.end_ms, self._shape.arrival_ms)

    def _window_is_over(self, chunk: Chunk) -> bool:
        """Whether the next record is not for the open window (STR-29)."""
        window = self._progress.window
        if window is None:
            return False
        return self._window_is_full() or not window.holds(self._shape.arrival_ms(chunk.head))

    def _window_must_end(self) -> bool:
        """Whether the open window ends though no record of a later one is there (STR-29, STR-30, STR-32)."""
        if self._progress.window is None:
            return False
        return self._shard.over or self._window_is_full()

    def _window_is_full(self) -> bool:
        """Whether the open window takes no record more: too much state, or windows were switched off (STR-30)."""
        window = self._progress.window
        return window is not None and (window.overflowed or not self._work.settings.tumbling_window_in_seconds)

    def _window_closes_s(self) -> float:
        """When the open window is closed if no record comes, in loop time (STR-29)."""
        window = self._progress.window
        if window is None:
            return inf
        clock = self._work.world.clock
        return round(window.closes_ms(self._work.world.quirks.window_close_s) / 1000 - clock.epoch_s, 9)

    def _final(self) -> Batch:
        """The last invocation of the open window (STR-27)."""
        self._tell_closed(CloseReason.TUMBLING, 0)
        return Batch((), (), final=True)

    # -- waiting ---------------------------------------------------------------------------------

    async def _wait(self, until_s: float) -> bool:
        """Ask for records; whether *until_s* came first. A poll of that very instant comes before it (GEN-02)."""
        loop = self._work.world.loop
        self._news = loop.create_future()
        timer = loop.call_at(max(until_s, loop.time()), finish, self._news)
        self.wants = True
        self._shard.want()
        try:
            await self._news
            if not self._has_news() and loop.time() >= until_s:
                await quiet(loop)
                while self._shard.about_to_read() and not self._has_news():
                    await quiet(loop)
        finally:
            timer.cancel()
            self._news = None
            self.wants = False
        return not self._has_news() and loop.time() >= until_s

    def _has_news(self) -> bool:
        return bool(self._chunks) or self._stopping

    def _wake(self) -> None:
        if self._news is not None:
            finish(self._news)
