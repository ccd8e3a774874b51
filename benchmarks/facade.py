"""The Python API and the pytest plugin: what a test costs, and what the plugin costs those who don't use it."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from eventsim.facade.simulation import Simulation
from eventsim.kernel.stopwatch import Stopwatch

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.sqs import Row

TESTS = 100
PROCESSES = 21
ROUNDS = 60
OTHERS = [f"-pno:{name}" for name in ("anyio", "asyncio", "hypothesispytest", "pytest_cov", "time_machine", "xdist")]


def fail(event: object, context: object) -> None:
    raise ValueError("boom")


def poison() -> None:
    """A queue, a mapping, three deliveries and the dead-letter queue, asserted."""
    with Simulation(seed=1) as sim:
        dlq = sim.queue("orders-dlq")
        policy = {"deadLetterTargetArn": dlq, "maxReceiveCount": 3}
        orders = sim.queue("orders", VisibilityTimeout=30, RedrivePolicy=policy)
        worker = sim.function("worker", fail, Timeout=10)
        worker.on_queue(orders, FunctionResponseTypes=["ReportBatchItemFailures"])
        orders.send({"id": 1})
        sim.run()
        assert [one.at for one in worker.invocations] == [0, 30, 60]
        assert dlq.bodies == ['{"id":1}']
        assert sim.now_s == 90


def poison_by_boto3() -> None:
    """The same, sent and received through a client that the test makes."""
    import boto3

    with Simulation(seed=1) as sim:
        sqs = boto3.client("sqs")
        dlq = sim.queue("orders-dlq")
        orders = sim.queue("orders", RedrivePolicy={"deadLetterTargetArn": dlq, "maxReceiveCount": 3})
        sim.function("worker", fail, Timeout=10).on_queue(orders)
        sqs.send_message(QueueUrl=orders.url, MessageBody="x")
        sim.run()
        assert sqs.receive_message(QueueUrl=dlq.url)["Messages"][0]["Body"] == "x"


def new_client() -> None:
    import boto3

    with Simulation():
        boto3.client("sqs")


def nothing() -> None:
    with Simulation():
        pass


def median_ms(test: Callable[[], None]) -> float:
    test()
    taken = []
    for _ in range(TESTS):
        watch = Stopwatch()
        test()
        taken.append(watch.elapsed_real_s() * 1000)
    return statistics.median(taken)


def facade() -> list[Row]:
    empty, client = median_ms(nothing), median_ms(new_client)
    rows = [
        ("a test: queue, mapping, three redeliveries, DLQ, warm", f"{median_ms(poison):.1f} ms", "at most 10 ms"),
        ("an empty simulation, opened and closed", f"{empty:.1f} ms", ""),
        ("the test with a boto3 client, one send and one receive", f"{median_ms(poison_by_boto3):.1f} ms", ""),
        ("boto3.client('sqs') in each test, botocore's data cached", f"{client - empty:.1f} ms", ""),
    ]
    return [*rows, plugin(), plugin_by_itself()]


def plugin() -> Row:
    """CPU time of pytest with the plugin, without it, and without it once more: so much is noise.

    A round runs all three after one another, so that a machine that is slower for a while is so for each of them.
    """
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "test_it.py").write_text("def test_it():\n    pass\n")
        series: list[tuple[list[str], list[float]]] = [([], []), (["-pno:eventsim"], []), (["-pno:eventsim"], [])]
        for n in range(ROUNDS):
            for options, taken in series[n % 3 :] + series[: n % 3]:
                taken.append(cpu_ms(["-m", "pytest", "-q", "-pno:cacheprovider", *OTHERS, *options, folder], folder))
    loaded, without, again = (taken for _, taken in series)
    noise = f"two series without it differ by {difference(again, without)}"
    shown = f"{difference(loaded, without)} CPU of {statistics.median(without):.0f} ms; {noise}"
    return ("the plugin, in a project that doesn't use it: difference of medians", shown, "at most 5 ms")


def difference(ones: list[float], others: list[float]) -> str:
    """The difference of the medians, and the median of the differences within a round."""
    pairs = statistics.median(one - other for one, other in zip(ones, others, strict=True))
    return f"{statistics.median(ones) - statistics.median(others):+.1f} ms ({pairs:+.1f} ms by rounds)"


PROBE = """
import contextlib, importlib.metadata as metadata, io, sys, time

def timed(function, is_ours, spent):
    def call(self):
        began_s = time.process_time()
        try:
            return function(self)
        finally:
            if is_ours(self):
                spent.append((time.process_time() - began_s) * 1000)
    return call

listing, loading = [], []
distribution, entry = metadata.Distribution, metadata.EntryPoint
distribution.files = property(timed(distribution.files.fget, lambda one: one.metadata["Name"] == "eventsim", listing))
entry.load = timed(entry.load, lambda one: one.name == "eventsim", loading)
import pytest
with contextlib.redirect_stdout(io.StringIO()):
    pytest.main(sys.argv[1:])
print(sum(listing), sum(loading))
"""


def plugin_by_itself() -> Row:
    """CPU time of what pytest does for the plugin alone: it reads the names of the package's files, and loads it."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "test_it.py").write_text("def test_it():\n    pass\n")
        command = [sys.executable, "-c", PROBE, "-q", "-pno:cacheprovider", *OTHERS, folder]
        runs = [
            subprocess.run(command, env=writing_bytecode(), capture_output=True, text=True, check=True).stdout.split()
            for _ in range(PROCESSES)
        ]
    listing, loading = (statistics.median(float(run[n]) for run in runs) for n in range(2))
    return (
        "the same, timed inside the process: listing the files, loading",
        f"{listing:.1f} ms and {loading:.1f} ms CPU",
        "",
    )


def writing_bytecode() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def cpu_ms(arguments: list[str], folder: str) -> float:
    environment = writing_bytecode()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    nowhere = subprocess.DEVNULL
    subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, stdout=nowhere, stderr=nowhere, check=True
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000
