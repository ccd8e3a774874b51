"""Where real sockets and processes are looked after: on the running loop, or beside one that is in virtual time."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakKeyDictionary

from eventsim.kernel.running import hide_running, put_back

if TYPE_CHECKING:
    from collections.abc import Coroutine

_T = TypeVar("_T")
_beside: WeakKeyDictionary[Any, Background] = WeakKeyDictionary()


def is_real(loop: asyncio.AbstractEventLoop) -> bool:
    """Whether the time of *loop* is the machine's."""
    return getattr(loop, "real", True)


class Background:
    """A loop that runs in real time.

    The one beside a virtual loop runs in the same thread, and only while that stands still: nothing happens there at
    any other time.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, *, own: bool) -> None:
        self.loop = loop
        self.own = own
        self._users = 0

    @classmethod
    def use(cls, loop: asyncio.AbstractEventLoop) -> Background:
        """That of *loop*, for who gives it back with `leave`."""
        if is_real(loop):
            return cls(loop, own=False)
        found = _beside.get(loop)
        if found is None:
            found = _beside[loop] = cls(asyncio.SelectorEventLoop(), own=True)
        found._users += 1
        return found

    def leave(self) -> None:
        """Use it no more; with the last user goes the loop."""
        self._users -= 1
        if self.own and not self._users:
            for loop, found in list(_beside.items()):
                if found is self:
                    del _beside[loop]
            self.run(_cancel_all())
            self.loop.close()

    def run(self, coroutine: Coroutine[Any, Any, _T]) -> _T:
        """The result of *coroutine*, for which the calling thread waits; only where the loop is not the running one."""
        task = self.loop.create_task(coroutine)
        task.add_done_callback(lambda _: self.loop.stop())
        while not task.done():
            self.run_some()
        return task.result()

    def run_some(self) -> None:
        """Run until the loop is stopped, whatever loop runs in this thread."""
        running = hide_running()
        try:
            self.loop.run_forever()
        finally:
            put_back(running)


async def _cancel_all() -> None:
    """End what is left on the running loop."""
    left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    with suppress(RuntimeError):
        await asyncio.get_running_loop().shutdown_asyncgens()
