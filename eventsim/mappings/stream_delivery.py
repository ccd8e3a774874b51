"""Bringing one batch of a stream to its end: invoke, retry in place, cut, or give up (STR-07 to STR-18)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventsim.events.stream import StreamBatch
from eventsim.functions.invocations import Outcome
from eventsim.kernel.instants import after
from eventsim.mappings.partial_failure import AllFailed, Clause, SomeFailed
from eventsim.mappings.retries import (
    FOREVER,
    Condition,
    Discard,
    Halve,
    after_failure,
    first_failed,
    gone,
    retry_delay_s,
    too_old,
)
from eventsim.mappings.stream_answers import read_answer
from eventsim.mappings.stream_batch import Batch, is_too_large
from eventsim.mappings.stream_discards import give_up
from eventsim.mappings.stream_work import LastResult
from eventsim.mappings.windows import read_state
from eventsim.sources.queue import finish

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from eventsim.events.stream import RecordShape
    from eventsim.functions.invocations import InvocationRecord
    from eventsim.mappings.stream_work import Progress, StreamWork


class Delivery:
    """Works on one batch of a lane at a time; what a failure makes of it is *pending*, the next last.

    What happens after a failure goes by the mapping's settings at that time. *settle* is called whenever something is
    done with. After `stop` nothing is tried again: what is pending is left.
    """

    def __init__(self, work: StreamWork, shape: RecordShape, progress: Progress, settle: Callable[[], None]) -> None:
        self.pending: list[Batch] = []
        self.stopping = False
        self._work = work
        self._shape = shape
        self._progress = progress
        self._settle = settle
        self._quirks = work.world.quirks
        self._duplicates = work.world.seeds.stream(f"duplicates:{work.name}")
        self._waiting: asyncio.Future[None] | None = None

    @property
    def lowest(self) -> int | None:
        """The lowest position that is not done with."""
        for batch in reversed(self.pending):
            if batch.records:
                return batch.positions[0]
        return None

    def stop(self) -> None:
        """Finish the invocation that runs, and no more (ESM-23)."""
        self.stopping = True
        if self._waiting is not None:
            finish(self._waiting)

    async def run(self, batch: Batch) -> None:
        """Go on until everything of the batch is processed or given up."""
        self.pending.append(batch)
        while self.pending and not self.stopping:
            await self._try(self.pending[-1])
            self._settle()

    async def _try(self, batch: Batch) -> None:
        """One step with the batch that is next: drop what is too old of it, or invoke the function with it."""
        if self._is_old(batch) and await self._drop_old(batch):
            return
        made = self._make(batch)
        record = await self._invoke(batch, made)
        if record is None:
            batch.failures += 1
            batch.responded = False
            self._failed(batch, Clause.TOO_LARGE)
            await self._after_failure(batch, made)
        elif record.outcome is Outcome.THROTTLE:
            batch.throttles += 1
            self._work.metrics.failed += len(batch)
            await self._wait(retry_delay_s(batch.throttles - 1, self._quirks))
        else:
            await self._settle_answer(batch, made, record)

    def _make(self, batch: Batch) -> StreamBatch:
        length_s, shape = self._work.settings.tumbling_window_in_seconds, self._work.shape(self._shape.shard_id)
        if length_s and batch.records:
            self._progress.enter_window(self._shape.arrival_ms(batch.records[0]), length_s)
        window = self._progress.window
        return StreamBatch(batch.records, shape, None if window is None else window.part(final=batch.final))

    # -- too old to be tried (STR-10, STR-34) ----------------------------------------------------

    def _is_old(self, batch: Batch) -> bool:
        """Whether `_drop_old` might find something; the first attempt begins here."""
        work = self._work
        now_ms = work.world.clock.wall_ms()
        if batch.first_ms is None:
            batch.first_ms = now_ms
        oldest_ms = now_ms - work.source.retention_ms
        if (maximum_age_s := work.settings.maximum_record_age_in_seconds) != FOREVER:
            oldest_ms = max(oldest_ms, now_ms - 1000 * maximum_age_s)
        return batch.final or self._shape.arrival_ms(batch.records[0]) <= oldest_ms

    async def _drop_old(self, batch: Batch) -> bool:
        """Give up the records at the head that are gone from the stream or too old; whether there were any."""
        now_ms = self._work.world.clock.wall_ms()
        retention_ms, maximum_age_s = self._work.source.retention_ms, self._work.settings.maximum_record_age_in_seconds
        if batch.final:
            return await self._drop_final(batch, now_ms, retention_ms, maximum_age_s)
        if count := gone(batch.records, now_ms, retention_ms):
            await self._cut(batch, count, Condition.EXPIRED)
        elif count := too_old(batch.records, self._shape.arrival_ms, now_ms, maximum_age_s):
            await self._cut(batch, count, Condition.AGE_EXCEEDED)
        return count > 0

    async def _cut(self, batch: Batch, count: int, condition: Condition) -> None:
        """Give up the first *count* records; the others are a new batch."""
        head = StreamBatch(batch.records[:count], self._shape, self._make(batch).window)
        await give_up(self._work, batch, head, condition)
        self.pending.pop()
        if count < len(batch):
            self.pending.append(batch.part(count))

    async def _drop_final(self, batch: Batch, now_ms: int, retention_ms: int, maximum_age_s: int) -> bool:
        """A window's last invocation has no records: its age is how long it has been failing."""
        assert batch.first_ms is not None
        age_ms = now_ms - batch.first_ms
        if age_ms >= retention_ms:
            condition = Condition.EXPIRED
        elif maximum_age_s != FOREVER and age_ms > 1000 * maximum_age_s:
            condition = Condition.AGE_EXCEEDED
        else:
            return False
        await self._end(batch, self._make(batch), condition)
        return True

    # -- one invocation --------------------------------------------------------------------------

    async def _invoke(self, batch: Batch, made: StreamBatch) -> InvocationRecord | None:
        """Invoke once; None for an event that is too large for an invocation (STR-18)."""
        work, function = self._work, self._work.function
        if batch.request_id is None:
            batch.request_id = function.new_request_id()
        batch.attempts += 1
        if batch.attempts > 1:
            self._trace("batch.retry", batch, attempt=batch.attempts)
        work.metrics.invoked += len(batch)
        if batch.too_large or (made.window is not None and is_too_large(made)):
            return None
        sent_ms = work.world.clock.wall_ms()
        record = await function.invoke(
            made.event(), request_id=batch.request_id, mapping=work.name, attempt=batch.attempts, batch=made
        )
        if made.records and record.outcome is not Outcome.THROTTLE:
            age_ms = sent_ms - self._shape.arrival_ms(made.records[-1])
            work.metrics.iterator_age_ms = max(work.metrics.iterator_age_ms, age_ms)
        return record

    async def _settle_answer(self, batch: Batch, made: StreamBatch, record: InvocationRecord) -> None:
        verdict = read_answer(record, made, reports=self._work.settings.reports_batch_item_failures)
        batch.responded, batch.function_error = True, None
        if isinstance(verdict, AllFailed):
            if record.outcome is Outcome.SUCCESS:
                record.outcome = Outcome.ERROR
            else:
                batch.function_error = "Unhandled"
            batch.failures += 1
            self._failed(batch, verdict.clause)
            await self._after_failure(batch, made)
            return
        self._work.last_result = LastResult.OK
        if isinstance(verdict, SomeFailed):
            record.outcome = Outcome.PARTIAL
            await self._partial(batch, made, record, verdict)
        else:
            self._keep_state(record)
            self._done(batch)
            self._deliver_twice(batch)

    async def _partial(self, batch: Batch, made: StreamBatch, record: InvocationRecord, verdict: SomeFailed) -> None:
        """Everything before the lowest number is done with; the rest is a new batch (STR-12 to STR-14)."""
        self._work.metrics.failed += len(verdict.identifiers)
        first = first_failed(made.ids(), verdict.identifiers)
        self._trace(
            "batch.partial", batch, first=batch.records[first].sequence_number, records=len(verdict.identifiers)
        )
        if first == 0:
            batch.failures += 1
            await self._after_failure(batch, made, reported=True)
            return
        self._keep_state(record)
        self.pending[-1] = batch.part(first)
        self._end_overflowed_window(batch)

    # -- after a failure -------------------------------------------------------------------------

    def _failed(self, batch: Batch, clause: Clause) -> None:
        self._work.metrics.failed += len(batch)
        self._work.last_result = LastResult.PROBLEM
        self._trace("batch.fail", batch, clause=clause.value, records=len(batch))

    async def _after_failure(self, batch: Batch, made: StreamBatch, *, reported: bool = False) -> None:
        step = after_failure(
            self._work.settings.retries, len(batch), batch.failures, reported=reported, quirks=self._quirks
        )
        if isinstance(step, Discard):
            await self._end(batch, made, step.condition)
        elif isinstance(step, Halve):
            self._trace("batch.bisect", batch, records=[step.first, len(batch) - step.first])
            self.pending[-1:] = [batch.part(step.first), batch.part(0, step.first)]
        else:
            await self._wait(step.delay_s)

    async def _end(self, batch: Batch, made: StreamBatch, condition: Condition) -> None:
        """Give the whole batch up."""
        await give_up(self._work, batch, made, condition)
        self._done(batch)

    async def _wait(self, delay_s: float) -> None:
        """Wait before the next attempt, unless the mapping is stopped."""
        if self.stopping:
            return
        loop = self._work.world.loop
        self._waiting = loop.create_future()
        timer = loop.call_at(after(loop.time(), delay_s), finish, self._waiting)
        try:
            await self._waiting
        finally:
            timer.cancel()
            self._waiting = None

    # -- done ------------------------------------------------------------------------------------

    def _done(self, batch: Batch) -> None:
        self.pending.pop()
        if batch.final:
            self._progress.window = None
        else:
            self._end_overflowed_window(batch)

    def _deliver_twice(self, batch: Batch) -> None:
        """Let some of what was processed come once more, as after a checkpoint that was lost (GEN-03)."""
        rate = self._quirks.duplicate_rate
        if rate and not batch.final and self._duplicates.random() < rate:
            self.pending.append(batch.part(0))

    def _keep_state(self, record: InvocationRecord) -> None:
        """Take over the state that the function returned for the window (STR-28)."""
        window, state = self._progress.window, read_state(record.response)
        if window is not None and state is not None:
            window.keep(state)

    def _end_overflowed_window(self, batch: Batch) -> None:
        """Have a window with too much state end before anything else (STR-30)."""
        window = self._progress.window
        if window is not None and window.overflowed and not batch.final:
            self.pending.append(Batch((), (), final=True))

    def _trace(self, kind: str, batch: Batch, **fields: object) -> None:
        self._work.world.trace.add(
            kind, mapping=self._work.name, shard=self._shape.shard_id, request_id=batch.request_id, **fields
        )
