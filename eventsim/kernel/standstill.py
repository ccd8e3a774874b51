"""Real work that a task of the simulation waits for, while virtual time stands still.

In virtual time the loop's own thread does that work: nothing else of the simulation happens until it is done, so that
its speed changes nothing. It may have coroutines run on the loop meanwhile; time passes while those wait. In real time
the task waits as any other.
"""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakKeyDictionary

from eventsim.kernel.background import is_real
from eventsim.kernel.stopwatch import Stopwatch

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from eventsim.kernel.background import Background

_T = TypeVar("_T")
_standing: WeakKeyDictionary[Any, _Standstill] = WeakKeyDictionary()


async def work_outside(
    background: Background, work: Coroutine[Any, Any, _T], *, limit_real_s: float, deadline_s: float | None = None
) -> _T:
    """The result of *work*, which runs in the background; TimeoutError, and its end, after *limit_real_s*.

    What is run for it through `run_inside` counts in the loop's time only: that may last until *deadline_s*.
    """
    loop: Any = asyncio.get_running_loop()
    if not background.own:
        with loop.hold() if hasattr(loop, "hold") else nullcontext():
            async with asyncio.timeout(limit_real_s):
                return await work
    standstill = _Standstill(loop, background, work)
    try:
        result: _T = await standstill.wait(limit_real_s, deadline_s)
    finally:
        standstill.close()
    return result


async def run_inside(loop: asyncio.AbstractEventLoop, make: Callable[[], Coroutine[Any, Any, _T]]) -> _T:
    """The result of what *make* makes, run on the simulation's *loop*; awaited in its background."""
    if is_real(loop):
        return await make()
    standstill = _standing.get(loop)
    if standstill is None:
        raise asyncio.CancelledError  # the run is over
    result: _T = await standstill.errand(make)
    return result


class _Standstill:
    """A task's wait for *work*, while the thread runs the background in place of the simulation."""

    def __init__(self, loop: Any, background: Background, work: Coroutine[Any, Any, Any]) -> None:
        self._loop = loop
        self._background = background
        self._errands: deque[tuple[Callable[[], Coroutine[Any, Any, Any]], asyncio.Future[Any]]] = deque()
        self._task = background.loop.create_task(work)
        self._task.add_done_callback(lambda _: background.loop.stop())

    async def wait(self, limit_real_s: float, deadline_s: float | None) -> Any:
        left_s = limit_real_s
        while True:
            if not (self._errands or self._task.done()):
                left_s -= self._work(left_s)
            while self._errands:
                await self._run(*self._errands.popleft(), deadline_s)
            if self._task.done():
                return self._task.result()
            if left_s <= 0:
                raise TimeoutError
            if self._loop._poll(0):  # something else has woken the loop: Ctrl-C does
                await asyncio.sleep(0)

    def errand(self, make: Callable[[], Coroutine[Any, Any, Any]]) -> asyncio.Future[Any]:
        """What is done when the simulation has run a coroutine."""
        future = self._background.loop.create_future()
        self._errands.append((make, future))
        self._background.loop.stop()
        return future

    def close(self) -> None:
        """End the work if it goes on."""
        if not self._task.done():
            self._task.cancel()
            self._work(0.0)
        if _standing.get(self._loop) is self:
            del _standing[self._loop]
        for _, future in self._errands:
            future.cancel()

    def _work(self, limit_real_s: float) -> float:
        """Run the background until there is something to do here; the real seconds that took."""
        background = self._background.loop
        _standing[self._loop] = self
        timer = background.call_later(limit_real_s, background.stop)
        background.add_reader(self._loop._ssock, background.stop)
        watch = Stopwatch()
        try:
            self._background.run_some()
        finally:
            background.remove_reader(self._loop._ssock)
            timer.cancel()
        return watch.elapsed_real_s()

    async def _run(
        self,
        make: Callable[[], Coroutine[Any, Any, Any]],
        future: asyncio.Future[Any],
        deadline_s: float | None,
    ) -> None:
        """Run an errand in the waiting task; somebody else may stand still while this one waits in virtual time."""
        try:
            async with asyncio.timeout_at(deadline_s):
                result = await make()
        except BaseException:
            future.cancel()
            raise
        if not future.done():
            future.set_result(result)
