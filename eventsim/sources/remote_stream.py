"""The adapter to a stream behind an endpoint, through an aiobotocore client of Kinesis or of DynamoDB Streams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from eventsim.sources.parking import PolledReader
from eventsim.sources.stream import OLDEST, Position, ReadPage, Start, after_number

if TYPE_CHECKING:
    from eventsim.cloud.shards.record import Record
    from eventsim.kernel.clock import Clock
    from eventsim.kernel.loop import VirtualEventLoop
    from eventsim.sources.parking import Pace
    from eventsim.sources.shards import ShardInfo
    from eventsim.sources.stream import ShardReader


class Answer(NamedTuple):
    """What a call of GetRecords brought; *iterator* is None at the end of a shard."""

    records: list[Record]
    size_bytes: int
    iterator: str | None
    behind: bool


class StreamApi(Protocol):
    """The calls of one stream service about one stream; they raise botocore's ClientError."""

    @property
    def pace(self) -> Pace:
        """How it is polled."""

    @property
    def retention_ms(self) -> int:
        """How long it keeps records."""

    async def shards(self) -> list[ShardInfo]:
        """The shards, parents before their children."""

    async def iterator(self, shard_id: str, start: Start) -> str:
        """An iterator that begins at *start*."""

    async def records(self, iterator: str) -> Answer:
        """The next records."""


class RemoteStreamSource:
    """A stream of an endpoint (see `eventsim.sources.stream.StreamSource`): polled all the time, it never parks.

    Whatever the endpoint answers with an error is tried again at the next poll (ESM-25).
    """

    def __init__(self, api: StreamApi, clock: Clock, loop: VirtualEventLoop) -> None:
        self._api = api
        self._clock = clock
        self._loop = loop

    @property
    def retention_ms(self) -> int:
        """How long records are kept."""
        return self._api.retention_ms

    def begin(self) -> None:
        """Nothing can be asked without waiting: LATEST is where each shard is when it is opened."""

    async def shards(self) -> list[ShardInfo]:
        """The shards that the endpoint lists."""
        return await self._api.shards()

    async def open(self, shard_id: str, start: Start) -> ShardReader:
        """A reader that has its iterator."""
        cursor = RemoteCursor(self._api, shard_id, start, self._clock)
        await cursor.prepare()
        return PolledReader(cursor, self._api.pace.period_s, self._loop)


class RemoteCursor:
    """A place in one shard behind an endpoint, as an iterator that is renewed when it is lost."""

    def __init__(self, api: StreamApi, shard_id: str, start: Start, clock: Clock) -> None:
        self._api = api
        self._shard_id = shard_id
        self._place = start
        self._clock = clock
        self._iterator: str | None = None
        self._position = 0

    @property
    def place(self) -> Start:
        """Behind the last record read; before the first, where reading began."""
        return self._place

    async def readable(self) -> None:
        """An endpoint does not tell: reading is the way to find out."""

    async def prepare(self) -> None:
        """Get an iterator, if the endpoint gives one now; LATEST is from then on a time."""
        from botocore.exceptions import ClientError

        try:
            self._iterator = await self._api.iterator(self._shard_id, self._place)
        except ClientError as error:
            if _code(error) == "TrimmedDataAccessException" or (
                _code(error) in _REFUSED and self._place.sequence_number is not None
            ):
                self._place = OLDEST  # trimmed, or of a stream that was there before: from the horizon on
        if self._place.position is Position.LATEST:
            self._place = Start(Position.AT_TIMESTAMP, timestamp_ms=self._clock.wall_ms())

    async def read(self) -> ReadPage:
        """One call of GetRecords; with a new iterator if the old one is lost."""
        for _ in range(2):
            if self._iterator is None:
                await self.prepare()
            answer = None if self._iterator is None else await self._records(self._iterator)
            if answer is not None:
                return self._page(answer)
            if self._iterator is not None:
                break
        return await self._nothing()

    async def _records(self, iterator: str) -> Answer | None:
        """What an iterator gives; None for an error, which may cost the iterator."""
        from botocore.exceptions import ClientError

        try:
            return await self._api.records(iterator)
        except ClientError as error:
            if _code(error) in _LOST:
                self._iterator = None
            if _code(error) == "TrimmedDataAccessException":
                self._place = OLDEST
        return None

    def _page(self, answer: Answer) -> ReadPage:
        records, position = answer.records, self._position
        if self._place.timestamp_ms is not None:
            # A table's stream can't be read from a time on: what is older is left out here.
            since_ms = self._place.timestamp_ms // 1000 * 1000
            records = [record for record in records if record.arrival_ms >= since_ms]
        self._iterator = answer.iterator
        if records:
            self._place = after_number(records[-1].sequence_number)
            self._position += len(records)
        return ReadPage(records, position, answer.size_bytes, behind=answer.behind, ended=answer.iterator is None)

    async def _nothing(self) -> ReadPage:
        """An empty page, the last one if the shard is no longer listed."""
        from botocore.exceptions import ClientError

        ended = False
        if self._iterator is None:
            try:
                ended = self._shard_id not in {shard.id for shard in await self._api.shards()}
            except ClientError:
                ended = False
        return ReadPage([], self._position, 0, behind=False, ended=ended)


_REFUSED = {"InvalidArgumentException", "ValidationException"}
_LOST = {"ExpiredIteratorException", "ResourceNotFoundException", "TrimmedDataAccessException", *_REFUSED}


def _code(error: Any) -> str:
    code: str = error.response["Error"]["Code"]
    return code
