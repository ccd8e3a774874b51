"""What every part of one simulation shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventsim.quirks import NO_QUIRKS

if TYPE_CHECKING:
    from eventsim.kernel.clock import Clock
    from eventsim.kernel.faults import Faults
    from eventsim.kernel.loop import VirtualEventLoop
    from eventsim.kernel.seeds import Seeds
    from eventsim.kernel.tasks import Tasks
    from eventsim.kernel.trace import Trace
    from eventsim.quirks import Quirks


class World:
    """The loop, the clock, chance, the trace, the supervised tasks, the faults and the quirks of one simulation."""

    __slots__ = ("clock", "faults", "loop", "quirks", "seeds", "tasks", "trace")

    def __init__(
        self,
        *,
        loop: VirtualEventLoop,
        clock: Clock,
        seeds: Seeds,
        trace: Trace,
        tasks: Tasks,
        faults: Faults,
        quirks: Quirks = NO_QUIRKS,
    ) -> None:
        self.loop = loop
        self.clock = clock
        self.seeds = seeds
        self.trace = trace
        self.tasks = tasks
        self.faults = faults
        self.quirks = quirks
