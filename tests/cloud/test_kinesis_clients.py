from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from eventsim.cloud.boto import BotoHook
from eventsim.cloud.kinesis import KinesisEndpoint
from eventsim.cloud.router import Router
from eventsim.cloud.session import open_client
from tests.cloud.sharded import START_S, World

if TYPE_CHECKING:
    from collections.abc import Iterator

START = datetime.fromtimestamp(START_S, UTC)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def router(world: World) -> Router:
    found = Router(trace=world.trace)
    found.mount("kinesis", KinesisEndpoint(world.streams))
    return found


@pytest.fixture
def kinesis(router: Router) -> Iterator[Any]:
    """A boto3 client."""
    hook = BotoHook(router)
    hook.install()
    yield boto3.client("kinesis")
    hook.remove()


def test_boto3_writes_and_reads(world: World, kinesis: Any) -> None:
    kinesis.create_stream(StreamName="s", ShardCount=2)
    arn = kinesis.describe_stream_summary(StreamName="s")["StreamDescriptionSummary"]["StreamARN"]
    world.now_s = 1.25
    put = kinesis.put_record(StreamARN=arn, Data=b"\x00\xff", PartitionKey="k")
    kinesis.put_records(StreamName="s", Records=[{"Data": b"x", "PartitionKey": "k"}])
    start = {"StreamARN": arn, "ShardId": put["ShardId"], "ShardIteratorType": "AT_TIMESTAMP", "Timestamp": START}
    iterator = kinesis.get_shard_iterator(**start)["ShardIterator"]
    answer = kinesis.get_records(ShardIterator=iterator, StreamARN=arn)
    assert [record["Data"] for record in answer["Records"]] == [b"\x00\xff", b"x"]
    assert answer["Records"][0]["SequenceNumber"] == put["SequenceNumber"]
    assert answer["Records"][0]["ApproximateArrivalTimestamp"] == START + timedelta(seconds=1.25)


def test_boto3_gets_kinesis_errors(world: World, kinesis: Any) -> None:
    with pytest.raises(kinesis.exceptions.ResourceNotFoundException) as caught:
        kinesis.describe_stream(StreamName="s")
    assert caught.value.response["Error"] == {
        "Message": "Stream s under account 123456789012 not found.",
        "Code": "ResourceNotFoundException",
    }
    kinesis.create_stream(StreamName="s", ShardCount=1)
    iterator = kinesis.get_shard_iterator(StreamName="s", ShardId="0", ShardIteratorType="LATEST")["ShardIterator"]
    world.now_s = 301.0
    with pytest.raises(kinesis.exceptions.ExpiredIteratorException):
        kinesis.get_records(ShardIterator=iterator)


def test_boto3_pages_through_shards_and_streams(kinesis: Any) -> None:
    kinesis.create_stream(StreamName="s", ShardCount=150)
    first = kinesis.list_shards(StreamName="s", MaxResults=100)
    rest = kinesis.list_shards(NextToken=first["NextToken"])
    assert [len(page["Shards"]) for page in (first, rest)] == [100, 50]
    described = kinesis.get_paginator("describe_stream").paginate(StreamName="s").build_full_result()
    assert len(described["StreamDescription"]["Shards"]) == 150
    assert next(iter(kinesis.get_paginator("list_streams").paginate()))["StreamNames"] == ["s"]
    kinesis.get_waiter("stream_exists").wait(StreamName="s")


def test_boto3_reads_an_event_stream(kinesis: Any) -> None:
    kinesis.create_stream(StreamName="s", ShardCount=1)
    kinesis.put_record(StreamName="s", Data=b"x", PartitionKey="k")
    arn = kinesis.describe_stream(StreamName="s")["StreamDescription"]["StreamARN"]
    consumer = kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="c")["Consumer"]["ConsumerARN"]
    start = {"ConsumerARN": consumer, "ShardId": "0"}
    answer = kinesis.subscribe_to_shard(**start, StartingPosition={"Type": "TRIM_HORIZON"})
    [event] = list(answer["EventStream"])
    assert [record["Data"] for record in event["SubscribeToShardEvent"]["Records"]] == [b"x"]
    with pytest.raises(ClientError, match="Shard shardId-000000000007 in stream s"):
        kinesis.subscribe_to_shard(**start | {"ShardId": "7"}, StartingPosition={"Type": "LATEST"})


def test_aiobotocore_follows_a_reshard(world: World, router: Router) -> None:
    async def main() -> dict[str, list[int]]:
        async with open_client(router, "kinesis") as kinesis:
            await kinesis.create_stream(StreamName="s", ShardCount=1)
            for n in range(20):
                await kinesis.put_record(StreamName="s", Data=str(n).encode(), PartitionKey=f"key-{n % 3}")
                if n == 9:
                    await kinesis.update_shard_count(StreamName="s", TargetShardCount=2, ScalingType="UNIFORM_SCALING")
                await asyncio.sleep(0.1)
            read: dict[str, list[int]] = {}
            waiting = ["shardId-000000000000"]
            while waiting:
                ask = {"StreamName": "s", "ShardId": waiting.pop(0), "ShardIteratorType": "TRIM_HORIZON"}
                iterator = (await kinesis.get_shard_iterator(**ask))["ShardIterator"]
                answer = await kinesis.get_records(ShardIterator=iterator)
                for record in answer["Records"]:
                    read.setdefault(record["PartitionKey"], []).append(int(record["Data"]))
                waiting += [child["ShardId"] for child in answer.get("ChildShards", [])]
            return read

    assert world.run(main) == {f"key-{k}": list(range(k, 20, 3)) for k in range(3)}
    assert {line["kind"] for line in world.trace.events()} == {"aws.request"}


def test_aiobotocore_is_throttled_in_virtual_time(world: World, router: Router) -> None:
    async def main() -> list[float]:
        world.streams.create("s")
        async with open_client(router, "kinesis") as kinesis:
            found = await kinesis.get_shard_iterator(StreamName="s", ShardId="0", ShardIteratorType="LATEST")
            iterator, times = found["ShardIterator"], list[float]()
            while len(times) < 11:
                try:
                    await kinesis.get_records(ShardIterator=iterator)
                    times.append(world.clock.now_s())
                except kinesis.exceptions.ProvisionedThroughputExceededException:
                    await asyncio.sleep(0.5)
            return times

    assert world.run(main) == [0.0] * 5 + [1.0] * 5 + [2.0]
