"""asyncio in virtual time: the clock jumps to the next timer as soon as nothing else can happen.

Within one instant the order is: steps, then everything that is ready or becomes ready, then whoever waits for it to be
quiet, then whoever waits for the instant to be settled. Time moves only after that, and only while nobody works for
the loop outside of it.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import nullcontext
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any

from eventsim.errors import DeadlockError, LivelockError, ThreadStallError
from eventsim.kernel.places import StackSource, describe_waiters
from eventsim.kernel.timed_loop import TimedLoop
from eventsim.kernel.timers import Phase

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

__all__ = ["Phase", "VirtualEventLoop", "virtual_time"]


class VirtualEventLoop(TimedLoop):
    """An asyncio loop whose time starts at 0 and moves only when nothing is left to happen at this instant.

    Timers of one instant fire first set first or, with *seed*, in an order drawn from it: asyncio promises none.
    Sockets are refused (`RealIOError`) unless *allow_real_io*. While a thread or a child process works for the
    loop, time stands still, for *thread_patience_real_s* seconds of real time between two signs of life.
    *livelock_limit* is the number of turns without `progress` that one instant may take.

    ``run_until_complete`` raises DeadlockError, LivelockError or ThreadStallError, which name each waiting task.
    `jumps` counts how often time moved. *real* tells whether time is the machine's. What `while_others_work` gives is
    in place while the loop's thread waits for the others.
    """

    real = False

    def __init__(
        self,
        *,
        seed: int | None = None,
        allow_real_io: bool = False,
        livelock_limit: int = 1_000_000,
        thread_patience_real_s: float = 30.0,
    ) -> None:
        self.jumps = 0
        self._now = 0.0
        self._draw = None if seed is None else Random(seed).random
        self._livelock_limit = livelock_limit
        self.allow_real_io = allow_real_io
        self.thread_patience_real_s = thread_patience_real_s
        self._progress_at = 0  # in turns
        self._made = 0
        self.progress_made: Callable[[], int] = _none
        """Tells a number that has grown if the run got somewhere; asked before a livelock is found."""
        self._quiet: deque[asyncio.Handle] = deque()
        self._settled: deque[asyncio.Handle] = deque()
        self._idle: deque[asyncio.Handle] = deque()
        self._watchers: list[asyncio.Handle] = []
        self._stack_sources: list[StackSource] = []
        self.while_others_work: Callable[[], AbstractContextManager[object]] = nullcontext
        super().__init__(allow_real_io=allow_real_io)
        self._look_at = min(self._look_at, livelock_limit)

    def time(self) -> float:
        """Virtual seconds since the start."""
        return self._now

    def _order(self) -> float:
        return 0.0 if self._draw is None else self._draw()

    # -- what happens when ---------------------------------------------------------------------------------

    def call_at_step(self, when: float, order: tuple[int, ...], callback: Callable[[], object]) -> asyncio.TimerHandle:
        """Call *callback* at *when*, before every other timer of that instant; equal instants go by *order*.

        It is called by the loop itself, not as a task's step: what it raises ends the run. *when* may be now (or
        past, which means now): it is then called before the next thing that is ready.
        """
        self._check_closed()
        when = max(when, self._now)
        handle = asyncio.TimerHandle(when, callback, (), self)
        self._heap.push(handle, when, Phase.STEP, order)
        return handle

    def call_when_quiet(self, callback: Callable[[], object]) -> asyncio.Handle:
        """Call *callback* once, when nothing is ready and no timer due at the present instant.

        So what fell due with it, and was set before it, is done first: an invocation that ends now has ended.
        Several are called in order, one at a time, before those that wait for the instant to be settled.
        """
        return self._wait_in(self._quiet, callback)

    def call_when_settled(self, callback: Callable[[], object]) -> asyncio.Handle:
        """Call *callback* once, when everything that falls due at the present instant has happened.

        Several are called in order, one at a time: each waits until what its predecessor did has settled. What a
        callback raises ends the run.
        """
        return self._wait_in(self._settled, callback)

    def call_each_instant(self, callback: Callable[[], object]) -> asyncio.Handle:
        """Call *callback* at every instant, when all that falls due then has happened, until its handle is cancelled.

        It is called before time moves on and before whoever waits for nothing to happen any more; a loop that it stops
        stops there. What it raises ends the run.
        """
        self._check_closed()
        handle = asyncio.Handle(callback, (), self)
        self._watchers.append(handle)
        return handle

    def call_when_idle(self, callback: Callable[[], object]) -> asyncio.Handle:
        """Call *callback* once, when nothing would ever happen again; without one, that is a DeadlockError."""
        return self._wait_in(self._idle, callback)

    def at_rest(self) -> bool:
        """Whether nothing would ever happen again; asked by what `call_when_settled` calls."""
        self._heap.drop_cancelled()
        return not (self._heap.entries or self._ready or self._outside.working())

    def _wait_in(self, line: deque[asyncio.Handle], callback: Callable[[], object]) -> asyncio.Handle:
        self._check_closed()
        handle = asyncio.Handle(callback, (), self)
        line.append(handle)
        return handle

    def progress(self) -> None:
        """Say that the run got somewhere at this instant: the livelock limit counts anew."""
        self._progress_at = self._turns

    def close(self) -> None:
        """Close the loop and forget its timers and whoever waits for an instant to be settled or for the end."""
        super().close()
        self._quiet.clear()
        self._settled.clear()
        self._idle.clear()
        self._watchers.clear()

    # -- nothing is ready ----------------------------------------------------------------------------------

    def _advance(self) -> None:
        if self._guard.foreign and self._poll(0):
            return
        if self._outside.working():
            self._wait_outside()
        elif not (
            self._call_first(self._quiet)
            or self._call_first(self._settled)
            or self._call_watchers()
            or self._jump()
            or self._call_first(self._idle)
        ):
            if not self._guard.foreign:
                raise DeadlockError(
                    f"nothing would ever happen again at t={self._now}, but these tasks wait:\n"
                    f"{self.describe_waiters()}"
                )
            self._wait_outside()

    def _jump(self) -> bool:
        """Move time to the next live timer, if there is one."""
        self._heap.drop_cancelled()
        if not self._heap.entries:
            return False
        self._now = float(self._heap.entries[0][0])
        self.jumps += 1
        self._progress_at = self._turns
        return True

    def _call_first(self, line: deque[asyncio.Handle]) -> bool:
        """Call the first live callback that waits in *line*, if there is one."""
        while line:
            handle = line.popleft()
            if not handle.cancelled():
                handle._context.run(handle._callback)  # type: ignore[attr-defined]
                return True
        return False

    def _call_watchers(self) -> bool:
        """Call who watches every instant; returns whether there is something to do before time moves."""
        if not self._watchers:
            return False
        self._watchers = [handle for handle in self._watchers if not handle.cancelled()]
        for handle in self._watchers:
            handle._context.run(handle._callback)  # type: ignore[attr-defined]
        return bool(self._stopping or self._ready or self._quiet or self._settled)

    def _wait_outside(self) -> None:
        with self.while_others_work():
            heard = self._poll(self.thread_patience_real_s)
        if not heard:
            raise ThreadStallError(
                f"time stands still at t={self._now}: a thread, process or connection did not report for "
                f"{self.thread_patience_real_s:g} real seconds.\n{self._outside.describe()}\nThese tasks wait:\n"
                f"{self.describe_waiters()}"
            )

    def _look_around(self) -> None:
        super()._look_around()
        if self._turns >= self._progress_at + self._livelock_limit:
            self._progress_at = self._turns  # the tasks still need turns to be cancelled
            before, self._made = self._made, self.progress_made()
            if self._made == before:
                raise LivelockError(
                    f"the loop made {self._livelock_limit} turns at t={self._now} without getting anywhere: "
                    f"something waits without letting time pass. These tasks exist:\n{self.describe_waiters()}"
                )
        self._look_at = min(self._look_at, self._progress_at + self._livelock_limit)

    # -- diagnosis -----------------------------------------------------------------------------------------

    def add_stack_source(self, source: StackSource) -> None:
        """Have *source* tell `describe_waiters` where code waits that is not in a task's coroutine."""
        self._stack_sources.append(source)

    def describe_waiters(self) -> str:
        """One line per unfinished task: its name and the lines that it waits at, outermost first."""
        return describe_waiters(self, self._stack_sources)


def _none() -> int:
    """Nobody tells of progress."""
    return 0


def virtual_time(**options: Any) -> dict[str, Any]:
    """The ``backend_options`` of ``anyio.run(main, backend_options=virtual_time())``; takes the loop's options."""
    return {"loop_factory": partial(VirtualEventLoop, **options)}
