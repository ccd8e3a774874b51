"""The same loop in real time: what the simulation is built on, with instants that come when the machine's clock says.

It is asyncio's own selector loop with the turn that virtual time has, so everything that waits for an instant to be
quiet, to be settled or for the end finds what it finds there. Only the way to the next timer differs: it is waited for,
while sockets, threads and processes are looked after.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from eventsim.kernel.loop import VirtualEventLoop

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

_LONGEST_WAIT_REAL_S = 60.0
_monotonic: Callable[[], float] = getattr(time.monotonic, "real", time.monotonic)  # not the one that handlers see


class RealTimeLoop(VirtualEventLoop):
    """A loop whose time is the machine's, in seconds since the loop was made; sockets are welcome.

    Callbacks of `call_when_idle` are called when nothing is ready, no timer is set but for connections' time limits, no
    thread or process works for the loop, and `works`, if somebody sets it, does not say that somebody waits for a
    socket. `watcher`, if somebody sets it, is called after each line of the trace.
    """

    real = True

    def __init__(self) -> None:
        self._origin_s = _monotonic()
        self.watcher: Callable[[], object] | None = None
        self.works: Callable[[], bool] | None = None
        super().__init__(allow_real_io=True, livelock_limit=sys.maxsize)

    def time(self) -> float:
        """Seconds since the loop was made."""
        return _monotonic() - self._origin_s

    def begin_now(self) -> None:
        """Let time begin anew at 0: what came before was preparation, and whatever waits for a time waits from now."""
        self._origin_s = _monotonic()

    def progress(self) -> None:
        """Tell whoever watches that something happened."""
        if self.watcher is not None:
            self.watcher()

    def _advance(self) -> None:
        if self._poll(0) or self._call_first(self._quiet) or self._call_first(self._settled):
            return
        if self._watchers and self._call_watchers():
            return
        if self._idle and self.at_rest() and self._call_first(self._idle):
            return
        self._poll(self._until_next_timer_s())

    def at_rest(self) -> bool:
        """Whether nothing would ever happen again; the time limits of open connections do not count."""
        self._heap.drop_cancelled()
        entries = self._heap.entries
        if self._ready or self._outside.working() or (self.works is not None and self.works()):
            return False
        return not entries or (self._guard.foreign > 0 and all(_is_limit(entry[4]) for entry in entries))

    def _until_next_timer_s(self) -> float:
        self._heap.drop_cancelled()
        entries = self._heap.entries
        if not entries:
            return _LONGEST_WAIT_REAL_S
        return min(max(0.0, entries[0][0] - self.time()), _LONGEST_WAIT_REAL_S)


def _is_limit(timer: asyncio.TimerHandle) -> bool:
    """Whether a timer is cancelled or one of aiohttp's own, as a connection's that is kept alive has."""
    callback = timer._callback  # type: ignore[attr-defined]
    module = getattr(getattr(callback, "func", callback), "__module__", None) or ""
    return timer.cancelled() or module.startswith("aiohttp.")


def unix_now_s() -> float:
    """The machine's Unix time, for the start of a run in real time."""
    return time.time()
