"""A scenario in real time, from start to end: what ``eventsim run --realtime`` and ``eventsim serve`` do."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING, Any, BinaryIO

from eventsim.kernel.real_loop import RealTimeLoop
from eventsim.scenarios.result import RunResult

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventsim.realtime.live import Live
    from eventsim.realtime.observed import Observed
    from eventsim.realtime.options import RealOptions
    from eventsim.scenarios.model import Scenario
    from eventsim.scenarios.result import Events
    from eventsim.scenarios.run import Progress

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class RealResult(RunResult):
    """The result of a run in real time; *observed* is what the endpoint held at its end, None for the embedded cloud.

    ``virtual_s`` is then the run's real time.
    """

    observed: Observed | None = None

    def to_json(self, events: Events = "all", *, cost: bool = False) -> dict[str, Any]:
        """See `eventsim.scenarios.result.RunResult.to_json`; ``realtime`` is true."""
        shown = super().to_json(events, cost=cost)
        if self.observed is not None:
            shown["queues"] = {name: queue.to_json() for name, queue in self.observed.queues.found.items()}
            shown["buckets"] = {name: {"objects": found} for name, found in self.observed.buckets.found.items()}
        return shown | {"realtime": True}


def run_real(
    scenario: Scenario,
    options: RealOptions,
    live: Live,
    *,
    seed: int | None = None,
    trace: BinaryIO | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> RealResult:
    """Run *scenario* in real time; SIGTERM and Ctrl-C end it gracefully, a second one at once.

    Where that was before its own end, the result is marked as interrupted, except with *options.serve*. Raises
    InputError for an endpoint that can't be worked with, KeyboardInterrupt when it was ended at once.
    """
    try:
        with asyncio.Runner(loop_factory=RealTimeLoop) as runner:
            return runner.run(_main(scenario, options, live, seed=seed, trace=trace, on_progress=on_progress))
    except asyncio.CancelledError:
        raise KeyboardInterrupt from None


async def _main(scenario: Scenario, options: RealOptions, live: Live, **more: Any) -> RealResult:
    from eventsim.realtime.embedded_run import EmbeddedRun

    stop = asyncio.Event()
    run: Any
    if options.target is None:
        run = EmbeddedRun(scenario, options, stop=stop, live=live, **more)
    else:
        from eventsim.realtime.remote_run import RemoteRun

        run = RemoteRun(scenario, options, stop=stop, live=live, **more)
    _stop_on_signals(stop, options, lambda: run.simulation is not None)
    await run.run()
    plain = run.result(interrupted=stop.is_set() and not options.serve)
    result = RealResult(
        plain.scenario,
        plain.simulation,
        failures=plain.failures,
        virtual_s=plain.virtual_s,
        wall_s=plain.wall_s,
        interrupted=plain.interrupted,
    )
    result.observed = getattr(run, "observed", None)
    return result


def _stop_on_signals(stop: asyncio.Event, options: RealOptions, begun: Callable[[], bool]) -> None:
    """Set *stop* at the first signal; cancel the run at the second, and one that has not *begun* at the first."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    assert task is not None

    def asked() -> None:
        if not begun():
            options.tell("stopped before it began")
            task.cancel()
            return
        if stop.is_set():
            options.tell("stopped at once: what was received comes back after its visibility timeout")
            task.cancel()
            return
        options.tell("stopping: invocations that run are finished first")
        stop.set()

    for number in _SIGNALS:
        try:
            loop.add_signal_handler(number, asked)
        except (ValueError, RuntimeError, NotImplementedError):  # not the main thread: whoever runs it stops it
            return
