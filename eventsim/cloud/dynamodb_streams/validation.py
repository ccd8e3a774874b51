"""Which parameters each operation takes, and the check of them before the operation sees them (GEN-06)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from eventsim.cloud.kinesis.errors import missing, validation
from eventsim.cloud.kinesis.members import Member

if TYPE_CHECKING:
    from collections.abc import Mapping

_LIMIT: Final = Member(int, 1, 100)
_SHARD: Final = Member(str, 28, 65)
_STREAM: Final = Member(str, 37, 1_024)
_TABLE: Final = Member(str, 3, 255, pattern="[a-zA-Z0-9_.-]+")
_ITERATOR_TYPES: Final = ("AFTER_SEQUENCE_NUMBER", "LATEST", "AT_TIMESTAMP", "AT_SEQUENCE_NUMBER", "TRIM_HORIZON")

# A parameter that must be there ends in an exclamation mark.
_OPERATIONS: Final = {
    "DescribeStream": {
        "StreamArn!": _STREAM,
        "Limit": _LIMIT,
        "ExclusiveStartShardId": _SHARD,
        "ShardFilter": Member(dict),
    },
    "GetRecords": {"ShardIterator!": Member(str, 1, 2_048), "Limit": Member(int, 1, 1_000)},
    "GetShardIterator": {
        "StreamArn!": _STREAM,
        "ShardId!": _SHARD,
        "ShardIteratorType!": Member(str, enum=_ITERATOR_TYPES),
        "SequenceNumber": Member(str, 21, 40, pattern=r"\d+"),
        "Timestamp": Member(float),
    },
    "ListStreams": {"TableName": _TABLE, "Limit": _LIMIT, "ExclusiveStartStreamArn": _STREAM},
}
_FILTER: Final = {"Type": Member(str, enum=("CHILD_SHARDS",)), "ShardId": _SHARD}


def check(operation: str, params: Mapping[str, Any]) -> None:
    """AwsError ValidationException or SerializationException for parameters that the operation can't have."""
    found = _problems(_OPERATIONS[operation], params, "")
    shard_filter = params.get("ShardFilter")
    if isinstance(shard_filter, dict):
        found += _problems(_FILTER, shard_filter, "shardFilter.")
    if found:
        raise validation(*found)


def _problems(members: Mapping[str, Member], params: Mapping[str, Any], path: str) -> list[str]:
    found = []
    for name, member in members.items():
        value = params.get(name.removesuffix("!"))
        place = f"{path}{name[0].lower()}{name[1:].removesuffix('!')}"
        if value is not None:
            found += member.problems(value, place)
        elif name.endswith("!"):
            found.append(missing(place))
    return found
