from __future__ import annotations

from typing import Any

import pytest

from eventsim.errors import AwsError
from tests.cloud.sharded import DAY_S, NOT_FOUND, START_S, World, texts

ARN = "arn:aws:kinesis:us-east-1:123456789012:stream/s"
HASH_END = str((1 << 128) - 1)


@pytest.fixture
def world() -> World:
    return World()


def describe(world: World) -> dict[str, Any]:
    found: dict[str, Any] = world.call("DescribeStream", StreamName="s")["StreamDescription"]
    return found


def test_a_stream_is_active_at_once(world: World) -> None:
    assert world.call("CreateStream", StreamName="s", ShardCount=1) == {}
    shard = world.streams.get("s").open_shards[0]
    summary = {
        "StreamName": "s",
        "StreamARN": ARN,
        "StreamStatus": "ACTIVE",
        "StreamModeDetails": {"StreamMode": "PROVISIONED"},
        "RetentionPeriodHours": 24,
        "StreamCreationTimestamp": START_S,
        "EnhancedMonitoring": [{"ShardLevelMetrics": []}],
        "EncryptionType": "NONE",
        "KeyId": None,
    }
    shown = {
        "ShardId": "shardId-000000000000",
        "HashKeyRange": {"StartingHashKey": "0", "EndingHashKey": HASH_END},
        "SequenceNumberRange": {"StartingSequenceNumber": shard.numbers.starting},
    }
    assert describe(world) == summary | {"Shards": [shown], "HasMoreShards": False}
    more = {"OpenShardCount": 1, "ConsumerCount": 0, "MaxRecordSizeInKiB": 1_024}
    assert world.call("DescribeStreamSummary", StreamARN=ARN) == {"StreamDescriptionSummary": summary | more}


def test_a_stream_can_take_time_to_be_created() -> None:
    world = World(creation_s=30.0)
    world.stream(2)
    assert (describe(world)["StreamStatus"], describe(world)["Shards"]) == ("CREATING", [])
    assert world.refused("PutRecord", StreamName="s", Data="", PartitionKey="k") == (
        "ResourceNotFoundException",
        NOT_FOUND,
    )
    assert world.refused("UpdateShardCount", StreamName="s", TargetShardCount=1, ScalingType="UNIFORM_SCALING") == (
        "ResourceInUseException",
        "Stream s under account 123456789012 not ACTIVE, instead in state CREATING",
    )
    world.now_s = 30.0
    assert (describe(world)["StreamStatus"], len(describe(world)["Shards"])) == ("ACTIVE", 2)
    world.put("x")


def test_names_are_used_once(world: World) -> None:
    world.stream()
    assert world.refused("CreateStream", StreamName="s", ShardCount=1) == (
        "ResourceInUseException",
        "Stream s under account 123456789012 already exists.",
    )
    world.call("DeleteStream", StreamARN=ARN)
    assert world.refused("DescribeStream", StreamName="s") == ("ResourceNotFoundException", NOT_FOUND)
    assert world.refused("DescribeStream", StreamARN=ARN) == ("ResourceNotFoundException", NOT_FOUND)
    world.stream()


def test_what_a_new_stream_must_be(world: World) -> None:
    assert world.refused("CreateStream", ShardCount=0) == (
        "ValidationException",
        (
            "2 validation errors detected: Value null at 'streamName' failed to satisfy constraint: Member must not be "
            "null; Value '0' at 'shardCount' failed to satisfy constraint: Member must have value greater than or "
            "equal to 1"
        ),
    )
    assert world.refused("CreateStream", StreamName="a b", ShardCount=1) == (
        "ValidationException",
        (
            "1 validation error detected: Value 'a b' at 'streamName' failed to satisfy constraint: Member must "
            "satisfy regular expression pattern: [a-zA-Z0-9_.-]+"
        ),
    )
    assert world.refused("CreateStream", StreamName="s")[1].startswith(
        "1 validation error detected: Value null at 'shardCount'"
    )
    settings: list[dict[str, Any]] = [{"shard_count": 0}, {"retention_hours": 23}, {"max_record_kib": 10_241}]
    for setting in settings:
        with pytest.raises(AwsError, match=r"ValidationException|InvalidArgumentException"):
            world.streams.create("s", **setting)
    assert len(world.streams) == 0


def test_an_account_has_a_limit_of_shards() -> None:
    world = World(shard_limit=3)
    world.stream(2)
    text = (
        "This request would exceed the shard limit for the account 123456789012 in us-east-1. Current shard count for "
        "the account: 2. Limit: 3. Number of additional shards that would have resulted from this request: 2. "
    )
    ask = {"StreamName": "s", "TargetShardCount": 4, "ScalingType": "UNIFORM_SCALING"}
    for code, found in (
        world.refused("CreateStream", StreamName="t", ShardCount=2),
        world.refused("UpdateShardCount", **ask),
    ):
        assert (code, found.startswith(text)) == ("LimitExceededException", True)
    limits = {"ShardLimit": 3, "OpenShardCount": 2, "OnDemandStreamCount": 0, "OnDemandStreamCountLimit": 50}
    assert world.call("DescribeLimits") == limits


def test_an_on_demand_stream_has_four_shards_that_stay(world: World) -> None:
    world.call("CreateStream", StreamName="s", StreamModeDetails={"StreamMode": "ON_DEMAND"})
    refusal = (
        "ValidationException",
        "Request is invalid. Stream s under account 123456789012 is in On-Demand mode.",
    )
    scale = {"StreamName": "s", "TargetShardCount": 8, "ScalingType": "UNIFORM_SCALING"}
    split = {"StreamName": "s", "ShardToSplit": "shardId-000000000000", "NewStartingHashKey": "7"}
    assert len(describe(world)["Shards"]) == 4
    assert [world.refused("UpdateShardCount", **scale), world.refused("SplitShard", **split)] == [refusal, refusal]
    world.call("UpdateStreamMode", StreamARN=ARN, StreamModeDetails={"StreamMode": "PROVISIONED"})
    world.call("UpdateShardCount", **scale)
    assert world.call("DescribeLimits")["OnDemandStreamCount"] == 0


@pytest.mark.parametrize(
    "setting", [{"WarmThroughputMiBps": 5}, {"RecordDistributionStrategy": "AUTO"}, {"Colour": "red"}]
)
def test_settings_that_nothing_honours_are_refused(world: World, setting: dict[str, Any]) -> None:
    assert world.refused("CreateStream", StreamName="s", ShardCount=1, **setting)[0] == "InvalidArgumentException"
    assert len(world.streams) == 0


def test_streams_are_listed_by_name_page_by_page(world: World) -> None:
    for name in ("b", "c", "a"):
        world.streams.create(name)
    first = world.call("ListStreams", Limit=2)
    rest = world.call("ListStreams", Limit=2, NextToken=first["NextToken"])
    assert [first["StreamNames"], first["HasMoreStreams"]] == [["a", "b"], True]
    assert [rest["StreamNames"], rest["HasMoreStreams"], "NextToken" in rest] == [["c"], False, False]
    assert world.call("ListStreams", ExclusiveStartStreamName="a")["StreamNames"] == ["b", "c"]
    assert rest["StreamSummaries"][0]["StreamStatus"] == "ACTIVE"
    assert world.refused("ListStreams", NextToken="x") == ("InvalidArgumentException", "Invalid NextToken.")


@pytest.mark.rule("KIN-07")
def test_retention_is_24_to_8760_hours(world: World) -> None:
    world.stream()
    increase, decrease = "IncreaseStreamRetentionPeriod", "DecreaseStreamRetentionPeriod"
    world.call(increase, StreamName="s", RetentionPeriodHours=8_760)
    assert describe(world)["RetentionPeriodHours"] == 8_760
    world.call(decrease, StreamName="s", RetentionPeriodHours=48)
    asks = ((increase, 47), (decrease, 49), (decrease, 23), (increase, 8_761))
    refusals = [world.refused(operation, StreamName="s", RetentionPeriodHours=hours) for operation, hours in asks]
    assert refusals == [
        (
            "InvalidArgumentException",
            (
                "Requested retention period (47 hours) for stream s can not be shorter than existing retention period "
                "(48 hours). Use DecreaseRetentionPeriod API."
            ),
        ),
        (
            "InvalidArgumentException",
            (
                "Requested retention period (49 hours) for stream s can not be longer than existing retention period "
                "(48 hours). Use IncreaseRetentionPeriod API."
            ),
        ),
        (
            "InvalidArgumentException",
            "Minimum allowed retention period is 24 hours. Requested retention period (23 hours) is too short.",
        ),
        (
            "InvalidArgumentException",
            "Maximum allowed retention period is 8760 hours. Requested retention period (8761 hours) is too long.",
        ),
    ]


@pytest.mark.rule("KIN-07")
def test_a_longer_retention_period_keeps_records_longer(world: World) -> None:
    world.stream()
    world.put("early")
    world.call("IncreaseStreamRetentionPeriod", StreamName="s", RetentionPeriodHours=48)
    world.now_s = 2 * DAY_S - 0.001
    assert texts(world.read(world.iterator())) == ["early"]
    world.call("DecreaseStreamRetentionPeriod", StreamName="s", RetentionPeriodHours=24)
    world.now_s += 10
    assert texts(world.read(world.iterator())) == []


def test_name_and_arn_must_agree(world: World) -> None:
    world.stream()
    assert world.call("DescribeStream", StreamName="s", StreamARN=ARN)
    assert world.refused("DescribeStream", StreamName="t", StreamARN=ARN)[0] == "InvalidArgumentException"
    assert world.refused("DescribeStream")[0] == "InvalidArgumentException"
    other = ARN.replace("123456789012", "999999999999")
    assert world.refused("DescribeStream", StreamARN=other) == (
        "ResourceNotFoundException",
        "Stream s under account 999999999999 not found.",
    )


def test_tags_of_a_stream(world: World) -> None:
    world.call("CreateStream", StreamName="s", ShardCount=1, Tags={"b": "2", "a": "1"})
    world.call("AddTagsToStream", StreamName="s", Tags={"c": "3", "a": "4"})
    world.call("TagResource", ResourceARN=ARN, Tags={"d": "5"})
    world.call("RemoveTagsFromStream", StreamName="s", TagKeys=["b", "x"])
    first = world.call("ListTagsForStream", StreamName="s", Limit=2)
    assert first == {"Tags": [{"Key": "a", "Value": "4"}, {"Key": "c", "Value": "3"}], "HasMoreTags": True}
    rest = world.call("ListTagsForStream", StreamName="s", ExclusiveStartTagKey="c")
    assert rest == {"Tags": [{"Key": "d", "Value": "5"}], "HasMoreTags": False}
    world.call("UntagResource", ResourceARN=ARN, TagKeys=["a", "c"])
    assert world.call("ListTagsForResource", ResourceARN=ARN) == {"Tags": [{"Key": "d", "Value": "5"}]}
    many = {f"t{n}": "" for n in range(50)}
    assert world.refused("AddTagsToStream", StreamName="s", Tags=many)[0] == "InvalidArgumentException"
    assert world.refused("ListTagsForStream", StreamName="s", Limit=51)[0] == "ValidationException"


def test_shard_metrics_are_kept_and_shown(world: World) -> None:
    world.stream()
    names = {"StreamName": "s", "StreamARN": ARN}
    enabled = world.call("EnableEnhancedMonitoring", StreamName="s", ShardLevelMetrics=["IncomingBytes"])
    assert enabled == names | {"CurrentShardLevelMetrics": [], "DesiredShardLevelMetrics": ["IncomingBytes"]}
    assert describe(world)["EnhancedMonitoring"] == [{"ShardLevelMetrics": ["IncomingBytes"]}]
    assert (
        len(
            world.call("EnableEnhancedMonitoring", StreamName="s", ShardLevelMetrics=["ALL"])[
                "DesiredShardLevelMetrics"
            ]
        )
        == 7
    )
    assert (
        world.call("DisableEnhancedMonitoring", StreamName="s", ShardLevelMetrics=["ALL"])["DesiredShardLevelMetrics"]
        == []
    )


def test_operations_that_are_not_there_say_so(world: World) -> None:
    for operation in ("CreateChannel", "PutResourcePolicy", "DescribeAccountSettings", "Nonsense"):
        code, text = world.refused(operation)
        assert (code, operation in text) == ("NotImplemented", True)


@pytest.mark.rule("GEN-06")
def test_wrong_types_and_enums(world: World) -> None:
    assert world.refused("CreateStream", StreamName=5, ShardCount=1) == (
        "SerializationException",
        "NUMBER_VALUE can not be converted to a String",
    )
    assert world.refused("CreateStream", StreamName="s", ShardCount="1")[0] == "SerializationException"
    assert world.refused("CreateStream", StreamName=["s"], ShardCount=True)[0] == "SerializationException"
    assert world.refused("GetShardIterator", StreamName="s", ShardId="0", ShardIteratorType="NEWEST") == (
        "ValidationException",
        (
            "1 validation error detected: Value 'NEWEST' at 'shardIteratorType' failed to satisfy constraint: Member "
            "must satisfy enum value set: [AFTER_SEQUENCE_NUMBER, LATEST, AT_TIMESTAMP, AT_SEQUENCE_NUMBER, "
            "TRIM_HORIZON]"
        ),
    )
    assert world.refused("CreateStream", StreamName="s", StreamModeDetails={}) == (
        "ValidationException",
        (
            "1 validation error detected: Value null at 'streamModeDetails.streamMode' failed to satisfy constraint: "
            "Member must not be null"
        ),
    )
    world.stream()
    assert world.refused("AddTagsToStream", StreamName="s", Tags={}) == (
        "ValidationException",
        (
            "1 validation error detected: Value '{}' at 'tags' failed to satisfy constraint: "
            "Member must have length greater than or equal to 1"
        ),
    )
