"""What a run looks like at one moment, in the shapes of the result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from eventsim.functions.names import LATEST

if TYPE_CHECKING:
    from eventsim.cloud.queues.queue import Queue
    from eventsim.functions.invocations import InvocationRecord
    from eventsim.simulation import Simulation

LISTED_MAX = 1000
"""How many messages of a queue a result lists."""


def queues_json(simulation: Simulation) -> dict[str, Any]:
    """The counts of every queue, and its messages where no enabled mapping reads it."""
    read = {mapping.target.arn for mapping in simulation.mappings.values() if mapping.polls}
    return {queue.name: _queue_json(queue, listed=queue.arn not in read) for queue in simulation.queues}


def _queue_json(queue: Queue, *, listed: bool) -> dict[str, Any]:
    counts = queue.counts()
    shown: dict[str, Any] = {"visible": counts.visible, "in_flight": counts.in_flight, "delayed": counts.delayed}
    if listed:
        shown["messages"] = queue_messages(queue, LISTED_MAX)
    return shown


def queue_messages(queue: Queue, limit: int | None = None) -> list[dict[str, Any]]:
    """The first *limit* messages of a queue as ReceiveMessage would give them, in the order they arrived."""
    from eventsim.cloud.sqs.shapes import message_shape

    return [
        {**message_shape(message), "MessageAttributes": message.attributes or {}}
        for message in queue.messages()[:limit]
    ]


def is_read(simulation: Simulation, queue: Queue) -> bool:
    """Whether an enabled mapping reads the queue."""
    return any(mapping.polls and mapping.target.arn == queue.arn for mapping in simulation.mappings.values())


def queue_bodies(queue: Queue) -> list[str]:
    """The bodies of all messages of a queue, in the order they arrived."""
    return [message.body for message in queue.messages()]


def buckets_json(simulation: Simulation) -> dict[str, Any]:
    """Every bucket with its objects."""
    cloud = simulation.made_cloud
    if cloud is None or not cloud.has_buckets:
        return {}
    return {name: {"objects": cloud.buckets.objects(name)} for name in cloud.buckets.names()}


def bucket_objects(simulation: Simulation, name: str) -> list[dict[str, str]]:
    """The first thousand objects of a bucket."""
    return simulation.cloud().buckets.objects(name)


def invocation_json(record: InvocationRecord, *, with_event: bool) -> dict[str, Any]:
    """One invocation as the result shows it; the event is built again from the batch, key order included.

    ``ended`` and ``outcome`` are None while it runs.
    """
    shown: dict[str, Any] = {
        "at": round(record.at_s, 6),
        "ended": None if record.ended_s is None else round(record.ended_s, 6),
        "function": record.function,
        "mapping": record.mapping,
        "request_id": record.request_id,
        "invocation_type": record.invocation_type,
        "qualifier": record.qualifier or LATEST,
        "version": record.version,
        "attempt": record.attempt,
        "record_ids": [] if record.batch is None else record.batch.ids(),
        "outcome": None if record.outcome is None else record.outcome.value,
    }
    if with_event:
        shown["event"] = _event(record)
    shown["response"] = _response(record.response)
    shown["error"] = record.error
    shown["cold_start"] = record.cold_start
    shown["logs"] = record.logs
    return shown


def _event(record: InvocationRecord) -> Any:
    if record.batch is not None:
        return record.batch.event()
    return None if record.event is None else msgspec.Raw(record.event)


def _response(response: str | bytes | None) -> Any:
    """The value returned; the text itself where it is not JSON."""
    if response is None:
        return None
    try:
        return msgspec.json.decode(response)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return response if isinstance(response, str) else response.decode(errors="backslashreplace")
