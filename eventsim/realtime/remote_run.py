"""One scenario on a real endpoint, from looking its resources up to the last checkpoint."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, suppress
from typing import TYPE_CHECKING, Any, cast

from eventsim.cloud.remote import RemoteAccount
from eventsim.cloud.remote_boto import RemoteBotoHook
from eventsim.cloud.remote_patience import Patience
from eventsim.kernel.seeds import Seeds
from eventsim.realtime.checkpoints import KEEP_EVERY_S
from eventsim.realtime.drain import drain
from eventsim.realtime.feeders import Feeder
from eventsim.realtime.feeds import check_supported, feeds_of
from eventsim.realtime.metrics_server import metrics_server
from eventsim.realtime.observed import Observed, counts_of, observe
from eventsim.realtime.prepare import greet, prepare, tear_down
from eventsim.realtime.quiet import Quiet
from eventsim.realtime.real_run import RealRun
from eventsim.realtime.simulation import RemoteSimulation
from eventsim.realtime.state import State, state_file
from eventsim.realtime.steps import RemotePerformer
from eventsim.scenarios.expect import Failure, judge
from eventsim.scenarios.model import MappingSpec
from eventsim.scenarios.trigger_specs import RuleSpec, ScheduleSpec

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from eventsim.errors import AwsError
    from eventsim.kernel.real_loop import RealTimeLoop
    from eventsim.realtime.options import RealOptions
    from eventsim.scenarios.expected import Expectation
    from eventsim.scenarios.model import FunctionSpec, Scenario
    from eventsim.scenarios.result import RunResult

SETTLES_S = 3.0
"""How long an expectation of the end may take to hold: an endpoint's counts are approximate."""

_REFRESH_EVERY_S = 10.0


class RemoteRun(RealRun):
    """One run of one scenario on an endpoint; `stop` ends it gracefully, as SIGTERM does."""

    def __init__(self, scenario: Scenario, options: RealOptions, **rest: Any) -> None:
        super().__init__(scenario, options, **rest)
        check_supported(scenario)
        self._background: list[asyncio.Task[Any]] = []
        self._feeders: list[Feeder] = []
        self._ended_s: float | None = None
        self.observed: Observed | None = None

    async def run(self) -> None:
        """Connect, run, drain, judge; and remove what was made, if that is wanted."""
        options, loop = self._options, cast("RealTimeLoop", asyncio.get_running_loop())
        assert options.target is not None
        jitter = Seeds(self._seed).stream("endpoint")
        patience = Patience(loop, jitter, options.tell, name=options.target.name)
        with State(state_file(self._scenario.file, options.state), options.target.name) as state:
            async with RemoteAccount(options.target) as account:
                await greet(account, patience)
                state.endpoint = f"{options.target.name} {account.region} {account.account_id}"
                try:
                    resources = await prepare(self._scenario, account, patience, state, options)
                    loop.begin_now()
                    simulation = RemoteSimulation(
                        loop,
                        account,
                        resources,
                        patience,
                        state,
                        seed=self._seed,
                        account_concurrency=self._scenario.account_concurrency,
                        trace=self._trace,
                        keep_trace=False,
                        quirks=self._scenario.quirks,
                    )
                    self.simulation = simulation
                    await self._go(simulation)
                finally:
                    if options.teardown:
                        await tear_down(account, state, options)

    def result(self, *, interrupted: bool = False) -> RunResult:
        """What the run came to; its time is that without preparation and drain."""
        result = super().result(interrupted=interrupted)
        if self._ended_s is not None:
            result.virtual_s = round(self._ended_s, 6)
        return result

    # -- the parts -------------------------------------------------------------------------------

    async def _build(self, simulation: RemoteSimulation) -> None:
        scenario = self._scenario
        self._live.attach(simulation)
        for spec in scenario.functions.values():
            await self._add_remote_function(simulation, spec)
        for feed in feeds_of(scenario):
            source = await simulation.queue_source(simulation.resources.queues[feed.queue], feed.queue)
            self._feeders.append(Feeder(feed, source, simulation))
        if self._on_progress is not None:
            self._report_progress(simulation, self._on_progress)

    async def _add_remote_function(self, simulation: RemoteSimulation, spec: FunctionSpec) -> None:
        from eventsim.scenarios.wiring import create_schedule, put_rule

        function = simulation.add_function(
            spec.settings, self._invoker(simulation, spec), takes=spec.takes, cold_start=spec.cold_start
        )
        for mapping in spec.mappings:
            if isinstance(mapping, MappingSpec):
                await simulation.map_queue(mapping, function)
            else:
                await simulation.map_stream(mapping, function)
        if spec.event_invoke is not None:
            simulation.asynchronous().configure(spec.name, spec.event_invoke)
        if spec.dead_letter_arn is not None:
            simulation.asynchronous().set_dead_letter(spec.name, spec.dead_letter_arn)
        for trigger in spec.triggers:
            if isinstance(trigger, RuleSpec):
                put_rule(simulation.services.bus, simulation.local_rule(trigger, function))
            elif isinstance(trigger, ScheduleSpec):
                create_schedule(simulation.services.scheduler, simulation.local_schedule(trigger, function))

    # -- the run ---------------------------------------------------------------------------------

    async def _go(self, simulation: RemoteSimulation) -> None:
        from eventsim.invokers.wall_clock import utc_zone

        await self._build(simulation)
        performer = self._performer(simulation)
        quiet = Quiet(simulation, lambda: self._is_busy(performer), self._read_queues())
        async with AsyncExitStack() as stack:
            stack.enter_context(RemoteBotoHook(simulation.world.loop))
            stack.enter_context(utc_zone())
            stack.enter_context(simulation.in_progress())
            if self._options.metrics_port is not None:
                url = await stack.enter_async_context(
                    metrics_server(simulation, self._live, self._options.metrics_port)
                )
                self._options.tell(f"metrics: {url}")
            try:
                await self._until_over(simulation, performer, quiet)
                self._ended_s = simulation.world.loop.time()
                simulation.idle = quiet.is_idle_here()
                await drain(simulation, self._feeders, self._options.tell)
                await self._judge_end(simulation)
            finally:
                simulation.keep_checkpoints()
                await self._end_background()
                await simulation.end()
                for source in simulation.queue_sources.values():
                    source.close()
                self._live.close()

    async def _until_over(self, simulation: RemoteSimulation, performer: RemotePerformer, quiet: Quiet) -> None:
        """Run until it is stopped, over, idle, or something of ours failed, which this raises."""
        scenario, serve = self._scenario, self._options.serve
        for_s = float("inf") if serve or scenario.run_for_s is None else scenario.run_for_s
        schedule = performer.schedule if self._options.with_steps else None
        ended = simulation.go_on(for_s=for_s, on_begin=schedule)
        for feeder in self._feeders:
            self._start(feeder.run())
        self._start(performer.run())
        self._start(self._keep_up(simulation))
        waits: list[asyncio.Future[Any]] = [ended, asyncio.ensure_future(self._stop.wait()), *self._background]
        if not serve and scenario.run_for_s is None:
            waits.append(asyncio.ensure_future(quiet.wait()))
        done, pending = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for one in pending:
            if one is not ended and one not in self._background:
                one.cancel()
        for one in done:
            one.result()
        ended.cancel()

    async def _keep_up(self, simulation: RemoteSimulation) -> None:
        """Write checkpoints, and follow changes of the queues' visibility timeouts."""
        loop = simulation.world.loop
        refresh_s = loop.time() + _REFRESH_EVERY_S
        while True:
            await asyncio.sleep(KEEP_EVERY_S)
            simulation.keep_checkpoints()
            if loop.time() >= refresh_s:
                for name in self._read_queues():
                    await counts_of(simulation, name)
                refresh_s = loop.time() + _REFRESH_EVERY_S

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        self._background.append(asyncio.ensure_future(work))

    async def _end_background(self) -> None:
        for task in self._background:
            task.cancel()
        for task in self._background:
            with suppress(asyncio.CancelledError, Exception):
                await task

    def _performer(self, simulation: RemoteSimulation) -> RemotePerformer:
        return RemotePerformer(self._scenario, simulation, look=self._look_remotely, refused=self._refused)

    def _is_busy(self, performer: RemotePerformer) -> bool:
        steps = self._options.with_steps and not performer.done
        return steps or any(feeder.busy for feeder in self._feeders)

    def _read_queues(self) -> list[str]:
        mapped = [
            mapping.queue
            for function in self._scenario.functions.values()
            for mapping in function.mappings
            if isinstance(mapping, MappingSpec) and mapping.settings.enabled
        ]
        return list(dict.fromkeys([*mapped, *(feed.queue for feed in feeds_of(self._scenario))]))

    def _refused(self, path: str, error: AwsError) -> None:
        self._options.tell(f"{path}: {error}")
        super()._refused(path, error)

    # -- expectations ----------------------------------------------------------------------------

    async def _look_remotely(self, expectation: Expectation) -> None:
        assert isinstance(self.simulation, RemoteSimulation)
        self.failures += await self._judged(self.simulation, expectation)

    async def _judge_end(self, simulation: RemoteSimulation) -> None:
        options, expectation = self._options, self._scenario.expect
        if expectation is not None and not options.serve and not self._stop.is_set():
            until_s = simulation.world.loop.time() + SETTLES_S
            found = await self._judged(simulation, expectation)
            while True:
                if not found or simulation.world.loop.time() >= until_s:
                    break
                await asyncio.sleep(0.2)
                found = await self._judged(simulation, expectation)
            self.failures += found
        if options.whole_result:
            self.observed = await observe(simulation, None, everything=True)

    async def _judged(self, simulation: RemoteSimulation, expectation: Expectation) -> list[Failure]:
        seen: Any = await observe(simulation, expectation, everything=False)
        elapsed_s = simulation.world.loop.time() if self._ended_s is None else self._ended_s
        return judge(expectation, seen, virtual_s=elapsed_s, idle=simulation.idle)
