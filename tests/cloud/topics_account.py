"""What the tests of the SNS engine share: an account with queues, a function that records, and time to set."""

from __future__ import annotations

import heapq
import itertools
import json
from typing import TYPE_CHECKING, Any

from eventsim.cloud.queues.registry import Queues
from eventsim.cloud.topics import RetryPolicy, Subscription, Topic, Topics
from eventsim.errors import AwsError
from eventsim.events.sns import sns_event
from eventsim.kernel.clock import Clock
from eventsim.kernel.seeds import Seeds
from eventsim.kernel.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventsim.cloud.queues.queue import Queue

SQS = "arn:aws:sqs:us-east-1:123456789012:"
LAMBDA = "arn:aws:lambda:us-east-1:123456789012:function:"


class Timer:
    def cancel(self) -> None: ...


class Account:
    """One account whose time the test sets; *outages* fail that many deliveries, as a service that is down."""

    def __init__(self, seed: int = 1, retries: RetryPolicy | None = None) -> None:
        self.now_s = 0.0
        clock = Clock(lambda: self.now_s)
        seeds = Seeds(seed)
        self.trace = Trace(clock)
        self.outages = 0
        self.refusal: AwsError | None = None
        self.events: list[tuple[str, dict[str, Any]]] = []
        self._count = itertools.count()
        self._timers: list[tuple[float, int, Callable[..., Any], tuple[Any, ...]]] = []
        self.queues = FlakyQueues(self, clock, seeds)
        self.topics = Topics(
            clock,
            seeds,
            lambda: self,
            self.queues,
            make_event=sns_event,
            deliver_to_function=self._deliver,
            retries=retries or RetryPolicy(),
            trace=self.trace,
        )

    def _deliver(self, function_arn: str, event: dict[str, Any], *, trace_header: str | None = None) -> None:
        self.fail()
        if self.refusal is not None:
            raise self.refusal
        self.events.append((function_arn, event))

    def fail(self) -> None:
        if self.outages:
            self.outages -= 1
            raise AwsError("ServiceUnavailable", "down", status=503)

    def call_at(self, when: float, callback: Callable[..., Any], *args: Any) -> Timer:
        heapq.heappush(self._timers, (when, next(self._count), callback, args))
        return Timer()

    def run(self, until: float = float("inf")) -> None:
        """Let time pass until then, or until no timer is left."""
        while self._timers and self._timers[0][0] <= until:
            self.now_s, _, callback, args = heapq.heappop(self._timers)
            callback(*args)
        self.now_s = max(self.now_s, until) if until != float("inf") else self.now_s

    # --- short forms ---

    def topic(self, name: str = "alerts", **attributes: str) -> Topic:
        fifo = {"FifoTopic": "true"} if name.endswith(".fifo") else {}
        return self.topics.create(name, {**fifo, **attributes})

    def queue(self, name: str) -> Queue:
        return self.queues.create(name, {"FifoQueue": "true"} if name.endswith(".fifo") else {})

    def to_queue(self, topic: Topic, name: str, **attributes: str) -> Subscription:
        """A new queue of that name, subscribed."""
        self.queue(name)
        return self.topics.subscribe(topic, "sqs", SQS + name, attributes)

    def to_function(self, topic: Topic, name: str = "f", **attributes: str) -> Subscription:
        return self.topics.subscribe(topic, "lambda", LAMBDA + name, attributes)

    def bodies(self, name: str) -> list[str]:
        return [message.body for message in self.queues.get(name).messages()]

    def envelopes(self, name: str) -> list[dict[str, Any]]:
        return [json.loads(body) for body in self.bodies(name)]

    def texts(self, name: str) -> list[str]:
        """The messages inside the envelopes."""
        return [envelope["Message"] for envelope in self.envelopes(name)]

    def log(self, *names: str) -> list[tuple[Any, ...]]:
        """The time and the named fields of each delivery's outcome."""
        lines = [line for line in self.trace.events() if line["kind"] == "topic.deliver"]
        return [(line["t"], *(line.get(name) for name in names)) for line in lines]


class FlakyQueues(Queues):
    """Queues that are down as often as the account says."""

    def __init__(self, account: Account, clock: Clock, seeds: Seeds) -> None:
        super().__init__(clock, seeds, lambda: account)
        self._account = account

    def by_arn(self, arn: str) -> Queue:
        self._account.fail()
        return super().by_arn(arn)


def refusal(call: Callable[[], Any]) -> str:
    """Code and text of the AwsError that a call raises."""
    try:
        call()
    except AwsError as error:
        return str(error)
    raise AssertionError("nothing was refused")


def number(value: str) -> dict[str, str]:
    return {"DataType": "Number", "StringValue": value}


def string(value: str) -> dict[str, str]:
    return {"DataType": "String", "StringValue": value}
