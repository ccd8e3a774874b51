"""Polling at a fixed pace, and parking: where nothing can be read no time is spent on finding that out (KIN-05)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Protocol

import msgspec

from eventsim.sources.queue import finish

if TYPE_CHECKING:
    import asyncio

    from eventsim.kernel.loop import VirtualEventLoop
    from eventsim.sources.stream import ReadPage, Start

_DUST = 1e-6  # of a period: sums of floats miss a grid instant by less


class Pace(msgspec.Struct, frozen=True):
    """How a service is polled: every *period_s*, for at most *page_records* and *page_bytes* a call."""

    period_s: float
    page_records: int
    page_bytes: int


KINESIS_PACE = Pace(1.0, 10_000, 10_485_760)
"""KIN-03, KIN-05."""

DYNAMODB_PACE = Pace(0.25, 1_000, 1_048_576)
"""DDB-05."""


def next_poll_s(start_s: float, period_s: float, now_s: float, last_s: float | None) -> float:
    """The first instant of the grid from *start_s* that is not past and comes after the poll at *last_s* (KIN-05)."""
    periods = math.ceil((now_s - start_s) / period_s - _DUST)
    if last_s is not None:
        periods = max(periods, math.floor((last_s - start_s) / period_s + _DUST) + 1)
    return max(now_s, round(start_s + periods * period_s, 9))


class Cursor(Protocol):
    """A place in a shard that reads move on."""

    @property
    def place(self) -> Start:
        """Where another cursor begins so as to miss nothing."""

    async def read(self) -> ReadPage:
        """What is there now, perhaps nothing."""

    async def readable(self) -> None:
        """Wait until a read may bring something; at once where nobody tells."""


class PolledReader:
    """Polls a shard on the grid that begins now; reads on at once while more can be read (KIN-05, DDB-05)."""

    def __init__(self, cursor: Cursor, period_s: float, loop: VirtualEventLoop) -> None:
        self.due = False
        self._cursor = cursor
        self._period_s = period_s
        self._loop = loop
        self._start_s = loop.time()
        self._last_s: float | None = None
        self._behind = False

    @property
    def place(self) -> Start:
        """See `eventsim.sources.stream.ShardReader.place`."""
        return self._cursor.place

    async def page(self) -> ReadPage:
        """See `eventsim.sources.stream.ShardReader.page`."""
        while True:
            if not self._behind:
                await self._turn()
            page = await self._cursor.read()
            self._behind = page.behind
            self._last_s = self._loop.time()
            if page.records or page.ended:
                return page

    def close(self) -> None:
        """Nothing is held open."""

    async def _turn(self) -> None:
        """Park until there is something, wait for the next instant of the grid, and let it happen (GEN-02)."""
        await self._cursor.readable()
        now_s = self._loop.time()
        at_s = next_poll_s(self._start_s, self._period_s, now_s, self._last_s)
        if at_s > now_s:
            await until(self._loop, at_s)
        self.due = True
        try:
            await quiet(self._loop)
        finally:
            self.due = False


async def until(loop: VirtualEventLoop, when_s: float) -> None:
    """Wait until *when_s* exactly."""
    reached: asyncio.Future[None] = loop.create_future()
    timer = loop.call_at(when_s, finish, reached)
    try:
        await reached
    finally:
        timer.cancel()


async def quiet(loop: VirtualEventLoop) -> None:
    """Let everything else that falls due at this instant happen first (GEN-02)."""
    reached: asyncio.Future[None] = loop.create_future()
    waiting = loop.call_when_quiet(lambda: finish(reached))
    try:
        await reached
    finally:
        waiting.cancel()
