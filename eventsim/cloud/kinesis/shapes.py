"""What Kinesis's answers hold of streams, shards, records and consumers, with AWS's names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eventsim.cloud.kinesis.consumers import Consumer
    from eventsim.cloud.kinesis.stream import KinesisStream
    from eventsim.cloud.shards.record import Record
    from eventsim.cloud.shards.shard import Shard


def show_shard(shard: Shard) -> dict[str, Any]:
    """A Shard; its parents are named even when they are no longer listed."""
    numbers = {"StartingSequenceNumber": shard.numbers.starting}
    if shard.ending is not None:
        numbers["EndingSequenceNumber"] = shard.ending
    parents = dict(zip(("ParentShardId", "AdjacentParentShardId"), shard.parent_ids, strict=False))
    return {"ShardId": shard.id, **parents, "HashKeyRange": _show_range(shard), "SequenceNumberRange": numbers}


def show_children(shard: Shard) -> list[dict[str, Any]]:
    """The ChildShards at the end of a closed shard (KIN-11)."""
    return [
        {"ShardId": child.id, "ParentShards": list(child.parent_ids), "HashKeyRange": _show_range(child)}
        for child in shard.children
    ]


def show_records(stream: KinesisStream, records: Iterable[Record]) -> list[dict[str, Any]]:
    """Records, with their EncryptionType where the stream was ever encrypted."""
    shown = [
        {
            "SequenceNumber": record.sequence_number,
            "ApproximateArrivalTimestamp": record.arrival_ms / 1000,
            "Data": record.data,
            "PartitionKey": record.partition_key,
        }
        for record in records
    ]
    if stream.was_encrypted:
        for record, out in zip(records, shown, strict=True):
            out["EncryptionType"] = stream.encryption_at(record.arrival_ms)
    return shown


def show_summary(stream: KinesisStream) -> dict[str, Any]:
    """What StreamDescription and StreamDescriptionSummary have in common."""
    kind, key_id = stream.encryption
    return {
        "StreamName": stream.name,
        "StreamARN": stream.arn,
        "StreamStatus": stream.status,
        "StreamModeDetails": {"StreamMode": stream.mode},
        "RetentionPeriodHours": stream.retention_hours,
        "StreamCreationTimestamp": stream.created_ms / 1000,
        "EnhancedMonitoring": [{"ShardLevelMetrics": sorted(stream.metrics)}],
        "EncryptionType": kind,
        "KeyId": key_id,
    }


def show_consumer(consumer: Consumer) -> dict[str, Any]:
    """A Consumer."""
    return {
        "ConsumerName": consumer.name,
        "ConsumerARN": consumer.arn,
        "ConsumerStatus": "ACTIVE",
        "ConsumerCreationTimestamp": consumer.created_ms / 1000,
    }


def show_encryption(stream: KinesisStream) -> dict[str, str]:
    """The EncryptionType of a put's answer, for an encrypted stream only."""
    return {"EncryptionType": stream.encryption[0]} if stream.was_encrypted else {}


def _show_range(shard: Shard) -> dict[str, str]:
    return {"StartingHashKey": str(shard.hash_start), "EndingHashKey": str(shard.hash_end)}
