"""What the benchmarks run: the bare loop, and the same work through a whole simulation."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eventsim.cloud.queues.registry import Queues
from eventsim.events.sqs import sqs_event
from eventsim.functions.settings import FunctionSettings
from eventsim.invokers.base import Invocation, InvocationResult
from eventsim.kernel.clock import Clock
from eventsim.kernel.collector import quiet_collector
from eventsim.kernel.loop import VirtualEventLoop
from eventsim.kernel.seeds import Seeds
from eventsim.kernel.stopwatch import Stopwatch
from eventsim.mappings.settings import read_queue_mapping
from eventsim.simulation import Simulation

if TYPE_CHECKING:
    from eventsim.cloud.queues.queue import Queue

HANDLERS = Path(__file__).parent / "handlers"
TEXT = "x" * 180


def touch(event: dict[str, Any], _context: object) -> None:
    for record in event["Records"]:
        record["body"]


class InlineInvoker:
    """Calls a Python function directly: no greenlet, no modules, no clock."""

    async def invoke(self, invocation: Invocation) -> InvocationResult:
        touch(invocation.event, None)
        return InvocationResult()


def fill(queue: Queue, count: int) -> None:
    for n in range(count):
        queue.send(f'{{"id":{n},"text":"{TEXT}"}}')


def bare_s(count: int, batch: int) -> float:
    """Seconds of the bare loop: the engine's receive, the event, the handler, the delete."""
    with closing(VirtualEventLoop()) as loop:
        queue = Queues(Clock(loop.time), Seeds(1), lambda: loop).create("orders")
        fill(queue, count)
        with quiet_collector():
            watch = Stopwatch()
            while deliveries := queue.receive(batch):
                touch(sqs_event(deliveries, queue.arn), None)
                queue.delete_batch([one.receipt for one in deliveries])
            return watch.elapsed_real_s()


def simulated(count: int, batch: int, invoker: str = "inline", module: str = "touch") -> tuple[float, Simulation]:
    """Seconds from the start of a run until it is idle, trace and metrics on; and the finished simulation."""
    with closing(VirtualEventLoop()) as loop:
        simulation = Simulation(loop, seed=1, keep_trace=False)
        queue = simulation.queues.create("orders")
        settings = FunctionSettings(name="worker", timeout_s=10)
        bracketed = invoker == "python"
        chosen = simulation.python_invoker(f"{module}.handler", HANDLERS, {}) if bracketed else InlineInvoker()
        function = simulation.add_function(settings, chosen)
        simulation.add_queue_mapping("worker/orders", function, queue, read_queue_mapping({"BatchSize": batch}))
        fill(queue, count)
        watch = Stopwatch()
        loop.run_until_complete(simulation.run())
        taken_s = watch.elapsed_real_s()
        assert simulation.idle
        assert simulation.mappings["worker/orders"].metrics.deleted == count
        return taken_s, simulation
