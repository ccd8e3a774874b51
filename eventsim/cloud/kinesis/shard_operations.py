"""Shards: listed, split, merged, scaled (KIN-09, KIN-11)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from eventsim.cloud.kinesis import resharding
from eventsim.cloud.kinesis.errors import (
    invalid_argument,
    not_together,
    stream_not_found,
    token_expired,
    token_invalid,
)
from eventsim.cloud.kinesis.lookup import active_stream_of, stream_of
from eventsim.cloud.kinesis.shapes import show_shard
from eventsim.cloud.kinesis.shard_filters import select_shards
from eventsim.cloud.shards.tokens import seal, unseal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventsim.cloud.kinesis.registry import Streams
    from eventsim.cloud.kinesis.stream import KinesisStream

PAGE_SHARDS: Final = 1_000
TOKEN_MS: Final = 300_000
_TOKEN: Final = "kinesis-shards"  # noqa: S105 - the kind of a page token
_NOT_WITH_TOKEN: Final = ("StreamName", "StreamARN", "StreamCreationTimestamp", "ShardFilter", "ExclusiveStartShardId")


def split_shard(streams: Streams, params: dict[str, Any]) -> dict[str, Any]:
    """SplitShard, done at once."""
    stream = active_stream_of(streams, params)
    resharding.split(streams, stream, params["ShardToSplit"], params["NewStartingHashKey"])
    return {}


def merge_shards(streams: Streams, params: dict[str, Any]) -> dict[str, Any]:
    """MergeShards, done at once."""
    stream = active_stream_of(streams, params)
    resharding.merge(stream, params["ShardToMerge"], params["AdjacentShardToMerge"])
    return {}


def update_shard_count(streams: Streams, params: dict[str, Any]) -> dict[str, Any]:
    """UpdateShardCount, done at once; ten times a day."""
    stream = active_stream_of(streams, params)
    present, now_ms = len(stream.open_shards), streams.clock.wall_ms()
    resharding.check_provisioned(stream)
    resharding.check_day(stream, now_ms)
    resharding.scale(streams, stream, params["TargetShardCount"])
    stream.scaled_ms.append(now_ms)
    return {
        "StreamName": stream.name,
        "CurrentShardCount": present,
        "TargetShardCount": params["TargetShardCount"],
        "StreamARN": stream.arn,
    }


def list_shards(streams: Streams, params: dict[str, Any]) -> dict[str, Any]:
    """ListShards, 1,000 a page, with any ShardFilter; a NextToken holds for five minutes."""
    now_ms = streams.clock.wall_ms()
    token = params.get("NextToken")
    if token is None:
        if params.get("StreamName") is None and params.get("StreamARN") is None:
            raise invalid_argument("Either NextToken or StreamName should be provided.")
        stream = stream_of(streams, params)
        check_creation(stream, params)
        after, wanted = params.get("ExclusiveStartShardId") or "", params.get("ShardFilter") or {}
    else:
        stream, after, wanted = _resume(streams, token, params, now_ms)
    shards = [shard for shard in select_shards(stream, wanted, now_ms) if shard.id > after]
    limit = min(params.get("MaxResults") or PAGE_SHARDS, PAGE_SHARDS)
    page = shards[:limit] if stream.status == "ACTIVE" else []
    answer: dict[str, Any] = {"Shards": [show_shard(shard) for shard in page]}
    if len(page) < len(shards) and page:
        text = msgspec.json.encode(wanted).decode()
        answer["NextToken"] = seal(_TOKEN, stream.name, stream.serial, page[-1].id, now_ms, text)
    return answer


def check_creation(stream: KinesisStream, params: Mapping[str, Any]) -> None:
    """AwsError ResourceNotFoundException unless the stream is of StreamCreationTimestamp, to the second."""
    created_s = params.get("StreamCreationTimestamp")
    if created_s is not None and int(created_s) != stream.created_ms // 1000:
        raise stream_not_found(stream.name, stream.account_id)


def _resume(
    streams: Streams, token: str, params: Mapping[str, Any], now_ms: int
) -> tuple[KinesisStream, str, dict[str, Any]]:
    for name in _NOT_WITH_TOKEN:
        if params.get(name) is not None:
            raise not_together("NextToken", name)
    facts = unseal(_TOKEN, token)
    if facts is None:
        raise token_invalid()
    name, serial, after, issued_ms, wanted = facts
    if now_ms - int(issued_ms) > TOKEN_MS:
        raise token_expired()
    stream = streams.get(name)
    if stream.serial != int(serial):
        raise stream_not_found(name, streams.account_id)
    return stream, after, msgspec.json.decode(wanted)
