"""DynamoDB Streams through aiobotocore clients, in virtual time."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from eventsim.cloud.dynamodb.streams import TableStreams, show_label
from eventsim.cloud.session import open_client
from eventsim.errors import AwsError
from eventsim.kernel.clock import Clock
from eventsim.kernel.seeds import Seeds
from tests.cloud.simulated import at_once
from tests.cloud.tables_account import BOTH, LABEL, START_S, TABLE_ARN, Account, opened, records_of

if TYPE_CHECKING:
    from collections.abc import Iterator

DAY_S = 86_400.0
ARN = f"{TABLE_ARN}/stream/{LABEL}"
FIRST = "1767225600000000000000001"


@pytest.fixture
def account() -> Iterator[Account]:
    with opened() as found:
        found.create()
        yield found


def n(value: object) -> dict[str, str]:
    return {"N": str(value)}


def ask(account: Account, operation: str, **params: Any) -> Any:
    """The result of an operation of the service itself."""
    endpoint: Any = account.router._mounted["dynamodbstreams"]
    return at_once(endpoint._service.handle(operation, params))


def refused(account: Account, operation: str, **params: Any) -> tuple[str, str]:
    with pytest.raises(AwsError) as caught:
        ask(account, operation, **params)
    return caught.value.code, caught.value.message


def shards(account: Account, arn: str = ARN, **params: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ask(account, "DescribeStream", StreamArn=arn, **params)["StreamDescription"]["Shards"]
    return found


def iterator(
    account: Account, kind: str = "TRIM_HORIZON", shard: str | None = None, arn: str = ARN, **params: Any
) -> str:
    shard = shard or shards(account, arn)[0]["ShardId"]
    answer = ask(account, "GetShardIterator", StreamArn=arn, ShardId=shard, ShardIteratorType=kind, **params)
    return str(answer["ShardIterator"])


def numbers(answer: Any) -> list[str]:
    return [record["dynamodb"]["SequenceNumber"] for record in answer["Records"]]


def keys(answer: Any) -> list[str]:
    return [record["dynamodb"]["Keys"]["id"]["S"] for record in answer["Records"]]


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


# --- the table's settings ---


@pytest.mark.rule("DDB-01")
def test_describe_table_shows_the_stream(account: Account) -> None:
    shown = account.call("DescribeTable", TableName="accounts")["Table"]
    assert (shown["StreamSpecification"], shown["LatestStreamLabel"], shown["LatestStreamArn"]) == (
        {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        LABEL,
        ARN,
    )


@pytest.mark.rule("DDB-01")
def test_disabling_leaves_writes_alone_and_enabling_again_makes_another_stream(account: Account) -> None:
    account.put(x=n(1))
    account.wait(0.001)
    off = account.switch(StreamEnabled=False)
    assert ("StreamSpecification" in off, off["LatestStreamArn"]) == (False, ARN)
    account.put(x=n(2))
    account.update("SET x = :x", x=n(3))
    on = [
        account.switch(StreamEnabled=True, StreamViewType="KEYS_ONLY")["LatestStreamArn"],
        account.switch(StreamEnabled=False)["LatestStreamArn"],
        account.switch(StreamEnabled=True, StreamViewType="NEW_IMAGE")["LatestStreamArn"],
    ]
    account.put(x=n(4))
    second, third = (f"{TABLE_ARN}/stream/2026-01-01T00:00:00.00{number}" for number in (1, 2))
    assert on == [second, second, third]
    listed = ask(account, "ListStreams", TableName="accounts")["Streams"]
    assert [one["StreamArn"] for one in listed] == [ARN, second, third]
    assert account.changes() == [("MODIFY", None, {"id": {"S": "a"}, "x": n(4)})]
    old = account.tables.streams.by_arn(ARN)
    assert [one.data.new_image["x"] for one in records_of(old)] == [n(1)]


@pytest.mark.rule("DDB-01")
def test_stream_settings_that_aws_refuses(account: Account) -> None:
    account.create("users", view=None)
    given: list[tuple[str, Any]] = [
        ("accounts", {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}),
        ("users", {"StreamEnabled": False}),
        ("users", {"StreamEnabled": True}),
        ("accounts", {"StreamEnabled": False, "StreamViewType": "KEYS_ONLY"}),
        ("accounts", {"StreamViewType": "KEYS_ONLY"}),
        ("users", {"StreamEnabled": True, "StreamViewType": "Fisk"}),
    ]
    invalid = "One or more parameter values were invalid: "
    one = "1 validation error detected: Value "
    rule = "Member must satisfy enum value set: [NEW_IMAGE, OLD_IMAGE, NEW_AND_OLD_IMAGES, KEYS_ONLY]"
    assert [account.refused("UpdateTable", TableName=name, StreamSpecification=spec) for name, spec in given] == [
        ("ValidationException", text)
        for text in (
            "Table already has an enabled stream: TableName: accounts",
            "Table has no stream to disable: TableName: users",
            f"{invalid}If stream is being enabled then UpdateViewType is required",
            f"{invalid}If stream is being disabled, then UpdateViewType must not be specified",
            f"{one}null at 'streamSpecification.streamEnabled' failed to satisfy constraint: Member must not be null",
            f"{one}'Fisk' at 'streamSpecification.streamViewType' failed to satisfy constraint: {rule}",
        )
    ]
    missing = account.refused("UpdateTable", TableName="vaults", StreamSpecification={"StreamEnabled": False})
    assert missing == ("ResourceNotFoundException", "Requested resource not found: Table: vaults not found")
    creating = [
        account.refused("CreateTable", TableName="w", StreamSpecification=spec)[1]
        for spec in ({"StreamEnabled": True}, {"StreamEnabled": False, "StreamViewType": "KEYS_ONLY"})
    ]
    assert creating == [
        f"{invalid}Table is being created with a stream enabled, UpdateViewType is required",
        f"{invalid}Table is being created with a stream disabled, UpdateViewType should not be specified",
    ]


def test_other_changes_of_a_table_leave_its_stream_alone(account: Account) -> None:
    for change in ({"BillingMode": "PAY_PER_REQUEST"}, {"DeletionProtectionEnabled": True}):
        shown = account.call("UpdateTable", TableName=TABLE_ARN, **change)["TableDescription"]
        assert shown["LatestStreamArn"] == ARN
    assert account.refused("DeleteTable", TableName="accounts")[0] == "ValidationException"
    account.put()
    assert len(account.records()) == 1


@pytest.mark.rule("DDB-01", "DDB-02")
def test_a_deleted_tables_stream_can_be_read_for_a_day(account: Account) -> None:
    account.put()
    account.wait(3600)
    place = iterator(account, "LATEST")
    account.call("DeleteTable", TableName="accounts")
    account.create()
    account.put("b")
    page = ask(account, "GetRecords", ShardIterator=iterator(account))
    assert (keys(page), "NextShardIterator" in page) == (["a"], False)
    assert ask(account, "GetRecords", ShardIterator=place) == {"Records": []}
    described = ask(account, "DescribeStream", StreamArn=ARN)["StreamDescription"]
    assert described["StreamStatus"] == "DISABLED"
    assert described["Shards"][0]["SequenceNumberRange"]["EndingSequenceNumber"] >= FIRST
    account.wait(DAY_S - 0.001)
    shard = shards(account)[0]["ShardId"]
    assert len(ask(account, "ListStreams")["Streams"]) == 2
    account.wait(0.001)
    assert refused(account, "DescribeStream", StreamArn=ARN) == (
        "ResourceNotFoundException",
        f"Requested resource not found: Stream: {ARN} not found",
    )
    assert [one["StreamLabel"] for one in ask(account, "ListStreams")["Streams"]] == ["2026-01-01T01:00:00.000"]
    assert len(account.tables.streams._streams) == 1
    assert refused(account, "GetShardIterator", StreamArn=ARN, ShardId=shard, ShardIteratorType="LATEST")[0] == (
        "ResourceNotFoundException"
    )


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


# --- bad input ---


def test_parameters_that_are_refused(account: Account) -> None:
    account.put()
    shard = shards(account)[0]["ShardId"]
    good = {"StreamArn": ARN, "ShardId": shard}
    one = "1 validation error detected: Value "
    must = "failed to satisfy constraint: Member must"
    kinds = "[AFTER_SEQUENCE_NUMBER, LATEST, AT_TIMESTAMP, AT_SEQUENCE_NUMBER, TRIM_HORIZON]"
    cases: list[tuple[str, dict[str, Any], str]] = [
        ("ListStreams", {"Limit": 0}, f"{one}'0' at 'limit' {must} have value greater than or equal to 1"),
        ("ListStreams", {"Limit": 101}, f"{one}'101' at 'limit' {must} have value less than or equal to 100"),
        ("ListStreams", {"ExclusiveStartStreamArn": "x" * 40}, f"Invalid ExclusiveStartStreamArn: {'x' * 40}"),
        ("DescribeStream", {}, f"{one}null at 'streamArn' {must} not be null"),
        ("DescribeStream", {"StreamArn": "x" * 40}, "Invalid StreamArn"),
        ("DescribeStream", {"StreamArn": TABLE_ARN}, "Invalid StreamArn"),
        (
            "DescribeStream",
            {"StreamArn": ARN, "ShardFilter": {"Type": "OTHER"}},
            f"{one}'OTHER' at 'shardFilter.type' {must} satisfy enum value set: [CHILD_SHARDS]",
        ),
        ("GetRecords", {"ShardIterator": "x"}, "Invalid ShardIterator"),
        ("GetRecords", {"ShardIterator": iterator(account).replace("|1|", "|1|A")}, "Invalid ShardIterator"),
        (
            "GetRecords",
            {"ShardIterator": iterator(account).replace(":table/accounts/", ":table/users/")},
            "Invalid ShardIterator",
        ),
        (
            "GetRecords",
            {"ShardIterator": iterator(account), "Limit": 1001},
            f"{one}'1001' at 'limit' {must} have value less than or equal to 1000",
        ),
        (
            "GetShardIterator",
            {**good, "ShardIteratorType": "OTHER"},
            f"{one}'OTHER' at 'shardIteratorType' {must} satisfy enum value set: {kinds}",
        ),
        (
            "GetShardIterator",
            {**good, "ShardIteratorType": "AT_SEQUENCE_NUMBER"},
            "SequenceNumber must be specified for ShardIteratorType AT_SEQUENCE_NUMBER",
        ),
        (
            "GetShardIterator",
            {**good, "ShardIteratorType": "LATEST", "SequenceNumber": FIRST},
            "SequenceNumber must not be specified for ShardIteratorType LATEST",
        ),
        (
            "GetShardIterator",
            {**good, "ShardIteratorType": "AT_TIMESTAMP"},
            "Timestamp must be specified for ShardIteratorType AT_TIMESTAMP",
        ),
        (
            "GetShardIterator",
            {**good, "ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": str(int(FIRST) + 1)},
            f"The SequenceNumber {int(FIRST) + 1} is not one of the shard {shard}",
        ),
        (
            "GetShardIterator",
            {**good, "ShardIteratorType": "AT_SEQUENCE_NUMBER", "SequenceNumber": "5" * 20 + "x"},
            f"{one}'{'5' * 20}x' at 'sequenceNumber' {must} satisfy regular expression pattern: \\d+",
        ),
    ]
    assert [refused(account, operation, **params) for operation, params, _ in cases] == [
        ("ValidationException", text) for _, _, text in cases
    ]
    assert refused(account, "GetShardIterator", StreamArn=ARN, ShardId="s" * 30, ShardIteratorType="LATEST") == (
        "ResourceNotFoundException",
        "Requested resource not found: Shard does not exist",
    )
    assert refused(account, "GetSomething")[0] == "NotImplemented"


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


# --- rolling ---


@pytest.mark.rule("DDB-06", "DDB-09", "STR-01")
def test_shards_roll_when_a_write_finds_them_old_enough() -> None:
    with opened(roll_every_s=14_400) as account:
        account.create()
        account.put(x=n(1))
        account.wait(14_399)
        account.put(x=n(2))
        account.wait(1)
        account.put(x=n(3))
        account.wait(50_000)
        assert len(shards(account)) == 2
        account.put(x=n(4))
        old, middle, new = account.stream()._shards.values()
        listed = shards(account)
        assert [one.get("ParentShardId") for one in listed] == [None, old.id, middle.id]
        assert ["EndingSequenceNumber" in one["SequenceNumberRange"] for one in listed] == [True, True, False]
        assert [one.arrival_ms for shard in (old, middle, new) for one in shard._log._records] == [
            START_S * 1000 + ms for ms in (0, 14_399_000, 14_400_000, 64_400_000)
        ]
        sequence = [int(one.sequence_number) for shard in (old, middle, new) for one in shard._log._records]
        assert sorted(set(sequence)) == sequence


@pytest.mark.rule("DDB-06", "STR-01")
def test_a_rolled_shard_ends_and_its_child_goes_on() -> None:
    with opened(roll_every_s=10) as account:
        account.create()
        account.put("a")
        place = iterator(account)
        account.wait(10)
        account.put("b")
        first, second = (one["ShardId"] for one in shards(account))
        assert shards(account, ShardFilter={"Type": "CHILD_SHARDS", "ShardId": first})[0]["ShardId"] == second
        assert [one["ShardId"] for one in shards(account, ExclusiveStartShardId=first)] == [second]
        assert shards(account, ExclusiveStartShardId=second) == shards(account, ExclusiveStartShardId="s" * 30) == []
        limited = ask(account, "DescribeStream", StreamArn=ARN, Limit=1)["StreamDescription"]
        assert limited["LastEvaluatedShardId"] == first
        page = ask(account, "GetRecords", ShardIterator=place)
        child = ask(account, "GetRecords", ShardIterator=iterator(account, shard=second))
        assert (keys(page), "NextShardIterator" in page, keys(child)) == (["a"], False, ["b"])
        with pytest.raises(AwsError, match="Shard does not exist"):
            shards(account, ShardFilter={"Type": "CHILD_SHARDS", "ShardId": "s" * 30})


@pytest.mark.rule("DDB-06")
def test_shards_do_not_roll_by_default(account: Account) -> None:
    account.put(x=n(1))
    account.wait(30 * DAY_S)
    account.put(x=n(2))
    assert (len(shards(account)), len(account.records())) == (1, 1)


def test_a_shard_that_rolls_all_the_time_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1 second"):
        TableStreams(Clock(lambda: 0.0), Seeds(1), roll_every_s=0.5)


def test_who_waits_for_a_record_wakes_with_the_write_and_with_the_end(account: Account) -> None:
    shard = account.stream().open_shards[0]

    async def main() -> list[float]:
        woken = []
        works: list[Any] = [account.put, lambda: account.call("DeleteTable", TableName="accounts")]
        for position, work in enumerate(works):
            account.loop.call_later(5, work)
            await shard.wait_beyond(position)
            woken.append(account.loop.time())
        return woken

    assert account.loop.run_until_complete(main()) == [5.0, 10.0]
    assert shard.is_drained(1)


def test_labels_are_times_with_milliseconds() -> None:
    assert show_label(1560194786525) == "2019-06-10T19:26:26.525"
    assert show_label(1767225600007) == "2026-01-01T00:00:00.007"
    assert BOTH == {"StreamViewType": "NEW_AND_OLD_IMAGES"}
