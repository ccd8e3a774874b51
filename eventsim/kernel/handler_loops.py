"""``asyncio.run`` inside a synchronous handler: the loop it makes lets virtual time pass.

An event loop policy is in place only while a handler's code runs, whatever policy the program has, so that
``asyncio.run``, ``asyncio.Runner``, ``anyio.run`` and ``asyncio.get_event_loop`` all find such a loop. Python 3.14
deprecates the names around policies, so none of them is used: asyncio asks the object in place, whatever its class.
"""

from __future__ import annotations

import sys
from asyncio import events
from typing import TYPE_CHECKING, Any

from eventsim.kernel.child_loop import ChildLoop

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

MAKES_LOOPS = sys.version_info < (3, 14)
"""Whether ``asyncio.get_event_loop`` makes the first loop of a thread, as Python did up to 3.13."""


class HandlerLoops:
    """The policy that handlers on *outer* see; one current loop for each execution environment (its bracket).

    *running_handler* tells which handler calls, if any: a thread that a handler started gets the host's policy.
    *wait_until* makes the calling handler wait.
    """

    def __init__(
        self,
        outer: asyncio.AbstractEventLoop,
        running_handler: Callable[[], Any],
        wait_until: Callable[[float], None],
    ) -> None:
        self._outer = outer
        self._running_handler = running_handler
        self._wait_until = wait_until
        self._host: Any = None
        self._current: dict[object, asyncio.AbstractEventLoop | None] = {}
        self._made: list[ChildLoop] = []

    def take_place(self) -> Any:
        """Take the place of the host's policy for a stretch of handler code; returns what `restore_policy` needs."""
        host = events._event_loop_policy  # type: ignore[attr-defined]
        events._event_loop_policy = self  # type: ignore[attr-defined]
        self._host = host
        return host

    def new_event_loop(self) -> asyncio.AbstractEventLoop:
        """A loop in the handler's time; in a thread, what the host makes."""
        if self._running_handler() is None:
            made: asyncio.AbstractEventLoop = self._hosts().new_event_loop()
            return made
        self._made = [loop for loop in self._made if not loop.is_closed()]
        loop = ChildLoop(self._outer, self._wait_until)
        self._made.append(loop)
        return loop

    def get_event_loop(self) -> asyncio.AbstractEventLoop:
        """The environment's current loop; up to Python 3.13 made when it is first asked for.

        Raises RuntimeError once it was unset, and from Python 3.14 on until one is set.
        """
        handler = self._running_handler()
        if handler is None:
            hosts: asyncio.AbstractEventLoop = self._hosts().get_event_loop()
            return hosts
        if MAKES_LOOPS and handler.bracket not in self._current:
            self._current[handler.bracket] = self.new_event_loop()
        loop = self._current.get(handler.bracket)
        if loop is None:
            raise RuntimeError("There is no current event loop in thread 'MainThread'.")
        return loop

    def set_event_loop(self, loop: asyncio.AbstractEventLoop | None) -> None:
        """Make *loop* the environment's current one."""
        handler = self._running_handler()
        if handler is None:
            self._hosts().set_event_loop(loop)
        else:
            self._current[handler.bracket] = loop

    def get_child_watcher(self) -> Any:
        """The host's: it serves all loops."""
        return self._hosts().get_child_watcher()

    def set_child_watcher(self, watcher: Any) -> None:
        """Set the host's."""
        self._hosts().set_child_watcher(watcher)

    def _hosts(self) -> Any:
        if self._host is None:
            self._host = _default_policy()
        return self._host

    def close(self) -> None:
        """Close the loops that handlers left open."""
        for loop in self._made:
            if not loop.is_running():
                loop.close()
        self._made.clear()
        self._current.clear()


def restore_policy(host: Any) -> None:
    """Put the host's policy back after the stretch, whatever the handler has set."""
    events._event_loop_policy = host  # type: ignore[attr-defined]


def _default_policy() -> Any:
    """The policy that asyncio makes for a program that has set none."""
    in_place = events._event_loop_policy  # type: ignore[attr-defined]
    try:
        events._event_loop_policy = None  # type: ignore[attr-defined]
        events._init_event_loop_policy()  # type: ignore[attr-defined]
        return events._event_loop_policy  # type: ignore[attr-defined]
    finally:
        restore_policy(in_place)
