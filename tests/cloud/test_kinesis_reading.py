from __future__ import annotations

import pytest

from tests.cloud.sharded import DAY_S, START_S, World, b64, texts

MIB = 1_048_576
FIRST = "shardId-000000000000"
RATE = (
    "ProvisionedThroughputExceededException",
    f"Rate exceeded for shard {FIRST} in stream s under account 123456789012.",
)
EITHER = (
    "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or "
    "(2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. Request specified "
)


@pytest.fixture
def world() -> World:
    found = World()
    found.stream()
    return found


def put_later(world: World, *seconds: float) -> list[str]:
    """One record at each of these seconds, named by it; their sequence numbers."""
    numbers = []
    for second in seconds:
        world.now_s = second
        numbers.append(world.put(f"{second:g}")["SequenceNumber"])
    return numbers


def test_a_record_as_it_is_read(world: World) -> None:
    number = put_later(world, 1.987)[0]
    record = {
        "SequenceNumber": number,
        "ApproximateArrivalTimestamp": START_S + 1.987,
        "Data": b64("1.987"),
        "PartitionKey": "k",
    }
    answer = world.read(world.iterator())
    assert answer["Records"] == [record]
    assert answer["MillisBehindLatest"] == 0
    assert world.read(answer["NextShardIterator"])["Records"] == []


@pytest.mark.rule("KIN-04")
def test_the_five_iterator_types(world: World) -> None:
    numbers = put_later(world, 1, 2, 2, 3)
    read = {
        "TRIM_HORIZON": world.iterator(),
        "LATEST": world.iterator("LATEST"),
        "AT_SEQUENCE_NUMBER": world.iterator("AT_SEQUENCE_NUMBER", StartingSequenceNumber=numbers[1]),
        "AFTER_SEQUENCE_NUMBER": world.iterator("AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=numbers[1]),
        "AT_TIMESTAMP": world.iterator("AT_TIMESTAMP", Timestamp=START_S + 2),
    }
    put_later(world, 4)
    assert {kind: texts(world.read(iterator)) for kind, iterator in read.items()} == {
        "TRIM_HORIZON": ["1", "2", "2", "3", "4"],
        "LATEST": ["4"],
        "AT_SEQUENCE_NUMBER": ["2", "2", "3", "4"],
        "AFTER_SEQUENCE_NUMBER": ["2", "3", "4"],
        "AT_TIMESTAMP": ["2", "2", "3", "4"],
    }


@pytest.mark.rule("STR-02")
def test_a_timestamp_before_the_trim_horizon_means_it(world: World) -> None:
    put_later(world, 1, 2, 3)
    world.now_s = DAY_S + 1.5
    assert texts(world.read(world.iterator("AT_TIMESTAMP", Timestamp=START_S))) == ["2", "3"]


@pytest.mark.rule("KIN-04")
def test_an_iterator_expires_five_minutes_after_its_issue(world: World) -> None:
    iterator = world.iterator()
    world.now_s = 300.0
    assert world.read(iterator)["Records"] == []
    world.now_s = 301.0
    assert world.refused("GetRecords", ShardIterator=iterator) == (
        "ExpiredIteratorException",
        (
            "Iterator expired. The iterator was created at time Thu Jan 01 00:00:00 UTC 2026 while right now it is "
            "Thu Jan 01 00:05:01 UTC 2026 which is further in the future than the tolerated delay of 300000 "
            "milliseconds."
        ),
    )


@pytest.mark.rule("KIN-04")
def test_five_iterators_a_second_and_shard(world: World) -> None:
    ask = {"StreamName": "s", "ShardId": FIRST, "ShardIteratorType": "LATEST"}
    assert len({world.call("GetShardIterator", **ask)["ShardIterator"] for _ in range(5)}) == 1
    assert world.refused("GetShardIterator", **ask) == RATE
    world.now_s = 1.0
    assert world.call("GetShardIterator", **ask)


def test_other_iterators_are_refused(world: World) -> None:
    iterator = world.iterator()
    for other in ("x", "AAAA", iterator[:-4], iterator.swapcase(), iterator.replace("A", "B", 1)):
        assert world.refused("GetRecords", ShardIterator=other) == (
            "InvalidArgumentException",
            "Invalid ShardIterator.",
        )
    assert world.refused("GetRecords", ShardIterator="")[0] == "ValidationException"
    other = world.streams.create("t").arn
    assert world.refused("GetRecords", ShardIterator=iterator, StreamARN=other)[0] == "InvalidArgumentException"


def test_an_iterator_does_not_outlive_its_stream(world: World) -> None:
    iterator = world.iterator()
    gone = (
        "ResourceNotFoundException",
        f"Shard {FIRST} in stream s under account 123456789012 does not exist",
    )
    world.call("DeleteStream", StreamName="s")
    assert world.refused("GetRecords", ShardIterator=iterator) == gone
    world.stream()
    assert world.refused("GetRecords", ShardIterator=iterator) == gone


@pytest.mark.rule("KIN-03")
def test_a_page_has_ten_thousand_records_or_ten_mebibytes(world: World) -> None:
    stream = world.streams.get("s")
    for _ in range(10_001):
        stream.put("", "k")
    first = world.read(world.iterator())
    rest = world.read(first["NextShardIterator"])
    assert (len(first["Records"]), len(rest["Records"])) == (10_000, 1)
    assert (first["MillisBehindLatest"], rest["MillisBehindLatest"]) == (1, 0)
    assert len(world.read(world.iterator(), Limit=3)["Records"]) == 3
    for limit in (0, 10_001):
        code, _ = world.refused("GetRecords", ShardIterator=first["NextShardIterator"], Limit=limit)
        assert code == "ValidationException"


@pytest.mark.rule("KIN-03")
def test_after_ten_mebibytes_nothing_is_read_for_five_seconds(world: World) -> None:
    stream = world.streams.get("s")
    for _ in range(11):
        stream.put(b64("x" * (MIB - 1)), "k")
    answer = world.read(world.iterator())
    assert len(answer["Records"]) == 10
    for world.now_s in (0.5, 4.999):
        assert world.refused("GetRecords", ShardIterator=answer["NextShardIterator"]) == RATE
    world.now_s = 5.0
    assert len(world.read(answer["NextShardIterator"])["Records"]) == 1


@pytest.mark.rule("KIN-03")
def test_five_reads_a_second_and_shard(world: World) -> None:
    iterator = world.iterator()
    for _ in range(5):
        world.read(iterator)
    assert world.refused("GetRecords", ShardIterator=iterator) == RATE
    world.now_s = 1.0
    world.read(iterator)


@pytest.mark.rule("KIN-11", "STR-01")
def test_the_end_of_a_closed_shard_names_its_children(world: World) -> None:
    put_later(world, 1, 2)
    waiting = world.iterator("LATEST")
    half = 1 << 127
    world.call("SplitShard", StreamName="s", ShardToSplit=FIRST, NewStartingHashKey=str(half))
    first = world.read(world.iterator(), Limit=1)
    last = world.read(first["NextShardIterator"])
    children = [
        {
            "ShardId": "shardId-000000000001",
            "ParentShards": [FIRST],
            "HashKeyRange": {"StartingHashKey": "0", "EndingHashKey": str(half - 1)},
        },
        {
            "ShardId": "shardId-000000000002",
            "ParentShards": [FIRST],
            "HashKeyRange": {"StartingHashKey": str(half), "EndingHashKey": str(2 * half - 1)},
        },
    ]
    assert "ChildShards" not in first
    assert (texts(last), last["NextShardIterator"], last["ChildShards"]) == (["2"], None, children)
    assert world.read(waiting) == {
        "Records": [],
        "NextShardIterator": None,
        "MillisBehindLatest": 0,
        "ChildShards": children,
    }


@pytest.mark.rule("KIN-04")
@pytest.mark.parametrize(
    ("kind", "more", "text"),
    [
        ("AT_SEQUENCE_NUMBER", {}, f"{EITHER}AT_SEQUENCE_NUMBER and no StartingSequenceNumber."),
        ("LATEST", {"StartingSequenceNumber": "5"}, f"{EITHER}LATEST and also a StartingSequenceNumber."),
        (
            "AT_TIMESTAMP",
            {},
            (
                "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. "
                "Current request has no timestamp parameter."
            ),
        ),
        (
            "AT_TIMESTAMP",
            {"Timestamp": START_S + 1},
            (
                "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. "
                f"timestampInMillis: {START_S + 1}000, currentTimestampInMillis: {START_S}000"
            ),
        ),
        (
            "AT_SEQUENCE_NUMBER",
            {"StartingSequenceNumber": "5"},
            (
                f"StartingSequenceNumber 5 used in GetShardIterator on shard {FIRST} in stream s under account "
                "123456789012 is invalid."
            ),
        ),
    ],
)
def test_wrong_starting_positions(world: World, kind: str, more: dict[str, str], text: str) -> None:
    ask = {"StreamName": "s", "ShardId": FIRST, "ShardIteratorType": kind}
    assert world.refused("GetShardIterator", **ask, **more) == ("InvalidArgumentException", text)


def test_sequence_numbers_of_other_shards_and_streams_are_refused(world: World) -> None:
    world.streams.create("t", 2)
    world.now_s = 60.0
    world.streams.create("u")
    numbers = [list(world.streams.get(name))[-1].numbers.starting for name in ("t", "u")]
    ask = {"StreamName": "s", "ShardId": FIRST, "ShardIteratorType": "AFTER_SEQUENCE_NUMBER"}
    assert [world.refused("GetShardIterator", **ask, StartingSequenceNumber=number)[1] for number in numbers] == [
        (
            "Invalid StartingSequenceNumber. It encodes shardId-000000000001, while it was used in a call to a shard "
            f"with {FIRST}"
        ),
        (
            f"StartingSequenceNumber {numbers[1]} used in GetShardIterator on shard {FIRST} in stream s under account "
            "123456789012 is invalid because it did not come from this stream."
        ),
    ]


def test_unknown_shards(world: World) -> None:
    ask = {"StreamName": "s", "ShardIteratorType": "LATEST"}
    assert world.call("GetShardIterator", ShardId="any-0", **ask)
    assert [
        world.refused("GetShardIterator", ShardId=shard, **ask) for shard in ("shardId-5", "five", "2147483648")
    ] == [
        (
            "ResourceNotFoundException",
            "Shard shardId-000000000005 in stream s under account 123456789012 does not exist",
        ),
        ("ResourceNotFoundException", "Could not find shard five in stream s under account 123456789012."),
        ("ResourceNotFoundException", "Could not find shard 2147483648 in stream s under account 123456789012."),
    ]


@pytest.mark.rule("KIN-07")
def test_an_iterator_at_trimmed_records_goes_on_at_the_oldest(world: World) -> None:
    put_later(world, 1, 2)
    world.now_s = DAY_S + 0.5
    iterator = world.iterator()
    world.now_s = DAY_S + 1.5
    answer = world.read(iterator)
    assert texts(answer) == ["2"]
