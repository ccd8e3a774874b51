"""Topics that fan out, and a schedule over a week."""

from __future__ import annotations

import json
import statistics
from contextlib import closing
from typing import TYPE_CHECKING, Any

from eventsim.cloud.eventbridge.rules import RuleSettings
from eventsim.cloud.queues.registry import Queues
from eventsim.cloud.topics.registry import Topics
from eventsim.events.sns import sns_event
from eventsim.functions.settings import FunctionSettings
from eventsim.invokers.base import Invocation, InvocationResult
from eventsim.kernel.clock import Clock
from eventsim.kernel.collector import quiet_collector
from eventsim.kernel.loop import VirtualEventLoop
from eventsim.kernel.seeds import Seeds
from eventsim.kernel.stopwatch import Stopwatch
from eventsim.patterns.pattern import compile_pattern
from eventsim.simulation import Simulation

if TYPE_CHECKING:
    from benchmarks.sqs import Row
    from eventsim.cloud.topics.topic import Topic

PUBLISHES = 50_000
KINDS = ["a", "b", "c"]
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:worker"


def touch(event: dict[str, Any]) -> None:
    for record in event["Records"]:
        record["Sns"]["Message"]


class Inline:
    """Calls the trivial handler directly."""

    async def invoke(self, invocation: Invocation) -> InvocationResult:
        if "Records" in invocation.event:
            touch(invocation.event)
        return InvocationResult()


def subscribe(topics: Topics, queues: Queues) -> Topic:
    """A topic with three queues, each of which takes one kind of message in three, and one function."""
    topic = topics.create("alerts")
    for kind in KINDS:
        policy = {"FilterPolicy": json.dumps({"kind": [kind]})}
        topics.subscribe(topic, "sqs", queues.create(f"only-{kind}").arn, policy)
    topics.subscribe(topic, "lambda", FUNCTION)
    return topic


def publish_all(topic: Topic) -> None:
    for n in range(PUBLISHES):
        topic.publish("hello", attributes={"kind": {"DataType": "String", "StringValue": KINDS[n % 3]}})


def bare_s() -> float:
    """Seconds of the bare loop: the engine's publish, its matching and deliveries, the handler."""
    with closing(VirtualEventLoop()) as loop:
        clock, seeds = Clock(loop.time), Seeds(1)
        queues = Queues(clock, seeds, lambda: loop)

        def to_function(_arn: str, event: dict[str, Any], /, *, trace_header: str | None) -> None:
            touch(event)

        topics = Topics(clock, seeds, lambda: loop, queues, make_event=sns_event, deliver_to_function=to_function)
        topic = subscribe(topics, queues)
        with quiet_collector():
            watch = Stopwatch()
            publish_all(topic)
            return watch.elapsed_real_s()


def simulated_s() -> float:
    """Seconds from the first publish until the run is idle, trace and metrics on."""
    with closing(VirtualEventLoop()) as loop:
        simulation = Simulation(loop, seed=1, keep_trace=False)
        function = simulation.add_function(FunctionSettings(name="worker"), Inline())
        topic = subscribe(simulation.services.topics, simulation.queues)
        watch = Stopwatch()
        with quiet_collector():
            publish_all(topic)
        loop.run_until_complete(simulation.run())
        taken_s = watch.elapsed_real_s()
        assert function.metrics.invocations == PUBLISHES
        return taken_s


def topics() -> list[Row]:
    pairs = [(bare_s(), simulated_s()) for _ in range(3)]
    ratio = statistics.median(taken / bare for bare, taken in pairs)
    speed = 2 * PUBLISHES / statistics.median(taken for _, taken in pairs)
    what = "50,000 publishes, 3 filtered queues and a function"
    return [(what, f"{ratio:.1f} times the bare loop, {speed:,.0f} deliveries/s", "at most 5")]


def matching() -> list[Row]:
    pattern, document = compile_pattern({"kind": ["a"]}), {"kind": "a", "other": 1}
    count = 200_000
    watch = Stopwatch()
    for _ in range(count):
        pattern.matches(document)
    speed = count / watch.elapsed_real_s()
    return [("matching a simple pattern", f"{speed:,.0f} a second", "at least 200,000")]


def week() -> list[Row]:
    with closing(VirtualEventLoop()) as loop:
        simulation = Simulation(loop, seed=1, keep_trace=False)
        function = simulation.add_function(FunctionSettings(name="worker"), Inline())
        bus = simulation.services.bus
        bus.put_rule("beat", RuleSettings(schedule="rate(1 minute)"))
        bus.put_targets("beat", [{"Id": "worker", "Arn": FUNCTION}])
        watch = Stopwatch()
        loop.run_until_complete(simulation.run(for_s=7 * 86_400))
        taken_s = watch.elapsed_real_s()
    value = f"{taken_s:.2f} s for {function.metrics.invocations:,} invocations"
    return [("a week of rate(1 minute)", value, "under 3 s")]
