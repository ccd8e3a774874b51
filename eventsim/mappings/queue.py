"""The queue mapping at work: receive, batch, invoke, and delete or leave (SQS-16 to SQS-29, ESM-18 to ESM-30)."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING, Any, NamedTuple

from eventsim.events.sqs import SqsBatch, sqs_record
from eventsim.functions.invocations import Outcome
from eventsim.kernel.instants import after
from eventsim.mappings import backoff
from eventsim.mappings.batching import (
    ENVELOPE_BYTES,
    CloseReason,
    fitting,
    receive_visibility_s,
    record_size_bytes,
    surely_fits,
)
from eventsim.mappings.crew import Crew
from eventsim.mappings.partial_failure import (
    AllFailed,
    AllSucceeded,
    Clause,
    SomeFailed,
    breaks_group_order,
    read_response,
)
from eventsim.mappings.scaling import INVOKES_PER_POLLER, LONG_POLL_S, PollPace, Scaling, profile_of
from eventsim.patterns.filter_criteria import compile_filters
from eventsim.sources.queue import finish

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from eventsim.cloud.queues.message import Delivery
    from eventsim.functions.function import Function
    from eventsim.functions.invocations import InvocationRecord
    from eventsim.kernel.world import World
    from eventsim.mappings.metrics import MappingMetrics
    from eventsim.mappings.partial_failure import Verdict
    from eventsim.mappings.settings import QueueMappingSettings
    from eventsim.patterns.filter_criteria import Filters
    from eventsim.sources.queue import QueueSource

FOREVER = float("inf")
POLL_LIMIT = 10
"""The most messages that one poll brings (SQS-03)."""


class QueueTarget:
    """What a queue mapping has to know of its queue; *visibility_s* asks for its present visibility timeout."""

    __slots__ = ("arn", "fifo", "name", "region", "visibility_s")

    def __init__(self, arn: str, *, fifo: bool, visibility_s: Callable[[], int]) -> None:
        self.arn = arn
        self.name = arn.rpartition(":")[2]
        self.region = arn.split(":", 4)[3]
        self.fifo = fifo
        self.visibility_s = visibility_s


class OpenBatch:
    """A batch that is being filled, by the settings that it was opened with (FLT-20)."""

    __slots__ = ("content_bytes", "deliveries", "exact_bytes", "settings")

    def __init__(self, settings: QueueMappingSettings) -> None:
        self.settings = settings
        self.deliveries: list[Delivery] = []
        self.content_bytes = 0
        self.exact_bytes: int | None = None


class ClosedBatch(NamedTuple):
    """A batch on its way to the function; *settings* are those that it was opened with."""

    deliveries: tuple[Delivery, ...]
    settings: QueueMappingSettings

    @property
    def lease_ends_s(self) -> float:
        """When the first of its leases ends."""
        return min([one.expires_s for one in self.deliveries])


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
        self._target = target
        self._source = source
        self._function = function
        self._world = world
        self._metrics = metrics
        self._jitter = world.seeds.stream(f"throttle:{name}")
        self._crew = Crew(world, name, self._lead, self._serve)
        self._closed = False
        self._in_work = 0
        self._slot: asyncio.Future[None] | None = None
        self._carried: list[Delivery] = []
        self._busy_groups: set[str | None] = set()
        self._group_waiters: list[asyncio.Future[None]] = []
        self._parked: asyncio.Task[Any] | None = None
        self._polling_s: float | None = None
        self._pace: PollPace | None = None
        self.scaling = Scaling(profile_of(settings, fifo=target.fifo), world.loop.time())
        self._filters: Filters | None = None
        self.settings = settings
        self.apply(settings)

    @staticmethod
    def check(settings: QueueMappingSettings) -> None:
        """Raise `eventsim.errors.AwsError` for settings that `apply` could not work by (FLT-02)."""
        compile_filters(settings.patterns, "sqs")

    def apply(self, settings: QueueMappingSettings) -> None:
        """Work by these settings from now on; batches that are open or in work are not touched (FLT-20)."""
        self.settings = settings
        self._filters = compile_filters(settings.patterns, "sqs")
        self.scaling.change_profile(profile_of(settings, fifo=self._target.fifo), self._world.loop.time())
        self._pace = PollPace() if settings.provisioned_poller_config else None
        self._wake_leader()
        self._leave_poll()

    def start(self) -> None:
        """Begin to poll."""
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
        while True:
            if self._in_work >= self._slots():
                await self._free_slot()
            settings = self.settings
            first = self._take_carried() or await self._poll(settings, settings.batch_size, FOREVER)
            if not first:
                continue
            self._in_work += 1
            try:
                batch = await self._fill(first, settings)
            except BaseException:
                self._release_slot()
                raise
            if batch.deliveries:
                return batch
            self._release_slot()

    async def _fill(self, first: list[Delivery], settings: QueueMappingSettings) -> ClosedBatch:
        """Close the batch when it is full, too heavy, or its window has passed (ESM-18)."""
        batch = OpenBatch(settings)
        reason = self._add(batch, first)
        window_s = settings.maximum_batching_window_in_seconds
        if reason is None and not window_s:
            reason = CloseReason.POLL
        ends_s = after(self._world.loop.time(), window_s)
        while reason is None:
            more = await self._poll_in_window(batch, ends_s)
            reason = CloseReason.WINDOW if more is None else self._add(batch, more)
        deliveries = self._leased(batch.deliveries) if window_s else batch.deliveries
        self._world.trace.add("batch.close", mapping=self.name, reason=reason.value, records=len(deliveries))
        return ClosedBatch(tuple(deliveries), settings)

    async def _poll_in_window(self, batch: OpenBatch, ends_s: float) -> list[Delivery] | None:
        """Poll, but when the mapping is stopped meanwhile, close the batch instead of losing it (ESM-23)."""
        try:
            return await self._poll(batch.settings, batch.settings.batch_size - len(batch.deliveries), ends_s)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if self._crew.working or self._closed or task is None:
                raise
            task.uncancel()
            return None

    def _add(self, batch: OpenBatch, deliveries: list[Delivery]) -> CloseReason | None:
        """Put as many into the batch as it takes, carry the rest over; say why it is closed, or None."""
        held, batch_size = batch.deliveries, batch.settings.batch_size
        room = batch_size - len(held)
        taken = min(room, len(deliveries))
        batch.content_bytes += sum([one.message.size_bytes for one in deliveries[:taken]])
        if batch.exact_bytes is not None or not surely_fits(batch.content_bytes, len(held) + taken):
            if batch.exact_bytes is None:
                batch.exact_bytes = ENVELOPE_BYTES + sum(self._sizes_bytes(held))
            sizes = self._sizes_bytes(deliveries[:taken])
            taken = fitting(batch.exact_bytes, sizes, taken, empty=not held)
            batch.exact_bytes += sum(sizes[:taken])
        held += deliveries[:taken]
        self._carried = deliveries[taken:]
        if len(held) == batch_size:
            return CloseReason.SIZE
        return CloseReason.PAYLOAD if self._carried else None

    def _sizes_bytes(self, deliveries: Sequence[Delivery]) -> list[int]:
        return [record_size_bytes(self._record(one)) for one in deliveries]

    def _take_carried(self) -> list[Delivery]:
        """What an earlier poll brought and no batch had room for."""
        carried, self._carried = self._carried, []
        return self._leased(carried) if carried else carried

    def _leased(self, deliveries: list[Delivery]) -> list[Delivery]:
        """Those whose lease has not ended: the function never gets another one (SQS-27)."""
        now_s = self._world.loop.time()
        return [one for one in deliveries if one.expires_s > now_s]

    async def _poll(self, settings: QueueMappingSettings, room: int, until_s: float) -> list[Delivery] | None:
        """Receive once, waiting until *until_s*, and filter; None when nothing came (SQS-03, FLT-03)."""
        metrics = self._metrics
        if self._pace is not None:
            await self._keep_pace(self._pace)
        deliveries = await self._receive(settings, min(room, POLL_LIMIT), until_s)
        if not deliveries:
            return None
        if self._pace is not None:
            self._pace.received(sum([one.message.size_bytes for one in deliveries]))
        metrics.polled += len(deliveries)
        self._world.trace.add(
            "poll.receive",
            mapping=self.name,
            queue=self._target.name,
            records=[one.message.id for one in deliveries],
        )
        return deliveries if self._filters is None else await self._filter(deliveries, self._filters)

    async def _receive(self, settings: QueueMappingSettings, limit: int, until_s: float) -> list[Delivery]:
        """Receive; one that may take for ever is also over when `_leave_poll` ends it."""
        loop = self._world.loop
        window_s = settings.maximum_batching_window_in_seconds

        def visibility_s() -> int | None:
            return receive_visibility_s(window_s, self._function.settings.timeout_s, self._target.visibility_s())

        self._polling_s = loop.time()
        task = self._parked = asyncio.current_task() if until_s == FOREVER else None
        try:
            return await self._source.receive(limit, visibility_s if window_s else None, until_s)
        except asyncio.CancelledError:
            if task is None or self._parked is task or not self._crew.working:
                raise
            task.uncancel()
            return []
        finally:
            self._note_empty_polls()
            self._parked = self._polling_s = None

    def _leave_poll(self) -> None:
        """Have a leader that waits for messages begin anew: it has no slot left, or has to poll in another way."""
        task, self._parked = self._parked, None
        if task is not None:
            task.cancel()

    def _note_empty_polls(self) -> None:
        """Set the concurrency back for each long poll that came back empty so far (SQS-16)."""
        if self._polling_s is None:
            return
        empty = math.ceil((self._world.loop.time() - self._polling_s) / LONG_POLL_S) - 1
        if empty > 0:
            self._polling_s += empty * LONG_POLL_S
            self.scaling.found_empty(self._polling_s)

    async def _keep_pace(self, pace: PollPace) -> None:
        """Wait until a provisioned poller may receive again (SQS-18)."""
        loop = self._world.loop
        while True:
            pollers = -(-self.scaling.allowed(loop.time()) // INVOKES_PER_POLLER)
            wait_s = pace.wait_s(loop.time(), pollers)
            if wait_s <= 0:
                return
            await asyncio.sleep(wait_s)

    async def _filter(self, deliveries: list[Delivery], filters: Filters) -> list[Delivery]:
        """Keep what matches; delete the rest at once (FLT-03, FLT-04, FLT-19)."""
        kept: list[Delivery] = []
        rejected: list[Delivery] = []
        for one in deliveries:
            keys = filters.rejections(self._record(one))
            if keys is None:
                kept.append(one)
            else:
                rejected.append(one)
                self._world.trace.add("record.filter", mapping=self.name, record=one.message.id, keys=keys)
        if rejected:
            self._metrics.filtered_out += len(rejected)
            await self._delete(rejected)
        return kept

    def _record(self, one: Delivery) -> dict[str, Any]:
        with_window = self.settings.maximum_batching_window_in_seconds > 0
        return sqs_record(one, self._target.arn, self._target.region, with_window=with_window)

    def _slots(self) -> int:
        """How many batches may be in work; what is left of a FIFO poll waits for the batch before it (SQS-19)."""
        if self._carried and self._target.fifo:
            return 1
        return self.scaling.allowed(self._world.loop.time())

    async def _free_slot(self) -> None:
        """Wait until a batch ends or the allowed concurrency grows enough (SQS-16, SQS-17)."""
        loop = self._world.loop
        while self._in_work >= self._slots():
            backlog = await self._source.backlog()
            self.scaling.saturated(loop.time(), backlog)
            slot = self._slot = loop.create_future()
            grown_s = self.scaling.next_slot_s(loop.time())
            timer = None if grown_s is None else loop.call_at(grown_s, finish, slot)
            unwatch = None if backlog else self._source.watch(lambda: finish(slot))  # noqa: B023 - used at once
            try:
                await slot
            finally:
                self._slot = None
                if timer is not None:
                    timer.cancel()
                if unwatch is not None:
                    unwatch()
        self.scaling.saturated(loop.time(), False)

    def _release_slot(self) -> None:
        self._in_work -= 1
        self._wake_leader()

    def _wake_leader(self) -> None:
        """Have a leader that waits for a slot look again."""
        if self._slot is not None and not self._closed:
            finish(self._slot)

    def _slow_down(self) -> None:
        """A batch failed or was throttled: fewer slots, and no more messages where there is none left (SQS-28)."""
        self._note_empty_polls()
        self.scaling.failed(self._world.loop.time())
        if self._in_work >= self._slots():
            self._leave_poll()

    # -- the worker: invoke, then delete or leave -------------------------------------------

    async def _serve(self, batch: ClosedBatch) -> None:
        """Invoke the function with the batch and act on its answer (SQS-23 to SQS-25)."""
        try:
            if self._target.fifo:
                await self._serve_groups(batch)
            else:
                await self._try(batch)
        finally:
            self._release_slot()

    async def _serve_groups(self, batch: ClosedBatch) -> None:
        """Two batches with the same group never run at once, not even when a lease ended too soon (SQS-19)."""
        groups = {one.message.group_id for one in batch.deliveries}
        while groups & self._busy_groups:
            if self._world.loop.time() >= batch.lease_ends_s:
                self._fail(None, batch, Clause.GROUP_BUSY)
                return
            await self._groups_free(batch.lease_ends_s)
        self._busy_groups |= groups
        try:
            await self._try(batch)
        finally:
            self._busy_groups -= groups
            for waiting in () if self._closed else self._group_waiters:
                finish(waiting)

    async def _groups_free(self, until_s: float) -> None:
        """Wait until some batch ends, at most until *until_s*."""
        waiting = self._world.loop.create_future()
        self._group_waiters.append(waiting)
        timer = self._world.loop.call_at(until_s, finish, waiting)
        try:
            await waiting
        finally:
            timer.cancel()
            self._group_waiters.remove(waiting)

    async def _try(self, batch: ClosedBatch) -> None:
        record = await self._invoke(batch)
        if record is not None:
            await self._settle(batch, record)

    async def _invoke(self, batch: ClosedBatch) -> InvocationRecord | None:
        """Invoke once, and while throttled again within the lease; None when that ran out (SQS-27, SQS-28)."""
        loop, function = self._world.loop, self._function
        with_window = batch.settings.maximum_batching_window_in_seconds > 0
        made_of = SqsBatch(batch.deliveries, self._target.arn, with_window)
        event = made_of.event()
        request_id = function.new_request_id()
        attempt = 1
        while True:
            self._metrics.invoked += len(made_of)
            record = await function.invoke(
                event, request_id=request_id, mapping=self.name, attempt=attempt, batch=made_of
            )
            if record.outcome is not Outcome.THROTTLE:
                return record
            self._metrics.failed += len(made_of)
            self._slow_down()
            lease_ends_s = batch.lease_ends_s
            retry_s = backoff.retry_at_s(loop.time(), attempt, lease_ends_s, self._jitter)
            await self._until(lease_ends_s if retry_s is None else retry_s)
            if retry_s is None:
                self._fail(request_id, batch, Clause.THROTTLED)
                return None
            attempt += 1
            self._world.trace.add("batch.retry", mapping=self.name, request_id=request_id, attempt=attempt)

    async def _until(self, when_s: float) -> None:
        loop = self._world.loop
        if when_s > loop.time():
            reached = loop.create_future()
            loop.call_at(when_s, finish, reached)
            await reached

    async def _settle(self, batch: ClosedBatch, record: InvocationRecord) -> None:
        verdict = self._verdict(batch, record)
        if self._target.fifo and not isinstance(verdict, AllSucceeded):
            self._carried.clear()  # later messages of a failed group must not overtake it
        if isinstance(verdict, AllFailed):
            self._metrics.failed += len(batch.deliveries)
            self._slow_down()
            if record.outcome is Outcome.SUCCESS:
                record.outcome = Outcome.ERROR
            self._fail(record.request_id, batch, verdict.clause)
            return
        self._note_empty_polls()
        self.scaling.succeeded(self._world.loop.time())
        if isinstance(verdict, SomeFailed):
            record.outcome = Outcome.PARTIAL
            succeeded = self._leave_failed(batch.deliveries, record, set(verdict.identifiers))
            if succeeded:
                await self._delete(succeeded)
        else:
            await self._delete(batch.deliveries)

    def _verdict(self, batch: ClosedBatch, record: InvocationRecord) -> Verdict:
        if record.outcome is Outcome.ERROR:
            return AllFailed(Clause.FUNCTION_ERROR)
        if record.outcome is Outcome.TIMEOUT:
            return AllFailed(Clause.TIMEOUT)
        reports = batch.settings.reports_batch_item_failures and record.response is not None
        identifiers = {one.message.id for one in batch.deliveries} if reports else ()
        return read_response(record.response, identifiers, reports=reports)

    def _leave_failed(
        self, batch: tuple[Delivery, ...], record: InvocationRecord, failed: set[str]
    ) -> list[Delivery]:
        """Leave the reported messages to their visibility timeout; return the others (SQS-25, SQS-26)."""
        self._metrics.failed += len(failed)
        flags = [one.message.id in failed for one in batch]
        fields: dict[str, Any] = {}
        if self._target.fifo and breaks_group_order([one.message.group_id for one in batch], flags):
            fields["lint"] = "a message behind a reported one of its group counts as processed: the order is lost"
        self._world.trace.add(
            "batch.partial",
            mapping=self.name,
            request_id=record.request_id,
            records=[one.message.id for one, has_failed in zip(batch, flags, strict=True) if has_failed],
            **fields,
        )
        return [one for one, has_failed in zip(batch, flags, strict=True) if not has_failed]

    def _fail(self, request_id: str | None, batch: ClosedBatch, clause: Clause) -> None:
        self._world.trace.add(
            "batch.fail",
            mapping=self.name,
            request_id=request_id,
            clause=clause.value,
            records=len(batch.deliveries),
        )

    async def _delete(self, deliveries: Sequence[Delivery]) -> None:
        failed = await self._source.delete(deliveries)
        self._metrics.deleted += len(deliveries) - len(failed)
        fields = {"failed": [one.message.id for one in failed]} if failed else {}
        self._world.trace.add(
            "queue.delete",
            mapping=self.name,
            queue=self._target.name,
            records=[one.message.id for one in deliveries],
            **fields,
        )
