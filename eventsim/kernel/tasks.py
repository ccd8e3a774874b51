"""The tasks of one simulation, and what to do when one of them fails."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

OnFailure = Callable[[str, BaseException], None]


class Tasks:
    """Starts tasks, reports the failure of one at the moment it happens, ends them in a repeatable order.

    *on_failure* gets the task's name and its exception; it runs before anything else does. `failure` keeps the
    first exception. A failed task counts as finished: nobody need await it.
    """

    def __init__(self, on_failure: OnFailure | None = None) -> None:
        self.failure: BaseException | None = None
        self._on_failure = on_failure
        self._running: dict[asyncio.Task[None], None] = {}  # in the order of their start

    def __len__(self) -> int:
        return len(self._running)

    def start(self, coro: Coroutine[Any, Any, object], name: str) -> asyncio.Task[None]:
        """Start *coro* as a task of the running loop; *name* is what a deadlock's message calls it."""
        task = asyncio.get_running_loop().create_task(self._watch(coro, name), name=name)
        self._running[task] = None
        task.add_done_callback(partial(self._finished, coro))
        return task

    async def cancel_all(self) -> None:
        """Cancel every task and wait for its end, one after the other in the order of their start.

        Tasks that are started meanwhile are ended too; the task that calls this is left out.
        """
        me = asyncio.current_task()
        while other := next((task for task in self._running if task is not me and not task.done()), None):
            other.cancel()
            await asyncio.wait((other,))

    async def _watch(self, coro: Coroutine[Any, Any, object], name: str) -> None:
        try:
            await coro
        except (asyncio.CancelledError, KeyboardInterrupt, SystemExit, GeneratorExit):
            raise
        except BaseException as error:  # noqa: BLE001 - it is handed on, whatever it is
            if self.failure is None:
                self.failure = error
            if self._on_failure is not None:
                self._on_failure(name, error)

    def _finished(self, coro: Coroutine[Any, Any, object], task: asyncio.Task[None]) -> None:
        self._running.pop(task, None)
        coro.close()  # a task that is cancelled before its first step never looks at its coroutine
        if not task.cancelled():
            task.exception()  # an interrupt has already left the loop: it is not reported a second time
