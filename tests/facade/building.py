"""Small simulations for the tests of the facade."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import boto3

from eventsim.invokers.base import Invocation, InvocationResult

if TYPE_CHECKING:
    from eventsim import Simulation
    from eventsim.facade.functions import Function
    from eventsim.facade.queues import Queue


def fail(event: dict[str, Any], context: object) -> None:
    """A handler that always raises."""
    raise ValueError("boom")


def accept(event: dict[str, Any], context: object) -> None:
    """A handler that does nothing."""


def relay(event: dict[str, Any], context: object) -> None:
    """A handler that takes its time and sends what it gets to the queue ``out``."""
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName="out")["QueueUrl"]
    for record in event["Records"]:
        time.sleep(1.5)
        if "poison" in record["body"]:
            raise ValueError(record["body"])
        sqs.send_message(QueueUrl=url, MessageBody=record["body"], DelaySeconds=3)


class Quick:
    """An invoker that answers at once; *calls* are the events it got."""

    def __init__(self) -> None:
        self.calls: list[Any] = []

    async def invoke(self, invocation: Invocation) -> InvocationResult:
        self.calls.append(invocation.event)
        return InvocationResult('"done"')


def poisoned(sim: Simulation, handler: Any = fail) -> tuple[Queue, Queue, Function]:
    """A queue, its dead-letter queue after three receives, and a function that reads it."""
    dlq = sim.queue("orders-dlq")
    policy = {"deadLetterTargetArn": dlq, "maxReceiveCount": 3}
    orders = sim.queue("orders", VisibilityTimeout=30, RedrivePolicy=policy)
    worker = sim.function("worker", handler, Timeout=10)
    worker.on_queue(orders)
    return orders, dlq, worker


def busy(sim: Simulation) -> None:
    """Two functions, three queues, waits of every kind."""
    dlq = sim.queue("dlq")
    first = sim.queue("in", VisibilityTimeout=20, RedrivePolicy={"deadLetterTargetArn": dlq, "maxReceiveCount": 2})
    fifo = sim.queue("in.fifo", ContentBasedDeduplication=True)
    out = sim.queue("out", DelaySeconds=1)
    spread = {"lognormal": {"median": "120ms", "p99": "2s"}}
    relaying = sim.function("relay", relay, Timeout=10, takes=spread, cold_start={"uniform": ["100ms", "1s"]})
    relaying.on_queue(first, BatchSize=3, MaximumBatchingWindowInSeconds=2)
    relaying.on_queue(fifo, BatchSize=2)
    sim.function("sink", accept, takes=0.25).on_queue(out, BatchSize=20, MaximumBatchingWindowInSeconds=7)
    for n in range(12):
        first.send({"n": n} if n % 4 else "poison")
        fifo.send(f"f{n}", MessageGroupId=f"g{n % 2}")
