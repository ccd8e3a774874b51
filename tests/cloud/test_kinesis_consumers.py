from __future__ import annotations

import asyncio
from typing import Any

import pytest
from botocore.eventstream import EventStreamBuffer

from eventsim.cloud.kinesis.event_stream import encode_events, frame
from tests.cloud.sharded import START_S, World, b64, texts

ARN = "arn:aws:kinesis:us-east-1:123456789012:stream/s"
FIRST = "shardId-000000000000"


@pytest.fixture
def world() -> World:
    found = World()
    found.stream()
    return found


def register(world: World, name: str = "c", **params: Any) -> str:
    return str(
        world.call("RegisterStreamConsumer", StreamARN=ARN, ConsumerName=name, **params)["Consumer"]["ConsumerARN"]
    )


async def subscribe(world: World, arn: str, kind: str = "TRIM_HORIZON", **start: Any) -> list[dict[str, Any]]:
    """The events of SubscribeToShard without the key around each."""
    position = {"Type": kind, **start}
    params = {"ConsumerARN": arn, "ShardId": FIRST, "StartingPosition": position}
    answer = await world.service.handle("SubscribeToShard", params)
    return [event.get("SubscribeToShardEvent", event) for event in answer["EventStream"]]


@pytest.mark.rule("KIN-06")
def test_a_consumer_is_registered_described_listed_and_deregistered(world: World) -> None:
    world.now_s = 5.5
    consumer = {
        "ConsumerName": "c",
        "ConsumerARN": f"{ARN}/consumer/c:{START_S + 5}",
        "ConsumerStatus": "ACTIVE",
        "ConsumerCreationTimestamp": START_S + 5.5,
    }
    assert world.call("RegisterStreamConsumer", StreamARN=ARN, ConsumerName="c") == {"Consumer": consumer}
    by_name = {"StreamARN": ARN, "ConsumerName": "c"}
    by_arn = {"ConsumerARN": consumer["ConsumerARN"]}
    described = {"ConsumerDescription": consumer | {"StreamARN": ARN}}
    assert world.call("DescribeStreamConsumer", **by_name) == described
    assert world.call("DescribeStreamConsumer", **by_arn) == described
    assert world.call("DescribeStreamConsumer", **by_arn, **by_name) == described
    assert world.call("ListStreamConsumers", StreamARN=ARN) == {"Consumers": [consumer]}
    assert world.call("DescribeStreamSummary", StreamName="s")["StreamDescriptionSummary"]["ConsumerCount"] == 1
    assert world.streams.find_consumer(str(consumer["ConsumerARN"])) is world.streams.get("s").consumers["c"]
    assert world.call("DeregisterStreamConsumer", **by_arn) == {}
    gone = ("ResourceNotFoundException", "Consumer c, account 123456789012 not found.")
    for ask in (by_name, by_arn):
        assert world.refused("DescribeStreamConsumer", **ask) == gone


def test_consumers_that_can_not_be(world: World) -> None:
    arn = register(world)
    assert world.refused("RegisterStreamConsumer", StreamARN=ARN, ConsumerName="c") == (
        "ResourceInUseException",
        "Consumer c under stream s already exists for account 123456789012.",
    )
    for n in range(19):
        register(world, f"c{n}")
    assert world.refused("RegisterStreamConsumer", StreamARN=ARN, ConsumerName="x")[0] == "LimitExceededException"
    assert world.refused("DescribeStreamConsumer", ConsumerName="c")[0] == "InvalidArgumentException"
    assert world.refused("DescribeStreamConsumer", ConsumerARN=arn, ConsumerName="d")[0] == "InvalidArgumentException"
    assert world.refused("DescribeStreamConsumer", ConsumerARN=ARN)[0] == "ValidationException"
    stale = arn.replace(str(START_S), str(START_S - 1))
    assert world.refused("DescribeStreamConsumer", ConsumerARN=stale)[0] == "ResourceNotFoundException"


def test_consumers_are_listed_page_by_page(world: World) -> None:
    for name in ("b", "c", "a"):
        register(world, name)
    first = world.call("ListStreamConsumers", StreamARN=ARN, MaxResults=2)
    rest = world.call("ListStreamConsumers", StreamARN=ARN, NextToken=first["NextToken"])
    assert [[one["ConsumerName"] for one in page["Consumers"]] for page in (first, rest)] == [["a", "b"], ["c"]]
    world.now_s = 301.0
    refused = world.refused("ListStreamConsumers", StreamARN=ARN, NextToken=first["NextToken"])
    assert refused[0] == "ExpiredNextTokenException"


def test_a_stream_with_consumers_is_deleted_only_on_demand(world: World) -> None:
    register(world)
    assert world.refused("DeleteStream", StreamName="s") == (
        "ResourceInUseException",
        (
            "DeleteStream can't delete 123456789012:s because there are consumers associated with this data stream. To "
            "delete s anyway, set the EnforceConsumerDeletion parameter to true to force the deletion of all the "
            "consumers that are associated with it."
        ),
    )
    world.call("DeleteStream", StreamName="s", EnforceConsumerDeletion=True)
    assert len(world.streams) == 0


def test_consumers_have_tags(world: World) -> None:
    arn = register(world, Tags={"a": "1"})
    world.call("TagResource", ResourceARN=arn, Tags={"b": "2"})
    assert world.call("ListTagsForResource", ResourceARN=arn)["Tags"] == [
        {"Key": "a", "Value": "1"},
        {"Key": "b", "Value": "2"},
    ]


# --- SubscribeToShard ---


@pytest.mark.rule("KIN-06")
def test_a_subscription_answers_with_what_is_there(world: World) -> None:
    async def main() -> tuple[list[dict[str, Any]], float]:
        world.put("a")
        world.put("b")
        return await subscribe(world, register(world)), world.clock.now_s()

    [event], now_s = world.run(main)
    assert texts(event) == ["a", "b"]
    assert event["ContinuationSequenceNumber"] == event["Records"][1]["SequenceNumber"]
    assert (event["MillisBehindLatest"], "ChildShards" in event, now_s) == (0, False, 0.07)


@pytest.mark.rule("KIN-06")
def test_a_subscription_waits_for_the_first_record(world: World) -> None:
    async def main() -> tuple[list[str], float]:
        asyncio.get_running_loop().call_at(120.0, world.put, "late")
        [event] = await subscribe(world, register(world), "LATEST")
        return texts(event), world.clock.now_s()

    assert world.run(main) == (["late"], 120.07)


@pytest.mark.rule("KIN-06")
def test_a_subscription_without_records_ends_after_five_minutes(world: World) -> None:
    async def main() -> tuple[list[str], list[str], float]:
        arn = register(world)
        [empty] = await subscribe(world, arn, "LATEST")
        ended_s = world.clock.now_s()
        world.put("after")
        number = empty["ContinuationSequenceNumber"]
        [event] = await subscribe(world, arn, "AFTER_SEQUENCE_NUMBER", SequenceNumber=number)
        return texts(empty), texts(event), ended_s

    assert world.run(main) == ([], ["after"], 300.0)


@pytest.mark.rule("KIN-06")
def test_a_second_subscription_takes_over_after_five_seconds(world: World) -> None:
    busy = (
        "ResourceInUseException",
        f"Another active subscription exists for this consumer: 123456789012:s:{FIRST}:c",
    )

    async def main() -> tuple[Any, ...]:
        arn = register(world)
        first = asyncio.ensure_future(subscribe(world, arn, "LATEST"))
        await asyncio.sleep(4.9)
        early = await asyncio.gather(subscribe(world, arn, "LATEST"), return_exceptions=True)
        await asyncio.sleep(0.1)
        second = asyncio.ensure_future(subscribe(world, arn, "LATEST"))
        lost = await first
        world.put("x")
        return early, lost, texts((await second)[0]), world.clock.now_s()

    [error], lost, read, now_s = world.run(main)
    assert (error.code, error.message) == busy
    assert lost == [{busy[0]: {"message": busy[1]}}]
    assert (read, now_s) == (["x"], 5.07)


@pytest.mark.rule("KIN-06", "KIN-11")
def test_a_subscription_to_a_closed_shard_ends_with_its_children(world: World) -> None:
    async def main() -> list[dict[str, Any]]:
        world.put("a")
        world.call("SplitShard", StreamName="s", ShardToSplit=FIRST, NewStartingHashKey="7")
        return await subscribe(world, register(world))

    [event] = world.run(main)
    assert (texts(event), event["ContinuationSequenceNumber"]) == (["a"], None)
    assert [child["ShardId"][-1] for child in event["ChildShards"]] == ["1", "2"]


def test_a_subscription_ends_when_its_stream_is_deleted(world: World) -> None:
    async def main() -> list[dict[str, Any]]:
        asyncio.get_running_loop().call_at(9.0, world.streams.delete, world.streams.get("s"))
        return await subscribe(world, register(world))

    message = "Stream s under account 123456789012 not found."
    assert world.run(main) == [{"ResourceNotFoundException": {"message": message}}]


def test_who_can_not_wait_gets_what_is_there(world: World) -> None:
    world.put("a")
    ask = {"ConsumerARN": register(world), "ShardId": FIRST}
    for kind, expected in (("TRIM_HORIZON", ["a"]), ("LATEST", [])):
        [event] = world.call("SubscribeToShard", **ask, StartingPosition={"Type": kind})["EventStream"]
        assert texts(event["SubscribeToShardEvent"]) == expected


def test_wrong_subscriptions(world: World) -> None:
    arn = register(world)
    start = {"Type": "TRIM_HORIZON"}
    ask = {"ConsumerARN": arn, "ShardId": FIRST, "StartingPosition": start}
    for change, code in (
        ({"ConsumerARN": arn.replace("/c:", "/d:")}, "ResourceNotFoundException"),
        ({"ShardId": "shardId-9"}, "ResourceNotFoundException"),
        ({"StartingPosition": {"Type": "AT_TIMESTAMP"}}, "InvalidArgumentException"),
        ({"StartingPosition": {"Type": "OLDEST"}}, "ValidationException"),
        ({"StartingPosition": start | {"SequenceNumber": "5"}}, "InvalidArgumentException"),
    ):
        assert world.refused("SubscribeToShard", **ask | change)[0] == code


# --- the wire form ---


def test_frames_are_read_by_botocore() -> None:
    events: list[dict[str, Any]] = [
        {"SubscribeToShardEvent": {"Records": [{"Data": b64("ü" * 5)}], "MillisBehindLatest": 0}},
        {"ResourceInUseException": {"message": "busy"}},
    ]
    buffer = EventStreamBuffer()
    buffer.add_data(encode_events(events))
    found = [(message.headers, message.payload) for message in buffer]
    kind = {":content-type": "application/x-amz-json-1.1"}
    assert found == [
        ({":event-type": "initial-response", ":message-type": "event"} | kind, b"{}"),
        (
            {":event-type": "SubscribeToShardEvent", ":message-type": "event"} | kind,
            b'{"Records":[{"Data":"w7zDvMO8w7zDvA=="}],"MillisBehindLatest":0}',
        ),
        ({":exception-type": "ResourceInUseException", ":message-type": "exception"} | kind, b'{"message":"busy"}'),
    ]


def test_a_frame_by_the_byte() -> None:
    assert frame({}, b"").hex() == "000000100000000005c248eb7d98c8ff"
