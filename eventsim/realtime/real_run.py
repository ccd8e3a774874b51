"""What runs in real time have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from eventsim.scenarios.run import ScenarioRun

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from eventsim.realtime.live import Live
    from eventsim.realtime.options import RealOptions
    from eventsim.scenarios.model import Scenario
    from eventsim.scenarios.run import Progress


class RealRun(ScenarioRun):
    """One run of one scenario by the machine's clock; *stop* ends it gracefully, as SIGTERM does."""

    def __init__(
        self,
        scenario: Scenario,
        options: RealOptions,
        *,
        stop: asyncio.Event,
        live: Live,
        seed: int | None = None,
        trace: BinaryIO | None = None,
        on_progress: Callable[[Progress], None] | None = None,
    ) -> None:
        super().__init__(scenario, seed=seed, trace=trace, on_progress=on_progress)
        self._options = options
        self._stop = stop
        self._live = live
