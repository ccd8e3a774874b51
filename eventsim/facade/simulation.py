"""A simulated account that a test opens, fills and runs."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, BinaryIO, Self

import eventsim.facade.preloaded  # noqa: F401 - for what it loads
from eventsim.errors import InputError
from eventsim.facade.chosen_quirks import chosen_quirks
from eventsim.facade.driver import Driver
from eventsim.facade.extent import check_end, other_parts
from eventsim.facade.hosts import running_loop
from eventsim.facade.keywords import check_keywords
from eventsim.facade.left import what_is_left
from eventsim.facade.long_polls import answering, passing
from eventsim.facade.numbers import check_seconds, whole_number
from eventsim.facade.opened import admit, dismiss, place_of_caller
from eventsim.facade.resources import Resources
from eventsim.facade.result import Result
from eventsim.facade.sinks import open_trace
from eventsim.facade.sleeping import sleeps_pass
from eventsim.facade.start_time import start_time_s
from eventsim.facade.story import Blank, Told
from eventsim.facade.surroundings import seed_around, trace_around
from eventsim.facade.timeline import Timeline
from eventsim.facade.words import counted, listed
from eventsim.kernel.handler_clock import clock_functions_given_back
from eventsim.kernel.loop import VirtualEventLoop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date
    from pathlib import Path

    from eventsim.facade.story import Story
    from eventsim.quirks import Quirks
    from eventsim.simulation import Simulation as Core

_HIGHEST_SEED = 2**63 - 1
_CONCURRENCY = 1000
_NO_PARTS = "open the simulation first: with Simulation() as sim:"


class Simulation(Resources):
    """One simulated AWS account, open as long as its ``with`` block.

    While it is open every boto3 client of the process talks to it, whenever and wherever it was made, and never to a
    real account; afterwards everything is as before. One can be open at a time. A long poll of the test itself (a
    ReceiveMessage with WaitTimeSeconds) and its ``time.sleep`` wait in virtual time, and the simulation goes on
    meanwhile.

    *seed* is 0 to 2**63 - 1, by default 0, or what pytest's ``--eventsim-seed`` says. *start_time* is a datetime, ISO
    8601 text or Unix seconds, 2026-01-01T00:00:00Z by default; *account* are the account's limits, as
    ``{"ConcurrentExecutions": 10}``. *quirks* are what is to happen where AWS publishes nothing, named as in a
    scenario file, as ``{"shuffle": True, "async_retry_s": [60, "2m"]}``, or an `eventsim.quirks.Quirks`, which tells
    them all. *name* is how results and messages call it. *trace* is a path or a binary file that gets the trace's
    bytes.

    ``with`` gives the simulation a loop of its own, also inside an asynchronous program. ``async with`` on a
    `VirtualEventLoop` shares that loop: its tasks and the simulation have one time, which may then begin above 0.
    """

    def __init__(
        self,
        *,
        seed: int | None = None,
        start_time: float | str | date | None = None,
        account: Mapping[str, int] | None = None,
        quirks: Mapping[str, Any] | Quirks | None = None,
        name: str | None = None,
        trace: str | Path | BinaryIO | None = None,
    ) -> None:
        chosen = seed_around() if seed is None else _seed(seed)
        story = Blank(
            seed=chosen or 0,
            start_time_s=start_time_s(start_time),
            account_concurrency=_concurrency(account),
            quirks=chosen_quirks(quirks),
        )
        self._tell(story, name=name, seed=chosen or 0, trace=trace)
        self.has_own_seed = seed is not None

    @classmethod
    def from_scenario(
        cls, path: str | Path, *, seed: int | None = None, trace: str | Path | BinaryIO | None = None
    ) -> Self:
        """The simulation that a scenario file declares, its steps included; *seed* overrides the file's.

        The first `run` without arguments runs it to the end that the file gives, and judges what it expects.
        Raises ScenarioError with all that is wrong with the file.
        """
        story = Told(path, seed=seed_around() if seed is None else _seed(seed))
        simulation = cls.__new__(cls)
        simulation._tell(story, name=story.scenario.name, seed=story.seed, trace=trace)
        simulation.has_own_seed = seed is not None
        return simulation

    def _tell(self, story: Story, *, name: str | None, seed: int, trace: str | Path | BinaryIO | None) -> None:
        super().__init__()
        self.seed = seed
        self.has_own_seed = True
        self._name = name
        self._place = place_of_caller()
        self._story = story
        self._trace = trace
        self._parts: tuple[Core, Driver] | None = None
        self._judged = False
        self._closing = ExitStack()
        self._open = False

    # -- open and closed -------------------------------------------------------------------------

    def __enter__(self) -> Self:
        self._begin(VirtualEventLoop, shared=False)
        return self

    def __exit__(self, *_: object) -> None:
        if not self._open:
            return
        try:
            self.driver.close()
        finally:
            self._end()

    async def __aenter__(self) -> Self:
        running = running_loop()
        if isinstance(running, VirtualEventLoop):
            self._begin(lambda: running, shared=True)
        else:
            self._begin(VirtualEventLoop, shared=False)
        return self

    async def __aexit__(self, *_: object) -> None:
        if not self.driver.shared:
            self.__exit__()
            return
        try:
            await self.driver.close_async()
        finally:
            self._end()

    def _begin(self, loop: Callable[[], VirtualEventLoop], *, shared: bool) -> None:
        if self._parts is not None:
            raise InputError(f"{self.label} was opened before: a simulation is used once, make a new one")
        admit(self)
        with ExitStack() as closing:
            closing.callback(dismiss, self)
            closing.enter_context(clock_functions_given_back())
            own = loop()
            if not shared:
                closing.callback(own.close)
            target = trace_around() if self._trace is None else self._trace
            sink = closing.enter_context(open_trace(target))
            core = self._story.build(own, sink)
            core.echoes_output = True
            core.cloud().router.known_as = self._story.known_as
            driver = Driver(own, core, shared=shared)
            core.cloud().hook.outside = answering(core, driver, self._story.take_schedule)
            let_pass = core.cloud().hook.let_pass = passing(core, driver, self._story.take_schedule)
            closing.enter_context(core.cloud().open())
            closing.enter_context(sleeps_pass(core, let_pass))
            self._parts = core, driver
            self._open = True
            self._closing = closing.pop_all()

    def _end(self) -> None:
        self._open = False
        self._closing.close()

    # -- the run ---------------------------------------------------------------------------------

    def run(self, *, for_s: float | None = None, until: Callable[[], object] | None = None) -> Result:
        """Run until nothing would happen any more by itself, in virtual time; the result.

        *for_s* ends it exactly that many virtual seconds later, after what falls due then. *until* is asked when
        everything of an instant has happened, and ends it when it is true; it ends at the latest when idle. The next
        run goes on where this one stopped, as if it had never been interrupted. Works inside a running event loop too,
        which waits meanwhile; `run_async` lets its other tasks go on.
        """
        ended, whole = self._ending(for_s, until)
        self.driver.run(ended)
        return self._finished(whole=whole)

    async def run_async(self, *, for_s: float | None = None, until: Callable[[], object] | None = None) -> Result:
        """`run` for an asynchronous program, on asyncio or trio.

        The simulation runs in the same thread; the program's other tasks get their turn after every few instants of
        virtual time, and at any time where the loop is shared (``async with``).
        """
        ended, whole = self._ending(for_s, until)
        await self.driver.run_async(ended)
        return self._finished(whole=whole)

    def _ending(self, for_s: float | None, until: Callable[[], object] | None) -> tuple[Callable[[], Any], bool]:
        """How the core goes on, and whether that is a scenario file's own run."""
        core = self.writable()
        check_seconds(for_s)
        if until is not None and not callable(until):
            raise InputError(f"until: found {until!r}, expected a function without arguments, as in lambda: dlq.bodies")
        whole = for_s is None and until is None and not self._judged
        if whole and self._story.run_for_s is not None:
            for_s = max(0.0, self._story.run_for_s - core.world.loop.time())
        if for_s is None and until is None:
            check_end(core)
        return lambda: core.go_on(for_s=for_s, until=until, on_begin=self._story.take_schedule()), whole

    def _finished(self, *, whole: bool) -> Result:
        if whole:
            self._judged = True
            self._story.judge()
        return self.result

    # -- what can be seen ------------------------------------------------------------------------

    @property
    def now_s(self) -> float:
        """Virtual seconds since the start."""
        return round(self.core.world.loop.time(), 6)

    @property
    def result(self) -> Result:
        """What it has come to so far: the JSON object of a run, and its parts."""
        return Result(
            self.core,
            name=self._name or "a simulation",
            file=self._story.file,
            failures=self._story.failures,
            wall_s=self.driver.wall_s,
        )

    @property
    def trace(self) -> Timeline:
        """Everything that happened, one line for each."""
        return Timeline(self.core.world.trace)

    def left(self) -> list[str]:
        """What an enabled mapping has still to deliver and which invocations run, one line each; [] when nothing."""
        return what_is_left(self.core)

    def assert_nothing_left(self) -> None:
        """Raise AssertionError, which says what, if there is anything `left`."""
        left = self.left()
        if left:
            lines = "\n".join(f"  {line}" for line in left)
            raise AssertionError(f"left at {self.now_s:g} s, undelivered:\n{lines}")

    def capture(self, folder: str | Path, *, lines: bool = False, redact: Iterable[str] = ()) -> list[Path]:
        """Write every event that was delivered so far to ``FOLDER/FUNCTION/EVENT/0001.json``, with a manifest.

        ``eventsim replay`` and `eventsim_fixture` take such files. With *lines* there is one file of JSON lines for
        each FUNCTION/EVENT. *redact* are paths, as in ``Records[*].body.customer.email``, whose values are replaced.
        Returns the files. Raises InputError for a folder with something in it.
        """
        from eventsim.fixtures.capture import capture_simulation
        from eventsim.fixtures.redact import Redactor

        return capture_simulation(self.core, folder, lines=lines, redactor=Redactor(redact))

    @property
    def label(self) -> str:
        """How messages call it."""
        return f"Simulation {self._name!r}" if self._name else f"the Simulation of {self._place}"

    @property
    def is_open(self) -> bool:
        """Whether anything can still happen in it."""
        return self._open

    @property
    def began(self) -> bool:
        """Whether it was opened, so that there is something to look at."""
        return self._parts is not None

    @property
    def core(self) -> Core:
        """The parts behind the handles; InputError before it was opened."""
        if self._parts is None:
            raise InputError(f"{self.label} is not open: {_NO_PARTS}")
        return self._parts[0]

    @property
    def driver(self) -> Driver:
        """What runs it; InputError before it was opened."""
        if self._parts is None:
            raise InputError(f"{self.label} is not open: {_NO_PARTS}")
        return self._parts[1]

    def writable(self) -> Core:
        """The parts, to change or run something; InputError unless it is open."""
        core = self.core
        if not self._open:
            raise InputError(f"{self.label} is closed: it can be looked at, but nothing more can happen in it")
        return core

    def __repr__(self) -> str:
        name = f" {self._name!r}" if self._name else ""
        if self._parts is None:
            return f"<Simulation{name} seed={self.seed}, not open>"
        core = self.core
        parts = [counted(len(core.queues), "queue"), *other_parts(core), counted(len(core.functions), "function")]
        closed = "" if self._open else ", closed"
        return f"<Simulation{name} seed={self.seed} at {self.now_s:g} s: {listed(parts)}{closed}>"


def _seed(seed: Any) -> int:
    return whole_number(seed, "seed", 0, _HIGHEST_SEED)


def _concurrency(account: Mapping[str, int] | None) -> int:
    if account is None:
        return _CONCURRENCY
    if not isinstance(account, Mapping):
        raise InputError(f'account: found {account!r}, expected the limits, as in {{"ConcurrentExecutions": 10}}')
    check_keywords(account, ["ConcurrentExecutions"], "account")
    value = account.get("ConcurrentExecutions", _CONCURRENCY)
    return whole_number(value, "account: ConcurrentExecutions", 1, 1_000_000)
