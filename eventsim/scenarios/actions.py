"""The steps ``invoke`` and ``redrive``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from eventsim.scenarios.convert import Field, Later, Reading, Table, join, read_whole
from eventsim.scenarios.model import InvokeStep, RedriveStep
from eventsim.scenarios.redrive import dead_letter_queue
from eventsim.scenarios.repeating import REPEAT, read_repeat
from eventsim.scenarios.templates import render_value
from eventsim.scenarios.values import integer_between, json_value, one_of, text

if TYPE_CHECKING:
    from eventsim.scenarios.names import Names
    from eventsim.scenarios.state import State
    from eventsim.scenarios.yaml_nodes import Node

REQUEST_LIMIT_BYTES = 6_291_456
"""The largest event of a synchronous invocation (FUN-03)."""

EVENT_LIMIT_BYTES = 1_048_576
"""The largest event of an asynchronous invocation (ASY-02)."""


def read_invoke(reading: Reading, node: Node, path: str, names: Names) -> InvokeStep:
    """One invocation, or *count* of them."""
    table: Table = {
        "function": Field(names.one("function"), required=True),
        "event": Field(json_value),
        "InvocationType": Field(one_of("RequestResponse", "Event", "DryRun")),
        **REPEAT,
        "ClientContext": Later("ClientContext"),
        "LogType": Later("LogType"),
        "Qualifier": Field(text),
    }
    values = read_whole(reading, node, path, table, "invoke")
    event: Any = values.get("event", {})
    invocation_type = values.get("InvocationType", "RequestResponse")
    repeat = read_repeat(reading, node, path, values)
    _check_size(reading, path, render_value(event, repeat["count"] - 1), invocation_type)
    return InvokeStep(
        function=values["function"],
        event=event,
        invocation_type=invocation_type,
        qualifier=values.get("Qualifier"),
        **repeat,
    )


def read_redrive(reading: Reading, node: Node, path: str, names: Names, state: State) -> RedriveStep:
    """One message move task (SQS-08)."""
    table: Table = {
        "queue": Field(names.one("queue"), required=True),
        "destination": Field(names.one("queue")),
        "MaxNumberOfMessagesPerSecond": Field(integer_between(1, 500)),
    }
    values = read_whole(reading, node, path, table, "redrive")
    queue, destination = values["queue"], values.get("destination")
    if not any(dead_letter_queue(attributes) == queue for attributes in state.queues.values()):
        at = join(path, "queue")
        reading.error(
            reading.place(at), at, f"found {queue!r}, which is the dead-letter queue of no queue at this point"
        )
    if destination == queue:
        at = join(path, "destination")
        reading.error(reading.place(at), at, f"found {queue!r}, the queue that the messages come from")
    elif destination is not None and destination.endswith(".fifo") != queue.endswith(".fifo"):
        at = join(path, "destination")
        reading.error(reading.place(at), at, "found a queue of the other kind: FIFO to FIFO, standard to standard")
    return RedriveStep(queue=queue, destination=destination, max_per_second=values.get("MaxNumberOfMessagesPerSecond"))


def _check_size(reading: Reading, path: str, event: Any, invocation_type: str) -> None:
    limit = EVENT_LIMIT_BYTES if invocation_type == "Event" else REQUEST_LIMIT_BYTES
    size = len(msgspec.json.encode(event))
    if size > limit:
        at = join(path, "event")
        message = f"RequestTooLargeException: found an event of {size} bytes, allowed {limit}"
        reading.refuse(reading.place(at), at, message)
