"""Print the table: ``python -m benchmarks``. Ratios come from alternating runs in one process."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from benchmarks import sqs, start

if TYPE_CHECKING:
    from collections.abc import Callable

PARTS: dict[str, Callable[[], list[sqs.Row]]] = {
    "throughput": sqs.throughput,
    "growth": sqs.growth,
    "memory": sqs.memory,
    "idle": sqs.idle,
    "story": sqs.story,
    "start": start.start,
}


def main(wanted: list[str]) -> None:
    print("| what | measured | wanted |\n|---|---|---|")
    for name, measure in PARTS.items():
        if not wanted or name in wanted:
            for row in measure():
                print(f"| {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
