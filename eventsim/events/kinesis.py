"""The records of a Kinesis event, byte for byte as Lambda builds them (KIN-08)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

import msgspec

from eventsim.events.times import iso_ms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventsim.cloud.shards.record import Record

_encode = msgspec.json.Encoder().encode

# What a record adds besides its data and the ARNs: JSON writes the 256 characters of a key as at most six bytes each,
# a sequence number has at most 128 digits, and the rest stays well below a thousand.
_WORST_RECORD_BYTES = 6 * 256 + 2 * 128 + 1_000


class KinesisShape(msgspec.Struct, frozen=True):
    """How the records of one shard look.

    *source_arn* is the stream's ARN or its consumer's (KIN-06), *role_arn* that of the function's execution role.
    """

    source: ClassVar[Literal["kinesis"]] = "kinesis"
    info_member: ClassVar[str] = "KinesisBatchInfo"

    shard_id: str
    source_arn: str
    region: str
    role_arn: str

    def records(self, records: Sequence[Record]) -> list[dict[str, Any]]:
        """The records of an event; their data are the base64 texts that were put (KIN-08)."""
        prefix = f"{self.shard_id}:"
        copy_inner = _INNER.copy
        copy_outer = self._outer().copy
        built = []
        for record in records:
            number = record.sequence_number
            inner = copy_inner()
            inner["partitionKey"] = record.partition_key
            inner["sequenceNumber"] = number
            inner["data"] = record.data
            inner["approximateArrivalTimestamp"] = record.arrival_ms / 1000
            outer = copy_outer()
            outer["kinesis"] = inner
            outer["eventID"] = prefix + number
            built.append(outer)
        return built

    def _outer(self) -> dict[str, Any]:
        return {
            "kinesis": None,
            "eventSource": "aws:kinesis",
            "eventVersion": "1.0",
            "eventID": "",
            "eventName": "aws:kinesis:record",
            "invokeIdentityArn": self.role_arn,
            "awsRegion": self.region,
            "eventSourceARN": self.source_arn,
        }

    def arrival_ms(self, record: Record) -> int:
        """To the millisecond."""
        return record.arrival_ms

    def show_time(self, unix_ms: int) -> str:
        """To the millisecond (STR-20)."""
        return iso_ms(unix_ms)

    def most_bytes(self, size_bytes: int, count: int) -> int:
        """At least what *count* records with *size_bytes* of data and keys together add to the serialized event."""
        return size_bytes * 4 // 3 + count * self._worst_record_bytes()

    def rough_bytes(self, records: Sequence[Record]) -> int:
        """The same for these records."""
        return sum([len(record.data) for record in records]) + len(records) * self._worst_record_bytes()

    def _worst_record_bytes(self) -> int:
        return _WORST_RECORD_BYTES + len(self.shard_id) + len(self.source_arn) + len(self.role_arn)

    def sizes_bytes(self, records: Sequence[Record]) -> list[int]:
        """What each record adds to the serialized event, its comma included, without serializing it (ESM-20)."""
        fixed = self._fixed_bytes()
        keys: dict[str, int] = {}
        times: dict[int, int] = {}
        sizes = []
        for record in records:
            key, arrival_ms = record.partition_key, record.arrival_ms
            key_bytes, time_bytes = keys.get(key), times.get(arrival_ms)
            if key_bytes is None:
                key_bytes = keys[key] = _text_bytes(key)
            if time_bytes is None:
                time_bytes = times[arrival_ms] = len(repr(arrival_ms / 1000))
            sizes.append(fixed + len(record.data) + 2 * len(record.sequence_number) + key_bytes + time_bytes)
        return sizes

    def _fixed_bytes(self) -> int:
        empty = self._outer() | {"kinesis": _INNER, "eventID": f"{self.shard_id}:"}
        return len(_encode(empty)) + len(",") - len("null")


_INNER: dict[str, Any] = {
    "kinesisSchemaVersion": "1.0",
    "partitionKey": "",
    "sequenceNumber": "",
    "data": "",
    "approximateArrivalTimestamp": None,
}


def _text_bytes(text: str) -> int:
    """The bytes of a text in JSON, without its quotes."""
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return len(text)
    return len(_encode(text)) - 2
