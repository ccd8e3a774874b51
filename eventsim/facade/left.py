"""What a simulation has left undelivered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventsim.facade.words import counted, listed, shortened
from eventsim.scenarios.observe import is_read

if TYPE_CHECKING:
    from eventsim.cloud.queues.queue import Queue
    from eventsim.simulation import Simulation as Core

_BODIES = 3


def what_is_left(core: Core) -> list[str]:
    """One line for each queue with messages that an enabled mapping reads, and for each function that is running."""
    lines = [_of_queue(core, queue) for queue in core.queues if is_read(core, queue) and queue.messages()]
    running: dict[str, int] = {}
    for record in core.invocations:
        if record.outcome is None:
            running[record.function] = running.get(record.function, 0) + 1
    lines += [f"{name}: {counted(count, 'invocation')} not ended" for name, count in running.items()]
    return lines


def _of_queue(core: Core, queue: Queue) -> str:
    readers = [mapping.name for mapping in core.mappings.values() if mapping.polls and mapping.target.arn == queue.arn]
    counts = queue.counts()
    states = ((counts.visible, "visible"), (counts.in_flight, "in flight"), (counts.delayed, "delayed"))
    there = listed([f"{count} {word}" for count, word in states if count])
    messages = queue.messages()
    bodies = ", ".join(shortened(message.body) for message in messages[:_BODIES])
    more = f" and {len(messages) - _BODIES} more" if len(messages) > _BODIES else ""
    return f"{queue.name} (read by {', '.join(readers)}): {there}: {bodies}{more}"
