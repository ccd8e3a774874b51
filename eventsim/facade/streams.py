"""A stream's handle."""

from __future__ import annotations

from binascii import a2b_base64, b2a_base64
from typing import TYPE_CHECKING, Any

import msgspec

from eventsim.errors import InputError
from eventsim.facade.handle import Handle
from eventsim.facade.keywords import check_keywords, text_of
from eventsim.facade.words import counted, shortened

if TYPE_CHECKING:
    from eventsim.cloud.kinesis.consumers import Consumer as EngineConsumer
    from eventsim.cloud.kinesis.stream import KinesisStream
    from eventsim.cloud.shards.record import Record
    from eventsim.cloud.shards.shard import Shard as EngineShard


class StreamRecord(msgspec.Struct, frozen=True):
    """One record of a stream; *at_s* is when it arrived, in virtual seconds."""

    stream: str
    shard_id: str
    sequence_number: str
    partition_key: str
    data: bytes
    at_s: float

    @property
    def text(self) -> str:
        """The data as text; ValueError where it is no UTF-8."""
        return self.data.decode()

    @property
    def json(self) -> Any:
        """The data, decoded; ValueError where it is no JSON."""
        return msgspec.json.decode(self.data)

    def __repr__(self) -> str:
        data = shortened(self.data.decode(errors="backslashreplace"))
        return f"<StreamRecord {data} of {self.partition_key} on {self.stream}, {self.shard_id}, at {self.at_s:g} s>"


class Shard(msgspec.Struct, frozen=True):
    """One shard of a stream; *parent_ids* are those that it took over from, *records* how many it holds."""

    id: str
    parent_ids: tuple[str, ...]
    is_open: bool
    records: int


class Consumer:
    """A registered consumer of a stream, for enhanced fan-out: `Function.on_stream` takes it in place of a stream."""

    def __init__(self, engine: EngineConsumer) -> None:
        self._engine = engine

    @property
    def name(self) -> str:
        """Its name."""
        return self._engine.name

    @property
    def arn(self) -> str:
        """Its ARN."""
        return self._engine.arn

    def __repr__(self) -> str:
        return f"<Consumer {self.name} of {self._engine.stream.name}>"


class Stream(Handle):
    """A Kinesis stream of a simulation; `records` and `shards` look at it without reading anything."""

    _engine: KinesisStream

    # -- what can be done ------------------------------------------------------------------------

    def put(self, data: Any, partition_key: str | None = None, **parameters: Any) -> StreamRecord:
        """Put one record: bytes and text as they are, anything else as compact JSON (KIN-01, KIN-02).

        *partition_key* decides on the shard and is needed; *parameters* are PutRecord's own: ``ExplicitHashKey``, and
        ``PartitionKey`` in place of it. Write limits do not apply. Raises AwsError as Kinesis answers.
        """
        core = self._scope.writable()
        check_keywords(parameters, ["ExplicitHashKey", "PartitionKey"], "PutRecord")
        key = parameters.get("PartitionKey", partition_key)
        if key is None:
            raise InputError(f'a record for {self.name} needs a partition key, as in put(data, "a")')
        content = data if isinstance(data, bytes) else text_of(data, f"a record for {self.name}").encode()
        encoded = b2a_base64(content, newline=False).decode()
        shard, record = self._engine.put(encoded, key, parameters.get("ExplicitHashKey"))
        core.world.trace.add("step.put", stream=self.name, records=[record.sequence_number])
        return self._view(shard, record)

    def reshard(self, ShardCount: int) -> None:  # noqa: N803 - AWS's name
        """Split and merge shards until there are so many, as UpdateShardCount does; AwsError as Kinesis answers."""
        from eventsim.cloud.kinesis import resharding

        resharding.scale(self._scope.writable().services.streams, self._engine, ShardCount)
        self._resharded()

    def split(self, shard_id: str, NewStartingHashKey: str | int | None = None) -> None:  # noqa: N803 - AWS's name
        """Split a shard, in the middle unless a hash key is given; AwsError as Kinesis answers."""
        from eventsim.cloud.kinesis import resharding

        key = None if NewStartingHashKey is None else str(NewStartingHashKey)
        resharding.split(self._scope.writable().services.streams, self._engine, shard_id, key)
        self._resharded()

    def merge(self, shard_id: str, adjacent_shard_id: str) -> None:
        """Merge two shards whose hash keys adjoin; AwsError as Kinesis answers."""
        from eventsim.cloud.kinesis import resharding

        self._scope.writable()
        resharding.merge(self._engine, shard_id, adjacent_shard_id)
        self._resharded()

    def register_consumer(self, name: str) -> Consumer:
        """Register a consumer for enhanced fan-out; AwsError as Kinesis answers (KIN-06)."""
        self._scope.writable()
        return Consumer(self._engine.register(name))

    # -- what can be seen ------------------------------------------------------------------------

    @property
    def records(self) -> list[StreamRecord]:
        """The records that are still kept, shard by shard, in the order they arrived there (KIN-07)."""
        return [self._view(shard, record) for shard in self._engine for record in _records(shard)]

    @property
    def shards(self) -> list[Shard]:
        """The shards in the order of their creation, closed ones that still hold records included."""
        return [
            Shard(shard.id, shard.parent_ids, is_open=shard.is_open, records=shard.tip - shard.horizon)
            for shard in self._engine
        ]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Stream) and other._engine is self._engine

    def __hash__(self) -> int:
        return hash(self.arn)

    def __repr__(self) -> str:
        if self._engine.deleted:
            return f"<Stream {self.name}: deleted>"
        count = sum(shard.records for shard in self.shards)
        shards = counted(len(self._engine.open_shards), "open shard")
        return f"<Stream {self.name}: {shards}, {counted(count, 'record')}>"

    def _view(self, shard: EngineShard, record: Record) -> StreamRecord:
        return StreamRecord(
            stream=self.name,
            shard_id=shard.id,
            sequence_number=record.sequence_number,
            partition_key=record.partition_key,
            data=a2b_base64(record.data),
            at_s=round(record.arrival_ms / 1000 - self._scope.core.world.clock.epoch_s, 3),
        )

    def _resharded(self) -> None:
        shards = [shard.id for shard in self._engine.open_shards]
        self._scope.core.world.trace.add("step.reshard", stream=self.name, open_shards=shards)


def _records(shard: EngineShard) -> list[Record]:
    found: list[Record] = []
    position = shard.horizon
    while position < shard.tip:
        page = shard.read(position)
        found += page.records
        position = page.next_position
    return found
