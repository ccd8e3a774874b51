"""The adapters to the shard engine: polled, and pushed to a registered consumer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from eventsim.cloud.shards.stream import ShardedStream
from eventsim.sources.parking import DYNAMODB_PACE, KINESIS_PACE, PolledReader
from eventsim.sources.shards import ShardInfo
from eventsim.sources.stream import OLDEST, Position, ReadPage, Start, after_number

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventsim.cloud.kinesis.consumers import Consumer
    from eventsim.cloud.shards.shard import Shard
    from eventsim.cloud.shards.subscription import Subscription
    from eventsim.kernel.loop import VirtualEventLoop
    from eventsim.sources.parking import Pace
    from eventsim.sources.stream import ShardReader


class Backlog(msgspec.Struct, frozen=True):
    """Records of one shard that are still to be done with; *oldest_ms* is when the first arrived, in Unix time."""

    count: int
    oldest_ms: int


class EmbeddedStreamSource:
    """A stream of the shard engine; reads count towards no quota, and waiting costs nothing.

    With *consumer* its records are pushed to that consumer of enhanced fan-out, without polling (KIN-06).
    """

    def __init__(
        self, stream: ShardedStream, pace: Pace, loop: VirtualEventLoop, *, consumer: Consumer | None = None
    ) -> None:
        self._stream = stream
        self._pace = pace
        self._loop = loop
        self._consumer = consumer
        self._tips: dict[str, int] = {}

    @property
    def retention_ms(self) -> int:
        """How long records are kept."""
        return self._stream.retention_ms

    def begin(self) -> None:
        """Fix LATEST now."""
        self._tips = {shard.id: shard.tip for shard in self._stream}

    def backlog(self, start_of: Callable[[str], Start]) -> dict[str, Backlog]:
        """What each shard holds from the start that *start_of* gives for it; shards without any are left out."""
        found = {}
        for shard in self._stream:
            position = max(self._position(shard, start_of(shard.id)), shard.horizon)
            oldest_ms = shard.arrival_ms(position)
            if oldest_ms is not None:
                found[shard.id] = Backlog(shard.tip - position, oldest_ms)
        return found

    async def shards(self) -> list[ShardInfo]:
        """The shards in the order of their creation."""
        return [ShardInfo(shard.id, shard.parent_ids) for shard in self._stream]

    async def open(self, shard_id: str, start: Start) -> ShardReader:
        """A reader of one shard; of one that is gone, a reader that ends at once."""
        shard = self._stream.find(shard_id)
        if shard is None:
            return GoneReader()
        position = self._position(shard, start)
        if self._consumer is not None:
            return PushedReader(shard, self._consumer.subscribe(shard, position, lifetime_s=None), self._loop)
        return PolledReader(ShardCursor(shard, position, self._pace, self._loop), self._pace.period_s, self._loop)

    def _position(self, shard: Shard, start: Start) -> int:
        """The position that a start means; a checkpoint that is trimmed goes on at the horizon (KIN-07, STR-02)."""
        if start.position is Position.LATEST and shard.id in self._tips:
            return self._tips[shard.id]
        if start.sequence_number is not None:
            return shard.position_after(start.sequence_number)
        if start.timestamp_ms is not None:
            return shard.position_from(start.timestamp_ms)
        return shard.horizon


def source_of(stream: ShardedStream | Consumer, loop: VirtualEventLoop) -> EmbeddedStreamSource:
    """The source of a Kinesis stream, of a consumer of one, or of a table's stream (KIN-05, KIN-06, DDB-05)."""
    if not isinstance(stream, ShardedStream):
        return EmbeddedStreamSource(stream.stream, KINESIS_PACE, loop, consumer=stream)
    arn: str = getattr(stream, "arn", "")
    return EmbeddedStreamSource(stream, DYNAMODB_PACE if ":dynamodb:" in arn else KINESIS_PACE, loop)


class ShardCursor:
    """A place in one shard of the engine."""

    __slots__ = ("_loop", "_pace", "_position", "_shard")

    def __init__(self, shard: Shard, position: int, pace: Pace, loop: VirtualEventLoop) -> None:
        self._shard = shard
        self._position = position
        self._pace = pace
        self._loop = loop

    @property
    def place(self) -> Start:
        """Behind the last record read, by its sequence number."""
        return after_number(self._shard.number_before(self._position))

    async def read(self) -> ReadPage:
        """The next records as far as one call brings them (KIN-03, DDB-05)."""
        shard = self._shard
        page = shard.read(self._position, self._pace.page_records, self._pace.page_bytes)
        end = self._position = page.next_position
        return ReadPage(
            page.records, page.position, page.size_bytes, behind=end < shard.tip, ended=shard.is_drained(end)
        )

    async def readable(self) -> None:
        """Wait for a record or the shard's end; for ever once the stream is deleted."""
        await self._shard.wait_beyond(self._position)
        if self._shard.is_deleted:
            await self._loop.create_future()


class PushedReader:
    """What enhanced fan-out pushes from one shard, renewed for as long as it is wanted (KIN-06)."""

    due = False

    def __init__(self, shard: Shard, subscription: Subscription, loop: VirtualEventLoop) -> None:
        self._shard = shard
        self._subscription = subscription
        self._loop = loop

    @property
    def place(self) -> Start:
        """Behind the last record that was pushed."""
        return after_number(self._shard.number_before(self._subscription.position))

    async def page(self) -> ReadPage:
        """The next push."""
        page = await self._subscription.next()
        if page is not None:
            behind, ended = page.next_position < self._shard.tip, self._shard.is_drained(page.next_position)
            return ReadPage(page.records, page.position, page.size_bytes, behind=behind, ended=ended)
        if not self._shard.is_drained(self._subscription.position):
            await self._loop.create_future()  # the stream or the consumer is gone: nothing comes any more
        return ReadPage([], self._subscription.position, 0, behind=False, ended=True)

    def close(self) -> None:
        """Give the subscription back."""
        self._subscription.end()


class GoneReader:
    """A shard that is no longer there."""

    due = False
    place = OLDEST

    async def page(self) -> ReadPage:
        """Its end."""
        return ReadPage([], 0, 0, behind=False, ended=True)

    def close(self) -> None:
        """Nothing to close."""
