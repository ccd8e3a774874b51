"""DynamoDB Streams' calls about one stream, through an aiobotocore client (DDB-02, DDB-05)."""

from __future__ import annotations

from binascii import b2a_base64
from typing import TYPE_CHECKING, Any

from eventsim.cloud.dynamodb.attributes import item_key
from eventsim.cloud.dynamodb.changes import ItemChange
from eventsim.cloud.shards.record import Record
from eventsim.sources.parking import DYNAMODB_PACE
from eventsim.sources.remote_stream import Answer
from eventsim.sources.shards import ShardInfo
from eventsim.sources.stream import Position

if TYPE_CHECKING:
    from eventsim.cloud.dynamodb.attributes import Attributes
    from eventsim.sources.stream import Start

_HALF_PAGE_BYTES = 524_288  # GetRecords does not say whether there is more: a page may be full from here on


class TableStreamApi:
    """*client* is a ``dynamodbstreams`` client; records are kept for a day (DDB-02)."""

    pace = DYNAMODB_PACE
    retention_ms = 86_400_000

    def __init__(self, client: Any, stream_arn: str) -> None:
        self._client = client
        self._arn = stream_arn

    async def shards(self) -> list[ShardInfo]:
        """DescribeStream, all pages."""
        found: list[ShardInfo] = []
        more: dict[str, str] | None = {}
        while more is not None:
            answer = (await self._client.describe_stream(StreamArn=self._arn, **more))["StreamDescription"]
            for shard in answer.get("Shards", ()):
                parent = shard.get("ParentShardId")
                found.append(ShardInfo(shard["ShardId"], (parent,) if parent else ()))
            last = answer.get("LastEvaluatedShardId")
            more = {"ExclusiveStartShardId": last} if last else None
        return found

    async def iterator(self, shard_id: str, start: Start) -> str:
        """GetShardIterator; from a time on is from the oldest record on, of which the older ones are left out."""
        position = Position.TRIM_HORIZON if start.position is Position.AT_TIMESTAMP else start.position
        number = {} if start.sequence_number is None else {"SequenceNumber": start.sequence_number}
        answer = await self._client.get_shard_iterator(
            StreamArn=self._arn, ShardId=shard_id, ShardIteratorType=position.value, **number
        )
        iterator: str = answer["ShardIterator"]
        return iterator

    async def records(self, iterator: str) -> Answer:
        """GetRecords."""
        answer = await self._client.get_records(ShardIterator=iterator, Limit=self.pace.page_records)
        records = [read_change(one) for one in answer["Records"]]
        size_bytes = sum(record.data.size_bytes for record in records)
        behind = len(records) == self.pace.page_records or size_bytes >= _HALF_PAGE_BYTES
        return Answer(records, size_bytes, answer.get("NextShardIterator"), behind)


def read_change(record: dict[str, Any]) -> Record:
    """One record of a GetRecords answer as the engine keeps it."""
    inner = record["dynamodb"]
    keys: Attributes = _plain(inner["Keys"])
    change = ItemChange(
        record["eventID"],
        record["eventName"],
        keys,
        _plain(inner.get("NewImage")),
        _plain(inner.get("OldImage")),
        inner["SizeBytes"],
        inner["StreamViewType"],
        "userIdentity" in record,
    )
    arrival_ms = round(inner["ApproximateCreationDateTime"].timestamp() * 1000)
    return Record(inner["SequenceNumber"], item_key(keys), change, arrival_ms)


def _plain(value: Any) -> Any:
    """Attributes with base64 texts for bytes."""
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return b2a_base64(value, newline=False).decode() if isinstance(value, bytes) else value
