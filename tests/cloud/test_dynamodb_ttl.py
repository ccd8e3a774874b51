"""Items that expire by their time to live, in virtual time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from eventsim.cloud.dynamodb.expiries import Expiries, expires_s
from tests.cloud.tables_account import START_S, Account, opened

if TYPE_CHECKING:
    from collections.abc import Iterator

YEAR_S = 365 * 86_400
TTL = {"AttributeName": "ttl"}


def at(seconds: float) -> dict[str, str]:
    """The attribute value for so many seconds after the start."""
    return {"N": f"{START_S + seconds:.10g}"}


@pytest.fixture
def account() -> Iterator[Account]:
    with opened() as found:
        found.create(TimeToLiveSpecification=TTL)
        yield found


def removals(account: Account) -> list[tuple[float, str, bool]]:
    """When which item was removed, and whether by time to live."""
    return [
        (one.arrival_ms / 1000 - START_S, one.data.keys["id"]["S"], one.data.by_service)
        for one in account.records()
        if one.data.event_name == "REMOVE"
    ]


def enable(account: Account, enabled: bool, attribute: str = "ttl", table: str = "accounts") -> dict[str, Any]:
    specification = {"Enabled": enabled, "AttributeName": attribute}
    return {"TableName": table, "TimeToLiveSpecification": specification}


# --- when ---


@pytest.mark.rule("DDB-12")
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"N": "1767225630"}, 1767225630.0),
        ({"N": "1767225630.5"}, 1767225630.5),
        ({"N": "1.76722563E9"}, 1767225630.0),
        ({"N": str(START_S - 5 * YEAR_S + 1)}, START_S - 5 * YEAR_S + 1),
        ({"N": str(START_S - 5 * YEAR_S)}, None),
        ({"N": "-1"}, None),
        ({"N": "1767225630000"}, None),
        ({"N": "1E+120"}, None),
        ({"S": "1767225630"}, None),
        ({"M": {"N": {"N": "1767225630"}}}, None),
    ],
)
def test_the_second_at_which_an_item_expires(value: dict[str, Any], expected: float | None) -> None:
    assert expires_s({"ttl": value}, "ttl", START_S) == expected
    assert expires_s({"other": value}, "ttl", START_S) is None


@pytest.mark.rule("DDB-12")
def test_items_expire_at_their_second_in_the_order_of_time(account: Account) -> None:
    for key, seconds in (("late", 90), ("early", 30), ("past", -60), ("same", 30)):
        account.put(key, ttl=at(seconds))
    account.put("never")
    account.wait(100)
    assert removals(account) == [
        (0, "past", True),
        (30, "early", True),
        (30, "same", True),
        (90, "late", True),
    ]
    assert account.items() == [{"id": {"S": "never"}}]
    assert account.log("table.expire")[0] == {
        "kind": "table.expire",
        "table": "accounts",
        "keys": {"id": {"S": "past"}},
    }


@pytest.mark.rule("DDB-04", "DDB-07", "DDB-12")
def test_the_record_names_the_service(account: Account) -> None:
    account.put("a", ttl=at(1))
    account.wait(2)
    account.put("b")
    account.delete("b")

    async def read(streams: Any) -> Any:
        stream = (await streams.list_streams())["Streams"][0]["StreamArn"]
        shard = (await streams.describe_stream(StreamArn=stream))["StreamDescription"]["Shards"][0]["ShardId"]
        start = await streams.get_shard_iterator(StreamArn=stream, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
        return (await streams.get_records(ShardIterator=start["ShardIterator"]))["Records"]

    shown = [(one["eventName"], one.get("userIdentity"), one["dynamodb"].get("OldImage")) for one in account.run(read)]
    service = {"PrincipalId": "dynamodb.amazonaws.com", "Type": "Service"}
    assert shown == [
        ("INSERT", None, None),
        ("REMOVE", service, {"id": {"S": "a"}, "ttl": at(1)}),
        ("INSERT", None, None),
        ("REMOVE", None, {"id": {"S": "b"}}),
    ]


@pytest.mark.rule("DDB-12")
def test_a_write_moves_or_ends_the_expiry(account: Account) -> None:
    for key in "abcd":
        account.put(key, ttl=at(10))
    account.put("a", ttl=at(20))
    account.put("b", ttl=at(5))
    account.put("c")
    account.delete("d")
    account.wait(60)
    assert removals(account) == [(0, "d", False), (5, "b", True), (20, "a", True)]


@pytest.mark.rule("DDB-12")
def test_an_update_and_a_transaction_count_too(account: Account) -> None:
    names = {"ExpressionAttributeNames": {"#t": "ttl"}, "UpdateExpression": "SET #t = :t"}
    values = {"ExpressionAttributeValues": {":t": at(7)}}
    account.call("UpdateItem", TableName="accounts", Key={"id": {"S": "a"}}, **names, **values)
    update = {"TableName": "accounts", "Key": {"id": {"S": "b"}}, **names, **values}
    refusing = {"TableName": "accounts", "Key": {"id": {"S": "d"}}, "ConditionExpression": "attribute_exists(id)"}
    account.call("TransactWriteItems", TransactItems=[{"Update": update}])
    update = {**update, "Key": {"id": {"S": "c"}}}
    account.refused("TransactWriteItems", TransactItems=[{"Update": update}, {"Delete": refusing}])
    account.wait(60)
    assert removals(account) == [(7, "a", True), (7, "b", True)]


@pytest.mark.rule("GEN-02")
def test_a_step_at_the_second_of_the_expiry_still_meets_the_item(account: Account) -> None:
    account.put("a", ttl=at(10))
    account.put("b", ttl=at(10))
    account.loop.call_at_step(10.0, (0,), lambda: account.put("a", ttl=at(15)))
    account.wait(60)
    assert removals(account) == [(10, "b", True), (15, "a", True)]


@pytest.mark.rule("DDB-12")
def test_the_deletion_can_come_later_or_never() -> None:
    found = []
    for delay_s in (3_600.0, None):
        with opened(ttl_delay_s=delay_s) as account:
            account.create(TimeToLiveSpecification=TTL)
            account.put("a", ttl=at(10))
            described = account.call("DescribeTimeToLive", TableName="accounts")["TimeToLiveDescription"]
            account.wait(50_000)
            found.append((removals(account), len(account.items()), described["TimeToLiveStatus"]))
    assert found == [([(3_610, "a", True)], 0, "ENABLED"), ([], 1, "ENABLED")]


# --- what keeps a run from being idle ---


def idle_at(account: Account) -> float:
    """The time at which nothing would ever happen again."""

    async def main() -> float:
        idle = account.loop.create_future()
        account.loop.call_when_idle(lambda: idle.set_result(account.loop.time()))
        found: float = await idle
        return found

    return account.loop.run_until_complete(main())


@pytest.mark.rule("DDB-12")
def test_a_run_is_idle_when_the_last_item_of_a_streamed_table_has_expired(account: Account) -> None:
    account.put("a", ttl=at(30))
    account.put("b", ttl=at(90_000))
    assert idle_at(account) == 90_000
    account.put("c", ttl=at(100_000))
    account.delete("c")
    assert idle_at(account) == 90_000


@pytest.mark.rule("DDB-12")
def test_a_table_without_a_stream_keeps_nothing_busy_and_has_lost_its_items_when_somebody_looks() -> None:
    with opened() as account:
        account.create(view=None, TimeToLiveSpecification=TTL)
        account.put("a", ttl=at(30))
        account.put("b", ttl=at(60))
        assert idle_at(account) == 0
        found = []
        for seconds in (30, 1, 100):
            account.wait(seconds)
            found.append([item["id"]["S"] for item in account.items()])
        assert found == [["a", "b"], ["b"], []]


def test_timers_come_and_go_with_the_stream() -> None:
    with opened() as account:
        account.create(view=None, TimeToLiveSpecification=TTL)
        account.put("a", ttl=at(30))
        account.switch(StreamEnabled=True, StreamViewType="KEYS_ONLY")
        account.put("b", ttl=at(50))
        account.wait(40)
        assert removals(account) == [(30, "a", True)]
        account.switch(StreamEnabled=False)
        assert idle_at(account) == 40


def test_a_table_that_is_deleted_expires_nothing(account: Account) -> None:
    account.put("a", ttl=at(30))
    account.call("DeleteTable", TableName="accounts")
    assert idle_at(account) == 0
    account.create()
    account.put("a", ttl=at(30))
    assert idle_at(account) == 0


# --- settings ---


@pytest.mark.rule("DDB-12")
def test_time_to_live_enabled_later_holds_for_the_items_that_are_there() -> None:
    with opened() as account:
        account.create(partition_key="id", sort_key="n:N")
        for number in (1, 2):
            item = {"id": {"S": "a"}, "n": {"N": str(number)}, "ttl": at(10 * number)}
            account.call("PutItem", TableName="accounts", Item=item)
        account.wait(15)
        account.call("UpdateTimeToLive", **enable(account, True))
        account.wait(100)
        assert [arrival for arrival, _, _ in removals(account)] == [15, 20]


@pytest.mark.rule("DDB-12")
def test_time_to_live_disabled_again(account: Account) -> None:
    account.put("a", ttl=at(10))
    answer = account.call("UpdateTimeToLive", **enable(account, False))
    assert answer == {"TimeToLiveSpecification": {"Enabled": False, "AttributeName": "ttl"}}
    assert account.call("DescribeTimeToLive", TableName="accounts") == {
        "TimeToLiveDescription": {"TimeToLiveStatus": "DISABLED"}
    }
    assert idle_at(account) == 0
    account.call("UpdateTimeToLive", **enable(account, True, "other"))
    account.put("b", ttl=at(10), other=at(20))
    account.wait(60)
    assert removals(account) == [(20, "b", True)]


@pytest.mark.rule("DDB-12")
def test_settings_that_aws_refuses(account: Account) -> None:
    account.create("users", view=None)
    missing = ("ResourceNotFoundException", "Requested resource not found: Table: none not found")
    other = "TimeToLive is active on a different AttributeName: current AttributeName is ttl"
    one = "1 validation error detected: Value "
    at_name = "at 'timeToLiveSpecification.attributeName' failed to satisfy constraint: Member must"
    assert account.refused("DescribeTimeToLive", TableName="none") == missing
    no_enabled = "Value null at 'timeToLiveSpecification.enabled' failed to satisfy constraint: Member must not be null"
    found = [
        account.refused("UpdateTimeToLive", **params)
        for params in (
            enable(account, True, table="none"),
            enable(account, True),
            enable(account, True, "other"),
            enable(account, False, "other"),
            enable(account, False, table="users"),
            enable(account, True, "", table="users"),
            enable(account, True, "x" * 256, table="users"),
            {"TableName": "users", "TimeToLiveSpecification": {"Enabled": True}},
            {"TableName": "users"},
        )
    ]
    assert found == [
        missing,
        *(
            ("ValidationException", text)
            for text in (
                "TimeToLive is already enabled",
                other,
                other,
                "TimeToLive is already disabled",
                f"{one}'' {at_name} have length greater than or equal to 1",
                f"{one}'{'x' * 256}' {at_name} have length less than or equal to 255",
                f"{one}null {at_name} not be null",
                f"2 validation errors detected: Value null {at_name} not be null; {no_enabled}",
            )
        ),
    ]


# --- the schedule ---


def test_the_schedule_forgets_what_is_stale() -> None:
    schedule = Expiries("ttl", 0)
    for number in range(10_000):
        schedule.note("a", "a", {"ttl": {"N": str(START_S + number)}}, START_S)
    assert len(schedule._heap) < 100
    schedule.note("b", "b", {"ttl": {"N": str(START_S + 5)}}, START_S)
    schedule.note("b", "b", None, START_S)
    assert schedule.first_s() == START_S + 9_999
    assert list(schedule.pop_due(START_S + 20_000)) == ["a"]
    assert schedule.first_s() is None


def test_each_item_expires_once_however_many_there_are(account: Account) -> None:
    stream = account.stream()
    watched = account.tables.find("accounts")
    assert watched is not None
    account.put("a")
    like = watched.table.items[next(iter(watched.table.items))]
    for number in range(500):
        item = type(like)(type(like.hash_key)({"S": str(number)}), None, {"id": {"S": str(number)}, "ttl": at(number)})
        watched.table.items[item.hash_key] = item
        watched.settle(None, item)
    account.loop.run_until_complete(asyncio.sleep(1_000))
    assert len(account.items()) == 1
    assert stream.open_shards[0].tip == 1_001
