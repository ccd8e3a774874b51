"""What the answers of DynamoDB Streams hold of streams, shards and records, with AWS's names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventsim.cloud.dynamodb.changes import EVENT_SOURCE, EVENT_VERSION, SERVICE, stream_record

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eventsim.cloud.dynamodb.stream import TableStream
    from eventsim.cloud.shards.record import Record
    from eventsim.cloud.shards.shard import Shard


def show_shard(shard: Shard) -> dict[str, Any]:
    """A Shard; its parent is named even when it is no longer listed."""
    numbers = {"StartingSequenceNumber": shard.numbers.starting}
    if shard.ending is not None:
        numbers["EndingSequenceNumber"] = shard.ending
    shown: dict[str, Any] = {"ShardId": shard.id, "SequenceNumberRange": numbers}
    if shard.parent_ids:
        shown["ParentShardId"] = shard.parent_ids[0]
    return shown


def show_stream(stream: TableStream) -> dict[str, str]:
    """A Stream, as ListStreams has it."""
    return {"StreamArn": stream.arn, "TableName": stream.table_name, "StreamLabel": stream.label}


def show_description(stream: TableStream) -> dict[str, Any]:
    """A StreamDescription without its shards."""
    return {
        "StreamArn": stream.arn,
        "StreamLabel": stream.label,
        "StreamStatus": "ENABLED" if stream.is_enabled else "DISABLED",
        "StreamViewType": stream.view_type,
        "CreationRequestDateTime": stream.created_ms / 1000,
        "TableName": stream.table_name,
        "KeySchema": stream.show_schema(),
    }


def show_records(records: Iterable[Record], region: str) -> list[dict[str, Any]]:
    """Records, as GetRecords has them (DDB-07); only its userIdentity is spelled otherwise than in events."""
    shown = []
    for record in records:
        change = record.data
        one = {
            "eventID": change.event_id,
            "eventName": change.event_name,
            "eventVersion": EVENT_VERSION,
            "eventSource": EVENT_SOURCE,
            "awsRegion": region,
            "dynamodb": stream_record(record),
        }
        if change.by_service:
            one["userIdentity"] = {"PrincipalId": SERVICE, "Type": "Service"}
        shown.append(one)
    return shown
