"""A scenario, run from its start to its end in virtual time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from eventsim.kernel.loop import VirtualEventLoop
from eventsim.kernel.stopwatch import Stopwatch
from eventsim.scenarios.expect import Failure, judge
from eventsim.scenarios.look_steps import LookingPerformer
from eventsim.scenarios.model import MappingSpec
from eventsim.scenarios.result import RunResult
from eventsim.simulation import Simulation

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventsim.errors import AwsError
    from eventsim.invokers.base import Invoker
    from eventsim.scenarios.expected import Expectation
    from eventsim.scenarios.model import FunctionSpec, Scenario


_REDRIVE = "RedrivePolicy"


class Progress(NamedTuple):
    """How far a run is: virtual seconds, lines of the trace, invocations."""

    virtual_s: float
    events: int
    invocations: int


class ScenarioRun:
    """One run of one scenario; after `run` it holds the result, also where that was interrupted.

    Whoever drives the simulation himself calls `build`, then `schedule` as the run begins, and `judge` when it is over.
    """

    def __init__(
        self,
        scenario: Scenario,
        *,
        seed: int | None,
        trace: BinaryIO | None,
        on_progress: Callable[[Progress], None] | None,
        keep_trace: bool = False,
    ) -> None:
        self._scenario = scenario
        self._seed = scenario.seed if seed is None else seed
        self._trace = trace
        self._on_progress = on_progress
        self._keep_trace = keep_trace
        self._stopwatch = Stopwatch()
        self.failures: list[Failure] = []
        self.simulation: Simulation | None = None

    async def run(self) -> None:
        """Build what the file declares, carry out its steps, and judge its expectations."""
        import asyncio

        loop: Any = asyncio.get_running_loop()
        await self.build(loop).run(for_s=self._scenario.run_for_s, on_begin=self.schedule)
        self.judge()

    def schedule(self) -> None:
        """Set the timers of the steps, from the loop's present on."""
        assert self.simulation is not None
        LookingPerformer(self._scenario, self.simulation, look=self._look, refused=self._refused).schedule()

    def judge(self) -> None:
        """Look at the expectations of the end; what does not hold joins `failures`."""
        if self._scenario.expect is not None:
            assert self.simulation is not None
            self._look(self._scenario.expect, idle=self.simulation.idle)

    def result(self, *, interrupted: bool = False) -> RunResult:
        """What the run came to, so far."""
        assert self.simulation is not None
        return RunResult(
            self._scenario,
            self.simulation,
            failures=self.failures,
            virtual_s=self.simulation.world.loop.time(),
            wall_s=self._stopwatch.elapsed_real_s(),
            interrupted=interrupted,
        )

    def build(self, loop: VirtualEventLoop) -> Simulation:
        """Make everything that the file declares, on *loop*."""
        scenario = self._scenario
        simulation = self.simulation = Simulation(
            loop,
            seed=self._seed,
            start_time_s=scenario.start_time_s,
            account_concurrency=scenario.account_concurrency,
            trace=self._trace,
            keep_trace=self._keep_trace,
            quirks=scenario.quirks,
        )
        self._add_queues(simulation)
        if scenario.has_sources:
            from eventsim.scenarios.setup import add_sources

            add_sources(simulation, scenario)
        for spec in scenario.functions.values():
            self._add_function(simulation, spec)
        if scenario.has_sources or any(spec.is_asynchronous for spec in scenario.functions.values()):
            from eventsim.scenarios.setup import add_triggers

            add_triggers(simulation, scenario)
        if self._on_progress is not None:
            self._report_progress(simulation, self._on_progress)
        return simulation

    def _add_queues(self, simulation: Simulation) -> None:
        """Create the queues in the file's order, then their redrive policies: a DLQ may stand below its source."""
        for queue in self._scenario.queues.values():
            attributes = {name: value for name, value in queue.attributes.items() if name != _REDRIVE}
            simulation.queues.create(queue.name, attributes, queue.tags)
        for queue in self._scenario.queues.values():
            if _REDRIVE in queue.attributes:
                simulation.queues.get(queue.name).set_attributes({_REDRIVE: queue.attributes[_REDRIVE]})

    def _add_function(self, simulation: Simulation, spec: FunctionSpec) -> None:
        function = simulation.add_function(
            spec.settings, self._invoker(simulation, spec), takes=spec.takes, cold_start=spec.cold_start
        )
        if spec.deployment is not None:
            from eventsim.scenarios.deployments import deploy

            function = deploy(function, spec.deployment)
        for mapping in spec.mappings:
            if isinstance(mapping, MappingSpec):
                queue = simulation.queues.get(mapping.queue)
                simulation.add_queue_mapping(mapping.name, function, queue, mapping.settings)
            else:
                from eventsim.scenarios.setup import stream_of

                stream = stream_of(simulation, mapping)
                simulation.add_stream_mapping(mapping.name, function, stream, mapping.settings)

    def _invoker(self, simulation: Simulation, spec: FunctionSpec) -> Invoker:
        if spec.elsewhere is not None:
            from eventsim.scenarios.invokers import make_invoker

            return make_invoker(self._scenario.file, spec, spec.elsewhere)
        if spec.script is not None:
            from eventsim.invokers.scripted import ScriptedInvoker

            return ScriptedInvoker(spec.script, simulation.world.seeds.stream(f"script:{spec.name}"))
        assert spec.handler is not None
        return simulation.python_invoker(spec.handler, spec.code_folder, spec.settings.environment)

    def _look(self, expectation: Expectation, *, idle: bool) -> None:
        assert self.simulation is not None
        virtual_s = self.simulation.world.loop.time()
        self.failures += judge(expectation, self.simulation, virtual_s=virtual_s, idle=idle)

    def _refused(self, path: str, error: AwsError) -> None:
        self.failures.append(Failure(path, "accepted", str(error)))

    def _report_progress(self, simulation: Simulation, tell: Callable[[Progress], None]) -> None:
        trace, loop = simulation.world.trace, simulation.world.loop
        trace.on_block = lambda: tell(Progress(loop.time(), trace.count, len(simulation.invocations)))


def run_scenario(
    scenario: Scenario,
    *,
    seed: int | None = None,
    trace: BinaryIO | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> RunResult:
    """Run *scenario* in virtual time; Ctrl-C gives the partial result, marked as interrupted.

    *seed* overrides the file's; *trace* gets the trace's bytes; *on_progress* is called now and then.
    Raises `eventsim.errors.VirtualTimeError` when the simulation itself can't go on.
    """
    import asyncio

    run = ScenarioRun(scenario, seed=seed, trace=trace, on_progress=on_progress)
    try:
        # Not anyio.run: there is one task tree here, and importing anyio would be a fifth of a short run.
        with asyncio.Runner(loop_factory=VirtualEventLoop) as runner:
            runner.run(run.run())
    except KeyboardInterrupt:
        if run.simulation is None:
            raise
        return run.result(interrupted=True)
    return run.result()
