"""What a simulation has left undelivered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventsim.facade.words import counted, listed, shortened
from eventsim.mappings.queue_lifecycle import QueueMapping
from eventsim.scenarios.observe import is_read

if TYPE_CHECKING:
    from eventsim.cloud.queues.queue import Queue
    from eventsim.simulation import Simulation as Core

_BODIES = 3


def what_is_left(core: Core) -> list[str]:
    """One line for each queue or shard that an enabled mapping is not done with, for events that wait and what runs."""
    lines = [_of_queue(core, queue) for queue in core.queues if is_read(core, queue) and queue.messages()]
    for mapping in core.mappings.values():
        if mapping.polls and not isinstance(mapping, QueueMapping):
            lines += _of_stream(core, mapping)
    asynchronous = core.made_asynchronous
    for name, count in ({} if asynchronous is None else asynchronous.unfinished).items():
        lines.append(f"{name}: {counted(count, 'asynchronous event')} not done with")
    running: dict[str, int] = {}
    for record in core.invocations:
        if record.outcome is None:
            running[record.function] = running.get(record.function, 0) + 1
    lines += [f"{name}: {counted(count, 'invocation')} not ended" for name, count in running.items()]
    return lines


def _of_stream(core: Core, mapping: Any) -> list[str]:
    from eventsim.facade.stream_mappings import backlog_of

    now_ms = core.world.clock.wall_ms()
    return [
        f"{mapping.target.name} (read by {mapping.name}): {counted(found.count, 'record')} in {shard_id}, "
        f"the oldest {(now_ms - found.oldest_ms) / 1000:g} s old"
        for shard_id, found in backlog_of(mapping).items()
    ]


def _of_queue(core: Core, queue: Queue) -> str:
    readers = [mapping.name for mapping in core.mappings.values() if mapping.polls and mapping.target.arn == queue.arn]
    counts = queue.counts()
    states = ((counts.visible, "visible"), (counts.in_flight, "in flight"), (counts.delayed, "delayed"))
    there = listed([f"{count} {word}" for count, word in states if count])
    messages = queue.messages()
    bodies = ", ".join(shortened(message.body) for message in messages[:_BODIES])
    more = f" and {len(messages) - _BODIES} more" if len(messages) > _BODIES else ""
    return f"{queue.name} (read by {', '.join(readers)}): {there}: {bodies}{more}"
