"""Who works for a loop outside of it: threads and child processes. While one does, virtual time stands still."""

from __future__ import annotations

import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from eventsim.kernel.places import place_of

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator
    from types import FrameType

_DEPTH = 5  # lines of a thread that tell what it does


class Outside:
    """Counts the threads, processes and holds that *loop* has to wait for really."""

    __slots__ = ("_holds", "_loop", "_processes")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._holds = 0
        self._processes: list[asyncio.SubprocessTransport] = []

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Count as work outside for as long as the block runs."""
        self._holds += 1
        try:
            yield
        finally:
            self._holds -= 1

    def hold_until_done(self, future: asyncio.Future[Any]) -> None:
        """Count as work outside until *future* is done."""
        self._holds += 1
        future.add_done_callback(self._release)

    def _release(self, _future: object) -> None:
        self._holds -= 1

    def hold_process(self, process: asyncio.SubprocessTransport) -> None:
        """Count as work outside until *process* has ended."""
        self._processes.append(process)

    def working(self) -> bool:
        """Whether a thread, a process or a hold is outstanding."""
        if self._holds:
            return True
        if self._processes:
            self._processes = [process for process in self._processes if process.get_returncode() is None]
            if self._processes:
                return True
        return threading.active_count() > 1 and any(self._serves(thread) for thread in threading.enumerate())

    def _serves(self, thread: Any) -> bool:
        # anyio's workers take no executor; a worker that is told to stop reports nothing more.
        return (
            type(thread).__name__ == "WorkerThread"
            and thread.loop is self._loop
            and not thread.stopping
            and thread not in thread.idle_workers
        )

    def describe(self) -> str:
        """One line per child process and per other thread: its name and the lines it is at, innermost last."""
        lines = [f"  process {process.get_pid()}" for process in self._processes]
        frames = sys._current_frames()
        here = threading.get_ident()
        for thread in sorted(threading.enumerate(), key=lambda thread: thread.name):
            frame = frames.get(thread.ident or 0)
            if thread.ident != here and frame is not None:
                lines.append(f"  thread {thread.name}: {' > '.join(_innermost(frame))}")
        return "\n".join(lines)


def _innermost(frame: FrameType) -> list[str]:
    places: list[str] = []
    outer: FrameType | None = frame
    while outer is not None and len(places) < _DEPTH:
        places.insert(0, place_of(outer))
        outer = outer.f_back
    return places
