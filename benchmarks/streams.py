"""Kinesis: throughput, cost at the tail of a long shard, memory before and after retention, idle time."""

from __future__ import annotations

import base64
import statistics
import tracemalloc
from contextlib import closing
from typing import TYPE_CHECKING, Any

from eventsim.cloud.kinesis.registry import Streams
from eventsim.events.kinesis import KinesisShape
from eventsim.functions.settings import FunctionSettings
from eventsim.invokers.base import Invocation, InvocationResult
from eventsim.kernel.clock import Clock
from eventsim.kernel.collector import quiet_collector
from eventsim.kernel.loop import VirtualEventLoop
from eventsim.kernel.stopwatch import Stopwatch
from eventsim.mappings.stream_settings import read_stream_mapping
from eventsim.simulation import Simulation

if TYPE_CHECKING:
    from benchmarks.sqs import Row
    from eventsim.cloud.kinesis.stream import KinesisStream

COUNT = 1_000_000
BATCH = 1_000
KEYS = [f"user-{n}" for n in range(1000)]
ROLE = "arn:aws:iam::123456789012:role/worker"


def touch(event: dict[str, Any], _context: object) -> None:
    for record in event["Records"]:
        record["kinesis"]["data"]


class Inline:
    """Calls the trivial handler directly."""

    async def invoke(self, invocation: Invocation) -> InvocationResult:
        touch(invocation.event, None)
        return InvocationResult()


def fill(stream: KinesisStream, count: int) -> None:
    for n in range(count):
        data = base64.b64encode(b"%0200d" % n).decode()
        stream.put(data, KEYS[n % len(KEYS)])


def bare_s(count: int) -> float:
    """Seconds of the bare loop: the engine's read, the event, the handler."""
    with closing(VirtualEventLoop()) as loop:
        stream = Streams(Clock(loop.time)).create("clicks", 4)
        fill(stream, count)
        with quiet_collector():
            watch = Stopwatch()
            for shard in stream:
                shape, position = KinesisShape(shard.id, stream.arn, "us-east-1", ROLE), 0
                while records := (page := shard.read(position, BATCH)).records:
                    touch({"Records": shape.records(records)}, None)
                    position = page.next_position
            return watch.elapsed_real_s()


def mapped_s(count: int) -> float:
    """Seconds from the start of a run until it is idle, trace and metrics on."""
    with closing(VirtualEventLoop()) as loop:
        simulation = Simulation(loop, seed=1, keep_trace=False)
        stream = simulation.services.streams.create("clicks", 4)
        fill(stream, count)
        function = simulation.add_function(FunctionSettings(name="worker", timeout_s=10), Inline())
        settings = read_stream_mapping({"StartingPosition": "TRIM_HORIZON", "BatchSize": BATCH})
        simulation.add_stream_mapping("worker/clicks", function, stream, settings)
        watch = Stopwatch()
        loop.run_until_complete(simulation.run())
        taken_s = watch.elapsed_real_s()
        assert simulation.mappings["worker/clicks"].metrics.invoked == count
        return taken_s


def throughput() -> list[Row]:
    pairs = [(bare_s(COUNT), mapped_s(COUNT)) for _ in range(3)]
    ratio = statistics.median(taken / bare for bare, taken in pairs)
    speed = COUNT / statistics.median(taken for _, taken in pairs)
    what = "1,000,000 Kinesis records of 200 bytes, 4 shards, batch 1,000"
    return [(what, f"{ratio:.2f} times the bare loop, {speed:,.0f} records/s", "at most 1.5, at least 400,000/s")]


def tail() -> list[Row]:
    """A page of ten read at the end of a shard, by the shard's length."""

    def page_s(count: int) -> float:
        with closing(VirtualEventLoop()) as loop:
            stream = Streams(Clock(loop.time)).create("clicks", 1)
            fill(stream, count)
            shard = next(iter(stream))
            times = []
            for _ in range(200):
                watch = Stopwatch()
                for _ in range(20):
                    shard.read(shard.tip - 10, 10)
                times.append(watch.elapsed_real_s())
            return statistics.median(times)

    ratio = statistics.median(page_s(COUNT) / page_s(1_000) for _ in range(3))
    return [("a read at the tail of 1,000,000 records against 1,000", f"{ratio:.2f} times", "at most 1.2")]


def memory() -> list[Row]:
    count = 100_000
    with closing(VirtualEventLoop()) as loop:
        stream = Streams(Clock(loop.time)).create("clicks", 4)
        tracemalloc.start()
        fill(stream, count)
        before = tracemalloc.get_traced_memory()[0] / count
        loop.call_later(86_401, loop.stop)
        loop.run_forever()
        for shard in stream:
            shard.read(shard.horizon, 1)
        after = tracemalloc.get_traced_memory()[0] / count
        tracemalloc.stop()
    value = f"{before:,.0f} bytes a record before, {after:,.1f} after"
    return [("memory of records of 200 bytes, before and after their retention", value, "")]


def idle_ms(for_s: float) -> float:
    with closing(VirtualEventLoop()) as loop:
        simulation = Simulation(loop)
        stream = simulation.services.streams.create("clicks", 8)
        function = simulation.add_function(FunctionSettings(name="worker"), Inline())
        settings = read_stream_mapping({"StartingPosition": "TRIM_HORIZON"})
        simulation.add_stream_mapping("worker/clicks", function, stream, settings)
        watch = Stopwatch()
        loop.run_until_complete(simulation.run(for_s=for_s))
        return watch.elapsed_real_s() * 1000


def idle() -> list[Row]:
    day = statistics.median(idle_ms(86_400) for _ in range(9))
    minute = statistics.median(idle_ms(60) for _ in range(9))
    value = f"{day - minute:+.2f} ms ({day:.2f} against {minute:.2f})"
    return [("24 idle virtual hours, 8 shards, against one minute", value, "at most 5 ms more")]
