"""What becomes of a batch from a queue: invoked, then deleted or left to come back (SQS-23 to SQS-28)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventsim.errors import AwsError
from eventsim.events.sqs import SqsBatch
from eventsim.functions.invocations import Outcome
from eventsim.mappings import backoff
from eventsim.mappings.partial_failure import (
    SUCCEEDED,
    AllFailed,
    Clause,
    SomeFailed,
    Verdict,
    breaks_group_order,
    read_response,
)
from eventsim.sources.queue import finish

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventsim.cloud.queues.message import Delivery
    from eventsim.functions.function import Function
    from eventsim.functions.invocations import InvocationRecord
    from eventsim.kernel.world import World
    from eventsim.mappings.metrics import MappingMetrics
    from eventsim.mappings.queue_batch import ClosedBatch, QueueTarget
    from eventsim.quirks import Quirks

_THROTTLE = Outcome.THROTTLE  # looking a member of an enumeration up is slow
_ORDER_LOST = "a message behind a reported one of its group counts as processed: the order is lost"


class QueueWork:
    """Invokes the function with batches of one mapping and reads its answers; *slow_down* is told of each refusal."""

    def __init__(
        self,
        name: str,
        target: QueueTarget,
        function: Function,
        world: World,
        metrics: MappingMetrics,
        slow_down: Callable[[], None],
    ) -> None:
        self._name = name
        self._target = target
        self.function = function
        self._world = world
        self._metrics = metrics
        self._slow_down = slow_down
        self._jitter = world.seeds.stream(f"throttle:{name}")

    async def invoke(self, batch: ClosedBatch) -> InvocationRecord | None:
        """Invoke once, and while throttled again within the lease; None when that ran out (SQS-27, SQS-28).

        None too for a function that is stopped in a loop: the messages come back (FUN-17).
        """
        loop, function = self._world.loop, self.function
        deliveries = batch.deliveries
        made_of = SqsBatch(deliveries, self._target.arn, batch.settings.maximum_batching_window_in_seconds > 0)
        request_id = function.new_request_id()
        headers = []
        for one in deliveries:
            if one.message.trace_header is not None:
                headers.append(one.message.trace_header)  # noqa: PERF401 - hardly any message has one
        try:
            trace_header = function.follow(headers) or ""
        except AwsError:
            self._refused(batch, request_id)
            return None
        event = made_of.event()
        attempt = 1
        while True:
            self._metrics.invoked += len(deliveries)
            record = await function.invoke(
                event,
                request_id=request_id,
                mapping=self._name,
                attempt=attempt,
                batch=made_of,
                trace_header=trace_header,
            )
            if record.outcome is not _THROTTLE:
                return record
            self._metrics.failed += len(deliveries)
            self._slow_down()
            lease_ends_s = batch.lease_ends_s
            retry_s = backoff.retry_at_s(loop.time(), attempt, lease_ends_s, self._jitter, self._world.quirks)
            await self._until(lease_ends_s if retry_s is None else retry_s)
            if retry_s is None:
                self.give_up(batch, Clause.THROTTLED, request_id)
                return None
            attempt += 1
            self._world.trace.add("batch.retry", mapping=self._name, request_id=request_id, attempt=attempt)

    def _refused(self, batch: ClosedBatch, request_id: str) -> None:
        """The function may not run once more in this chain of requests."""
        self._metrics.invoked += len(batch.deliveries)
        self._metrics.failed += len(batch.deliveries)
        self._slow_down()
        self.give_up(batch, Clause.LOOP, request_id)

    async def _until(self, when_s: float) -> None:
        loop = self._world.loop
        if when_s > loop.time():
            reached = loop.create_future()
            loop.call_at(when_s, finish, reached)
            await reached

    def judge(self, batch: ClosedBatch, record: InvocationRecord) -> Verdict:
        """Read the answer, count and trace what failed, and refine the record's outcome (ESM-26 to ESM-30)."""
        verdict = _verdict(batch, record, self._world.quirks)
        if verdict is SUCCEEDED:
            return verdict
        if isinstance(verdict, AllFailed):
            self._metrics.failed += len(batch.deliveries)
            if record.outcome is Outcome.SUCCESS:
                record.outcome = Outcome.ERROR
            self.give_up(batch, verdict.clause, record.request_id)
        elif isinstance(verdict, SomeFailed):
            self._metrics.failed += len(verdict.identifiers)
            record.outcome = Outcome.PARTIAL
            self._tell_partial(batch.deliveries, record, set(verdict.identifiers))
        return verdict

    def _tell_partial(self, batch: tuple[Delivery, ...], record: InvocationRecord, failed: set[str]) -> None:
        flags = [one.message.id in failed for one in batch]
        fields: dict[str, Any] = {}
        if self._target.fifo and breaks_group_order([one.message.group_id for one in batch], flags):
            fields["lint"] = _ORDER_LOST
        self._world.trace.add(
            "batch.partial",
            mapping=self._name,
            request_id=record.request_id,
            records=[one.message.id for one, has_failed in zip(batch, flags, strict=True) if has_failed],
            **fields,
        )

    def give_up(self, batch: ClosedBatch, clause: Clause, request_id: str | None) -> None:
        """Leave the whole batch to its visibility timeout, and say why (SQS-24)."""
        self._world.trace.add(
            "batch.fail",
            mapping=self._name,
            request_id=request_id,
            clause=clause.value,
            records=len(batch.deliveries),
        )


def _verdict(batch: ClosedBatch, record: InvocationRecord, quirks: Quirks) -> Verdict:
    if record.error is not None:
        return AllFailed(Clause.TIMEOUT if record.outcome is Outcome.TIMEOUT else Clause.FUNCTION_ERROR)
    if record.response is None or not batch.settings.reports_batch_item_failures:
        return SUCCEEDED
    identifiers = {one.message.id for one in batch.deliveries}
    return read_response(
        record.response,
        identifiers,
        reports=True,
        empty_entry_is_success=quirks.empty_failure_entry_is_success,
    )
