"""Where a reader begins: the iterator types, and the iterators themselves (DDB-02, DDB-05, DDB-08)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from eventsim.cloud.dynamodb.errors import data_trimmed, iterator_expired, shard_not_found, validation
from eventsim.cloud.shards.tokens import ShardIterator, read_iterator, show_iterator

if TYPE_CHECKING:
    from eventsim.cloud.dynamodb.stream import TableStream
    from eventsim.cloud.dynamodb.streams import TableStreams
    from eventsim.cloud.shards.shard import Shard

ITERATOR_MS: Final = 900_000
OLDEST: Final = -1
"""The position of a TRIM_HORIZON iterator: whatever is the oldest record when it is used."""

_KIND: Final = "dynamodb-shard-iterator"
_MARK: Final = "|1|"  # between the stream's ARN and the rest
_BY_NUMBER: Final = {"AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"}


def starting_position(shard: Shard, kind: str, *, number: str | None, timestamp_s: float | None) -> int:
    """The position in *shard* that an iterator type means now.

    *number* is given with AT_SEQUENCE_NUMBER and AFTER_SEQUENCE_NUMBER, *timestamp_s* with AT_TIMESTAMP. AwsError
    ValidationException, or TrimmedDataAccessException for a number whose records have been dropped.
    """
    for name, value, wanted in (
        ("SequenceNumber", number, kind in _BY_NUMBER),
        ("Timestamp", timestamp_s, kind == "AT_TIMESTAMP"),
    ):
        if (value is not None) != wanted:
            must = "must" if wanted else "must not"
            raise validation(f"{name} {must} be specified for ShardIteratorType {kind}")
    if number is not None:
        return _position_of(shard, number, after=kind == "AFTER_SEQUENCE_NUMBER")
    if timestamp_s is not None:
        return shard.position_from(round(timestamp_s * 1000))
    return OLDEST if kind == "TRIM_HORIZON" else shard.tip


def _position_of(shard: Shard, number: str, *, after: bool) -> int:
    last = shard.ending or shard.number_before(shard.tip)
    if not int(shard.numbers.starting) <= int(number) <= int(last):
        raise validation(f"The SequenceNumber {number} is not one of the shard {shard.id}")
    position = max(0, shard.numbers.position_of(int(number)) + after)
    if position < shard.horizon:
        raise data_trimmed()
    return min(position, shard.tip)


def issue_iterator(stream: TableStream, shard: Shard, position: int, now_ms: int) -> str:
    """An iterator that holds for 15 minutes; it begins with the stream's ARN."""
    return f"{stream.arn}{_MARK}{show_iterator(_KIND, ShardIterator(stream.arn, shard.id, position, now_ms))}"


def resolve_iterator(streams: TableStreams, text: str, now_ms: int) -> tuple[TableStream, Shard, int]:
    """The stream, shard and position of an iterator, the position being one that can be read.

    AwsError ValidationException for any other text, ExpiredIteratorException, TrimmedDataAccessException, or
    ResourceNotFoundException when the stream or the shard is gone.
    """
    arn, _, token = text.partition(_MARK)
    iterator = read_iterator(_KIND, token)
    if iterator is None or iterator.stream != arn:
        raise validation("Invalid ShardIterator")
    if now_ms - iterator.issued_ms > ITERATOR_MS:
        raise iterator_expired()
    stream = streams.by_arn(arn)
    shard = stream.find(iterator.shard_id)
    if shard is None:
        raise shard_not_found()
    if iterator.position == OLDEST:
        return stream, shard, shard.horizon
    if iterator.position < shard.horizon:
        raise data_trimmed()
    return stream, shard, iterator.position
