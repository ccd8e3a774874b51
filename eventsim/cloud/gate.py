"""When threads that a handler started may call AWS: while handler code runs, and at no other time."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterator


class ThreadGate:
    """Keeps a handler's threads away from the engines while the loop's thread works on them.

    The loop's thread holds *lock* (the router's) during a run and lets go of it for each stretch of handler code:
    `enter` and `leave` are those of a bracket. Such a thread's calls wait for the next stretch, or until the loop has
    nothing to do but to wait for threads.
    """

    def __init__(self, lock: threading.RLock) -> None:
        self._lock = lock
        self._closed = False

    @contextmanager
    def closed(self, loop: Any) -> Iterator[None]:
        """During a run of *loop*, on its thread."""
        with self._lock:
            self._closed, loop.while_others_work = True, self._opened
            try:
                yield
            finally:
                self._closed, loop.while_others_work = False, nullcontext

    @contextmanager
    def _opened(self) -> Iterator[None]:
        self.enter()
        try:
            yield
        finally:
            self.leave()

    def enter(self) -> None:
        """Handler code begins or goes on."""
        if self._closed:
            self._lock.release()

    def leave(self) -> None:
        """Handler code waits or ends."""
        if self._closed:
            self._lock.acquire()
