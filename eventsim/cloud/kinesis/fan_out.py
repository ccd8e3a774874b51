"""SubscribeToShard: enhanced fan-out as one answer (KIN-06).

AWS pushes events over an open connection for five minutes. Here an answer is whole when it is given: it waits, in
virtual time and at most those five minutes, until there is a record, and then holds the events up to the tip of the
shard. A consumer goes on with the last ContinuationSequenceNumber, as it does on AWS when its connection ends; it
may do so at once. Who can't wait in virtual time gets what is there.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from eventsim.cloud.kinesis.errors import stream_not_found, subscription_exists
from eventsim.cloud.kinesis.lookup import shard_to_read
from eventsim.cloud.kinesis.positions import starting_position
from eventsim.cloud.kinesis.shapes import show_children, show_records
from eventsim.cloud.shards.shard import PAGE_RECORDS
from eventsim.cloud.shards.subscription import EVENT_BYTES

if TYPE_CHECKING:
    from eventsim.cloud.kinesis.consumers import Consumer
    from eventsim.cloud.kinesis.registry import Streams
    from eventsim.cloud.shards.record import Record
    from eventsim.cloud.shards.shard import Shard
    from eventsim.errors import AwsError


async def subscribe_to_shard(streams: Streams, params: dict[str, Any]) -> dict[str, Any]:
    """SubscribeToShard; the answer's EventStream is a list of events, each with the one key that names it."""
    consumer = streams.consumer_by_arn(params["ConsumerARN"])
    stream, start = consumer.stream, params["StartingPosition"]
    shard = shard_to_read(stream, params["ShardId"])
    position = starting_position(
        stream,
        shard,
        start["Type"],
        number=start.get("SequenceNumber"),
        timestamp_s=start.get("Timestamp"),
        now_ms=streams.clock.wall_ms(),
        operation="SubscribeToShard",
    )
    if not can_wait():
        page = shard.read(position, PAGE_RECORDS, EVENT_BYTES)
        return {"EventStream": [_event(consumer, shard, page.records, page.next_position)]}
    return {"EventStream": await _collect(consumer, shard, position)}


async def _collect(consumer: Consumer, shard: Shard, position: int) -> list[dict[str, Any]]:
    subscription = consumer.subscribe(shard, position)
    events = []
    try:
        while (page := await subscription.next()) is not None:
            events.append(_event(consumer, shard, page.records, page.next_position))
            if page.next_position >= shard.tip:
                return events
    finally:
        was_ended = subscription.was_ended
        subscription.end()
    if was_ended or shard.is_deleted:
        return [*events, _failure(_loss(consumer, shard))]
    return [*events, _event(consumer, shard, [], subscription.position)]


def _loss(consumer: Consumer, shard: Shard) -> AwsError:
    stream = consumer.stream
    if shard.is_deleted:
        return stream_not_found(stream.name, stream.account_id)
    return subscription_exists((stream.account_id, stream.name, shard.id, consumer.name))


def _event(consumer: Consumer, shard: Shard, records: list[Record], position: int) -> dict[str, Any]:
    event: dict[str, Any] = {
        "Records": show_records(consumer.stream, records),
        "ContinuationSequenceNumber": shard.number_before(position),
        "MillisBehindLatest": shard.behind_ms(position),
    }
    if shard.is_drained(position):
        event["ContinuationSequenceNumber"] = None
        event["ChildShards"] = show_children(shard)
    return {"SubscribeToShardEvent": event}


def _failure(error: AwsError) -> dict[str, Any]:
    return {error.code: {"message": error.message}}


def can_wait() -> bool:
    """Whether the caller is on an event loop."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
