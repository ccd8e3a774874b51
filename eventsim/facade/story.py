"""A simulation's parts: empty, to be filled from Python, or as a scenario file declares them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

from eventsim.errors import InputError
from eventsim.simulation import Simulation as Core

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from pathlib import Path

    from eventsim.kernel.loop import VirtualEventLoop
    from eventsim.quirks import Quirks
    from eventsim.scenarios.expect import Failure


class Story(Protocol):
    """Where a simulation's parts come from, and what is to happen without the test's doing."""

    file: str | None
    run_for_s: float | None
    known_as: Collection[str]  # regions that the one region is called as well

    def build(self, loop: VirtualEventLoop, trace: BinaryIO | None) -> Core:
        """The parts, on *loop*."""

    def take_schedule(self) -> Callable[[], object] | None:
        """What sets the timers of the steps, the first time that it is asked for."""

    def judge(self) -> None:
        """Look at the expectations of the end."""

    @property
    def failures(self) -> Sequence[Failure]:
        """The expectations that did not hold."""


class Blank:
    """Nothing is declared and nothing expected."""

    file: str | None = None
    run_for_s: float | None = None
    failures: Sequence[Failure] = ()

    def __init__(self, *, seed: int, start_time_s: float, account_concurrency: int, quirks: Quirks) -> None:
        self.known_as: Collection[str] = {
            region for name in ("AWS_DEFAULT_REGION", "AWS_REGION") if (region := os.environ.get(name))
        }
        self._settings: dict[str, Any] = {
            "seed": seed,
            "start_time_s": start_time_s,
            "account_concurrency": account_concurrency,
            "quirks": quirks,
        }

    def build(self, loop: VirtualEventLoop, trace: BinaryIO | None) -> Core:
        """See `Story.build`."""
        return Core(loop, **self._settings, trace=trace)

    def take_schedule(self) -> Callable[[], object] | None:
        """See `Story.take_schedule`."""
        return None

    def judge(self) -> None:
        """See `Story.judge`."""


class Told:
    """What a scenario file says, which is the same on every machine."""

    known_as: Collection[str] = ()

    def __init__(self, path: str | Path, *, seed: int | None) -> None:
        from eventsim.scenarios.load import load_scenario

        self.scenario = load_scenario(path)
        self.file: str | None = self.scenario.file
        self.run_for_s = self.scenario.run_for_s
        self.seed = self.scenario.seed if seed is None else seed
        self._run: Any = None
        self._scheduled = False

    def build(self, loop: VirtualEventLoop, trace: BinaryIO | None) -> Core:
        """See `Story.build`."""
        from eventsim.scenarios.run import ScenarioRun

        if loop.time() > 0:
            raise InputError(
                f"{self.file}: the event loop that it would share stands at {loop.time():g} s, and the steps count "
                "from 0: open it with `with` instead of `async with`, or on a new loop"
            )
        self._run = ScenarioRun(self.scenario, seed=self.seed, trace=trace, on_progress=None, keep_trace=True)
        core: Core = self._run.build(loop)
        return core

    def take_schedule(self) -> Callable[[], object] | None:
        """See `Story.take_schedule`."""
        if self._scheduled:
            return None
        self._scheduled = True
        schedule: Callable[[], object] = self._run.schedule
        return schedule

    def judge(self) -> None:
        """See `Story.judge`."""
        self._run.judge()

    @property
    def failures(self) -> Sequence[Failure]:
        """See `Story.failures`."""
        found: Sequence[Failure] = [] if self._run is None else self._run.failures
        return found
