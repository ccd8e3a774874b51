"""Print the table: ``python -m benchmarks [PART...]``. Ratios come from alternating runs in one process."""

from __future__ import annotations

import sys
from importlib import import_module

PARTS = {
    "start": ("start", "start"),
    "throughput": ("sqs", "throughput"),
    "growth": ("sqs", "growth"),
    "memory": ("sqs", "memory"),
    "idle": ("sqs", "idle"),
    "story": ("sqs", "story"),
    "stream-throughput": ("streams", "throughput"),
    "stream-tail": ("streams", "tail"),
    "stream-memory": ("streams", "memory"),
    "stream-idle": ("streams", "idle"),
    "topics": ("asynchronous", "topics"),
    "matching": ("asynchronous", "matching"),
    "week": ("asynchronous", "week"),
    "facade": ("facade", "facade"),
    "serve": ("serve", "serve"),
    "runtime": ("runtime", "runtime"),
    "replay": ("replay", "replay"),
}


def main(wanted: list[str]) -> None:
    print("| what | measured | wanted |\n|---|---|---|")
    for name, (module, function) in PARTS.items():
        if not wanted or name in wanted:
            for row in getattr(import_module(f"benchmarks.{module}"), function)():
                print(f"| {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
