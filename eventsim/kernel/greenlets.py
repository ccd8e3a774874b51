"""Synchronous handlers on the loop's thread: where they would block, they wait in virtual time.

A handler runs in a greenlet. When it waits, the greenlet switches to the task that drives it, which awaits and
switches back. No thread takes part, so concurrent handlers interleave in an order that repeats.
"""

from __future__ import annotations

import asyncio
import contextvars
import sys
import threading
from typing import TYPE_CHECKING, Any, NoReturn, Protocol, TypeVar

import greenlet

from eventsim.kernel import handler_clock
from eventsim.kernel.child_loop import ChildLoop
from eventsim.kernel.grants import FunctionTimedOut, grant
from eventsim.kernel.handler_clock import install_clock_functions, uninstall_clock_functions
from eventsim.kernel.handler_loops import HandlerLoops, restore_policy
from eventsim.kernel.instants import after
from eventsim.kernel.running import hide_running, put_back

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from types import FrameType

__all__ = ["Bracket", "FunctionTimedOut", "Greenlets", "in_handler", "install_clock_functions", "running_handler"]
__all__ += ["uninstall_clock_functions", "wait_for", "wait_s", "wait_until"]

_T = TypeVar("_T")
_PATIENCE = 1000  # how often a killed handler may swallow its end before it is left where it is
_abandoned: list[_Worker] = []  # never collected: that would run their code at some random time


class Bracket(Protocol):
    """What is in place only while a handler's code runs: its modules, environment variables, wall clock."""

    def enter(self) -> None:
        """Before the code begins or goes on."""

    def leave(self) -> None:
        """After it has ended or begun to wait."""


class Greenlets:
    """Runs handlers on *loop*; greenlets are kept for the next call, except those of handlers that were cut off."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._idle: list[_Worker] = []
        self._loops = HandlerLoops(loop, running_handler, wait_until)
        add_stack_source = getattr(loop, "add_stack_source", None)
        if add_stack_source is not None:
            add_stack_source(_frames_of_handler)

    async def call(self, fn: Callable[..., Any], *args: Any, deadline_s: float, bracket: Bracket | None = None) -> Any:
        """``fn(*args)`` as `attempt` runs it; raises what it raises, SystemExit too.

        A StopIteration becomes a RuntimeError, as in every coroutine; `attempt` tells the difference.
        """
        value, error = await self.attempt(fn, *args, deadline_s=deadline_s, bracket=bracket)
        if error is not None:
            raise error
        return value

    async def attempt(
        self, fn: Callable[..., Any], *args: Any, deadline_s: float, bracket: Bracket | None = None
    ) -> tuple[Any, BaseException | None]:
        """Call ``fn(*args)`` in a greenlet: (what it returned, None) or (None, what it raised).

        The traceback of what it raised begins at *fn*'s own frame. *deadline_s* is a time of the loop; it is looked at
        when the handler waits: one that never waits is never cut off, one that waits until exactly then is not either.
        Raises FunctionTimedOut, after the handler's ``finally:`` has run, in which it can't wait any more; and
        KeyboardInterrupt. When the calling task is cancelled the handler is ended in the same way.
        """
        worker = self._idle.pop() if self._idle else _Worker(self._loop)
        worker.begin((fn, args), bracket)
        try:
            self._stretch(worker, worker.switch)
            while worker.paused is not None:
                worker.outcome = await grant(self._loop, worker.wish, deadline_s)
                self._stretch(worker, worker.paused.switch)
        except BaseException as error:
            if worker.paused is not None:
                self._end(worker, error if isinstance(error, FunctionTimedOut) else greenlet.GreenletExit())
            raise
        self._idle.append(worker)
        return worker.take_outcome()

    def close(self) -> None:
        """End the greenlets that are kept and close what loops handlers left open."""
        while self._idle:
            self._idle.pop().throw()
        self._loops.close()

    def _stretch(self, worker: _Worker, resume: Callable[..., object], *args: object) -> None:
        """Let the handler run until it waits or ends. Its thread has no running loop meanwhile: it may start one."""
        driver = greenlet.getcurrent()
        if worker.parent is not driver:
            worker.parent = driver
        bracket = worker.bracket
        if bracket is not None:
            bracket.enter()
        host_policy = self._loops.take_place()
        running = hide_running()
        tracing = sys.gettrace()
        if tracing is not None:
            worker.trace_own()
        try:
            resume(*args)
        finally:
            if tracing is not None:
                worker.trace_outside(tracing)
            put_back(running)
            restore_policy(host_policy)
            if bracket is not None:
                bracket.leave()

    def _end(self, worker: _Worker, error: BaseException) -> None:
        """Throw *error* into a handler that waits, and see to it that nothing of it ever runs again."""
        assert worker.paused is not None
        worker.killed = True
        self._stretch(worker, worker.paused.throw, error)
        if not worker.dead:
            _abandoned.append(worker)


class _Worker(greenlet.greenlet):  # type: ignore[misc]  # greenlet tells no types
    """One greenlet: it runs a job, switches to its parent, and is ready for the next one.

    Nothing is handed over by the switches themselves: a suspended frame would keep it alive.
    """

    bracket: Bracket | None
    killed: bool

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self.loop = loop
        self.paused: greenlet.greenlet | None = None  # what to resume: a greenlet that the handler made, perhaps
        self._job: tuple[Callable[..., Any], tuple[Any, ...]] | None = None
        self.outcome: tuple[Any, BaseException | None] = (None, None)
        self.wish: float | Awaitable[Any] = 0.0
        self._swallowed = 0
        self._tracing: Any = None

    def begin(self, job: tuple[Callable[..., Any], tuple[Any, ...]], bracket: Bracket | None) -> None:
        """Prepare the next switch: the job and the context variables that it sees."""
        self._job = job
        self.bracket = bracket
        self.killed = False
        context = self.gr_context = contextvars.copy_context()
        sniffio = sys.modules.get("sniffio")
        if sniffio is not None:  # anyio asks it whether a loop is running: none is, as far as the handler can see
            context.run(sniffio.current_async_library_cvar.set, None)

    def run(self) -> None:
        """What the greenlet does."""
        while True:
            self._work()
            if self.killed:
                return
            self.parent.switch()

    def _work(self) -> None:
        assert self._job is not None
        fn, args = self._job
        self._job = None
        try:
            self.outcome = fn(*args), None
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - whatever the handler raises is its result
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
            self.outcome = None, error

    def take_outcome(self) -> tuple[Any, BaseException | None]:
        """What the job returned or raised; the worker forgets it."""
        outcome, self.outcome = self.outcome, (None, None)
        return outcome

    def trace_own(self) -> None:
        """Have this greenlet's code traced as a thread's: coverage keeps a stack of frames for each of them.

        One stack would take the loop's frames, which go on between two stretches, for the handler's.
        """
        found = self._tracing or threading.gettrace()
        if found is not None:
            sys.settrace(found)

    def trace_outside(self, tracing: Any) -> None:
        """Give the loop's code its *tracing* back."""
        if threading.gettrace() is not None:
            self._tracing = sys.gettrace()
            sys.settrace(tracing)

    # -- in the handler ------------------------------------------------------------------------------------

    def pause(self, wish: float | Awaitable[Any]) -> Any:
        """Wait until a time of the loop, or for an awaitable, whose result this returns or raises."""
        if self.killed:
            self._refuse(wish)
        inner = hide_running()  # the handler's own, inside ``asyncio.run``
        hooks = sys.get_asyncgen_hooks()
        if isinstance(inner[0], ChildLoop):
            sys.set_asyncgen_hooks(*inner[0].hooks_outside)
        self.wish = wish
        self.paused = greenlet.getcurrent()
        try:
            self.parent.switch()
        finally:
            self.paused = None
            if inner[0] is not None:
                sys.set_asyncgen_hooks(*hooks)
                put_back(inner)
        self.wish = 0.0
        value, error = self.take_outcome()
        if error is not None:
            raise error
        return value

    def _refuse(self, wish: float | Awaitable[Any]) -> NoReturn:
        """A handler that was cut off may not wait; one that will not take that is left where it is."""
        if asyncio.iscoroutine(wish):
            wish.close()
        self._swallowed += 1
        if self._swallowed > _PATIENCE:
            while True:
                self.parent.switch()
        raise FunctionTimedOut


def running_handler() -> _Worker | None:
    """The handler that this code runs in; None outside of one, and in a thread that a handler started."""
    current = greenlet.getcurrent()
    while current is not None and not isinstance(current, _Worker):
        current = current.parent  # a greenlet that the handler made
    return current


def in_handler() -> bool:
    """Whether this code runs in a handler (and not in a thread that one started)."""
    return running_handler() is not None


def _handler() -> _Worker:
    worker = running_handler()
    if worker is None:
        raise RuntimeError("only a handler on the simulation's thread can wait in virtual time")
    return worker


def wait_s(seconds: float) -> None:
    """Let *seconds* of virtual time pass for the calling handler; others run meanwhile."""
    worker = _handler()
    worker.pause(after(worker.loop.time(), max(0.0, seconds)))


def wait_until(when: float) -> None:
    """Let virtual time pass for the calling handler until the loop's time is *when*; infinity is its deadline."""
    _handler().pause(float(when))


def wait_for(awaitable: Awaitable[_T]) -> _T:
    """The result of *awaitable*, which the loop awaits while the calling handler waits; raises what it raises."""
    found: _T = _handler().pause(awaitable)
    return found


def _frames_of_handler(frame: FrameType) -> Iterator[FrameType]:
    """The frames, outermost first, of the handler that the driving frame *frame* waits for."""
    worker = frame.f_locals.get("worker") if frame.f_code is Greenlets.attempt.__code__ else None
    paused = worker.paused if worker is not None else None
    stack = []
    inner = paused.gr_frame if paused is not None else None
    while inner is not None and inner.f_code is not _Worker._work.__code__:
        if inner.f_code.co_filename != __file__:
            stack.append(inner)
        inner = inner.f_back
    yield from reversed(stack)


handler_clock.follow(running_handler)
