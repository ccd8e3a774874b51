"""Which parameters each operation takes, and the check of them before the operation sees them (GEN-06)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from eventsim.cloud.kinesis.errors import invalid_argument, missing, not_supported, validation
from eventsim.cloud.kinesis.members import INNER, MEMBERS, Member

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventsim.errors import AwsError

# A parameter that must be there ends in an exclamation mark.
OPERATIONS: Final = {
    "AddTagsToStream": "StreamName StreamARN Tags!",
    "CreateStream": "StreamName! ShardCount StreamModeDetails Tags MaxRecordSizeInKiB RecordDistributionStrategy",
    "DecreaseStreamRetentionPeriod": "StreamName StreamARN RetentionPeriodHours!",
    "DeleteStream": "StreamName StreamARN EnforceConsumerDeletion",
    "DeregisterStreamConsumer": "StreamARN ConsumerName ConsumerARN",
    "DescribeLimits": "",
    "DescribeStream": "StreamName StreamARN Limit ExclusiveStartShardId",
    "DescribeStreamConsumer": "StreamARN ConsumerName ConsumerARN",
    "DescribeStreamSummary": "StreamName StreamARN",
    "DisableEnhancedMonitoring": "StreamName StreamARN ShardLevelMetrics!",
    "EnableEnhancedMonitoring": "StreamName StreamARN ShardLevelMetrics!",
    "GetRecords": "ShardIterator! Limit StreamARN",
    "GetShardIterator": "ShardId! ShardIteratorType! StartingSequenceNumber StreamName StreamARN Timestamp",
    "IncreaseStreamRetentionPeriod": "StreamName StreamARN RetentionPeriodHours!",
    "ListShards": (
        "StreamName StreamARN NextToken ExclusiveStartShardId MaxResults StreamCreationTimestamp ShardFilter"
    ),
    "ListStreamConsumers": "StreamARN! NextToken MaxResults StreamCreationTimestamp",
    "ListStreams": "Limit ExclusiveStartStreamName NextToken",
    "ListTagsForResource": "ResourceARN!",
    "ListTagsForStream": "StreamName StreamARN ExclusiveStartTagKey Limit",
    "MergeShards": "ShardToMerge! AdjacentShardToMerge! StreamName StreamARN",
    "PutRecord": "Data! PartitionKey! ExplicitHashKey SequenceNumberForOrdering StreamName StreamARN",
    "PutRecords": "Records! StreamName StreamARN",
    "RegisterStreamConsumer": "StreamARN! ConsumerName! Tags",
    "RemoveTagsFromStream": "StreamName StreamARN TagKeys!",
    "SplitShard": "NewStartingHashKey! StreamName StreamARN ShardToSplit!",
    "StartStreamEncryption": "StreamName StreamARN EncryptionType! KeyId!",
    "StopStreamEncryption": "StreamName StreamARN EncryptionType! KeyId!",
    "SubscribeToShard": "ConsumerARN! ShardId! StartingPosition!",
    "TagResource": "Tags! ResourceARN!",
    "UntagResource": "TagKeys! ResourceARN!",
    "UpdateMaxRecordSize": "StreamARN! MaxRecordSizeInKiB!",
    "UpdateShardCount": "StreamName StreamARN TargetShardCount! ScalingType!",
    "UpdateStreamMode": "StreamARN! StreamModeDetails!",
    "UpdateStreamRecordDistributionStrategy": "StreamARN! RecordDistributionStrategy!",
}

_REFUSED: Final = {  # what AWS's model has besides
    "DryRun": "DryRun",
    "StreamId": "StreamId, which AWS reserves for future use",
    "WarmThroughputMiBps": "WarmThroughputMiBps: there is no throughput to warm",
}
_LIMITS: Final = {"ListTagsForStream": Member(int, 1, 50)}  # Limit, where it is not 1 to 10,000


def _split(names: str) -> tuple[frozenset[str], tuple[str, ...]]:
    return frozenset(names.replace("!", "").split()), tuple(name[:-1] for name in names.split() if name[-1] == "!")


_TAKEN: Final = {operation: _split(names) for operation, names in OPERATIONS.items()}
_INNER_TAKEN: Final = {name: _split(" ".join(members)) for name, members in INNER.items()}


def check(operation: str, params: Mapping[str, Any]) -> None:
    """AwsError ValidationException or SerializationException for parameters that the operation can't have."""
    taken, required = _TAKEN[operation]
    found = [missing(_member(name)) for name in required if params.get(name) is None]
    for name, value in params.items():
        if name not in taken:
            raise _unknown(name, operation)
        if value is None:
            continue
        member = _LIMITS.get(operation, MEMBERS[name]) if name == "Limit" else MEMBERS[name]
        found += member.problems(value, _member(name))
        if name in INNER:
            found += _check_inner(name, value)
    if found:
        raise validation(*found)


def _check_inner(outer: str, value: Mapping[str, Any]) -> list[str]:
    members = {name.removesuffix("!"): member for name, member in INNER[outer].items()}
    path = _member(outer)
    found = [missing(f"{path}.{_member(name)}") for name in _INNER_TAKEN[outer][1] if value.get(name) is None]
    for name, inner in value.items():
        if name not in members:
            raise _unknown(f"{outer}.{name}", "this operation")
        if inner is not None:
            found += members[name].problems(inner, f"{path}.{_member(name)}")
    return found


def _unknown(name: str, operation: str) -> AwsError:
    refused = _REFUSED.get(name)
    if refused is not None:
        return not_supported(refused)
    return invalid_argument(f"Unknown parameter {name} for {operation}.")


def _member(name: str) -> str:
    return name[:1].lower() + name[1:]
