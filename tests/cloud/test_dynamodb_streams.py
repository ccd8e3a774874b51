"""DynamoDB Streams through aiobotocore clients, in virtual time."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from eventsim.cloud.session import open_client
from eventsim.errors import AwsError
from tests.cloud.stream_calls import ARN, DAY_S, FIRST, ask, iterator, keys, refused, shards
from tests.cloud.tables_account import LABEL, START_S, TABLE_ARN, Account


def numbers(answer: Any) -> list[str]:
    return [record["dynamodb"]["SequenceNumber"] for record in answer["Records"]]


# --- the clients ---


@pytest.mark.rule("DDB-01", "DDB-07")
def test_a_change_through_the_clients(account: Account) -> None:
    async def work(streams: Any) -> Any:
        async with open_client(account.router, "dynamodb") as dynamodb:
            await asyncio.sleep(1.5)
            await dynamodb.put_item(TableName="accounts", Item={"id": {"S": "a"}, "b": {"B": b"\x00\xff"}})
        found = (await streams.list_streams(TableName="accounts"))["Streams"]
        stream = (await streams.describe_stream(StreamArn=found[0]["StreamArn"]))["StreamDescription"]
        start = await streams.get_shard_iterator(
            StreamArn=stream["StreamArn"], ShardId=stream["Shards"][0]["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )
        page = await streams.get_records(ShardIterator=start["ShardIterator"])
        rest = await streams.get_records(ShardIterator=page["NextShardIterator"])
        return found, stream, page["Records"], rest["Records"]

    found, stream, records, rest = account.run(work)
    record = account.records()[0]
    assert found == [{"StreamArn": ARN, "TableName": "accounts", "StreamLabel": LABEL}]
    shard_id = stream["Shards"][0].pop("ShardId")
    assert stream == {
        "StreamArn": ARN,
        "StreamLabel": LABEL,
        "StreamStatus": "ENABLED",
        "StreamViewType": "NEW_AND_OLD_IMAGES",
        "CreationRequestDateTime": datetime(2026, 1, 1, tzinfo=UTC),
        "TableName": "accounts",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "Shards": [{"SequenceNumberRange": {"StartingSequenceNumber": "1767225600000000000000000"}}],
    }
    assert (shard_id[:29], len(shard_id)) == (f"shardId-{START_S * 1000:020d}-", 37)
    assert records == [
        {
            "eventID": record.data.event_id,
            "eventName": "INSERT",
            "eventVersion": "1.1",
            "eventSource": "aws:dynamodb",
            "awsRegion": "us-east-1",
            "dynamodb": {
                "ApproximateCreationDateTime": datetime(2026, 1, 1, 0, 0, 1, tzinfo=UTC),
                "Keys": {"id": {"S": "a"}},
                "NewImage": {"id": {"S": "a"}, "b": {"B": b"\x00\xff"}},
                "SequenceNumber": FIRST,
                "SizeBytes": 9,
                "StreamViewType": "NEW_AND_OLD_IMAGES",
            },
        }
    ]
    assert rest == []


def test_errors_are_the_clients_own_exceptions(account: Account) -> None:
    async def work(streams: Any) -> tuple[str, str]:
        try:
            await streams.describe_stream(StreamArn=f"{TABLE_ARN}/stream/2020-01-01T00:00:00.000")
        except streams.exceptions.ResourceNotFoundException as error:
            found = str(error)
        with pytest.raises(ClientError, match="ValidationException"):
            await streams.get_records(ShardIterator="nonsense")
        return found, "ok"

    text, _ = account.run(work)
    assert f"Requested resource not found: Stream: {TABLE_ARN}/stream/2020-01-01T00:00:00.000 not found" in text


# --- iterators ---


@pytest.mark.rule("DDB-05", "DDB-08", "DDB-09")
def test_iterator_types(account: Account) -> None:
    for key in "abc":
        account.put(key)
        account.wait(1)
    second = str(int(FIRST) + 1)
    places: dict[str, dict[str, Any]] = {
        "TRIM_HORIZON": {},
        "LATEST": {},
        "AT_SEQUENCE_NUMBER": {"SequenceNumber": second},
        "AFTER_SEQUENCE_NUMBER": {"SequenceNumber": second},
        "AT_TIMESTAMP": {"Timestamp": START_S + 0.5},
    }
    iterators = {kind: iterator(account, kind, **params) for kind, params in places.items()}
    account.put("d")
    read = {kind: "".join(keys(ask(account, "GetRecords", ShardIterator=one))) for kind, one in iterators.items()}
    assert read == {
        "TRIM_HORIZON": "abcd",
        "LATEST": "d",
        "AT_SEQUENCE_NUMBER": "bcd",
        "AFTER_SEQUENCE_NUMBER": "cd",
        "AT_TIMESTAMP": "bcd",
    }
    start = shards(account)[0]["SequenceNumberRange"]["StartingSequenceNumber"]
    from_start = iterator(account, "AT_SEQUENCE_NUMBER", SequenceNumber=start)
    assert keys(ask(account, "GetRecords", ShardIterator=from_start)) == list("abcd")


@pytest.mark.rule("DDB-05", "DDB-09")
def test_pages_and_increasing_sequence_numbers(account: Account) -> None:
    for number in range(5):
        account.put(str(number))
    place, found = iterator(account), []
    for limit in (2, 1, 1000):
        page = ask(account, "GetRecords", ShardIterator=place, Limit=limit)
        found.append(numbers(page))
        place = page["NextShardIterator"]
    assert [len(page) for page in found] == [2, 1, 2]
    flat = [number for page in found for number in page]
    assert sorted(set(flat), key=int) == flat
    assert {len(number) for number in flat} == {25}


@pytest.mark.rule("DDB-05")
def test_a_page_holds_a_thousand_records_or_a_megabyte(account: Account) -> None:
    stream = account.stream()
    for number in range(1_001):
        stream.record({"id": {"S": str(number)}}, None, {"id": {"S": str(number)}})
    first = ask(account, "GetRecords", ShardIterator=iterator(account))
    account.create("users")
    for key in "abc":
        account.put(key, table="users", x={"S": "x" * 390_000})
    (arn,) = (one["StreamArn"] for one in ask(account, "ListStreams", TableName="users")["Streams"])
    big = ask(account, "GetRecords", ShardIterator=iterator(account, arn=arn))
    rest = ask(account, "GetRecords", ShardIterator=big["NextShardIterator"])
    assert (len(first["Records"]), keys(big), keys(rest)) == (1_000, ["a", "b"], ["c"])


@pytest.mark.rule("DDB-05")
def test_an_iterator_holds_for_fifteen_minutes(account: Account) -> None:
    account.put()
    place = iterator(account)
    account.wait(900)
    assert keys(ask(account, "GetRecords", ShardIterator=place)) == ["a"]
    account.wait(0.001)
    assert refused(account, "GetRecords", ShardIterator=place) == (
        "ExpiredIteratorException",
        "Shard iterator has expired",
    )


@pytest.mark.rule("DDB-02", "DDB-13")
def test_records_are_kept_for_a_day_and_then_trimmed(account: Account) -> None:
    account.put("a")
    account.wait(60)
    account.put("b")
    account.wait(DAY_S - 60.001)
    second = str(int(FIRST) + 1)
    places = [
        iterator(account),
        iterator(account, "AT_SEQUENCE_NUMBER", SequenceNumber=FIRST),
        iterator(account, "AFTER_SEQUENCE_NUMBER", SequenceNumber=FIRST),
    ]
    account.wait(0.001)
    found: list[Any] = []
    for place in places:
        try:
            found.append(keys(ask(account, "GetRecords", ShardIterator=place)))
        except AwsError as error:
            found.append((error.code, error.message))
    trimmed = ("TrimmedDataAccessException", "The data you are trying to access has been trimmed")
    assert found == [["b"], trimmed, ["b"]]
    shard = shards(account)[0]["ShardId"]
    asked = {"StreamArn": ARN, "ShardId": shard}
    gone = refused(account, "GetShardIterator", **asked, ShardIteratorType="AT_SEQUENCE_NUMBER", SequenceNumber=FIRST)
    assert gone == trimmed
    assert iterator(account, "AFTER_SEQUENCE_NUMBER", SequenceNumber=FIRST)
    account.wait(60)
    assert keys(ask(account, "GetRecords", ShardIterator=iterator(account))) == []
    assert iterator(account, "AFTER_SEQUENCE_NUMBER", SequenceNumber=second)
    assert account.log("shard.expire") == [
        {
            "kind": "shard.expire",
            "stream": f"accounts/stream/{LABEL}",
            "shard": shard,
            "count": 1,
            "first": one,
            "last": one,
        }
        for one in (FIRST, second)
    ]


# --- lists ---


@pytest.mark.rule("DDB-01")
def test_lists_come_in_pages(account: Account) -> None:
    for name in ("users", "vaults"):
        account.create(name)
    pages: list[list[str]] = []
    start: dict[str, str] = {}
    while True:
        page = ask(account, "ListStreams", Limit=1, **start)
        pages.append([one["TableName"] for one in page["Streams"]])
        if "LastEvaluatedStreamArn" not in page:
            break
        start = {"ExclusiveStartStreamArn": page["LastEvaluatedStreamArn"]}
    assert pages == [["accounts"], ["users"], ["vaults"]]
    assert (
        ask(account, "ListStreams", TableName="vaults", ExclusiveStartStreamArn=ARN)["Streams"][0]["TableName"]
        == "vaults"
    )
    assert ask(account, "ListStreams", TableName="none") == {"Streams": []}
