"""Writing records and reading them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from eventsim.cloud.kinesis.errors import invalid_argument, rate_exceeded
from eventsim.cloud.kinesis.lookup import data_stream_of, shard_to_read
from eventsim.cloud.kinesis.members import wrong_type
from eventsim.cloud.kinesis.positions import issue_iterator, resolve_iterator, starting_position
from eventsim.cloud.kinesis.records import MAXIMUM_REQUEST_BYTES, read_hash_key
from eventsim.cloud.kinesis.shapes import show_children, show_encryption, show_records
from eventsim.cloud.shards.numbers import read_kinesis_number
from eventsim.cloud.shards.shard import PAGE_RECORDS
from eventsim.errors import AwsError

if TYPE_CHECKING:
    from eventsim.cloud.kinesis.registry import Streams

_ENTRY: Final = {"Data", "PartitionKey", "ExplicitHashKey"}


def put_record(streams: Streams, params: dict[str, Any]) -> dict[str, Any]:
    """PutRecord; SequenceNumberForOrdering adds nothing, since numbers of a shard always increase (KIN-01)."""
    stream = data_stream_of(streams, params)
    before = params.get("SequenceNumberForOrdering")
    if before is not None and read_kinesis_number(before) is None:
        raise invalid_argument(
            f"ExclusiveMinimumSequenceNumber {before} used in PutRecord on stream {stream.name} under account "
            f"{stream.account_id} is invalid."
        )
    hash_key = params.get("ExplicitHashKey")
    shard, record = stream.put(params["Data"], params["PartitionKey"], hash_key, limited=True)
    return {"ShardId": shard.id, "SequenceNumber": record.sequence_number} | show_encryption(stream)


def put_records(streams: Streams, params: dict[str, Any]) -> dict[str, Any]:
    """PutRecords: all records are looked at before the first is written; then each is, or is throttled (KIN-02)."""
    stream = data_stream_of(streams, params)
    admitted: list[tuple[str, str, int | None, int]] = []
    total = 0
    for n, entry in enumerate(params["Records"], 1):
        path = f"records.{n}.member."
        if not isinstance(entry, dict):
            raise wrong_type(entry, dict)
        if unknown := entry.keys() - _ENTRY:
            raise invalid_argument(f"Unknown parameter {min(unknown)} in a record for PutRecords.")
        data, key, explicit = entry.get("Data"), entry.get("PartitionKey"), entry.get("ExplicitHashKey")
        size = stream.admit(data, key, path)
        assert isinstance(data, str)
        assert isinstance(key, str)
        admitted.append((data, key, None if explicit is None else read_hash_key(explicit, path), size))
        total += size
    if total > MAXIMUM_REQUEST_BYTES:
        raise invalid_argument("Records size exceeds 10 MB limit")
    results: list[dict[str, str]] = []
    failed = 0
    for data, key, hash_key, size in admitted:
        try:
            shard, record = stream.place(data, key, hash_key, size, limited=True)
        except AwsError as error:
            failed += 1
            results.append({"ErrorCode": error.code, "ErrorMessage": error.message})
        else:
            results.append({"SequenceNumber": record.sequence_number, "ShardId": shard.id})
    return {"FailedRecordCount": failed, "Records": results} | show_encryption(stream)


def get_shard_iterator(streams: Streams, params: dict[str, Any]) -> dict[str, Any]:
    """GetShardIterator, five times a second and shard (KIN-04)."""
    stream = data_stream_of(streams, params)
    shard = shard_to_read(stream, params["ShardId"])
    now_ms = streams.clock.wall_ms()
    position = starting_position(
        stream,
        shard,
        params["ShardIteratorType"],
        number=params.get("StartingSequenceNumber"),
        timestamp_s=params.get("Timestamp"),
        now_ms=now_ms,
    )
    if not shard.iterators.fits(1, now_ms):
        raise rate_exceeded(shard.id, stream.name, stream.account_id)
    shard.iterators.use(1, now_ms)
    return {"ShardIterator": issue_iterator(stream, shard, position, now_ms)}


def get_records(streams: Streams, params: dict[str, Any]) -> dict[str, Any]:
    """GetRecords within the quota that all standard consumers share (KIN-03).

    At the end of a closed shard NextShardIterator is null and ChildShards says who goes on (KIN-11).
    """
    now_ms = streams.clock.wall_ms()
    stream, shard, position = resolve_iterator(streams, params["ShardIterator"], now_ms)
    arn = params.get("StreamARN")
    if arn not in {None, stream.arn}:
        raise invalid_argument(f"The ShardIterator is not one of the stream {arn}.")
    if not shard.reads.take(now_ms):
        raise rate_exceeded(shard.id, stream.name, stream.account_id)
    page = shard.read(position, params.get("Limit") or PAGE_RECORDS)
    shard.reads.spend(page.size_bytes, now_ms)
    answer: dict[str, Any] = {
        "Records": show_records(stream, page.records),
        "NextShardIterator": None,
        "MillisBehindLatest": shard.behind_ms(page.next_position),
    }
    if shard.is_drained(page.next_position):
        answer["ChildShards"] = show_children(shard)
    else:
        answer["NextShardIterator"] = issue_iterator(stream, shard, page.next_position, now_ms)
    return answer
