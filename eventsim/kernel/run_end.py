"""What ends a run: nothing is left to happen, its time is over, or what somebody waited for has come true."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from eventsim.kernel.loop import VirtualEventLoop


class RunEnd:
    """Ends one run of *loop* after the other; *idle* tells whether nothing would have happened any more."""

    def __init__(self, loop: VirtualEventLoop) -> None:
        self.idle = False
        self._loop = loop
        self._ended: asyncio.Future[None] | None = None
        self._watches: list[asyncio.Handle] = []
        self._stop_timer: asyncio.TimerHandle | None = None
        self._stop_s = 0.0
        self._looking = 0

    def new(self) -> asyncio.Future[None]:
        """What completes at the end of a run that begins now; the end before it does not come any more."""
        self.disarm()
        self.idle = False
        self._ended = self._loop.create_future()
        return self._ended

    def arm(self, for_s: float | None, until: Callable[[], object] | None) -> None:
        """End the run when idle, or else after *for_s* seconds; and when *until()* is true at an instant's end."""
        loop = self._loop
        if for_s is None:
            self._watches.append(loop.call_when_idle(self._idle))
        else:
            self._stop_at(loop.time() + for_s)
        if until is not None:
            holds = until
            self._watches.append(loop.call_each_instant(lambda: self._ask(holds)))

    def disarm(self) -> None:
        """Forget what would end the run: it has ended, or another one begins."""
        if self._stop_timer is not None:
            self._stop_timer.cancel()
            self._stop_timer = None
        for watch in self._watches:
            watch.cancel()
        self._watches.clear()

    def fail(self, error: BaseException) -> None:
        """End the run with *error*."""
        self.disarm()
        if self._ended is not None and not self._ended.done():
            self._ended.set_exception(error)

    def call_when_settled(self, callback: Callable[[], object]) -> None:
        """Call *callback* once all that falls due at this instant has happened; the run does not end before."""

        def settled() -> None:
            self._looking -= 1
            callback()

        self._looking += 1
        self._loop.call_when_settled(settled)

    def at_rest(self) -> bool:
        """Whether nothing would ever happen again, but for the end of a run of given length."""
        loop, timer = self._loop, self._stop_timer
        if timer is None:
            return loop.at_rest()
        timer.cancel()
        at_rest = loop.at_rest()
        self._stop_at(self._stop_s)
        return at_rest

    def _idle(self) -> None:
        self.idle = True
        self._end()

    def _ask(self, until: Callable[[], object]) -> None:
        try:
            if not until():
                return
        except Exception as error:  # noqa: BLE001 - it is the caller's, and the run's to raise
            self.fail(error)
            return
        self.idle = self.at_rest()
        self._end()

    def _stop_at(self, when_s: float) -> None:
        self._stop_s = when_s
        self._stop_timer = self._loop.call_at(when_s, self._stop_due)

    def _stop_due(self) -> None:
        self._stop_timer = None
        self._watches.append(self._loop.call_when_settled(self._stop))

    def _stop(self) -> None:
        if self._looking:
            self._watches.append(self._loop.call_when_settled(self._stop))
            return
        self.idle = self._loop.at_rest()
        self._end()

    def _end(self) -> None:
        self.disarm()
        if self._ended is not None and not self._ended.done():
            self._ended.set_result(None)
