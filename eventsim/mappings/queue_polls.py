"""A queue mapping's polls: receive, keep the pace, filter, delete (SQS-03, SQS-18, SQS-21, FLT-03)."""

from __future__ import annotations

import asyncio
import math
from functools import partial
from typing import TYPE_CHECKING, Any

from eventsim.cloud.paid import paid_requests
from eventsim.mappings.batching import receive_visibility_s
from eventsim.mappings.scaling import INVOKES_PER_POLLER, LONG_POLL_S, PollPace
from eventsim.patterns.filter_criteria import compile_filters

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventsim.cloud.queues.message import Delivery
    from eventsim.functions.function import Function
    from eventsim.kernel.world import World
    from eventsim.mappings.crew import Crew
    from eventsim.mappings.metrics import MappingMetrics
    from eventsim.mappings.queue_batch import QueueTarget
    from eventsim.mappings.scaling import Scaling
    from eventsim.mappings.settings import QueueMappingSettings
    from eventsim.patterns.filter_criteria import Filters
    from eventsim.sources.queue import QueueSource

FOREVER = float("inf")
POLL_LIMIT = 10
"""The most messages that one poll brings (SQS-03)."""
DELETE_LIMIT = 10
"""The most messages that one DeleteMessageBatch takes (SQS-23)."""


class QueuePolls:
    """Reads one queue for one mapping; one poll is under way at a time, and only while its *crew* works."""

    def __init__(
        self,
        name: str,
        target: QueueTarget,
        source: QueueSource,
        function: Function,
        scaling: Scaling,
        world: World,
        metrics: MappingMetrics,
        crew: Crew[Any],
    ) -> None:
        self._crew = crew
        self._name = name
        self._target = target
        self._source = source
        self.function = function
        self._scaling = scaling
        self._world = world
        self._trace_receive = world.trace.writer("poll.receive", "mapping", "queue", "records")
        self._trace_delete = world.trace.writer("queue.delete", "mapping", "queue", "records")
        self._metrics = metrics
        self._pace: PollPace | None = None
        self._filters: Filters | None = None
        self._parked: asyncio.Task[Any] | None = None
        self._polling_s: float | None = None

    def apply(self, settings: QueueMappingSettings) -> None:
        """Filter and pace by these settings from the next poll on (FLT-20)."""
        self._filters = compile_filters(settings.patterns, "sqs")
        self._pace = PollPace() if settings.provisioned_poller_config else None

    async def poll(self, settings: QueueMappingSettings, room: int, until_s: float) -> list[Delivery] | None:
        """Receive once, waiting until *until_s*, and filter; None when nothing came (SQS-03, FLT-03).

        A poll that may take for ever is also over when `leave` ends it.
        """
        if self._pace is not None:
            await self._keep_pace(self._pace)
        window_s = settings.maximum_batching_window_in_seconds
        visibility_s = partial(self._visibility_s, window_s) if window_s else None
        self._polling_s = self._world.loop.time()
        task = self._parked = self._crew.leader if until_s == FOREVER else None
        try:
            deliveries = await self._source.receive(min(room, POLL_LIMIT), visibility_s, until_s)
        except asyncio.CancelledError:
            if task is None or self._parked is task or not self._crew.working:
                raise
            task.uncancel()  # `leave` ended it
            return None
        finally:
            self.note_empty()
            self._parked = self._polling_s = None
        if not deliveries:
            return None
        size_bytes = sum([one.message.size_bytes for one in deliveries])
        if self._pace is not None:
            self._pace.received(size_bytes)
        self._metrics.receive_requests += paid_requests(size_bytes)
        self._metrics.polled += len(deliveries)
        self._trace_receive(self._name, self._target.name, [one.message.id for one in deliveries])
        return deliveries if self._filters is None else await self._filter(deliveries, settings, self._filters)

    def _visibility_s(self, window_s: int) -> int | None:
        """The visibility timeout to receive with now (SQS-21)."""
        return receive_visibility_s(window_s, self.function.settings.timeout_s, self._target.visibility_s())

    def leave(self) -> None:
        """Have a leader that waits for messages begin anew: it has no slot left, or has to poll in another way."""
        task, self._parked = self._parked, None
        if task is not None:
            task.cancel()

    def note_empty(self) -> None:
        """Set the concurrency back for each long poll that came back empty so far (SQS-16)."""
        if self._polling_s is None:
            return
        polled_s = self._world.loop.time() - self._polling_s
        if polled_s > LONG_POLL_S:
            self._polling_s += (math.ceil(polled_s / LONG_POLL_S) - 1) * LONG_POLL_S
            self._scaling.found_empty(self._polling_s)

    async def _keep_pace(self, pace: PollPace) -> None:
        """Wait until a provisioned poller may receive again (SQS-18)."""
        loop = self._world.loop
        while True:
            pollers = -(-self._scaling.allowed(loop.time()) // INVOKES_PER_POLLER)
            self._metrics.note_pollers(loop.time(), pollers)
            wait_s = pace.wait_s(loop.time(), pollers)
            if wait_s <= 0:
                return
            await asyncio.sleep(wait_s)

    async def _filter(
        self, deliveries: list[Delivery], settings: QueueMappingSettings, filters: Filters
    ) -> list[Delivery]:
        """Keep what matches; delete the rest at once (FLT-03, FLT-04, FLT-19)."""
        kept: list[Delivery] = []
        rejected: list[Delivery] = []
        for one in deliveries:
            keys = filters.rejections(self._target.record(one, settings))
            if keys is None:
                kept.append(one)
            else:
                rejected.append(one)
                self._world.trace.add("record.filter", mapping=self._name, record=one.message.id, keys=keys)
        if rejected:
            self._metrics.filtered_out += len(rejected)
            await self.delete(rejected)
        return kept

    async def delete(self, deliveries: Sequence[Delivery]) -> None:
        """Delete messages that are done with; those that fail come back (SQS-23, FLT-19)."""
        failed = await self._source.delete(deliveries)
        ids = [one.message.id for one in deliveries]
        self._metrics.deleted += len(ids) - len(failed)
        self._metrics.delete_requests += -(-len(ids) // DELETE_LIMIT)
        if not failed:
            self._trace_delete(self._name, self._target.name, ids)
            return
        self._world.trace.add(
            "queue.delete",
            mapping=self._name,
            queue=self._target.name,
            records=ids,
            failed=[one.message.id for one in failed],
        )
