"""The operations of DynamoDB Streams over the streams of one account and region."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from eventsim.cloud.dynamodb.errors import shard_not_found, validation
from eventsim.cloud.dynamodb_streams.positions import issue_iterator, resolve_iterator, starting_position
from eventsim.cloud.dynamodb_streams.shapes import show_description, show_records, show_shard, show_stream
from eventsim.cloud.dynamodb_streams.validation import check
from eventsim.cloud.protocols import JsonService
from eventsim.cloud.shards.quotas import MIB
from eventsim.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from eventsim.cloud.dynamodb.stream import TableStream
    from eventsim.cloud.dynamodb.streams import TableStreams
    from eventsim.cloud.shards.shard import Shard

NAMESPACE: Final = "com.amazonaws.dynamodb.v20120810"
PAGE_RECORDS: Final = 1_000
PAGE_BYTES: Final = MIB
_PAGE: Final = 100


def streams_endpoint(streams: TableStreams) -> JsonService:
    """What the router mounts as ``dynamodbstreams``."""
    return JsonService(DynamoDbStreamsService(streams), namespace=NAMESPACE)


class DynamoDbStreamsService:
    """Carries out the four operations by their names; none ever waits.

    How many readers a shard has, and how often they come, is not limited (DDB-05).
    """

    def __init__(self, streams: TableStreams) -> None:
        self._streams = streams

    async def handle(self, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        """The operation's result; AwsError for the service's errors and for what is not there."""
        carry_out = _OPERATIONS.get(operation)
        if carry_out is None:
            text = f"dynamodbstreams {operation}: eventsim does not support this operation."
            raise AwsError("NotImplemented", text, status=501)
        check(operation, params)
        return carry_out(self._streams, params)


def list_streams(streams: TableStreams, params: Mapping[str, Any]) -> dict[str, Any]:
    """ListStreams: also those that ended less than a day ago, 100 a page."""
    table, start = params.get("TableName"), params.get("ExclusiveStartStreamArn")
    found = [stream for stream in streams if table in {None, stream.table_name}]
    if start is not None:
        arns = [stream.arn for stream in streams]
        if start not in arns:
            raise validation(f"Invalid ExclusiveStartStreamArn: {start}")
        later = set(arns[arns.index(start) + 1 :])
        found = [stream for stream in found if stream.arn in later]
    page = found[: params.get("Limit") or _PAGE]
    answer: dict[str, Any] = {"Streams": [show_stream(stream) for stream in page]}
    if len(page) < len(found):
        answer["LastEvaluatedStreamArn"] = page[-1].arn
    return answer


def describe_stream(streams: TableStreams, params: Mapping[str, Any]) -> dict[str, Any]:
    """DescribeStream, 100 shards a page; a start that is no shard gives none."""
    stream = _stream(streams, params["StreamArn"])
    shards = _listed(stream, params.get("ShardFilter") or {})
    start = params.get("ExclusiveStartShardId")
    if start is not None:
        ids = [shard.id for shard in shards]
        shards = shards[ids.index(start) + 1 :] if start in ids else []
    page = shards[: params.get("Limit") or _PAGE]
    description = show_description(stream) | {"Shards": [show_shard(shard) for shard in page]}
    if len(page) < len(shards):
        description["LastEvaluatedShardId"] = page[-1].id
    return {"StreamDescription": description}


def get_shard_iterator(streams: TableStreams, params: Mapping[str, Any]) -> dict[str, Any]:
    """GetShardIterator."""
    stream = _stream(streams, params["StreamArn"])
    shard = stream.find(params["ShardId"])
    if shard is None:
        raise shard_not_found()
    number, timestamp_s = params.get("SequenceNumber"), params.get("Timestamp")
    position = starting_position(shard, params["ShardIteratorType"], number=number, timestamp_s=timestamp_s)
    return {"ShardIterator": issue_iterator(stream, shard, position, streams.clock.wall_ms())}


def get_records(streams: TableStreams, params: Mapping[str, Any]) -> dict[str, Any]:
    """GetRecords: 1,000 records or 1 MB of them (DDB-05); no NextShardIterator at the end of a closed shard."""
    now_ms = streams.clock.wall_ms()
    stream, shard, position = resolve_iterator(streams, params["ShardIterator"], now_ms)
    page = shard.read(position, params.get("Limit") or PAGE_RECORDS, PAGE_BYTES)
    answer: dict[str, Any] = {"Records": show_records(page.records, streams.region)}
    if not shard.is_drained(page.next_position):
        answer["NextShardIterator"] = issue_iterator(stream, shard, page.next_position, now_ms)
    return answer


def _stream(streams: TableStreams, arn: str) -> TableStream:
    if not arn.startswith("arn:") or ":table/" not in arn or "/stream/" not in arn:
        raise validation("Invalid StreamArn")
    return streams.by_arn(arn)


def _listed(stream: TableStream, shard_filter: Mapping[str, Any]) -> list[Shard]:
    if not shard_filter:
        return list(stream)
    parent = stream.find(str(shard_filter.get("ShardId")))
    if parent is None:
        raise shard_not_found()
    return list(parent.children)


_OPERATIONS: Final[dict[str, Callable[[TableStreams, dict[str, Any]], dict[str, Any]]]] = {
    "DescribeStream": describe_stream,
    "GetRecords": get_records,
    "GetShardIterator": get_shard_iterator,
    "ListStreams": list_streams,
}
