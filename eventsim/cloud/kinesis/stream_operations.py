"""Streams: created, described, listed, changed, deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from eventsim.cloud.kinesis.errors import (
    invalid_argument,
    limit_exceeded,
    missing,
    not_supported,
    not_together,
    token_invalid,
    validation,
)
from eventsim.cloud.kinesis.lookup import active_stream_of, stream_of
from eventsim.cloud.kinesis.shapes import show_shard, show_summary
from eventsim.cloud.kinesis.stream import HOUR_MS, ON_DEMAND, PROVISIONED, check_retention
from eventsim.cloud.kinesis.tag_operations import check_tags
from eventsim.cloud.shards.tokens import seal, unseal

if TYPE_CHECKING:
    from eventsim.cloud.kinesis.registry import Streams
    from eventsim.cloud.kinesis.stream import KinesisStream

PAGE_STREAMS: Final = 100
PAGE_SHARDS: Final = 100
ON_DEMAND_STREAMS: Final = 50
_TOKEN: Final = "kinesis-streams"  # noqa: S105 - the kind of a page token


def create_stream(streams: Streams, params: dict[str, Any]) -> dict[str, Any]:
    """CreateStream; on-demand streams get four shards that nothing scales."""
    mode = params.get("StreamModeDetails", {}).get("StreamMode", PROVISIONED)
    if mode == PROVISIONED and params.get("ShardCount") is None:
        raise validation(missing("shardCount"))
    if mode == ON_DEMAND and params.get("ShardCount") is not None:
        raise invalid_argument("ShardCount is not for a stream with the on-demand capacity mode.")
    check_distribution(params.get("RecordDistributionStrategy"))
    tags = check_tags(params["StreamName"], streams.account_id, params.get("Tags") or {}, {})
    if mode == ON_DEMAND and on_demand_streams(streams) >= ON_DEMAND_STREAMS:
        raise limit_exceeded(f"There can be at most {ON_DEMAND_STREAMS} on-demand streams in an account.")
    stream = streams.create(
        params["StreamName"],
        params.get("ShardCount"),
        mode=mode,
        max_record_kib=params.get("MaxRecordSizeInKiB") or 1_024,
    )
    stream.tags.update(tags)
    return {}


def delete_stream(streams: Streams, params: dict[str, Any]) -> dict[str, Any]:
    """DeleteStream, done at once."""
    stream = stream_of(streams, params)
    streams.delete(stream, with_consumers=bool(params.get("EnforceConsumerDeletion")))
    return {}


def describe_stream(streams: Streams, params: dict[str, Any]) -> dict[str, Any]:
    """DescribeStream with at most 100 shards; none while the stream is being created."""
    stream = stream_of(streams, params)
    after = params.get("ExclusiveStartShardId") or ""
    shards = [shard for shard in stream if shard.id > after] if stream.status == "ACTIVE" else []
    limit = min(params.get("Limit") or PAGE_SHARDS, PAGE_SHARDS)
    shown = {"Shards": [show_shard(shard) for shard in shards[:limit]], "HasMoreShards": len(shards) > limit}
    return {"StreamDescription": show_summary(stream) | shown}


def describe_stream_summary(streams: Streams, params: dict[str, Any]) -> dict[str, Any]:
    """DescribeStreamSummary."""
    stream = stream_of(streams, params)
    more = {
        "OpenShardCount": len(stream.open_shards),
        "ConsumerCount": len(stream.consumers),
        "MaxRecordSizeInKiB": stream.max_record_kib,
    }
    return {"StreamDescriptionSummary": show_summary(stream) | more}


def list_streams(streams: Streams, params: dict[str, Any]) -> dict[str, Any]:
    """ListStreams in the order of their names."""
    after, token = params.get("ExclusiveStartStreamName") or "", params.get("NextToken")
    if token is not None:
        if after:
            raise not_together("NextToken", "ExclusiveStartStreamName")
        facts = unseal(_TOKEN, token)
        if facts is None:
            raise token_invalid()
        after = facts[0]
    found = sorted((stream for stream in streams if stream.name > after), key=lambda stream: stream.name)
    limit = min(params.get("Limit") or PAGE_STREAMS, PAGE_STREAMS)
    page = found[:limit]
    answer: dict[str, Any] = {
        "StreamNames": [stream.name for stream in page],
        "HasMoreStreams": len(found) > limit,
        "StreamSummaries": [_show_short(stream) for stream in page],
    }
    if len(found) > limit:
        answer["NextToken"] = seal(_TOKEN, page[-1].name)
    return answer


def describe_limits(streams: Streams, params: dict[str, Any]) -> dict[str, Any]:  # noqa: ARG001 - it takes none
    """DescribeLimits."""
    return {
        "ShardLimit": streams.shard_limit,
        "OpenShardCount": streams.open_shards,
        "OnDemandStreamCount": on_demand_streams(streams),
        "OnDemandStreamCountLimit": ON_DEMAND_STREAMS,
    }


def increase_retention(streams: Streams, params: dict[str, Any]) -> dict[str, Any]:
    """IncreaseStreamRetentionPeriod (KIN-07)."""
    stream, hours = _retention_of(streams, params)
    if hours < stream.retention_hours:
        raise invalid_argument(
            f"Requested retention period ({hours} hours) for stream {stream.name} can not be shorter than existing "
            f"retention period ({stream.retention_hours} hours). Use DecreaseRetentionPeriod API."
        )
    stream.retain(hours * HOUR_MS)
    return {}


def decrease_retention(streams: Streams, params: dict[str, Any]) -> dict[str, Any]:
    """DecreaseStreamRetentionPeriod: what is too old for the new period vanishes (KIN-07)."""
    stream, hours = _retention_of(streams, params)
    if hours > stream.retention_hours:
        raise invalid_argument(
            f"Requested retention period ({hours} hours) for stream {stream.name} can not be longer than existing "
            f"retention period ({stream.retention_hours} hours). Use IncreaseRetentionPeriod API."
        )
    stream.retain(hours * HOUR_MS)
    return {}


def update_stream_mode(streams: Streams, params: dict[str, Any]) -> dict[str, Any]:
    """UpdateStreamMode; the shards stay as they are."""
    active_stream_of(streams, params).mode = params["StreamModeDetails"]["StreamMode"]
    return {}


def update_max_record_size(streams: Streams, params: dict[str, Any]) -> dict[str, Any]:
    """UpdateMaxRecordSize (KIN-02)."""
    active_stream_of(streams, params).max_record_kib = params["MaxRecordSizeInKiB"]
    return {}


def update_distribution(streams: Streams, params: dict[str, Any]) -> dict[str, Any]:
    """UpdateStreamRecordDistributionStrategy: USER_PARTITION_KEY, which is how it is."""
    active_stream_of(streams, params)
    check_distribution(params["RecordDistributionStrategy"])
    return {}


def check_distribution(strategy: str | None) -> None:
    """AwsError InvalidArgumentException for records that AWS would spread without regard to their keys."""
    if strategy == "AUTO":
        raise not_supported("RecordDistributionStrategy AUTO: records go to the shard of their partition key")


def on_demand_streams(streams: Streams) -> int:
    """How many streams are in the on-demand capacity mode."""
    return sum(stream.mode == ON_DEMAND for stream in streams)


def _retention_of(streams: Streams, params: dict[str, Any]) -> tuple[KinesisStream, int]:
    stream = active_stream_of(streams, params)
    hours: int = params["RetentionPeriodHours"]
    check_retention(hours)
    return stream, hours


def _show_short(stream: KinesisStream) -> dict[str, Any]:
    names = ("StreamName", "StreamARN", "StreamStatus", "StreamModeDetails", "StreamCreationTimestamp")
    summary = show_summary(stream)
    return {name: summary[name] for name in names}
