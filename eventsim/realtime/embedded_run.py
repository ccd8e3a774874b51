"""One scenario in real time on the embedded cloud, which other processes can reach meanwhile."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any, cast

import msgspec

from eventsim.kernel.real_loop import unix_now_s
from eventsim.realtime.looking import wait_while
from eventsim.realtime.metrics_server import metrics_server
from eventsim.realtime.real_run import RealRun

if TYPE_CHECKING:
    from eventsim.kernel.real_loop import RealTimeLoop
    from eventsim.realtime.options import RealOptions
    from eventsim.scenarios.model import Scenario
    from eventsim.simulation import Simulation

DRAIN_S = 25.0
_LOOK_EVERY_S = 0.02


class EmbeddedRun(RealRun):
    """One run of one scenario; *stop* ends it gracefully. The clock is the machine's, whatever ``start_time`` says."""

    def __init__(self, scenario: Scenario, options: RealOptions, **rest: Any) -> None:
        super().__init__(msgspec.structs.replace(scenario, start_time_s=unix_now_s()), options, **rest)

    async def run(self) -> None:
        """Build, run until it is over or stopped, and judge."""
        loop = cast("RealTimeLoop", asyncio.get_running_loop())
        loop.begin_now()
        simulation = self.build(loop)
        options = self._options
        if options.serve:
            simulation.cloud().begin()
        async with AsyncExitStack() as stack:
            if simulation.made_cloud is not None:
                stack.enter_context(simulation.made_cloud.open())
            stack.enter_context(simulation.in_progress())
            if options.serve:
                options.tell(f"AWS_ENDPOINT_URL={simulation.cloud().door.url()}")
            if options.metrics_port is not None:
                url = await stack.enter_async_context(metrics_server(simulation, self._live, options.metrics_port))
                options.tell(f"metrics: {url}")
            try:
                await self._until_over(simulation)
                if not self._stop.is_set():
                    self.judge()
                await _drain(simulation)
            finally:
                await simulation.end()
                self._live.close()

    async def _until_over(self, simulation: Simulation) -> None:
        for_s = float("inf") if self._options.serve else self._scenario.run_for_s
        ended = simulation.go_on(for_s=for_s, on_begin=self.schedule if self._options.with_steps else None)
        stopped = asyncio.ensure_future(self._stop.wait())
        waits: list[asyncio.Future[Any]] = [ended, stopped]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if ended.done():
            ended.result()
        else:
            ended.cancel()

    def _add_queues(self, simulation: Simulation) -> None:
        loop = cast("RealTimeLoop", simulation.world.loop)
        functions = simulation.functions
        loop.works = lambda: any(function.metrics.concurrent for function in functions.values())
        self._live.attach(simulation)
        super()._add_queues(simulation)


async def _drain(simulation: Simulation) -> None:
    """Read no more, and let what runs end."""
    loop = simulation.world.loop
    mappings: Any = simulation.mappings.values()
    for mapping in mappings:
        if mapping.polls:
            mapping.stop()

    def works() -> bool:
        return any(mapping.busy for mapping in mappings) or any(
            function.metrics.concurrent for function in simulation.functions.values()
        )

    await wait_while(works, every_s=_LOOK_EVERY_S, until_s=loop.time() + DRAIN_S)
