"""The message groups that a FIFO mapping has in work (SQS-19)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventsim.sources.queue import finish

if TYPE_CHECKING:
    import asyncio

    from eventsim.kernel.loop import VirtualEventLoop


class BusyGroups:
    """Keeps two batches with the same group apart, even when a lease ended while its batch was in work."""

    __slots__ = ("_busy", "_loop", "_waiting")

    def __init__(self, loop: VirtualEventLoop) -> None:
        self._loop = loop
        self._busy: set[str | None] = set()
        self._waiting: list[asyncio.Future[None]] = []

    async def take(self, groups: set[str | None], until_s: float) -> bool:
        """Wait until none of *groups* is busy, and make them so; False when *until_s* came first."""
        while groups & self._busy:
            if self._loop.time() >= until_s:
                return False
            await self._change(until_s)
        self._busy |= groups
        return True

    def give_back(self, groups: set[str | None], *, wake: bool = True) -> None:
        """The batch with these groups has ended; *wake* whoever waits for them."""
        self._busy -= groups
        for waiting in self._waiting if wake else ():
            finish(waiting)

    async def _change(self, until_s: float) -> None:
        waiting = self._loop.create_future()
        self._waiting.append(waiting)
        timer = self._loop.call_at(until_s, finish, waiting)
        try:
            await waiting
        finally:
            timer.cancel()
            self._waiting.remove(waiting)
