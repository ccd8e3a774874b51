"""Records that are given up, and the destination that is told of them (STR-20 to STR-25, MET-18, MET-19)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from eventsim.destinations.deliver import is_bucket
from eventsim.destinations.envelopes import Failure, failure_document, object_key, with_payload
from eventsim.kernel.seeds import draw_uuid
from eventsim.mappings.retries import Condition

if TYPE_CHECKING:
    from eventsim.events.stream import StreamBatch
    from eventsim.mappings.stream_batch import Batch
    from eventsim.mappings.stream_work import StreamWork


async def give_up(work: StreamWork, batch: Batch, made: StreamBatch, condition: Condition) -> None:
    """Give up *made*, which is *batch* or the head of it; records that left the stream are nobody's loss (STR-34)."""
    records = made.records
    work.world.trace.add(
        "record.discard",
        mapping=work.name,
        shard=made.shape.shard_id,
        condition=condition.value,
        count=len(records),
        first=records[0].sequence_number if records else None,
        last=records[-1].sequence_number if records else None,
    )
    if condition is Condition.EXPIRED:
        return
    arn = work.settings.on_failure
    if arn is None or not await _deliver(work, arn, _failure(work, batch, condition), made):
        work.metrics.dropped += len(records)
    else:
        work.metrics.on_failure_delivered += len(records)


def _failure(work: StreamWork, batch: Batch, condition: Condition) -> Failure:
    """What the document says of the attempts; for age AWS counts one more and tells of no answer (STR-21)."""
    if batch.request_id is None:
        batch.request_id = work.function.new_request_id()
    aged = condition is Condition.AGE_EXCEEDED
    return Failure(
        request_id=batch.request_id,
        function_arn=work.function.arn,
        condition=condition.value,
        invoke_count=batch.failures + aged,
        responded=batch.responded and not aged,
        function_error=batch.function_error,
    )


async def _deliver(work: StreamWork, arn: str, failure: Failure, made: StreamBatch) -> bool:
    """Send the document, once; whether it got there (STR-23, STR-24)."""
    now_ms = work.world.clock.wall_ms()
    document = failure_document(failure, made, now_ms)
    key = ""
    if is_bucket(arn):
        document = with_payload(document, made)
        key = object_key(work.uuid, made.shape, now_ms, draw_uuid(work.world.seeds.stream(f"destination:{work.name}")))
    error = await work.destinations.deliver(arn, msgspec.json.encode(document).decode(), key=key)
    fields: dict[str, object] = {"key": key} if key else {}
    if error is not None:
        fields["error"] = str(error)
        work.function.metrics.destination_delivery_failures += 1
    work.world.trace.add(
        "destination.deliver",
        mapping=work.name,
        request_id=failure.request_id,
        destination=arn,
        condition=failure.condition,
        records=len(made),
        **fields,
    )
    return error is None
