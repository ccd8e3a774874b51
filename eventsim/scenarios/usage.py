"""What a run used of each service, in the units in which it is paid (CST-01, CST-02, CST-05, CST-06, CST-13)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec

from eventsim.cloud.paid import CHUNK_BYTES
from eventsim.functions.invocations import Outcome
from eventsim.functions.log_lines import billed_ms
from eventsim.scenarios.prices import (
    ASYNC_FIRST_BYTES,
    IDLE_POLLS_PER_MINUTE,
    PROVISIONED_STEP_S,
    PUT_UNIT_BYTES,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eventsim.cloud.kinesis.stream import KinesisStream
    from eventsim.cloud.queues.queue import Queue
    from eventsim.functions.function import Function
    from eventsim.functions.invocations import InvocationRecord
    from eventsim.mappings.metrics import MappingMetrics


class FunctionUse(msgspec.Struct):
    """What one function used; failed work counts as any other (CST-13)."""

    requests: int = 0
    billed_ms: int = 0
    gb_s: float = 0.0
    ephemeral_gb_s: float = 0.0
    provisioned_gb_s: float = 0.0
    provisioned_duration_gb_s: float = 0.0


class QueueUse(msgspec.Struct):
    """The requests to one queue, by what they were for; *idle* are polls that found nothing."""

    sends: int = 0
    receives: int = 0
    idle: int = 0
    deletes: int = 0

    @property
    def requests(self) -> int:
        """All of them."""
        return self.sends + self.receives + self.idle + self.deletes


class StreamUse(msgspec.Struct):
    """What a Kinesis stream used: the records put are those that it still holds."""

    shard_hours: float = 0.0
    put_units: int = 0
    consumer_shard_hours: float = 0.0


def function_use(function: Function, records: Iterable[InvocationRecord], end_s: float) -> FunctionUse:
    """What *function* used up to *end_s*; *records* are its own."""
    use = FunctionUse()
    for one in records:
        if one.outcome is Outcome.THROTTLE or one.ended_s is None or not one.version:
            continue
        settings = function.settings_at(one.at_s, one.version)
        ms = billed_ms(one)
        gb_s = ms / 1000 * settings.memory_mb / 1024
        use.requests += 1 + _extra_chunks(one)
        use.billed_ms += ms
        use.ephemeral_gb_s += ms / 1000 * (settings.ephemeral_mb - 512) / 1024
        if one.provisioned:
            use.provisioned_duration_gb_s += gb_s
        else:
            use.gb_s += gb_s
    use.provisioned_gb_s = _provisioned_gb_s(function, end_s)
    return use


def _extra_chunks(record: InvocationRecord) -> int:
    """The further requests of a large asynchronous event, paid once (CST-01)."""
    payload = getattr(record.batch, "payload", None)
    if record.invocation_type != "Event" or record.attempt > 1 or payload is None:
        return 0
    return max(0, math.ceil((len(payload) - ASYNC_FIRST_BYTES) / CHUNK_BYTES))


def _provisioned_gb_s(function: Function, end_s: float) -> float:
    """What was configured, whether used or not, each time rounded up to five minutes (CST-05)."""
    history = function.provisioned_history
    ends_s = [since_s for since_s, _ in history[1:]] + [end_s]
    total_s = 0.0
    for (since_s, amount), until_s in zip(history, ends_s, strict=False):
        steps = math.ceil((until_s - since_s) / PROVISIONED_STEP_S)
        total_s += amount * steps * PROVISIONED_STEP_S
    return total_s * function.settings.memory_mb / 1024


def queue_use(queue: Queue, mappings: Iterable[MappingMetrics], *, mapped_s: float) -> QueueUse:
    """The requests to *queue*, of its *mappings* by what they called it for, who polled *mapped_s* in all.

    What others than a mapping sent, received or deleted counts as one request a message, or for each 64 KB sent.
    """
    counts = list(mappings)
    return QueueUse(
        sends=queue.metrics.send_requests,
        receives=_all(queue.metrics.received, [(one.polled, one.receive_requests) for one in counts]),
        idle=math.floor(mapped_s / 60 * IDLE_POLLS_PER_MINUTE),
        deletes=_all(queue.metrics.deleted, [(one.deleted, one.delete_requests) for one in counts]),
    )


def _all(messages: int, mapped: list[tuple[int, int]]) -> int:
    """All requests for *messages*, of which *mapped* are so many messages in so many requests."""
    return sum(requests for _, requests in mapped) + max(0, messages - sum(count for count, _ in mapped))


def stream_use(stream: KinesisStream, virtual_s: float) -> StreamUse:
    """What *stream* used in *virtual_s* seconds, with the shards and the consumers that it has at the end."""
    hours = math.ceil(virtual_s / 3600)
    shards = len(stream.open_shards)
    units = 0
    for shard in stream:
        position = shard.horizon
        while position < shard.tip:
            page = shard.read(position)
            units += sum(math.ceil(_size_bytes(one.data, one.partition_key) / PUT_UNIT_BYTES) for one in page.records)
            position = page.next_position
    return StreamUse(
        shard_hours=shards * hours, put_units=units, consumer_shard_hours=len(stream.consumers) * shards * hours
    )


def _size_bytes(data: str, partition_key: str) -> int:
    return len(data) * 3 // 4 + len(partition_key.encode())
