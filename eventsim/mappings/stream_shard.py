"""The consumer of one shard: it reads pages for its lanes and keeps the checkpoint (STR-01 to STR-05)."""

from __future__ import annotations

import asyncio
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from eventsim.mappings.checkpoints import Checkpoint
from eventsim.mappings.lanes import share_out
from eventsim.mappings.stream_lane import Lane
from eventsim.sources.queue import finish
from eventsim.sources.stream import after_number

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from eventsim.cloud.shards.record import Record
    from eventsim.mappings.stream_work import Progress, StreamWork
    from eventsim.patterns.filter_criteria import Filters
    from eventsim.sources.stream import ReadPage, ShardReader


class ShardState(StrEnum):
    """The states of a shard's consumer, with the names of the Kinesis Client Library."""

    WAITING_ON_PARENT_SHARDS = "WAITING_ON_PARENT_SHARDS"
    INITIALIZING = "INITIALIZING"
    PROCESSING = "PROCESSING"
    SHUTDOWN_REQUESTED = "SHUTDOWN_REQUESTED"
    SHUTTING_DOWN = "SHUTTING_DOWN"
    SHUTDOWN_COMPLETE = "SHUTDOWN_COMPLETE"


class ShardConsumer:
    """Reads one shard to its end, or until it is stopped; then it calls *on_end* with itself.

    One task reads, one for each lane delivers: a page is read when a lane has nothing left (KIN-05). *over* says that
    the last page was read, *ended* that everything in it is done with, too.
    """

    def __init__(
        self, work: StreamWork, shard_id: str, progress: Progress, on_end: Callable[[ShardConsumer], None]
    ) -> None:
        self.shard_id = shard_id
        self.progress = progress
        self.over = False
        self.ended = False
        self.state = ShardState.WAITING_ON_PARENT_SHARDS
        self._work = work
        self._on_end = on_end
        self._shape = work.shape(shard_id)
        self._checkpoint = Checkpoint()
        self._lanes: list[Lane] = []
        self._reader: ShardReader | None = None
        self._reading: asyncio.Task[None] | None = None
        self._stopping = False
        self._wanted: asyncio.Future[None] | None = None
        self._renewed: asyncio.Future[None] | None = None

    # -- from outside ----------------------------------------------------------------------------

    def wait(self) -> None:
        """Its parents are not done with yet."""
        self._enter(ShardState.WAITING_ON_PARENT_SHARDS)

    def start(self) -> None:
        """Begin to read: the parents are done with."""
        self._enter(ShardState.INITIALIZING)
        self._work.world.tasks.start(self._run(), f"{self._work.name} {self.shard_id}")

    def stop(self) -> None:
        """Read no more; invocations that run are finished and their records acknowledged (ESM-23)."""
        if self._stopping or self.state is ShardState.SHUTDOWN_COMPLETE:
            return
        self._stopping = True
        waiting = self.state is ShardState.WAITING_ON_PARENT_SHARDS
        self._enter(ShardState.SHUTDOWN_REQUESTED)
        if waiting:
            self._complete()
        if self._reading is not None:
            self._reading.cancel()
        for lane in self._lanes:
            lane.stop()

    @property
    def busy(self) -> bool:
        """Whether a record was read that is not done with."""
        return any(lane.lowest is not None for lane in self._lanes)

    def look_again(self) -> None:
        """The settings have changed: lanes notice; for another number of them they are drained and renewed (STR-05)."""
        if self._must_renew():
            for lane in self._lanes:
                lane.finish()
        for lane in self._lanes:
            lane.look_again()

    # -- for the lanes ---------------------------------------------------------------------------

    def want(self) -> None:
        """See `LaneShard.want`."""
        if self._wanted is not None:
            finish(self._wanted)

    def about_to_read(self) -> bool:
        """See `LaneShard.about_to_read`."""
        return self._reader is not None and self._reader.due

    def settle(self) -> None:
        """Move the checkpoint to the lowest position that is not done with (STR-03, STR-05)."""
        lowest = None
        for lane in self._lanes:
            low = lane.lowest
            if low is not None and (lowest is None or low < lowest):
                lowest = low
        if not self._checkpoint.settle(lowest):
            return
        number, progress, work = self._checkpoint.number, self.progress, self._work
        assert number is not None
        progress.checkpoint, progress.start = number, after_number(number)
        work.trace_checkpoint(work.name, self.shard_id, number)

    # -- its life --------------------------------------------------------------------------------

    def _enter(self, state: ShardState) -> None:
        self.state = state
        self._work.world.trace.add("shard.state", mapping=self._work.name, shard=self.shard_id, state=state.value)

    async def _run(self) -> None:
        work = self._work
        reader = self._reader = await work.reads.open(self.shard_id, self.progress.start)
        self.progress.start = reader.place
        if not self._is_done():
            self._enter(ShardState.PROCESSING)
            self._reading = work.world.tasks.start(self._read_on(reader), f"{work.name} {self.shard_id} reader")
            while not self._is_done():
                await self._run_lanes()
            self._reading.cancel()
        self._enter(ShardState.SHUTTING_DOWN)
        reader.close()
        self._complete()

    def _is_done(self) -> bool:
        return self._stopping or self.ended

    def _complete(self) -> None:
        self._enter(ShardState.SHUTDOWN_COMPLETE)
        self._on_end(self)

    async def _run_lanes(self) -> None:
        """Have as many lanes as ParallelizationFactor says, until they are drained or stopped."""
        work = self._work
        count = work.settings.parallelization_factor
        self._lanes = [Lane(work, self._shape, self.progress, self) for _ in range(count)]
        if self.over:
            for lane in self._lanes:
                lane.finish()
        if self._renewed is not None:
            finish(self._renewed)
        name = f"{work.name} {self.shard_id} lane"
        await asyncio.wait([work.world.tasks.start(lane.run(), f"{name} {n}") for n, lane in enumerate(self._lanes, 1)])
        self.ended = self.over and all(lane.drained for lane in self._lanes)

    def _must_renew(self) -> bool:
        return bool(self._lanes) and len(self._lanes) != self._work.settings.parallelization_factor

    # -- reading ---------------------------------------------------------------------------------

    async def _read_on(self, reader: ShardReader) -> None:
        """Read page after page, each when a lane wants records, until the last one."""
        while not self.over:
            await self._until_wanted()
            page = await reader.page()
            while self._must_renew():
                await self._until_renewed()
            self._take(page)

    async def _until_wanted(self) -> None:
        while not any(lane.wants for lane in self._lanes):
            self._wanted = self._work.world.loop.create_future()
            await self._wanted

    async def _until_renewed(self) -> None:
        self._renewed = self._work.world.loop.create_future()
        await self._renewed

    def _take(self, page: ReadPage) -> None:
        """Count, filter, and hand out a page; what is filtered out is done with (FLT-03, FLT-04)."""
        records = page.records
        positions: Sequence[int] = range(page.position, page.position + len(records))
        self._checkpoint.read(page)
        if records:
            self._tell_read(records)
            if self._work.filters is not None:
                records, positions = self._filter(records, positions, self._work.filters)
        self.over = page.ended
        for lane, chunk in zip(
            self._lanes, share_out(records, positions, page.size_bytes, len(self._lanes)), strict=True
        ):
            if chunk is not None:
                lane.offer(chunk)
        self.settle()
        if self.over:
            for lane in self._lanes:
                lane.finish()

    def _tell_read(self, records: list[Record]) -> None:
        work = self._work
        work.metrics.polled += len(records)
        work.world.trace.add(
            "poll.receive",
            mapping=work.name,
            stream=work.target.name,
            shard=self.shard_id,
            count=len(records),
            first=records[0].sequence_number,
            last=records[-1].sequence_number,
        )

    def _filter(
        self, records: list[Record], positions: Sequence[int], filters: Filters
    ) -> tuple[list[Record], Sequence[int]]:
        """Keep what matches; one line of the trace for all records of a page that fail at the same keys."""
        kept: list[Record] = []
        places: list[int] = []
        rejected: dict[tuple[str, ...], list[Any]] = {}
        for record, position, shown in zip(records, positions, self._shape.records(records), strict=True):
            failed = filters.rejections(shown)
            if failed is None:
                kept.append(record)
                places.append(position)
            else:
                rejected.setdefault(tuple(failed), []).append(record)
        for keys, some in rejected.items():
            self._work.metrics.filtered_out += len(some)
            self._work.world.trace.add(
                "record.filter",
                mapping=self._work.name,
                shard=self.shard_id,
                keys=list(keys),
                count=len(some),
                first=some[0].sequence_number,
                last=some[-1].sequence_number,
            )
        return kept, places
