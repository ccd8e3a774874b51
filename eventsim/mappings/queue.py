"""The queue mapping at work: wait for a slot, fill a batch, invoke, delete or leave (SQS-16 to SQS-29)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from eventsim.kernel.instants import after
from eventsim.mappings.batching import CloseReason
from eventsim.mappings.crew import Crew
from eventsim.mappings.partial_failure import AllFailed, AllSucceeded, Clause, SomeFailed
from eventsim.mappings.queue_batch import ClosedBatch, OpenBatch, still_leased
from eventsim.mappings.queue_groups import BusyGroups
from eventsim.mappings.queue_polls import FOREVER, QueuePolls
from eventsim.mappings.queue_slots import Slots
from eventsim.mappings.queue_work import QueueWork
from eventsim.mappings.scaling import Scaling, profile_of
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
        self._polls = QueuePolls(
            name, target, source, function, self.scaling, world, metrics, lambda: self._crew.working
        )
        self._slots = Slots(world.loop, self.scaling, source, self._most)
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

    # -- the leader: wait for a slot, fill a batch ------------------------------------------

    async def _lead(self) -> ClosedBatch:
        """Fill the next batch; it holds a slot from its first message on (ESM-19)."""
        slots = self._slots
        while True:
            if slots.taken():
                await slots.free()
            settings = self.settings
            first = self._take_carried() or await self._polls.poll(settings, settings.batch_size, FOREVER)
            if not first:
                continue
            slots.in_work += 1
            try:
                batch = await self._fill(first, settings)
            except BaseException:
                slots.release()
                raise
            if batch.deliveries:
                return batch
            slots.release()

    async def _fill(self, first: list[Delivery], settings: QueueMappingSettings) -> ClosedBatch:
        """Close the batch when it is full, too heavy, or its window has passed (ESM-18)."""
        batch = OpenBatch(settings, self._target)
        reason, self._carried = batch.add(first)
        if reason is None and not settings.has_window:
            reason = CloseReason.POLL
        ends_s = after(self._world.loop.time(), settings.maximum_batching_window_in_seconds)
        while reason is None:
            more = await self._poll_in_window(batch, ends_s)
            if more is None:
                reason = CloseReason.WINDOW
            else:
                reason, self._carried = batch.add(more)
        deliveries = batch.deliveries
        if settings.has_window:
            deliveries = still_leased(deliveries, self._world.loop.time())
        self._world.trace.add("batch.close", mapping=self.name, reason=reason.value, records=len(deliveries))
        return ClosedBatch(tuple(deliveries), settings)

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
        if not self._carried:
            return []
        carried, self._carried = self._carried, []
        return still_leased(carried, self._world.loop.time())

    def _most(self) -> float:
        """What is left of a FIFO poll waits for the batch before it (SQS-19)."""
        return 1 if self._carried and self._target.fifo else FOREVER

    # -- the worker: invoke, then delete or leave -------------------------------------------

    async def _serve(self, batch: ClosedBatch) -> None:
        """Invoke the function with the batch and act on its answer (SQS-23 to SQS-25)."""
        try:
            if self._target.fifo:
                await self._serve_groups(batch)
            else:
                await self._try(batch)
        finally:
            self._slots.release(wake=not self._closed)

    async def _serve_groups(self, batch: ClosedBatch) -> None:
        """Invoke with groups that no other batch has in work; give up when the lease ends first (SQS-19)."""
        groups = {one.message.group_id for one in batch.deliveries}
        if not await self._groups.take(groups, batch.lease_ends_s):
            self._work.give_up(batch, Clause.GROUP_BUSY, None)
            return
        try:
            await self._try(batch)
        finally:
            self._groups.give_back(groups, wake=not self._closed)

    async def _try(self, batch: ClosedBatch) -> None:
        record = await self._work.invoke(batch)
        if record is not None:
            await self._settle(batch, record)

    async def _settle(self, batch: ClosedBatch, record: InvocationRecord) -> None:
        verdict = self._work.judge(batch, record)
        if self._target.fifo and not isinstance(verdict, AllSucceeded):
            self._carried.clear()  # later messages of a failed group must not overtake it
        if isinstance(verdict, AllFailed):
            self._slow_down()
            return
        self._polls.note_empty()
        self.scaling.succeeded(self._world.loop.time())
        done: Sequence[Delivery] = batch.deliveries
        if isinstance(verdict, SomeFailed):
            failed = set(verdict.identifiers)
            done = [one for one in batch.deliveries if one.message.id not in failed]
        if done:
            await self._polls.delete(done)

    def _slow_down(self) -> None:
        """A batch failed or was throttled: fewer slots, and no more messages where there is none left (SQS-28)."""
        self._polls.note_empty()
        self.scaling.failed(self._world.loop.time())
        if self._slots.taken():
            self._polls.leave()
