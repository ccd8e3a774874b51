"""Who waits for a message, and the one timer that wakes them when time brings it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable


class Cancellable(Protocol):
    """What `Timers.call_at` returns."""

    def cancel(self) -> None:
        """Don't call."""


class Timers(Protocol):
    """The part of an event loop that a queue needs."""

    def call_at(self, when: float, callback: Callable[..., Any], *args: Any) -> Cancellable:
        """Call *callback* at loop time *when*."""


class Waiters:
    """Futures that complete one by one, oldest first; a cancelled one is passed over.

    `futures` are those that wait. *on_time* is called at the instant given to `arm`, and only while somebody waits.
    """

    __slots__ = ("_on_time", "_timer", "_timer_when", "_timers", "futures")

    def __init__(self, timers: Callable[[], Timers], on_time: Callable[[], None]) -> None:
        self._timers = timers
        self._on_time = on_time
        self.futures: dict[asyncio.Future[None], None] = {}
        self._timer: Cancellable | None = None
        self._timer_when = 0.0

    def add(self) -> asyncio.Future[None]:
        """One more future at the end of the line."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.futures[future] = None
        future.add_done_callback(self._leave)
        return future

    def wake(self, count: int) -> None:
        """Complete the *count* oldest futures."""
        while count > 0 and self.futures:
            future = next(iter(self.futures))
            del self.futures[future]
            if not future.done():
                future.set_result(None)
                count -= 1
        if not self.futures:
            self._disarm()

    def wake_all(self) -> None:
        """Complete every future."""
        self.wake(len(self.futures))

    def arm(self, when: float | None) -> None:
        """Ask for a call of *on_time* at *when*, instead of whatever was asked before; None asks for none."""
        if self._timer is not None and self._timer_when == when:
            return
        self._disarm()
        if when is not None and self.futures:
            self._timer_when = when
            self._timer = self._timers().call_at(when, self._fire)

    def _fire(self) -> None:
        self._timer = None
        self._on_time()

    def _leave(self, future: asyncio.Future[None]) -> None:
        self.futures.pop(future, None)
        if not self.futures:
            self._disarm()

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
