"""The slots of a queue mapping: how many batches are in work, and who waits for one more (SQS-16, SQS-17)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventsim.sources.queue import finish

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from eventsim.kernel.loop import VirtualEventLoop
    from eventsim.mappings.scaling import Scaling
    from eventsim.sources.queue import QueueSource


class Slots:
    """Counts the batches in work against what *scaling* allows; *most* may lower that further."""

    __slots__ = ("_loop", "_most", "_scaling", "_source", "_waiting", "in_work")

    def __init__(
        self, loop: VirtualEventLoop, scaling: Scaling, source: QueueSource, most: Callable[[], float] | None = None
    ) -> None:
        self._loop = loop
        self._scaling = scaling
        self._source = source
        self._most = most
        self._waiting: asyncio.Future[None] | None = None
        self.in_work = 0

    def taken(self) -> bool:
        """Whether no slot is free now."""
        allowed = self._scaling.allowed(self._loop.time())
        return self.in_work >= (allowed if self._most is None else min(self._most(), allowed))

    async def free(self) -> None:
        """Wait until a batch ends or the allowed concurrency has grown enough."""
        loop, scaling = self._loop, self._scaling
        while self.taken():
            backlog = await self._source.backlog()
            scaling.saturated(loop.time(), backlog)
            waiting = self._waiting = loop.create_future()
            grown_s = scaling.next_slot_s(loop.time())
            timer = None if grown_s is None else loop.call_at(grown_s, finish, waiting)
            unwatch = None if backlog else self._source.watch(self.look)
            try:
                await waiting
            finally:
                self._waiting = None
                if timer is not None:
                    timer.cancel()
                if unwatch is not None:
                    unwatch()
        scaling.saturated(loop.time(), False)

    def release(self, *, wake: bool = True) -> None:
        """A batch left its slot; *wake* whoever waits for one."""
        self.in_work -= 1
        if wake and self._waiting is not None:
            self.look()

    def look(self) -> None:
        """Have whoever waits look again."""
        if self._waiting is not None:
            finish(self._waiting)
