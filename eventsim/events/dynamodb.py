"""The records of a DynamoDB Streams event, byte for byte as Lambda builds them (DDB-07)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

import msgspec

from eventsim.cloud.dynamodb.changes import EVENT_SOURCE, EVENT_VERSION, SERVICE, stream_record
from eventsim.events.times import iso_s

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventsim.cloud.dynamodb.changes import ItemChange
    from eventsim.cloud.shards.record import Record

_encode = msgspec.json.Encoder().encode
_WORST_RECORD_BYTES = 1_000  # what a record adds besides its keys, its images and the ARN
_ATTRIBUTES = ("Keys", "NewImage", "OldImage")


class DynamoDbShape(msgspec.Struct, frozen=True):
    """How the records of one shard look; *source_arn* is the stream's ARN."""

    source: ClassVar[Literal["dynamodb"]] = "dynamodb"
    info_member: ClassVar[str] = "DDBStreamBatchInfo"

    shard_id: str
    source_arn: str
    region: str

    def records(self, records: Sequence[Record]) -> list[dict[str, Any]]:
        """The records of an event; nothing in them is the stream's own."""
        return [self._record(record, own=True) for record in records]

    def _record(self, record: Record, *, own: bool) -> dict[str, Any]:
        change: ItemChange = record.data
        shown: dict[str, Any] = {
            "eventID": change.event_id,
            "eventName": change.event_name,
            "eventVersion": EVENT_VERSION,
            "eventSource": EVENT_SOURCE,
            "awsRegion": self.region,
        }
        if change.by_service:
            shown["userIdentity"] = {"type": "Service", "principalId": SERVICE}
        inner = shown["dynamodb"] = stream_record(record)
        if own:
            for name in _ATTRIBUTES:
                if name in inner:
                    inner[name] = _copy(inner[name])
        shown["eventSourceARN"] = self.source_arn
        return shown

    def arrival_ms(self, record: Record) -> int:
        """To the second, the fraction dropped: that is all that a stream tells (DDB-07)."""
        return record.arrival_ms // 1000 * 1000

    def show_time(self, unix_ms: int) -> str:
        """To the second (STR-20)."""
        return iso_s(unix_ms)

    def most_bytes(self, size_bytes: int, count: int) -> int:
        """At least what *count* records with *size_bytes* of keys and images add to the serialized event.

        A byte of content is at most 16 of JSON: one character of a name, and its value an empty string.
        """
        return 16 * size_bytes + count * (_WORST_RECORD_BYTES + len(self.source_arn))

    def rough_bytes(self, records: Sequence[Record]) -> int:
        """What the records add to the serialized event: nothing cheaper is near enough."""
        return sum(self.sizes_bytes(records))

    def sizes_bytes(self, records: Sequence[Record]) -> list[int]:
        """What each record adds to the serialized event, its comma included (ESM-20)."""
        return [len(_encode(self._record(record, own=False))) + len(",") for record in records]


def _copy(value: Any) -> Any:
    """Attributes of their own, down to the last list."""
    if type(value) is dict:
        return {name: inner if type(inner) is str else _copy(inner) for name, inner in value.items()}
    return [_copy(inner) for inner in value] if type(value) is list else value
