"""Sources behind the seam for faults: a poller asks again for what it did not get."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from eventsim.kernel.faults import DROP_RESPONSE, FAIL, PASS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from eventsim.cloud.queues.message import Delivery
    from eventsim.kernel.faults import Faults
    from eventsim.kernel.world import World
    from eventsim.sources.queue import QueueSource, Visibility
    from eventsim.sources.shards import ShardInfo
    from eventsim.sources.stream import ReadPage, ShardReader, Start, StreamSource

_PAUSE_S: Final = 1.0
"""How long a poller waits before it asks again."""


class FaultyQueueSource:
    """A queue whose receives and deletes the rules of a simulation may delay, fail or lose."""

    def __init__(self, source: QueueSource, world: World, name: str) -> None:
        self._source = source
        self._faults = world.faults
        self._loop = world.loop
        self._name = name

    async def receive(self, limit: int, visibility_s: Visibility | None, until_s: float) -> list[Delivery]:
        """See `QueueSource.receive`; what a lost answer brought comes back after its visibility timeout."""
        while True:
            verdict = await self._faults.reach("queue.receive", {"queue": self._name})
            if verdict != FAIL:
                received = await self._source.receive(limit, visibility_s, until_s)
                if verdict != DROP_RESPONSE or not received:
                    return received
            left_s = until_s - self._loop.time()
            if left_s <= 0:
                return []
            await asyncio.sleep(min(_PAUSE_S, left_s))

    async def delete(self, deliveries: Sequence[Delivery]) -> list[Delivery]:
        """See `QueueSource.delete`; after a lost answer nobody knows that they are gone."""
        verdict = await self._faults.reach("queue.delete", {"queue": self._name, "records": len(deliveries)})
        failed = list(deliveries) if verdict == FAIL else await self._source.delete(deliveries)
        return list(deliveries) if verdict == DROP_RESPONSE else failed

    async def backlog(self) -> bool:
        """See `QueueSource.backlog`."""
        await _passed(self._faults, "queue.backlog", {"queue": self._name})
        return await self._source.backlog()

    def watch(self, callback: Callable[[], object]) -> Callable[[], object]:
        """See `QueueSource.watch`."""
        return self._source.watch(callback)


class FaultyStreamSource:
    """A stream whose reads the rules of a simulation may delay or fail; a read has no effect that could stay."""

    def __init__(self, source: StreamSource, world: World, name: str) -> None:
        self._source = source
        self._faults = world.faults
        self._name = name

    @property
    def retention_ms(self) -> int:
        """See `StreamSource.retention_ms`."""
        return self._source.retention_ms

    def begin(self) -> None:
        """See `StreamSource.begin`."""
        self._source.begin()

    async def shards(self) -> list[ShardInfo]:
        """See `StreamSource.shards`."""
        await _passed(self._faults, "stream.shards", {"stream": self._name})
        return await self._source.shards()

    async def open(self, shard_id: str, start: Start) -> ShardReader:
        """See `StreamSource.open`."""
        await _passed(self._faults, "stream.open", {"stream": self._name, "shard": shard_id})
        return FaultyReader(
            await self._source.open(shard_id, start), self._faults, {"stream": self._name, "shard": shard_id}
        )


class FaultyReader:
    """A reader of one shard whose pages the rules of a simulation may delay or fail."""

    def __init__(self, reader: ShardReader, faults: Faults, facts: dict[str, object]) -> None:
        self._reader = reader
        self._faults = faults
        self._facts = facts

    @property
    def place(self) -> Start:
        """See `ShardReader.place`."""
        return self._reader.place

    @property
    def due(self) -> bool:
        """See `ShardReader.due`."""
        return self._reader.due

    async def page(self) -> ReadPage:
        """See `ShardReader.page`."""
        await _passed(self._faults, "stream.page", self._facts)
        return await self._reader.page()

    def close(self) -> None:
        """See `ShardReader.close`."""
        self._reader.close()


async def _passed(faults: Faults, point: str, facts: dict[str, object]) -> None:
    """Ask until *point* lets a call without an effect of its own pass."""
    while True:
        if await faults.reach(point, facts) is PASS:
            return
        await asyncio.sleep(_PAUSE_S)
