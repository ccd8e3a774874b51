"""Captured events: 100,000 of them from JSON lines to a trivial handler, against a bare loop."""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.workload import HANDLERS, fill, touch
from eventsim.cloud.queues.registry import Queues
from eventsim.events.sqs import sqs_event
from eventsim.fixtures.replay_run import Replay, ReplayOrder
from eventsim.kernel.clock import Clock
from eventsim.kernel.loop import VirtualEventLoop
from eventsim.kernel.seeds import Seeds

if TYPE_CHECKING:
    from benchmarks.sqs import Row

COUNT = 100_000
PAIRS = 5


def write_events(file: Path, count: int) -> None:
    """One event of one message a line, as Lambda builds them."""
    with closing(VirtualEventLoop()) as loop, file.open("w") as lines:
        queue = Queues(Clock(loop.time), Seeds(1), lambda: loop).create("orders")
        fill(queue, count)
        while deliveries := queue.receive(1):
            lines.write(json.dumps(sqs_event(deliveries, queue.arn)) + "\n")
            queue.delete_batch([one.receipt for one in deliveries])


def bare_s(file: Path) -> float:
    """CPU seconds of reading, ``json.loads`` and the call."""
    begun = time.process_time()
    with file.open("rb") as lines:
        for line in lines:
            touch(json.loads(line), None)
    return time.process_time() - begun


def replayed_s(file: Path) -> float:
    """CPU seconds of a replay, its start included."""
    begun = time.process_time()
    replay = Replay(ReplayOrder(files=[str(file)], handler="touch.handler", code_folder=HANDLERS))
    replay.run()
    assert (replay.failed, replay.files.tallies[str(file)].events > 0) == (0, True)
    return time.process_time() - begun


def peak_mb(file: Path) -> float:
    """The memory that a process needs at most to replay a file."""
    words = [sys.executable, "-m", "benchmarks.replay", str(file)]
    return int(subprocess.run(words, capture_output=True, check=True, text=True).stdout) / 1024


def replay() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        small, large = Path(folder, "small.jsonl"), Path(folder, "large.jsonl")
        write_events(small, COUNT // 100)
        write_events(large, COUNT)
        replayed_s(small)
        pairs = [(bare_s(large), replayed_s(large)) for _ in range(PAIRS)]
        ratio = statistics.median(taken / bare for bare, taken in pairs)
        speed = COUNT / statistics.median(taken for _, taken in pairs)
        memory = peak_mb(small), peak_mb(large)
    return [
        (
            "100,000 captured SQS events from JSON lines to a trivial handler",
            f"{ratio:.1f} times json.loads and the call in a bare loop, {speed:,.0f} events/s",
            "at most 3",
        ),
        (
            "peak memory of that, against 1,000 events",
            f"{memory[1]:.0f} MB against {memory[0]:.0f} MB",
            "flat",
        ),
    ]


if __name__ == "__main__":
    replayed_s(Path(sys.argv[1]))
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
