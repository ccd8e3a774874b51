"""ListShards' filters: which shards of a stream, by time and id."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventsim.cloud.kinesis.errors import invalid_argument

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventsim.cloud.kinesis.stream import KinesisStream
    from eventsim.cloud.shards.shard import Shard


def select_shards(stream: KinesisStream, wanted: Mapping[str, Any], now_ms: int) -> list[Shard]:
    """The shards that a ShardFilter selects, {} all of them; AwsError InvalidArgumentException for a wrong filter.

    The trim horizon is the retention period ago, and the stream's creation for a younger stream.
    """
    kind = wanted.get("Type", "FROM_TRIM_HORIZON")
    _check(kind, wanted)
    horizon_ms = max(now_ms - stream.retention_ms, stream.created_ms)
    if kind == "AFTER_SHARD_ID":
        return [shard for shard in stream if shard.id > wanted["ShardId"]]
    if kind == "AT_LATEST":
        return [shard for shard in stream if shard.is_open]
    if kind in {"AT_TIMESTAMP", "AT_TRIM_HORIZON"}:
        at_ms = horizon_ms if kind == "AT_TRIM_HORIZON" else max(_milliseconds(wanted), horizon_ms)
        return [shard for shard in stream if shard.created_ms <= at_ms and _lives(shard, at_ms)]
    from_ms = max(_milliseconds(wanted), horizon_ms) if kind == "FROM_TIMESTAMP" else horizon_ms
    return [shard for shard in stream if _lives(shard, from_ms)]


def _lives(shard: Shard, at_ms: int) -> bool:
    return shard.closed_ms is None or shard.closed_ms >= at_ms


def _milliseconds(wanted: Mapping[str, Any]) -> int:
    return round(float(wanted["Timestamp"]) * 1000)


def _check(kind: str, wanted: Mapping[str, Any]) -> None:
    needs = {"AFTER_SHARD_ID": "ShardId", "AT_TIMESTAMP": "Timestamp", "FROM_TIMESTAMP": "Timestamp"}.get(kind)
    for name in ("ShardId", "Timestamp"):
        if (wanted.get(name) is not None) != (name == needs):
            verb = "must" if name == needs else "can't"
            raise invalid_argument(f"{name} {verb} be given in a ShardFilter of type {kind}.")
