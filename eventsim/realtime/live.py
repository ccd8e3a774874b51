"""A run while it goes on: a line for each invocation that ends, and the counts of all of them."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventsim.functions.invocations import InvocationRecord
    from eventsim.simulation import Simulation

KEPT = 500
"""How many invocations, and durations of each function, are kept of a run that may last for ever."""


class InvocationLog(list[Any]):
    """The invocations of a run; *running* are those whose end was not seen yet. With *kept* older ones are dropped."""

    def __init__(self, kept: int | None) -> None:
        super().__init__()
        self.running: list[InvocationRecord] = []
        self._kept = kept

    def append(self, record: InvocationRecord) -> None:
        """Add one that begins."""
        super().append(record)
        self.running.append(record)
        if self._kept is not None and len(self) > 2 * self._kept:
            del self[: -self._kept]


class Live:
    """Watches a run in real time; *write* gets a line for each invocation when it has ended, and its log.

    *outcomes* counts by function, mapping and outcome. With *endless* only the latest invocations are kept.
    """

    def __init__(self, write: Callable[[str], object] | None = None, *, endless: bool = False) -> None:
        self.outcomes: Counter[tuple[str, str, str]] = Counter()
        self.records = 0
        self._write = write
        self._endless = endless
        self._log = InvocationLog(KEPT if endless else None)
        self._simulation: Simulation | None = None
        self._due = False

    def attach(self, simulation: Simulation) -> None:
        """Watch *simulation*, to which no function was added yet."""
        loop: Any = simulation.world.loop
        self._simulation = simulation
        simulation.invocations = self._log
        loop.watcher = self._notice

    def close(self) -> None:
        """Look a last time, and watch no more."""
        if self._simulation is not None:
            loop: Any = self._simulation.world.loop
            loop.watcher = None
            self._look()

    def _notice(self) -> None:
        """A line of the trace was written: what it tells of is complete at the end of this turn."""
        if not self._due and self._simulation is not None:
            self._due = True
            self._simulation.world.loop.call_soon(self._look)

    def _look(self) -> None:
        self._due = False
        running = self._log.running
        ended = [record for record in running if record.outcome is not None]
        if not ended:
            return
        self._log.running = [record for record in running if record.outcome is None]
        for record in ended:
            self._count(record)
            if self._write is not None:
                self._write(self._line(record))
                for line in record.logs.splitlines():
                    self._write(f"  | {line}")

    def _count(self, record: InvocationRecord) -> None:
        assert record.outcome is not None
        self.outcomes[record.function, record.mapping or "", record.outcome.value] += 1
        self.records += 0 if record.batch is None else len(record.batch)
        if self._endless and self._simulation is not None:
            durations_ms = self._simulation.functions[record.function].metrics.durations_ms
            if len(durations_ms) > 2 * KEPT:
                del durations_ms[:-KEPT]

    def _line(self, record: InvocationRecord) -> str:
        assert self._simulation is not None
        assert record.outcome is not None
        ended_s = record.at_s if record.ended_s is None else record.ended_s
        wall_s = self._simulation.world.clock.epoch_s + ended_s
        clock = time.strftime("%H:%M:%S", time.localtime(wall_s))
        count = 1 if record.batch is None else len(record.batch)
        parts = [
            f"{clock}.{int(wall_s * 1000) % 1000:03d}",
            record.mapping or record.function,
            f"{count} record{'' if count == 1 else 's'}",
            record.outcome.value,
            f"{(ended_s - record.at_s) * 1000:.0f} ms",
        ]
        if record.error is not None:
            kind, text = record.error.get("errorType"), record.error.get("errorMessage")
            parts.append(" ".join(": ".join(str(one) for one in (kind, text) if one).split())[:200])
        return "  ".join(parts)


def summary(live: Live, seconds: float) -> list[str]:
    """What a run came to, for the end of it."""
    total = sum(live.outcomes.values())
    lines = [f"{total} invocations of {live.records} records in {seconds:.1f} s"]
    by_name: dict[str, Counter[str]] = {}
    for (function, mapping, outcome), count in live.outcomes.items():
        by_name.setdefault(mapping or function, Counter())[outcome] += count
    for name, counts in sorted(by_name.items()):
        told = ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items()))
        lines.append(f"  {name}: {told}")
    return lines
