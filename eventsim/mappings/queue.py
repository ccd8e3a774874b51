"""The queue mapping at work: wait for a slot, fill a batch, invoke, delete or leave (SQS-16 to SQS-29)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from eventsim.kernel.instants import after
from eventsim.mappings.batching import CloseReason
from eventsim.mappings.crew import Crew
from eventsim.mappings.partial_failure import SUCCEEDED, AllFailed, Clause, SomeFailed
from eventsim.mappings.queue_batch import ClosedBatch, OpenBatch, is_whole, still_leased
from eventsim.mappings.queue_groups import BusyGroups
from eventsim.mappings.queue_polls import FOREVER, QueuePolls
from eventsim.mappings.queue_slots import Slots
from eventsim.mappings.queue_work import QueueWork
from eventsim.mappings.scaling import LONG_POLL_S, Scaling, profile_of
from eventsim.patterns.filter_criteria import compile_filters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventsim.cloud.queues.message import Delivery
    from eventsim.functions.function import Function
    from eventsim.functions.invocations import InvocationRecord
    from eventsim.kernel.world import World
    from eventsim.mappings.metrics import MappingMetrics
    from eventsim.mappings.queue_batch import QueueTarget
    from eventsim.mappings.settings import QueueMappingSettings
    from eventsim.sources.queue import QueueSource

_POLL, _SIZE = CloseReason.POLL.value, CloseReason.SIZE.value  # a member is slow to look up and to write


class QueuePollers:
    """The pollers of one SQS mapping.

    One worker of the crew leads: it waits for a free slot, fills a batch, and hands the lead on before it invokes the
    function itself. So there is one task for each batch in work, and no hand-over where nothing waits.
    """

    def __init__(
        self,
        name: str,
        settings: QueueMappingSettings,
        target: QueueTarget,
        source: QueueSource,
        function: Function,
        world: World,
        metrics: MappingMetrics,
    ) -> None:
        self.name = name
        self.settings = settings
        self.scaling = Scaling(profile_of(settings, fifo=target.fifo), world.loop.time())
        self._target = target
        self._world = world
        self._crew = Crew(world, name, self._lead, self._serve)
        self._trace_close = world.trace.writer("batch.close", "mapping", "reason", "records")
        self._polls = QueuePolls(name, target, source, function, self.scaling, world, metrics, self._crew)
        self._slots = Slots(world.loop, self.scaling, source, self._most if target.fifo else None)
        self._groups = BusyGroups(world.loop)
        self._work = QueueWork(name, target, function, world, metrics, self._slow_down)
        self._carried: list[Delivery] = []
        self._closed = False
        self._polls.apply(settings)

    @staticmethod
    def check(settings: QueueMappingSettings) -> None:
        """Raise `eventsim.errors.AwsError` for settings that `apply` could not work by (FLT-02)."""
        compile_filters(settings.patterns, "sqs")

    def apply(self, settings: QueueMappingSettings) -> None:
        """Work by these settings from now on; batches that are open or in work are not touched (FLT-20)."""
        self.settings = settings
        self._polls.apply(settings)
        self.scaling.change_profile(profile_of(settings, fifo=self._target.fifo), self._world.loop.time())
        self._slots.look()
        self._polls.leave()

    def start(self) -> None:
        """Begin to poll."""
        self._closed = False
        self._crew.start()

    def stop(self) -> None:
        """Poll no more; batches that were accepted are finished (ESM-23)."""
        self._carried.clear()
        self._crew.stop()

    def close(self) -> None:
        """The run is over: begin nothing more, whatever the end of the tasks sets free."""
        self._closed = True
        self._crew.close()

    def retarget(self, function: Function) -> None:
        """Invoke *function* from the next batch on (ESM-22)."""
        self._polls.function = self._work.function = function

    @property
    def busy(self) -> bool:
        """Whether a batch is being filled or in work."""
        return self._slots.in_work > 0

    # -- the leader: wait for a slot, fill a batch ------------------------------------------

    async def _lead(self) -> ClosedBatch:
        """Fill the next batch; it holds a slot from its first message on (ESM-19)."""
        slots = self._slots
        while True:
            if slots.taken():
                await slots.free()
            settings = self.settings
            first = self._take_carried() if self._carried else None
            first = first or await self._polls.poll(settings, settings.batch_size, FOREVER)
            if not first:
                continue
            slots.in_work += 1
            if is_whole(first, settings):
                closed, reason = tuple(first), _SIZE if len(first) == settings.batch_size else _POLL
            else:
                try:
                    closed, reason = await self._fill(first, settings)
                except BaseException:
                    slots.release()
                    raise
            self._trace_close(self.name, reason, len(closed))
            if closed:
                return ClosedBatch(closed, settings)
            slots.release()

    async def _fill(self, first: list[Delivery], settings: QueueMappingSettings) -> tuple[tuple[Delivery, ...], str]:
        """Poll on until the batch is full, too heavy, or its window has passed; what is in it, and which (ESM-18)."""
        batch = OpenBatch(settings, self._target)
        reason, self._carried = batch.add(first)
        if not settings.has_window:
            return tuple(batch.deliveries), reason or _POLL
        window_s: float = settings.maximum_batching_window_in_seconds
        if self._world.quirks.long_poll_floor:
            window_s = max(window_s, LONG_POLL_S)
        ends_s = after(self._world.loop.time(), window_s)
        while reason is None:
            more = await self._poll_in_window(batch, ends_s)
            if more is None:
                reason = CloseReason.WINDOW
            else:
                reason, self._carried = batch.add(more)
        return tuple(still_leased(batch.deliveries, self._world.loop.time())), reason

    async def _poll_in_window(self, batch: OpenBatch, ends_s: float) -> list[Delivery] | None:
        """Poll, but when the mapping is stopped meanwhile, close the batch instead of losing it (ESM-23)."""
        try:
            return await self._polls.poll(batch.settings, batch.room, ends_s)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if self._crew.working or self._closed or task is None:
                raise
            task.uncancel()
            return None

    def _take_carried(self) -> list[Delivery]:
        """What an earlier poll brought and no batch had room for."""
        carried, self._carried = self._carried, []
        return still_leased(carried, self._world.loop.time())

    def _most(self) -> float:
        """What is left of a FIFO poll waits for the batch before it (SQS-19)."""
        return 1 if self._carried else FOREVER

    # -- the worker: invoke, then delete or leave -------------------------------------------

    async def _serve(self, batch: ClosedBatch) -> None:
        """Invoke the function with the batch and act on its answer (SQS-23 to SQS-25)."""
        groups: set[str | None] = set()
        try:
            if self._target.fifo:
                groups = await self._take_groups(batch)
                if not groups:
                    return
            record = await self._work.invoke(batch)
            if record is not None:
                done = self._settle(batch, record)
                if self._world.quirks.duplicate_rate:
                    done = self._without_duplicates(done)
                if done:
                    await self._polls.delete(done)
        finally:
            if groups:
                self._groups.give_back(groups, wake=not self._closed)
            self._slots.release(wake=not self._closed)

    async def _take_groups(self, batch: ClosedBatch) -> set[str | None]:
        """Wait until no other batch has its groups in work; none, and gives up, when the lease ends first (SQS-19)."""
        groups = {one.message.group_id for one in batch.deliveries}
        if await self._groups.take(groups, batch.lease_ends_s):
            return groups
        self._work.give_up(batch, Clause.GROUP_BUSY, None)
        return set()

    def _without_duplicates(self, done: Sequence[Delivery]) -> Sequence[Delivery]:
        """Those to be deleted; the others come once more, as after a delete that was lost (GEN-03)."""
        rate, chance = self._world.quirks.duplicate_rate, self._world.seeds.stream(f"duplicates:{self.name}")
        return [one for one in done if chance.random() >= rate]

    def _settle(self, batch: ClosedBatch, record: InvocationRecord) -> Sequence[Delivery]:
        """Act on the function's answer; what is done with and to be deleted (SQS-23 to SQS-25)."""
        verdict = self._work.judge(batch, record)
        if self._target.fifo and verdict is not SUCCEEDED:
            self._carried.clear()  # later messages of a failed group must not overtake it
        if isinstance(verdict, AllFailed):
            self._slow_down()
            return ()
        self._polls.note_empty()
        self.scaling.succeeded(self._world.loop.time())
        if isinstance(verdict, SomeFailed):
            failed = set(verdict.identifiers)
            return [one for one in batch.deliveries if one.message.id not in failed]
        return batch.deliveries

    def _slow_down(self) -> None:
        """A batch failed or was throttled: fewer slots, and no more messages where there is none left (SQS-28)."""
        self._polls.note_empty()
        self.scaling.failed(self._world.loop.time())
        if self._slots.taken():
            self._polls.leave()
