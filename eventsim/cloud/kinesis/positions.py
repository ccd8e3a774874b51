"""Where a reader begins: the five iterator types, and the iterators themselves (KIN-04, STR-02)."""

from __future__ import annotations

from time import asctime, gmtime
from typing import TYPE_CHECKING, Final

from eventsim.cloud.kinesis.errors import (
    invalid_argument,
    iterator_expired,
    iterator_invalid,
    shard_missing,
)
from eventsim.cloud.shards.numbers import read_kinesis_number
from eventsim.cloud.shards.stream import numbered_shard_id
from eventsim.cloud.shards.tokens import ShardIterator, read_iterator, show_iterator

if TYPE_CHECKING:
    from eventsim.cloud.kinesis.registry import Streams
    from eventsim.cloud.kinesis.stream import KinesisStream
    from eventsim.cloud.shards.shard import Shard

ITERATOR_MS: Final = 300_000
_KIND: Final = "kinesis-shard-iterator"
_BY_NUMBER: Final = {"AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"}


def starting_position(
    stream: KinesisStream,
    shard: Shard,
    kind: str,
    *,
    number: str | None,
    timestamp_s: float | None,
    now_ms: int,
    operation: str = "GetShardIterator",
) -> int:
    """The position in *shard* that an iterator type means now; AwsError InvalidArgumentException.

    *number* is given with AT_SEQUENCE_NUMBER and AFTER_SEQUENCE_NUMBER, *timestamp_s* with AT_TIMESTAMP.
    """
    if (number is not None) != (kind in _BY_NUMBER):
        given = "no StartingSequenceNumber" if number is None else "also a StartingSequenceNumber"
        raise invalid_argument(
            "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or "
            f"(2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. Request specified {kind} and {given}."
        )
    if number is not None:
        check_number(stream, shard, number, operation)
        return shard.position_at(number) if kind == "AT_SEQUENCE_NUMBER" else shard.position_after(number)
    if kind == "AT_TIMESTAMP":
        return shard.position_from(_read_timestamp(timestamp_s, now_ms))
    return shard.horizon if kind == "TRIM_HORIZON" else shard.tip


def check_number(stream: KinesisStream, shard: Shard, number: str, operation: str) -> None:
    """AwsError InvalidArgumentException for a sequence number that did not come from *shard*."""
    found = read_kinesis_number(number)
    used = (
        f"StartingSequenceNumber {number} used in {operation} on shard {shard.id} in stream {stream.name} under "
        f"account {stream.account_id} is invalid"
    )
    if found is None:
        raise invalid_argument(f"{used}.")
    if found.ordinal != shard.ordinal:
        raise invalid_argument(
            f"Invalid StartingSequenceNumber. It encodes {numbered_shard_id(found.ordinal, 0)}, while it was used in a "
            f"call to a shard with {shard.id}"
        )
    if found != read_kinesis_number(shard.numbers.starting):
        raise invalid_argument(f"{used} because it did not come from this stream.")


def issue_iterator(stream: KinesisStream, shard: Shard, position: int, now_ms: int) -> str:
    """An iterator that holds for five minutes."""
    return show_iterator(_KIND, ShardIterator(_key_of(stream), shard.id, position, now_ms))


def resolve_iterator(streams: Streams, token: str, now_ms: int) -> tuple[KinesisStream, Shard, int]:
    """The stream, shard and position of an iterator.

    AwsError InvalidArgumentException for any other text, ExpiredIteratorException, or ResourceNotFoundException
    when the stream or the shard is gone.
    """
    iterator = read_iterator(_KIND, token)
    if iterator is None:
        raise iterator_invalid()
    if now_ms - iterator.issued_ms > ITERATOR_MS:
        raise iterator_expired(show_time(iterator.issued_ms), show_time(now_ms), ITERATOR_MS)
    name = iterator.stream.partition("/")[0]
    stream = streams.find(streams.arn_of(name))
    shard = None if stream is None or _key_of(stream) != iterator.stream else stream.find(iterator.shard_id)
    if stream is None or shard is None:
        raise shard_missing(iterator.shard_id, name, streams.account_id)
    return stream, shard, iterator.position


def show_time(unix_ms: int) -> str:
    """A time as Kinesis's texts have it: ``Thu Jan 01 00:00:00 UTC 2026``."""
    weekday, month, day, time, year = asctime(gmtime(unix_ms // 1000)).split()
    return f"{weekday} {month} {day:0>2} {time} UTC {year}"


def _key_of(stream: KinesisStream) -> str:
    return f"{stream.name}/{stream.serial}"


def _read_timestamp(timestamp_s: float | None, now_ms: int) -> int:
    if timestamp_s is None:
        raise invalid_argument(
            "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. "
            "Current request has no timestamp parameter."
        )
    timestamp_ms = round(timestamp_s * 1000)
    if timestamp_ms > now_ms:
        raise invalid_argument(
            "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. "
            f"timestampInMillis: {timestamp_ms}, currentTimestampInMillis: {now_ms}"
        )
    return timestamp_ms
