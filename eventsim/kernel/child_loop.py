"""The loop of ``asyncio.run`` inside a synchronous handler: its idle time is a wait of that handler."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING

from eventsim.errors import ThreadStallError
from eventsim.kernel.timed_loop import TimedLoop

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable


_LOOK_EVERY_REAL_S = 0.002


class ChildLoop(TimedLoop):
    """A loop on *outer*'s time, which other handlers share.

    *wait_until* makes the calling handler wait; infinity is its deadline. Where the loop would wait for ever, the
    handler waits until then, as on AWS. Sockets, threads and child processes are treated as *outer* treats them.
    """

    def __init__(self, outer: asyncio.AbstractEventLoop, wait_until: Callable[[float], None]) -> None:
        self._outer = outer
        self._wait_until = wait_until
        self.hooks_outside = sys.get_asyncgen_hooks()
        self._real: bool = getattr(outer, "real", False)
        self._patience_real_s: float = getattr(outer, "thread_patience_real_s", 30.0)
        super().__init__(allow_real_io=getattr(outer, "allow_real_io", True))

    def time(self) -> float:
        """The outer loop's time."""
        return self._outer.time()

    def run_forever(self) -> None:
        """Run until ``stop()``; keep in `hooks_outside` the asynchronous generator hooks that it replaces meanwhile."""
        self.hooks_outside = sys.get_asyncgen_hooks()
        super().run_forever()

    def _advance(self) -> None:
        if (self._guard.foreign or self._real) and self._poll(0):
            return
        if self._real and (self._guard.foreign or self._outside.working()):
            self._look_again_soon()
            return
        if self._outside.working():
            if not self._poll(self._patience_real_s):
                raise ThreadStallError(
                    "a handler's own event loop waits for a thread or process that did not report for "
                    f"{self._patience_real_s:g} real seconds.\n{self._outside.describe()}"
                )
            return
        self._heap.drop_cancelled()
        entries = self._heap.entries
        if entries:
            self._wait_until(entries[0][0])
        elif not (self._guard.foreign and self._poll(self._patience_real_s)):
            self._wait_until(math.inf)

    def _look_again_soon(self) -> None:
        """Let the others go on for a moment, in real time, before sockets and threads are looked at again."""
        self._heap.drop_cancelled()
        soon_s = self.time() + _LOOK_EVERY_REAL_S
        entries = self._heap.entries
        self._wait_until(min(soon_s, entries[0][0]) if entries else soon_s)

    def __del__(self) -> None:
        """Close without a warning: where a handler is cut off, nothing else can close its loop."""
        if not self.is_closed() and not self.is_running():
            self.close()
