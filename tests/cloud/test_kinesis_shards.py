from __future__ import annotations

from typing import Any

import pytest

from eventsim.cloud.kinesis import resharding
from tests.cloud.sharded import DAY_S, START_S, World, b64, texts

HALF = 1 << 127
SHARD = "shardId-00000000000{}".format


@pytest.fixture
def world() -> World:
    found = World()
    found.stream(2)
    return found


def listed(world: World, **params: Any) -> list[int]:
    """The numbers of the shards that ListShards lists."""
    answer = world.call("ListShards", **({"StreamName": "s"} if "NextToken" not in params else {}), **params)
    return [int(shard["ShardId"][-3:]) for shard in answer["Shards"]]


def open_shards(world: World) -> list[int]:
    return listed(world, ShardFilter={"Type": "AT_LATEST"})


def scale(world: World, count: int) -> Any:
    return world.call("UpdateShardCount", StreamName="s", TargetShardCount=count, ScalingType="UNIFORM_SCALING")


@pytest.mark.rule("KIN-11", "KIN-09")
def test_split_and_merge_as_they_are_listed(world: World) -> None:
    quarter = HALF // 2
    world.call("SplitShard", StreamName="s", ShardToSplit=SHARD(0), NewStartingHashKey=str(quarter))
    world.call("MergeShards", StreamName="s", ShardToMerge=SHARD(3), AdjacentShardToMerge=SHARD(1))
    stream = world.streams.get("s")
    found = []
    for shard in stream:
        numbers = {"StartingSequenceNumber": shard.numbers.starting}
        if not shard.is_open:
            assert shard.ending is not None
            numbers["EndingSequenceNumber"] = shard.ending
        found.append(numbers)
    ranges = [(0, HALF), (HALF, 2 * HALF), (0, quarter), (quarter, HALF), (quarter, 2 * HALF)]
    parents: list[dict[str, str]] = [{}, {}, *[{"ParentShardId": SHARD(0)}] * 2]
    parents.append({"ParentShardId": SHARD(3), "AdjacentParentShardId": SHARD(1)})
    assert world.call("ListShards", StreamName="s")["Shards"] == [
        {
            "ShardId": SHARD(n),
            **parents[n],
            "HashKeyRange": {"StartingHashKey": str(first), "EndingHashKey": str(after - 1)},
            "SequenceNumberRange": found[n],
        }
        for n, (first, after) in enumerate(ranges)
    ]
    assert open_shards(world) == [2, 4]


@pytest.mark.rule("KIN-11")
def test_what_can_not_be_split(world: World) -> None:
    split = {"StreamName": "s", "ShardToSplit": SHARD(0)}
    for hash_key in ("0", "1", str(HALF - 1), str(HALF), "9" * 39):
        assert world.refused("SplitShard", **split, NewStartingHashKey=hash_key) == (
            "InvalidArgumentException",
            (
                f"NewStartingHashKey {hash_key} used in SplitShard() on shard {SHARD(0)} in stream s under account "
                "123456789012 is not both greater than one plus the shard's StartingHashKey 0 and less than the "
                f"shard's EndingHashKey {HALF - 1}."
            ),
        )
    world.call("SplitShard", **split, NewStartingHashKey="2")
    assert world.refused("SplitShard", **split, NewStartingHashKey="5") == (
        "InvalidArgumentException",
        (
            f"Shard {SHARD(0)} in stream s under account 123456789012 has already been merged or split, and thus is "
            "not eligible for merging or splitting."
        ),
    )
    assert world.refused("SplitShard", StreamName="s", ShardToSplit=SHARD(9), NewStartingHashKey="5") == (
        "ResourceNotFoundException",
        f"Could not find shard {SHARD(9)} in stream s under account 123456789012.",
    )


@pytest.mark.rule("KIN-11")
def test_a_split_without_a_hash_key_is_in_the_middle(world: World) -> None:
    left, right = resharding.split(world.streams, world.streams.get("s"), SHARD(1))
    assert [left.hash_start, right.hash_start, right.hash_end] == [HALF, HALF + HALF // 2, 2 * HALF - 1]


@pytest.mark.rule("KIN-11")
def test_what_can_not_be_merged(world: World) -> None:
    world.call("SplitShard", StreamName="s", ShardToSplit=SHARD(0), NewStartingHashKey=str(HALF // 2))
    for one, other in ((2, 1), (1, 3), (3, 3)):
        ask = {"StreamName": "s", "ShardToMerge": SHARD(one), "AdjacentShardToMerge": SHARD(other)}
        assert world.refused("MergeShards", **ask) == (
            "InvalidArgumentException",
            (
                f"Shards {SHARD(one)} and {SHARD(other)} in stream s under account 123456789012 are not an adjacent "
                "pair of shards eligible for merging"
            ),
        )
    ask = {"StreamName": "s", "ShardToMerge": SHARD(0), "AdjacentShardToMerge": SHARD(1)}
    assert "has already been merged or split" in world.refused("MergeShards", **ask)[1]


@pytest.mark.rule("KIN-11")
def test_scaling_to_double_and_to_half(world: World) -> None:
    arn = world.streams.get("s").arn
    assert scale(world, 4) == {"StreamName": "s", "CurrentShardCount": 2, "TargetShardCount": 4, "StreamARN": arn}
    assert open_shards(world) == [2, 3, 4, 5]
    scale(world, 2)
    assert open_shards(world) == [6, 7]


@pytest.mark.rule("KIN-11")
def test_scaling_goes_no_further_than_double_or_half(world: World) -> None:
    scale(world, 4)
    ask = {"StreamName": "s", "ScalingType": "UNIFORM_SCALING"}
    assert [world.refused("UpdateShardCount", **ask, TargetShardCount=count) for count in (9, 1)] == [
        (
            "LimitExceededException",
            (
                "UpdateShardCount cannot scale up over double your current open shard count. "
                "Current open shard count: 4, Target shard count: 9"
            ),
        ),
        (
            "LimitExceededException",
            (
                "UpdateShardCount cannot scale down below half your current open shard count. "
                "Current open shard count: 4, Target shard count: 1"
            ),
        ),
    ]
    scale(world, 5)
    scale(world, 3)


def test_scaling_happens_ten_times_a_day(world: World) -> None:
    for n in range(10):
        world.now_s = n * 60.0
        scale(world, 3 if n % 2 == 0 else 2)
    ask = {"StreamName": "s", "ScalingType": "UNIFORM_SCALING", "TargetShardCount": 2}
    assert world.refused("UpdateShardCount", **ask)[0] == "LimitExceededException"
    world.now_s = DAY_S
    scale(world, 3)


@pytest.mark.rule("STR-01", "KIN-11")
def test_reading_along_the_lineage_over_the_wire(world: World) -> None:
    for n in range(40):
        world.put(f"{n}", f"key-{n % 7}")
        if n == 10:
            scale(world, 4)
        if n == 20:
            scale(world, 3)
        if n == 30:
            scale(world, 2)
    waiting, done, read = [SHARD(0), SHARD(1)], set[str](), dict[str, list[int]]()
    while waiting:
        shard = waiting.pop(0)
        iterator: str | None = world.iterator(shard=shard)
        while iterator is not None:
            answer = world.read(iterator, Limit=3)
            for text, record in zip(texts(answer), answer["Records"], strict=True):
                read.setdefault(record["PartitionKey"], []).append(int(text))
            iterator = answer["NextShardIterator"]
            world.now_s += 0.5
            if not answer["Records"] and answer["MillisBehindLatest"] == 0:
                break
        done.add(shard)
        for child in answer.get("ChildShards", []):
            if child["ShardId"] not in waiting and set(child["ParentShards"]) <= done:
                waiting.append(child["ShardId"])
    assert read == {f"key-{k}": list(range(k, 40, 7)) for k in range(7)}


# --- ListShards ---


def test_shards_are_listed_page_by_page(world: World) -> None:
    scale(world, 4)
    first = world.call("ListShards", StreamName="s", MaxResults=4, ShardFilter={"Type": "FROM_TRIM_HORIZON"})
    assert [shard["ShardId"] for shard in first["Shards"]] == [SHARD(n) for n in range(4)]
    assert listed(world, NextToken=first["NextToken"]) == [4, 5]
    assert "NextToken" not in world.call("ListShards", StreamName="s", MaxResults=6)
    assert listed(world, ExclusiveStartShardId=SHARD(3)) == [4, 5]
    shown = world.call("DescribeStream", StreamName="s", Limit=4)["StreamDescription"]
    assert (len(shown["Shards"]), shown["HasMoreShards"]) == (4, True)
    shown = world.call("DescribeStream", StreamName="s", ExclusiveStartShardId=SHARD(3))["StreamDescription"]
    assert ([shard["ShardId"] for shard in shown["Shards"]], shown["HasMoreShards"]) == ([SHARD(4), SHARD(5)], False)


def test_a_page_token_remembers_the_filter_and_holds_for_five_minutes(world: World) -> None:
    scale(world, 4)
    token = world.call("ListShards", StreamName="s", MaxResults=1, ShardFilter={"Type": "AT_LATEST"})["NextToken"]
    world.now_s = 300.0
    assert listed(world, NextToken=token) == [3, 4, 5]
    for name in ("StreamName", "StreamARN", "ExclusiveStartShardId", "ShardFilter", "StreamCreationTimestamp"):
        value = {"StreamName": "s", "StreamARN": world.streams.get("s").arn, "ExclusiveStartShardId": SHARD(0)}
        more: Any = value.get(name, {"Type": "AT_LATEST"} if name == "ShardFilter" else START_S)
        assert world.refused("ListShards", NextToken=token, **{name: more}) == (
            "InvalidArgumentException",
            f"NextToken and {name} cannot be provided together.",
        )
    world.now_s = 300.001
    assert world.refused("ListShards", NextToken=token)[0] == "ExpiredNextTokenException"
    assert world.refused("ListShards", NextToken="x")[0] == "InvalidArgumentException"
    assert world.refused("ListShards") == (
        "InvalidArgumentException",
        "Either NextToken or StreamName should be provided.",
    )


def test_a_page_token_does_not_outlive_its_stream(world: World) -> None:
    token = world.call("ListShards", StreamName="s", MaxResults=1)["NextToken"]
    world.call("DeleteStream", StreamName="s")
    world.stream(2)
    assert world.refused("ListShards", NextToken=token)[0] == "ResourceNotFoundException"


@pytest.mark.rule("KIN-11")
def test_the_shard_filters(world: World) -> None:
    world.now_s = 100.0
    world.call("SplitShard", StreamName="s", ShardToSplit=SHARD(0), NewStartingHashKey="7")
    world.now_s = 200.0
    world.call("MergeShards", StreamName="s", ShardToMerge=SHARD(2), AdjacentShardToMerge=SHARD(3))
    world.now_s = 300.0

    def selected(kind: str, at_s: float | None = None, **more: Any) -> list[int]:
        timestamp = {} if at_s is None else {"Timestamp": START_S + at_s}
        return listed(world, ShardFilter={"Type": kind, **timestamp, **more})

    assert {
        "FROM_TRIM_HORIZON": selected("FROM_TRIM_HORIZON"),
        "AT_TRIM_HORIZON": selected("AT_TRIM_HORIZON"),
        "AT_LATEST": selected("AT_LATEST"),
        "AFTER_SHARD_ID": selected("AFTER_SHARD_ID", ShardId=SHARD(1)),
        "AT 50": selected("AT_TIMESTAMP", 50),
        "AT 150": selected("AT_TIMESTAMP", 150),
        "AT 250": selected("AT_TIMESTAMP", 250),
        "AT before the stream": selected("AT_TIMESTAMP", -50),
        "FROM 50": selected("FROM_TIMESTAMP", 50),
        "FROM 150": selected("FROM_TIMESTAMP", 150),
        "FROM 250": selected("FROM_TIMESTAMP", 250),
    } == {
        "FROM_TRIM_HORIZON": [0, 1, 2, 3, 4],
        "AT_TRIM_HORIZON": [0, 1],
        "AT_LATEST": [1, 4],
        "AFTER_SHARD_ID": [2, 3, 4],
        "AT 50": [0, 1],
        "AT 150": [1, 2, 3],
        "AT 250": [1, 4],
        "AT before the stream": [0, 1],
        "FROM 50": [0, 1, 2, 3, 4],
        "FROM 150": [1, 2, 3, 4],
        "FROM 250": [1, 4],
    }
    world.now_s = DAY_S + 150
    assert [selected("AT_TRIM_HORIZON"), selected("FROM_TRIM_HORIZON")] == [[1, 2, 3], [1, 2, 3, 4]]


@pytest.mark.parametrize(
    "wanted", [{"Type": "AT_TIMESTAMP"}, {"Type": "AFTER_SHARD_ID"}, {"Type": "AT_LATEST", "ShardId": SHARD(0)}]
)
def test_wrong_shard_filters(world: World, wanted: dict[str, str]) -> None:
    assert world.refused("ListShards", StreamName="s", ShardFilter=wanted)[0] == "InvalidArgumentException"
    assert world.refused("ListShards", StreamName="s", ShardFilter={"Type": "ALL"})[0] == "ValidationException"


def test_the_creation_time_tells_streams_of_one_name_apart(world: World) -> None:
    assert listed(world, StreamCreationTimestamp=START_S) == [0, 1]
    assert world.refused("ListShards", StreamName="s", StreamCreationTimestamp=START_S - 1)[0] == (
        "ResourceNotFoundException"
    )


@pytest.mark.rule("KIN-07")
def test_a_closed_shard_is_no_longer_listed_after_the_retention_period(world: World) -> None:
    world.put("x", ExplicitHashKey="0")
    scale(world, 1)
    world.now_s = DAY_S
    assert listed(world) == [2]
    shown = world.call("ListShards", StreamName="s")["Shards"][0]
    assert (shown["ParentShardId"], shown["AdjacentParentShardId"]) == (SHARD(0), SHARD(1))
    ask = {"StreamName": "s", "ShardId": SHARD(0), "ShardIteratorType": "TRIM_HORIZON"}
    assert world.refused("GetShardIterator", **ask)[0] == "ResourceNotFoundException"


def test_many_shards(world: World) -> None:
    world.streams.create("t", 1_500)
    first = world.call("ListShards", StreamName="t")
    rest = world.call("ListShards", NextToken=first["NextToken"])
    assert [len(first["Shards"]), len(rest["Shards"])] == [1_000, 500]
    world.streams.get("t").scale(3_000)
    assert len(world.streams.get("t").open_shards) == 3_000
    world.call("PutRecord", StreamName="t", Data=b64("x"), PartitionKey="k")
