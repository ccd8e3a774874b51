"""How long the command takes from the start of its process to its exit."""

from __future__ import annotations

import statistics
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from eventsim.kernel.stopwatch import Stopwatch

if TYPE_CHECKING:
    from benchmarks.sqs import Row

SCENARIO = Path(__file__).parents[1] / "scenarios" / "filter_and_delete.yaml"
RUNS = 15


def process_ms(*arguments: str) -> float:
    watch = Stopwatch()
    subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return watch.elapsed_real_s() * 1000


def start() -> list[Row]:
    commands = {
        "python -c pass": ("-c", "pass"),
        "eventsim --help": ("-m", "eventsim", "--help"),
        "eventsim run, one queue, a scripted function": ("-m", "eventsim", "run", "-q", str(SCENARIO)),
    }
    targets = ("", "at most 100 ms", "at most 250 ms")
    times = {label: [] for label in commands}  # type: dict[str, list[float]]
    for _ in range(RUNS):
        for label, arguments in commands.items():
            times[label].append(process_ms(*arguments))
    nothing = statistics.median(times["python -c pass"])
    rows = []
    for (label, taken), target in zip(times.items(), targets, strict=True):
        median = statistics.median(taken)
        rows.append((label, f"{median:.0f} ms, {median / nothing:.1f} times python -c pass", target))
    return rows
