"""When a run on an endpoint is idle: the steps are done and its sources have been quiet for a while."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from eventsim.realtime.observed import counts_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from eventsim.realtime.simulation import RemoteSimulation

QUIET_S = 3.0
"""How long nothing may happen before a run is idle; a stream is polled three times meanwhile (KIN-05)."""

_LOOK_EVERY_S = 0.25


class Quiet:
    """Watches a run on an endpoint; *busy* tells of whatever else is under way: steps, feeds."""

    def __init__(self, simulation: RemoteSimulation, busy: Callable[[], bool], queues: Iterable[str]) -> None:
        self._simulation = simulation
        self._busy = busy
        self._queues = list(queues)
        self._lines = -1
        self._since_s = simulation.world.loop.time()

    async def wait(self) -> None:
        """Return once the run is idle."""
        while True:
            if self._is_still() and await self._is_empty():
                return
            await asyncio.sleep(_LOOK_EVERY_S)

    def is_idle_here(self) -> bool:
        """Whether nothing is under way in this process."""
        simulation = self._simulation
        return not (
            self._busy()
            or any(function.metrics.concurrent for function in simulation.functions.values())
            or any(mapping.busy for mapping in simulation.mappings.values())
            or simulation.unfinished_events()
        )

    def _is_still(self) -> bool:
        """Whether nothing is under way and nothing has happened for a while."""
        loop, lines = self._simulation.world.loop, self._simulation.world.trace.count
        if lines != self._lines or not self.is_idle_here():
            self._lines, self._since_s = lines, loop.time()
            return False
        return loop.time() - self._since_s >= QUIET_S

    async def _is_empty(self) -> bool:
        """Whether the queues that are read hold nothing, not even for later."""
        for name in self._queues:
            counts = await counts_of(self._simulation, name)
            if counts.visible or counts.in_flight or counts.delayed:
                return False
        return True
