"""An account with queues, whose time the test sets."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from eventsim.cloud.queues.registry import Queues
from eventsim.errors import AwsError
from eventsim.kernel.clock import Clock
from eventsim.kernel.seeds import Seeds
from eventsim.kernel.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from eventsim.cloud.queues.message import Delivery
    from eventsim.cloud.queues.queue import Queue


class Lab:
    """An account whose time the test sets."""

    def __init__(self, seed: int = 1) -> None:
        self.now_s = 0.0
        self.clock = Clock(lambda: self.now_s)
        self.trace = Trace(self.clock)
        self.queues = Queues(self.clock, Seeds(seed), no_timers, trace=self.trace)

    def queue(self, name: str = "orders", dlq: Queue | None = None, receives: int = 3, **attributes: str) -> Queue:
        if dlq is not None:
            attributes["RedrivePolicy"] = json.dumps({"deadLetterTargetArn": dlq.arn, "maxReceiveCount": receives})
        return self.queues.create(name, attributes)

    def log(self) -> list[tuple[Any, ...]]:
        return [(line["t"], line["kind"], line["queue"], line.get("to")) for line in self.trace.events()]


def no_timers() -> Any:
    raise AssertionError("nobody waits in this test")


def bodies(deliveries: Iterable[Delivery]) -> list[str]:
    return [delivery.message.body for delivery in deliveries]


def counts(queue: Queue) -> tuple[int, int, int]:
    found = queue.counts()
    return found.visible, found.in_flight, found.delayed


def refusal(call: Callable[..., object], *args: Any, **kwargs: Any) -> tuple[str, str | None, str]:
    """Code, query code and text of the error that the call raises."""
    with pytest.raises(AwsError) as caught:
        call(*args, **kwargs)
    return caught.value.code, caught.value.query_code, caught.value.message


KENOBI = {
    "Help.Me": {"DataType": "String", "StringValue": "Me"},
    "Hello": {"DataType": "String", "StringValue": "There"},
    "General": {"DataType": "String", "StringValue": "Kenobi"},
}
