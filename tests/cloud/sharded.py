"""What the tests of shards and Kinesis share: streams with a clock to set, and their operations by name."""

from __future__ import annotations

import asyncio
import base64
from typing import TYPE_CHECKING, Any

import pytest

from eventsim.cloud.kinesis import KinesisService, KinesisStream, Streams
from eventsim.cloud.shards import Allowance, ShardedStream
from eventsim.cloud.shards.numbers import kinesis_numbers
from eventsim.errors import AwsError
from eventsim.kernel.clock import Clock
from eventsim.kernel.loop import VirtualEventLoop
from eventsim.kernel.trace import Trace
from tests.cloud.simulated import at_once

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from eventsim.cloud.shards import Record, Shard

DAY_MS = 86_400_000
DAY_S = 86_400.0
START_S = 1_767_225_600
NOT_FOUND = "Stream s under account 123456789012 not found."


class World:
    """Streams, Kinesis's operations over them and a trace, at the time that the test sets or a loop tells."""

    def __init__(self, **options: Any) -> None:
        self.now_s = 0.0
        self.time: Callable[[], float] = lambda: self.now_s
        self.clock = Clock(self._loop_time)
        self.trace = Trace(self.clock)
        self.streams = Streams(self.clock, trace=self.trace, **options)
        self.service = KinesisService(self.streams)

    def _loop_time(self) -> float:
        return self.time()

    def sharded(self, shard_count: int = 1, retention_ms: int = DAY_MS) -> ShardedStream:
        """A stream of the engine alone."""
        return ShardedStream(
            "s",
            self.clock,
            shard_count=shard_count,
            retention_ms=retention_ms,
            numbers=kinesis_numbers,
            trace=self.trace,
        )

    def stream(self, shard_count: int = 1, **options: Any) -> KinesisStream:
        """A Kinesis stream called s."""
        return self.streams.create("s", shard_count, **options)

    def call(self, operation: str, **params: Any) -> Any:
        """The result of an operation that does not wait."""
        return at_once(self.service.handle(operation, params))

    def refused(self, operation: str, **params: Any) -> tuple[str, str]:
        """Code and text of the error of an operation."""
        with pytest.raises(AwsError) as caught:
            self.call(operation, **params)
        return caught.value.code, caught.value.message

    def put(self, text: str, key: str = "k", **params: Any) -> Any:
        """PutRecord to the stream s."""
        return self.call("PutRecord", StreamName="s", Data=b64(text), PartitionKey=key, **params)

    def iterator(self, kind: str = "TRIM_HORIZON", shard: str = "shardId-000000000000", **params: Any) -> str:
        """GetShardIterator of the stream s, not counted towards its limit."""
        found = self.streams.get("s").find(shard)
        assert found is not None
        found.iterators = Allowance(5)
        answer = self.call("GetShardIterator", StreamName="s", ShardId=shard, ShardIteratorType=kind, **params)
        return str(answer["ShardIterator"])

    def read(self, iterator: str, **params: Any) -> Any:
        """GetRecords."""
        return self.call("GetRecords", ShardIterator=iterator, **params)

    def run(self, fn: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        """Run *fn* on a virtual loop that tells the time."""
        loop = VirtualEventLoop()
        self.time = loop.time
        try:
            return loop.run_until_complete(fn())
        finally:
            loop.close()


def b64(text: str | bytes) -> str:
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


def texts(answer: Any) -> list[str]:
    """The data of GetRecords' records."""
    return [base64.b64decode(record["Data"]).decode() for record in answer["Records"]]


def fill(shard: Shard, count: int, *, at_ms: int = 0, size_bytes: int = 1) -> list[Record]:
    """Append records 0 to *count* - 1 that arrive *at_ms* after the start."""
    return [shard.append("k", n, size_bytes, START_S * 1000 + at_ms) for n in range(count)]


def data_of(shard: Shard, position: int = 0, **limits: int) -> list[Any]:
    return [record.data for record in shard.read(position, **limits).records]


async def settled() -> None:
    """Let everything ready at this instant run."""
    for _ in range(3):
        await asyncio.sleep(0)
