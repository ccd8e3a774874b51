"""Splitting, merging and scaling as Kinesis allows it (KIN-11)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from eventsim.cloud.kinesis.errors import (
    invalid_argument,
    limit_exceeded,
    shard_closed,
    shard_unknown,
    stream_is_on_demand,
)
from eventsim.cloud.kinesis.stream import ON_DEMAND
from eventsim.cloud.shards.stream import numbered_shard_id

if TYPE_CHECKING:
    from eventsim.cloud.kinesis.registry import Streams
    from eventsim.cloud.kinesis.stream import KinesisStream
    from eventsim.cloud.shards.shard import Shard

SCALINGS_PER_DAY: Final = 10
DAY_MS: Final = 86_400_000
_SHARD_ID: Final = re.compile(r"(?:.*-)?(\d{1,12})")


def full_shard_id(text: str) -> str | None:
    """The id that a text stands for, as in ``shardId-3`` or ``3``; None for a text that can be no id (KIN-09)."""
    match = _SHARD_ID.fullmatch(text)
    if match is None or int(match[1]) >= 1 << 31:
        return None
    return numbered_shard_id(int(match[1]), 0)


def shard_to_change(stream: KinesisStream, text: str) -> Shard:
    """The shard that a management call names; AwsError ResourceNotFoundException."""
    shard_id = full_shard_id(text)
    shard = None if shard_id is None else stream.find(shard_id)
    if shard is None:
        raise shard_unknown(shard_id or text, stream.name, stream.account_id)
    return shard


def split(streams: Streams, stream: KinesisStream, shard_id: str, hash_start: str | None = None) -> tuple[Shard, Shard]:
    """Split a shard at a hash key, by default in the middle; AwsError when the shard or the key is not fit for it."""
    check_provisioned(stream)
    shard = shard_to_change(stream, shard_id)
    check_open(stream, shard)
    hash_start = hash_start or str((shard.hash_start + shard.hash_end) // 2 + 1)
    if not shard.hash_start + 1 < int(hash_start) < shard.hash_end:
        raise invalid_argument(
            f"NewStartingHashKey {hash_start} used in SplitShard() on shard {shard.id} in stream {stream.name} under "
            f"account {stream.account_id} is not both greater than one plus the shard's StartingHashKey "
            f"{shard.hash_start} and less than the shard's EndingHashKey {shard.hash_end}."
        )
    streams.check_room(1)
    return stream.split(shard, int(hash_start))


def merge(stream: KinesisStream, shard_id: str, adjacent_id: str) -> Shard:
    """Merge two shards; the second holds the hash keys that follow the first's. AwsError when they are not fit."""
    check_provisioned(stream)
    shard, adjacent = shard_to_change(stream, shard_id), shard_to_change(stream, adjacent_id)
    if shard.hash_end + 1 != adjacent.hash_start:
        raise invalid_argument(
            f"Shards {shard.id} and {adjacent.id} in stream {stream.name} under account {stream.account_id} are not an "
            "adjacent pair of shards eligible for merging"
        )
    check_open(stream, shard)
    check_open(stream, adjacent)
    return stream.merge(shard, adjacent)


def scale(streams: Streams, stream: KinesisStream, count: int) -> None:
    """Scale to *count* even shards: at most double, at least half. AwsError LimitExceededException otherwise."""
    check_provisioned(stream)
    present = len(stream.open_shards)
    counts = f"Current open shard count: {present}, Target shard count: {count}"
    if count > 2 * present:
        raise limit_exceeded(f"UpdateShardCount cannot scale up over double your current open shard count. {counts}")
    if 2 * count < present:
        raise limit_exceeded(f"UpdateShardCount cannot scale down below half your current open shard count. {counts}")
    streams.check_room(count - present)
    stream.scale(count)


def check_day(stream: KinesisStream, now_ms: int) -> None:
    """AwsError LimitExceededException for the eleventh UpdateShardCount of a stream within 24 hours."""
    recent = [scaled_ms for scaled_ms in stream.scaled_ms if scaled_ms + DAY_MS > now_ms]
    if len(recent) >= SCALINGS_PER_DAY:
        raise limit_exceeded(
            f"UpdateShardCount was called {SCALINGS_PER_DAY} times for stream {stream.name} under account "
            f"{stream.account_id} in the past 24 hours, which is the limit."
        )
    stream.scaled_ms = recent


def check_provisioned(stream: KinesisStream) -> None:
    """AwsError ValidationException for a stream in the on-demand capacity mode."""
    if stream.mode == ON_DEMAND:
        raise stream_is_on_demand(stream.name, stream.account_id)


def check_open(stream: KinesisStream, shard: Shard) -> None:
    """AwsError InvalidArgumentException for a closed shard."""
    if not shard.is_open:
        raise shard_closed(shard.id, stream.name, stream.account_id)
