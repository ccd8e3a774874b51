"""The streams of one account and region."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from eventsim.cloud.kinesis.errors import (
    consumer_not_found,
    shard_limit_exceeded,
    stream_exists,
    stream_has_consumers,
    stream_not_found,
    validation,
)
from eventsim.cloud.kinesis.members import MEMBERS
from eventsim.cloud.kinesis.stream import ON_DEMAND, PROVISIONED, KinesisStream, check_retention

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eventsim.cloud.kinesis.consumers import Consumer
    from eventsim.kernel.clock import Clock
    from eventsim.kernel.trace import Trace

ON_DEMAND_SHARDS: Final = 4
_CONSUMER: Final = re.compile(r"(?P<stream>.+)/consumer/(?P<name>[^/:]+):\d+")


class Streams:
    """All streams, in the order of their creation.

    A stream is ACTIVE *creation_s* seconds after its creation, by default at once. *trace* gets ``shard.expire``.
    *shard_limit* is the account's limit of open shards.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        trace: Trace | None = None,
        account_id: str = "123456789012",
        region: str = "us-east-1",
        creation_s: float = 0.0,
        shard_limit: int = 20_000,
    ) -> None:
        self.account_id = account_id
        self.region = region
        self.clock = clock
        self.shard_limit = shard_limit
        self._trace = trace
        self._creation_ms = round(creation_s * 1000)
        self._streams: dict[str, KinesisStream] = {}
        self._created = 0

    def __iter__(self) -> Iterator[KinesisStream]:
        return iter(tuple(self._streams.values()))

    def __len__(self) -> int:
        return len(self._streams)

    def create(
        self,
        name: str,
        shard_count: int | None = None,
        *,
        mode: str = PROVISIONED,
        retention_hours: int = 24,
        max_record_kib: int = 1_024,
    ) -> KinesisStream:
        """A new stream that splits the hash keys evenly over its shards (KIN-11).

        *shard_count* is 1 by default, and always 4 for an on-demand stream; *retention_hours* is 24 to 8,760,
        *max_record_kib* 1,024 to 10,240. AwsError ValidationException or InvalidArgumentException outside of that,
        ResourceInUseException for a name in use, LimitExceededException over the account's shard limit.
        """
        count = ON_DEMAND_SHARDS if mode == ON_DEMAND else 1 if shard_count is None else shard_count
        problems = [
            *MEMBERS["StreamName"].problems(name, "streamName"),
            *MEMBERS["ShardCount"].problems(count, "shardCount"),
            *MEMBERS["MaxRecordSizeInKiB"].problems(max_record_kib, "maxRecordSizeInKiB"),
        ]
        if problems:
            raise validation(*problems)
        check_retention(retention_hours)
        if name in self._streams:
            raise stream_exists(name, self.account_id)
        self.check_room(count)
        self._created += 1
        stream = self._streams[name] = KinesisStream(
            name,
            self.arn_of(name),
            self.clock,
            shard_count=count,
            mode=mode,
            retention_hours=retention_hours,
            max_record_kib=max_record_kib,
            active_ms=self.clock.wall_ms() + self._creation_ms,
            serial=self._created,
            trace=self._trace,
        )
        return stream

    def delete(self, stream: KinesisStream, *, with_consumers: bool = True) -> None:
        """Delete a stream with everything in it; AwsError ResourceInUseException for consumers left, unless allowed."""
        if stream.consumers and not with_consumers:
            raise stream_has_consumers(stream.name, self.account_id)
        if self._streams.pop(stream.name, None) is not None:
            stream.delete()

    # --- finding ---

    def get(self, name: str) -> KinesisStream:
        """The stream of that name; AwsError ResourceNotFoundException."""
        found = self._streams.get(name)
        if found is None:
            raise stream_not_found(name, self.account_id)
        return found

    def find(self, arn: str) -> KinesisStream | None:
        """The stream with that ARN, or None."""
        stream = self._streams.get(arn.rpartition("/")[2])
        return stream if stream is not None and stream.arn == arn else None

    def by_arn(self, arn: str) -> KinesisStream:
        """The stream with that ARN; AwsError ResourceNotFoundException."""
        found = self.find(arn)
        if found is None:
            raise stream_not_found(arn.rpartition(":stream/")[2], arn.split(":")[4] if arn.count(":") > 4 else "")
        return found

    def find_consumer(self, arn: str) -> Consumer | None:
        """The consumer with that ARN, or None."""
        match = _CONSUMER.fullmatch(arn)
        stream = self.find(match["stream"]) if match else None
        consumer = stream.consumers.get(match["name"]) if stream and match else None
        return consumer if consumer is not None and consumer.arn == arn else None

    def consumer_by_arn(self, arn: str) -> Consumer:
        """The consumer with that ARN; AwsError ResourceNotFoundException."""
        found = self.find_consumer(arn)
        if found is None:
            raise consumer_not_found(arn.rpartition("/")[2].partition(":")[0], self.account_id)
        return found

    def arn_of(self, name: str) -> str:
        """The ARN that a stream of that name has."""
        return f"arn:aws:kinesis:{self.region}:{self.account_id}:stream/{name}"

    # --- limits ---

    @property
    def open_shards(self) -> int:
        """How many open shards all streams have together."""
        return sum(len(stream.open_shards) for stream in self)

    def check_room(self, additional: int) -> None:
        """AwsError LimitExceededException when *additional* shards would be too many."""
        present = self.open_shards
        if present + additional > self.shard_limit:
            raise shard_limit_exceeded(
                self.account_id, self.region, present=present, limit=self.shard_limit, additional=additional
            )
