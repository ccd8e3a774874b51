"""SQS: throughput, growth, memory, idle time and the story of a poison message."""

from __future__ import annotations

import statistics
import tracemalloc
from contextlib import closing

from benchmarks.workload import InlineInvoker, bare_s, fill, simulated
from eventsim.functions.settings import FunctionSettings
from eventsim.invokers.base import Invocation, InvocationResult
from eventsim.kernel.loop import VirtualEventLoop
from eventsim.kernel.stopwatch import Stopwatch
from eventsim.mappings.settings import read_queue_mapping
from eventsim.simulation import Simulation

COUNT = 100_000
PAIRS = 5
Row = tuple[str, str, str]


def throughput() -> list[Row]:
    rows = []
    for label, batch, invoker, target in (
        ("inline, batch 10", 10, "inline", "at most 4, at least 80,000/s"),
        ("full bracket, batch 10", 10, "python", "at most 5"),
        ("inline, batch 1", 1, "inline", "at least 20,000/s"),
    ):
        pairs = [(bare_s(COUNT, batch), simulated(COUNT, batch, invoker)[0]) for _ in range(PAIRS)]
        ratio = statistics.median(taken / bare for bare, taken in pairs)
        speed = COUNT / statistics.median(taken for _, taken in pairs)
        rows.append((f"100,000 messages, {label}", f"{ratio:.1f} times the bare loop, {speed:,.0f} messages/s", target))
    count = 5_000
    taken = statistics.median(simulated(count, 10, "python", "call_boto3")[0] for _ in range(3))
    rows.append(("the same with three boto3 calls in the handler", f"{count / taken:,.0f} messages/s", ""))
    return rows


def growth() -> list[Row]:
    """How much dearer a message is with a long backlog, against the bare loop's own growth."""

    def per_message(count: int, *, bare: bool) -> float:
        runs = max(1, 20_000 // count)
        taken = sum(bare_s(count, 10) if bare else simulated(count, 10)[0] for _ in range(runs))
        return taken / runs / count

    ratios = []
    for _ in range(PAIRS):
        ours = per_message(COUNT, bare=False) / per_message(1_000, bare=False)
        theirs = per_message(COUNT, bare=True) / per_message(1_000, bare=True)
        ratios.append(ours / theirs)
    value = f"{statistics.median(ratios):.2f} times the bare loop's own growth"
    return [("time per message, backlog 100,000 against 1,000", value, "at most 1.2")]


def memory() -> list[Row]:
    with closing(VirtualEventLoop()) as loop:
        simulation = Simulation(loop, keep_trace=False)
        queue = simulation.queues.create("orders")
        tracemalloc.start()
        fill(queue, 20_000)
        queued = tracemalloc.get_traced_memory()[0] / 20_000
        function = simulation.add_function(FunctionSettings(name="worker"), InlineInvoker())
        simulation.add_queue_mapping("worker/orders", function, queue, read_queue_mapping({}))
        loop.run_until_complete(simulation.run())
        processed = tracemalloc.get_traced_memory()[0] / 20_000
        tracemalloc.stop()
    return [
        ("memory per queued message of 200 bytes", f"{queued:,.0f} bytes", ""),
        ("memory per processed message, its invocation record included", f"{processed:,.0f} bytes", ""),
    ]


def idle_ms(for_s: float) -> float:
    with closing(VirtualEventLoop()) as loop:
        simulation = Simulation(loop)
        function = simulation.add_function(FunctionSettings(name="worker"), InlineInvoker())
        for n in range(5):
            queue = simulation.queues.create(f"q{n}")
            simulation.add_queue_mapping(f"worker/q{n}", function, queue, read_queue_mapping({}))
        watch = Stopwatch()
        loop.run_until_complete(simulation.run(for_s=for_s))
        return watch.elapsed_real_s() * 1000


def idle() -> list[Row]:
    day = statistics.median(idle_ms(86_400) for _ in range(9))
    minute = statistics.median(idle_ms(60) for _ in range(9))
    value = f"{day - minute:+.2f} ms ({day:.2f} against {minute:.2f})"
    return [("24 idle virtual hours, 5 mappings, against one minute", value, "at most 5 ms more")]


class Failing:
    """Fails every invocation."""

    async def invoke(self, _: Invocation) -> InvocationResult:
        return InvocationResult(error={"errorMessage": "no", "errorType": "ValueError"})


def story_ms() -> float:
    with closing(VirtualEventLoop()) as loop:
        simulation = Simulation(loop)
        dlq = simulation.queues.create("dlq")
        policy = f'{{"deadLetterTargetArn":"{dlq.arn}","maxReceiveCount":3}}'
        queue = simulation.queues.create("orders", {"RedrivePolicy": policy})
        function = simulation.add_function(FunctionSettings(name="worker"), Failing())
        simulation.add_queue_mapping("worker/orders", function, queue, read_queue_mapping({}))
        queue.send("first")
        loop.run_until_complete(simulation.run(for_s=200))  # warm
        watch = Stopwatch()
        queue.send("poison")
        loop.run_until_complete(simulation.run(for_s=100))
        taken = watch.elapsed_real_s() * 1000
        assert dlq.counts().visible == 2
        return taken


def story() -> list[Row]:
    taken = statistics.median(story_ms() for _ in range(21))
    what = "a poison message to the DLQ: 3 receives over 90 virtual seconds, warm"
    return [(what, f"{taken:.2f} ms", "at most 5 ms")]
