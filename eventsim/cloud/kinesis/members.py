"""What the service model says of each parameter: its type and its range."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec

from eventsim.cloud.kinesis.errors import constraint, serialization

if TYPE_CHECKING:
    from eventsim.errors import AwsError

NAME: Final = "[a-zA-Z0-9_.-]+"
_NUMBER: Final = r"0|([1-9]\d{0,128})"
_HASH_KEY: Final = r"0|([1-9]\d{0,38})"


class Member(msgspec.Struct, frozen=True):
    """One parameter: *kind* is str, int, float, bool, list or dict; *low* and *high* bound a value or a length.

    *items* describes the members of a list, or the values of a map; *keys* the keys of a map.
    """

    kind: type
    low: int | None = None
    high: int | None = None
    pattern: str | None = None
    enum: tuple[str, ...] = ()
    items: Member | None = None
    keys: Member | None = None

    def problems(self, value: Any, path: str) -> list[str]:
        """AWS's sentences about what is wrong with *value*; raises AwsError for one of another type."""
        if not _is_a(value, self.kind):
            raise wrong_type(value, self.kind)
        found = []
        if self.enum and value not in self.enum:
            found.append(constraint(value, path, f"Member must satisfy enum value set: [{', '.join(self.enum)}]"))
        if self.pattern is not None and not re.fullmatch(self.pattern, value):
            found.append(constraint(value, path, f"Member must satisfy regular expression pattern: {self.pattern}"))
        found += self._out_of_range(value, path)
        if self.items is not None:
            entries = value.items() if self.kind is dict else enumerate(value, 1)
            for key, item in entries:
                if self.keys is not None:
                    found += self.keys.problems(key, f"{path}.{key}.member")
                found += self.items.problems(item, f"{path}.{key}.member")
        return found

    def _out_of_range(self, value: Any, path: str) -> list[str]:
        is_number = self.kind in {int, float}
        size = value if is_number else len(value) if self.kind is not bool else 0
        what = "value" if is_number else "length"
        shown = {} if value == {} else value
        if self.low is not None and size < self.low:
            return [constraint(shown, path, f"Member must have {what} greater than or equal to {self.low}")]
        if self.high is not None and size > self.high:
            return [constraint(shown, path, f"Member must have {what} less than or equal to {self.high}")]
        return []


def _is_a(value: Any, kind: type) -> bool:
    if isinstance(value, bool):
        return kind is bool
    return isinstance(value, int | float) if kind is float else isinstance(value, kind)


def wrong_type(value: Any, kind: type) -> AwsError:
    """The error for a value that is no text, number, list or structure where one belongs."""
    if isinstance(value, dict):
        return serialization("Start of structure or map found where not expected.")
    if isinstance(value, list):
        return serialization("Start of list found where not expected")
    found = f"{value}_VALUE".upper() if isinstance(value, bool) else "NUMBER_VALUE"
    found = "STRING_VALUE" if isinstance(value, str) else "NULL_VALUE" if value is None else found
    wanted = {str: "String", int: "Integer", float: "Timestamp", bool: "Boolean", list: "List", dict: "Map"}[kind]
    return serialization(f"{found} can not be converted to {'an' if wanted[0] == 'I' else 'a'} {wanted}")


def _text(low: int = 1, high: int | None = 128, pattern: str | None = None) -> Member:
    return Member(str, low, high, pattern)


def _choice(*values: str) -> Member:
    return Member(str, enum=values)


_SHARD: Final = _text(pattern=NAME)
_STREAM: Final = _text(pattern=NAME)
_KEY: Final = _text()
_METRICS: Final = (
    "IncomingBytes",
    "OutgoingRecords",
    "IteratorAgeMilliseconds",
    "IncomingRecords",
    "ReadProvisionedThroughputExceeded",
    "WriteProvisionedThroughputExceeded",
    "OutgoingBytes",
    "ALL",
)

MEMBERS: Final = {
    "AdjacentShardToMerge": _SHARD,
    "ConsumerARN": _text(
        high=2048, pattern=r"^(arn):aws.*:kinesis:.*:\d{12}:.*stream\/[a-zA-Z0-9_.-]+\/consumer\/[a-zA-Z0-9_.-]+:[0-9]+"
    ),
    "ConsumerName": _text(pattern=NAME),
    "Data": Member(str),
    "EncryptionType": _choice("NONE", "KMS"),
    "EnforceConsumerDeletion": Member(bool),
    "ExclusiveStartShardId": _SHARD,
    "ExclusiveStartStreamName": _STREAM,
    "ExclusiveStartTagKey": _KEY,
    "ExplicitHashKey": Member(str, pattern=_HASH_KEY),
    "KeyId": _text(high=2048),
    "Limit": Member(int, 1, 10_000),
    "MaxRecordSizeInKiB": Member(int, 1_024, 10_240),
    "MaxResults": Member(int, 1, 10_000),
    "NewStartingHashKey": Member(str, pattern=_HASH_KEY),
    "NextToken": _text(high=1_048_576),
    "PartitionKey": _text(high=256),
    "RecordDistributionStrategy": _choice("AUTO", "USER_PARTITION_KEY"),
    "Records": Member(list, 1, 500),
    "ResourceARN": _text(high=2048, pattern=r"arn:aws.*:kinesis:.*:\d{12}:.*(stream|channel)/\S+"),
    "RetentionPeriodHours": Member(int),
    "ScalingType": _choice("UNIFORM_SCALING"),
    "SequenceNumberForOrdering": Member(str, pattern=_NUMBER),
    "ShardCount": Member(int, 1),
    "ShardFilter": Member(dict),
    "ShardId": _SHARD,
    "ShardIterator": _text(high=512),
    "ShardIteratorType": _choice(
        "AFTER_SEQUENCE_NUMBER", "LATEST", "AT_TIMESTAMP", "AT_SEQUENCE_NUMBER", "TRIM_HORIZON"
    ),
    "ShardLevelMetrics": Member(list, 1, 7, items=_choice(*_METRICS)),
    "ShardToMerge": _SHARD,
    "ShardToSplit": _SHARD,
    "StartingPosition": Member(dict),
    "StartingSequenceNumber": Member(str, pattern=_NUMBER),
    "StreamARN": _text(high=2048, pattern=r"arn:aws.*:kinesis:.*:\d{12}:stream/\S+"),
    "StreamCreationTimestamp": Member(float),
    "StreamModeDetails": Member(dict),
    "StreamName": _STREAM,
    "TagKeys": Member(list, 1, 50, items=_KEY),
    "Tags": Member(dict, 1, 200, items=_text(0, 256), keys=_KEY),
    "TargetShardCount": Member(int, 1),
    "Timestamp": Member(float),
}
"""By name: the parameters of all operations, each meaning the same in all of them."""

INNER: Final = {
    "ShardFilter": {
        "Type!": _choice(
            "AT_LATEST", "FROM_TRIM_HORIZON", "AT_TIMESTAMP", "AFTER_SHARD_ID", "AT_TRIM_HORIZON", "FROM_TIMESTAMP"
        ),
        "ShardId": _SHARD,
        "Timestamp": Member(float),
    },
    "StartingPosition": {
        "Type!": MEMBERS["ShardIteratorType"],
        "SequenceNumber": MEMBERS["StartingSequenceNumber"],
        "Timestamp": Member(float),
    },
    "StreamModeDetails": {"StreamMode!": _choice("PROVISIONED", "ON_DEMAND")},
}
"""The parameters inside of structures."""
