"""Kinesis's calls about one stream, through an aiobotocore client (KIN-03, KIN-04, KIN-11)."""

from __future__ import annotations

from binascii import b2a_base64
from typing import TYPE_CHECKING, Any

from eventsim.cloud.shards.record import Record
from eventsim.sources.parking import KINESIS_PACE
from eventsim.sources.remote_stream import Answer
from eventsim.sources.shards import ShardInfo

if TYPE_CHECKING:
    from eventsim.sources.stream import Start


class KinesisApi:
    """*client* is a ``kinesis`` client, *retention_ms* the stream's retention period."""

    pace = KINESIS_PACE

    def __init__(self, client: Any, stream_arn: str, retention_ms: int = 86_400_000) -> None:
        self.retention_ms = retention_ms
        self._client = client
        self._arn = stream_arn

    async def shards(self) -> list[ShardInfo]:
        """ListShards, all pages."""
        found: list[ShardInfo] = []
        more: dict[str, str] = {"StreamARN": self._arn}
        while more:
            answer = await self._client.list_shards(**more)
            found += [ShardInfo(shard["ShardId"], _parents(shard)) for shard in answer["Shards"]]
            token = answer.get("NextToken")
            more = {"NextToken": token} if token else {}
        return found

    async def iterator(self, shard_id: str, start: Start) -> str:
        """GetShardIterator."""
        where: dict[str, Any] = {"ShardIteratorType": start.position.value}
        if start.sequence_number is not None:
            where["StartingSequenceNumber"] = start.sequence_number
        if start.timestamp_ms is not None:
            where["Timestamp"] = start.timestamp_ms / 1000
        answer = await self._client.get_shard_iterator(StreamARN=self._arn, ShardId=shard_id, **where)
        iterator: str = answer["ShardIterator"]
        return iterator

    async def records(self, iterator: str) -> Answer:
        """GetRecords; with the stream's ARN, which emulators look at."""
        answer = await self._client.get_records(
            StreamARN=self._arn, ShardIterator=iterator, Limit=self.pace.page_records
        )
        size_bytes = sum(len(one["Data"]) + 4 * len(one["PartitionKey"]) for one in answer["Records"])
        behind = answer.get("MillisBehindLatest", 0) > 0
        return Answer(
            [read_record(one) for one in answer["Records"]], size_bytes, answer.get("NextShardIterator"), behind
        )


def read_record(record: dict[str, Any]) -> Record:
    """One record of a GetRecords answer as the engine keeps it."""
    return Record(
        record["SequenceNumber"],
        record["PartitionKey"],
        b2a_base64(record["Data"], newline=False).decode(),
        round(record["ApproximateArrivalTimestamp"].timestamp() * 1000),
    )


def _parents(shard: dict[str, Any]) -> tuple[str, ...]:
    return tuple(shard[name] for name in ("ParentShardId", "AdjacentParentShardId") if name in shard)
