"""Tables set up and written to by code that can't await."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from eventsim.cloud.dynamodb.calls import create_table, delete_item, put_item, update_item, write_now
from eventsim.cloud.router import AwsResponse, Router
from eventsim.errors import AwsError, InputError
from tests.cloud.tables_account import START_S, Account, opened

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from eventsim.cloud.router import AwsRequest


@pytest.fixture
def account() -> Iterator[Account]:
    with opened() as found:
        yield found


def test_a_table_by_its_short_form(account: Account) -> None:
    shown = create_table(
        account.router,
        "accounts",
        partition_key="id",
        sort_key="at:N",
        StreamSpecification={"StreamViewType": "KEYS_ONLY"},
        TimeToLiveSpecification={"AttributeName": "ttl", "Enabled": True},
        AttributeDefinitions=[
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "owner", "AttributeType": "B"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "owners",
                "KeySchema": [{"AttributeName": "owner", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        Tags=[{"Key": "team", "Value": "a"}],
    )
    assert shown["KeySchema"] == [
        {"AttributeName": "id", "KeyType": "HASH"},
        {"AttributeName": "at", "KeyType": "RANGE"},
    ]
    assert shown["AttributeDefinitions"] == [
        {"AttributeName": "id", "AttributeType": "S"},
        {"AttributeName": "at", "AttributeType": "N"},
        {"AttributeName": "owner", "AttributeType": "B"},
    ]
    assert (shown["StreamSpecification"], shown["BillingModeSummary"]) == (
        {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
        {"BillingMode": "PAY_PER_REQUEST"},
    )
    ttl = write_now(account.router, "DescribeTimeToLive", {"TableName": "accounts"})["TimeToLiveDescription"]
    assert ttl == {"TimeToLiveStatus": "ENABLED", "AttributeName": "ttl"}
    stream = account.tables.streams.of_table("accounts")
    assert stream is not None
    assert stream.arn == shown["LatestStreamArn"]


def test_a_table_by_cloudformations_properties(account: Account) -> None:
    shown = create_table(
        account.router,
        "accounts",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "B"}],
        ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
        TimeToLiveSpecification={"AttributeName": "ttl", "Enabled": False},
    )
    assert ("StreamSpecification" in shown, shown["BillingModeSummary"]) == (False, {"BillingMode": "PROVISIONED"})
    assert account.tables.streams.of_table("accounts") is None


@pytest.mark.parametrize("key", ["", ":N", "id:X", "id:N:N"])
def test_a_key_that_is_none_is_refused(account: Account, key: str) -> None:
    with pytest.raises(InputError, match="is no key: write its name, or NAME:S, NAME:N or NAME:B"):
        create_table(account.router, "accounts", partition_key=key)


def test_a_table_that_dynamodb_refuses(account: Account) -> None:
    account.create("accounts")
    with pytest.raises(AwsError) as caught:
        create_table(account.router, "accounts", partition_key="id")
    assert (caught.value.code, caught.value.message, caught.value.status) == (
        "ResourceInUseException",
        "Table already exists: accounts",
        400,
    )


@pytest.mark.rule("DDB-03")
def test_writes_of_a_step_at_their_instant(account: Account) -> None:
    account.create(partition_key="id", sort_key="at:N")
    key = {"id": "a", "at": 1}
    steps: list[Any] = [
        lambda: put_item(account.router, "accounts", {**key, "total": 5, "raw": b"\x00\xff"}),
        lambda: update_item(account.router, "accounts", key, {"total": 6, "a.b": [None]}, remove=["raw"]),
        lambda: update_item(account.router, "accounts", {"id": "b", "at": 2}, {}),
        lambda: update_item(account.router, "accounts", key, {}, remove=["total"]),
        lambda: delete_item(account.router, "accounts", key),
    ]
    for number, step in enumerate(steps):
        account.loop.call_at_step(float(number), (number,), step)
    account.wait(10)
    keys = {"id": {"S": "a"}, "at": {"N": "1"}}
    dotted = {"a.b": {"L": [{"NULL": True}]}}
    assert [
        (one.arrival_ms - START_S * 1000, one.data.event_name, one.data.new_image) for one in account.records()
    ] == [
        (0, "INSERT", {**keys, "total": {"N": "5"}, "raw": {"B": "AP8="}}),
        (1000, "MODIFY", {**keys, "total": {"N": "6"}, **dotted}),
        (2000, "INSERT", {"id": {"S": "b"}, "at": {"N": "2"}}),
        (3000, "MODIFY", {**keys, **dotted}),
        (4000, "REMOVE", None),
    ]


def test_a_write_that_dynamodb_refuses(account: Account) -> None:
    account.create()
    with pytest.raises(AwsError, match="Missing the key id"):
        put_item(account.router, "accounts", {"other": 1})
    with pytest.raises(AwsError, match="Requested resource not found") as caught:
        delete_item(account.router, "none", {"id": "a"})
    assert caught.value.code == "ResourceNotFoundException"
    with pytest.raises(InputError, match="is no DynamoDB value"):
        put_item(account.router, "accounts", {"id": float("nan")})
    assert account.records() == []


def test_answers_hold_binary_values_as_base64(account: Account) -> None:
    account.create()
    write_now(account.router, "PutItem", {"TableName": "accounts", "Item": {"id": {"S": "a"}, "b": {"B": b"\x00"}}})
    found = write_now(account.router, "GetItem", {"TableName": "accounts", "Key": {"id": {"S": "a"}}})
    assert found["Item"]["b"] == {"B": "AA=="}


def test_an_endpoint_that_waits_is_none_for_these_calls() -> None:
    class Never:
        def __await__(self) -> Generator[None, None, None]:
            yield

    class Waiting:
        async def handle_request(self, request: AwsRequest) -> AwsResponse:
            await Never()
            return AwsResponse(200, {}, b"{}")

    router = Router()
    router.mount("dynamodb", Waiting())
    with pytest.raises(RuntimeError, match="dynamodb PutItem waits"):
        put_item(router, "accounts", {"id": "a"})
