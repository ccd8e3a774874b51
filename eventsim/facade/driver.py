"""What makes a simulation's loop run, from code that is synchronous, asynchronous, or on that very loop."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any, TypeVar

from eventsim.errors import DeadlockError, InputError
from eventsim.facade.hosts import give_way, hidden_host
from eventsim.kernel.stopwatch import Stopwatch

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from eventsim.kernel.loop import VirtualEventLoop
    from eventsim.simulation import Simulation as Core

_T = TypeVar("_T")
INSTANTS_A_TURN = 64
"""How many instants of virtual time pass before an asynchronous program's other tasks get their turn."""
_CLOSED = "the simulation was closed while another task waited for run_async"


class Driver:
    """Runs *core* on its *loop*, which belongs to the simulation or, if *shared*, to the program around it."""

    def __init__(self, loop: VirtualEventLoop, core: Core, *, shared: bool) -> None:
        self.shared = shared
        self.wall_s = 0.0
        self._loop = loop
        self._core = core
        self._waited_for = False
        self._shared_run: asyncio.Future[None] | None = None
        self._thread = threading.get_ident()

    @property
    def busy(self) -> bool:
        """Whether somebody waits for the loop already, so that nobody else can."""
        return self._waited_for or self._loop.is_running()

    def run(self, ended: Callable[[], asyncio.Future[None]]) -> None:
        """Let the loop run until what *ended* gives is done; called where the loop does not run."""
        self._check_free()
        with hidden_host(), self._core.in_progress(), _Timed(self):
            self._loop.run_until_complete(ended())

    async def run_async(self, ended: Callable[[], asyncio.Future[None]]) -> None:
        """The same in an asynchronous program, whose other tasks go on in between.

        A loop of the simulation's own runs in this thread, for a while at a time.
        """
        if self.shared:
            await self._run_shared(ended)
            return
        self._check_free()
        self._waited_for = True
        future = ended()
        future.add_done_callback(self._stop)
        try:
            while not future.done():
                if self._loop.is_closed():
                    raise InputError(_CLOSED)
                self._run_some()
                await give_way()
        finally:
            self._waited_for = False
            future.remove_done_callback(self._stop)
            future.cancel()
        future.result()

    def wait(
        self, coroutine: Coroutine[Any, Any, _T], what: str, *, on_begin: Callable[[], object] | None = None
    ) -> _T:
        """Let the loop run until *coroutine* has ended, and everything else of that instant has happened.

        *on_begin* is called first.
        """
        task = self._task(coroutine, what)
        try:
            self.run(lambda: self._core.go_on(until=task.done, on_begin=on_begin))
        except InputError:
            task.cancel()
            raise
        return self._result(task, what)

    def settle(self, coroutine: Coroutine[Any, Any, _T], what: str) -> _T:
        """Run *coroutine* by itself: nothing else begins, and time passes only if it waits."""
        task = self._task(coroutine, what)
        try:
            self._check_free()
        except InputError:
            task.cancel()
            raise
        with hidden_host(), self._core.in_progress(), _Timed(self):
            return self._loop.run_until_complete(task)

    async def wait_async(self, coroutine: Coroutine[Any, Any, _T], what: str) -> _T:
        """The same in an asynchronous program."""
        task = self._task(coroutine, what)
        try:
            await self.run_async(lambda: self._core.go_on(until=task.done))
        except (InputError, asyncio.CancelledError):
            task.cancel()
            raise
        return self._result(task, what)

    def close(self) -> None:
        """End what is under way and close the loop, which is the simulation's own."""
        with hidden_host(), self._core.in_progress():
            self._loop.run_until_complete(self._end())
        self._loop.close()

    async def close_async(self) -> None:
        """End what is under way on a loop that is shared."""
        if self._shared_run is not None and not self._shared_run.done():
            self._shared_run.set_exception(InputError(_CLOSED))
        with self._core.in_progress():
            await self._core.end()

    async def _run_shared(self, ended: Callable[[], asyncio.Future[None]]) -> None:
        self._check_waiting()
        self._waited_for = True
        try:
            with self._core.in_progress(), _Timed(self):
                self._shared_run = ended()
                await self._shared_run
        finally:
            self._waited_for = False
            self._shared_run = None

    def _stop(self, _future: object) -> None:
        self._loop.stop()

    async def _end(self) -> None:
        await self._core.end()
        while others := [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]:
            for task in others:
                task.cancel()
            await asyncio.wait(others)
        await self._loop.shutdown_asyncgens()
        await self._loop.shutdown_default_executor()

    def _run_some(self) -> None:
        """Let some instants pass; stop at the end of one."""
        loop, left = self._loop, INSTANTS_A_TURN
        at_s = loop.time()

        def count() -> None:
            nonlocal at_s, left
            if loop.time() != at_s:
                at_s = loop.time()
                left -= 1
            if left <= 0:
                loop.stop()

        watch = loop.call_each_instant(count)
        try:
            with hidden_host(), self._core.in_progress(), _Timed(self):
                loop.run_forever()
        finally:
            watch.cancel()

    def _task(self, coroutine: Coroutine[Any, Any, _T], what: str) -> asyncio.Task[_T]:
        task = self._loop.create_task(coroutine, name=what)
        task.add_done_callback(lambda _: _end(task, coroutine))
        return task

    def _result(self, task: asyncio.Task[_T], what: str) -> _T:
        if task.done():
            return task.result()
        task.cancel()
        raise DeadlockError(f"{what} waits for something that never happens")

    def _check_waiting(self) -> None:
        if threading.get_ident() != self._thread:
            raise InputError("the simulation was opened in another thread: only that one can run it")
        if self._waited_for:
            raise InputError("the simulation is running already: one task at a time can wait for it")

    def _check_free(self) -> None:
        self._check_waiting()
        if self.shared:
            raise InputError(
                "this simulation shares the event loop that runs here (async with): use await sim.run_async() instead"
            )
        if self._loop.is_running():
            raise InputError(
                "the simulation is running already: neither a handler nor until can run it or wait for what happens "
                "in it; a handler invokes by boto3"
            )


def _end(task: asyncio.Task[Any], coroutine: Coroutine[Any, Any, Any]) -> None:
    coroutine.close()  # for one that never began
    if not task.cancelled():
        task.exception()  # a KeyboardInterrupt ends the run before anybody asks: the loop would complain


class _Timed:
    """Adds what a block takes to the driver's real seconds."""

    __slots__ = ("_driver", "_watch")

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    def __enter__(self) -> None:
        self._watch = Stopwatch()

    def __exit__(self, *_: object) -> None:
        self._driver.wall_s += self._watch.elapsed_real_s()
