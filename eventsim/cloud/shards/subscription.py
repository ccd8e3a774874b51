"""A push of one shard's records to one consumer: enhanced fan-out (KIN-06)."""

from __future__ import annotations

import asyncio
from math import inf
from typing import TYPE_CHECKING, Final

from eventsim.cloud.shards.quotas import MIB, READ_BYTES_PER_S, Allowance
from eventsim.cloud.shards.shard import PAGE_RECORDS

if TYPE_CHECKING:
    from eventsim.cloud.shards.record import Page
    from eventsim.cloud.shards.shard import Shard
    from eventsim.kernel.clock import Clock

LATENCY_S: Final = 0.07
LIFETIME_S: Final = 300.0
EVENT_BYTES: Final = 2 * MIB


class Subscription:
    """Pages of a shard as they come, at 2 MiB a second of its own, until it ends.

    A page comes *latency_s* after the arrival of its first record, or at once if that is past. It ends
    *lifetime_s* after its start (None: never, since renewing it changes nothing), with the shard, with the
    stream, or by `end`. One caller at a time may wait in `next`.
    """

    __slots__ = ("_allowance", "_clock", "_ends_s", "_latency_s", "_shard", "_waiting", "position")

    def __init__(
        self,
        shard: Shard,
        position: int,
        clock: Clock,
        *,
        latency_s: float = LATENCY_S,
        lifetime_s: float | None = LIFETIME_S,
    ) -> None:
        self.position = position
        """Where the next page begins."""
        self._shard = shard
        self._clock = clock
        self._latency_s = latency_s
        self._ends_s = inf if lifetime_s is None else clock.now_s() + lifetime_s
        self._allowance = Allowance(READ_BYTES_PER_S)
        self._waiting: asyncio.Future[None] | None = None

    @property
    def is_over(self) -> bool:
        """Whether no page will come any more."""
        if self._shard.is_deleted or self._shard.is_drained(self.position):
            return True
        return self._clock.now_s() >= self._ends_s

    @property
    def was_ended(self) -> bool:
        """Whether `end` was called."""
        return self._ends_s == -inf

    def end(self) -> None:
        """End it now; who waits in `next` gets None."""
        self._ends_s = -inf
        if self._waiting is not None:
            complete(self._waiting)

    async def next(self) -> Page | None:
        """The next page, which has a record; None when the subscription is over."""
        while not self.is_over:
            self.position = max(self.position, self._shard.horizon)
            due_s = self._due_s()
            if due_s <= self._clock.now_s():
                page = self._shard.read(self.position, PAGE_RECORDS, EVENT_BYTES)
                if page.records:
                    self.position = page.next_position
                    self._allowance.use(page.size_bytes, self._clock.wall_ms())
                    return page
            await self._wait(due_s)
        return None

    def _due_s(self) -> float:
        """When the record at the position may be pushed; infinity while there is none."""
        arrival_ms = self._shard.arrival_ms(self.position)
        if arrival_ms is None:
            return inf
        now_ms = self._clock.wall_ms()
        due_ms = max(arrival_ms + round(self._latency_s * 1000), self._allowance.opens_ms(now_ms))
        return self._clock.now_s() + max(0, due_ms - now_ms) / 1000

    async def _wait(self, due_s: float) -> None:
        """Wait until *due_s*, for a record if that is infinity, or for the end."""
        loop = asyncio.get_running_loop()
        future = self._shard.wait_beyond(self.position) if due_s == inf else loop.create_future()
        until_s = min(due_s, self._ends_s)
        timer = None if until_s == inf else loop.call_at(until_s, complete, future)
        self._waiting = future
        try:
            await future
        finally:
            self._waiting = None
            if timer is not None:
                timer.cancel()


def complete(future: asyncio.Future[None]) -> None:
    """Give a future its result unless it has one."""
    if not future.done():
        future.set_result(None)
