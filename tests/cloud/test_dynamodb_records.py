"""Records of exactly the writes that happened, whichever way they came."""

from __future__ import annotations

import importlib
from inspect import signature
from typing import Any

import pytest

from eventsim.cloud.dynamodb.changes import stream_record
from tests.cloud.tables_account import A, Account, B, n, opened, put


def check(key: str, condition: str) -> dict[str, Any]:
    return {"ConditionCheck": {"TableName": "accounts", "Key": {"id": {"S": key}}, "ConditionExpression": condition}}


def test_the_names_in_moto_that_the_recording_uses_are_there() -> None:
    models = importlib.import_module("moto.dynamodb.models")
    table = importlib.import_module("moto.dynamodb.models.table").Table
    backend = models.DynamoDBBackend("us-east-1", "123456789012")
    assert type(backend.tables).__mro__[-2] is dict
    assert list(signature(backend.update_table_streams).parameters) == ["table", "stream_specification"]
    assert list(signature(backend.update_item).parameters)[:2] == ["table_name", "key"]
    assert list(signature(backend.get_keys_value).parameters) == ["table", "keys"]
    assert list(signature(table.delete_item).parameters)[1:] == ["hash_key", "range_key"]
    new = table(
        "accounts", "123456789012", "us-east-1", [{"AttributeName": "id", "KeyType": "HASH"}], [
            {"AttributeName": "id", "AttributeType": "S"}
        ]
    )  # fmt: skip
    assert (new.stream_shard, new.latest_stream_label, new.stream_specification) == (
        None,
        None,
        {"StreamEnabled": False},
    )
    assert (new.items, new.table_key_attrs, list(new.all_items())) == ({}, ["id"], [])
    assert new.ttl == {"TimeToLiveStatus": "DISABLED"}


# --- one item ---


@pytest.mark.rule("DDB-03")
def test_put_update_and_delete(account: Account) -> None:
    account.put(x=n(1))
    account.put(y=n(2))
    account.update("SET z = :z", z=n(3))
    account.update("REMOVE y, z")
    account.delete()
    states: list[Any] = [
        None,
        {"id": A, "x": n(1)},
        {"id": A, "y": n(2)},
        {"id": A, "y": n(2), "z": n(3)},
        {"id": A},
        None,
    ]
    names = ["INSERT", "MODIFY", "MODIFY", "MODIFY", "REMOVE"]
    assert account.changes() == list(zip(names, states[:-1], states[1:], strict=True))


@pytest.mark.rule("DDB-03")
def test_an_update_that_makes_an_item_is_one_insert(account: Account) -> None:
    account.update("SET x = :x", x=n(1))
    account.call("UpdateItem", TableName="accounts", Key={"id": B})
    account.call(
        "UpdateItem",
        TableName="accounts",
        Key={"id": {"S": "c"}},
        AttributeUpdates={"x": {"Value": n(1), "Action": "ADD"}},
    )
    assert account.changes() == [
        ("INSERT", None, {"id": A, "x": n(1)}),
        ("INSERT", None, {"id": B}),
        ("INSERT", None, {"id": {"S": "c"}, "x": n(1)}),
    ]


@pytest.mark.rule("DDB-03")
def test_what_changes_nothing_leaves_no_record(account: Account) -> None:
    account.put(x=n(1), s={"SS": ["a", "b"]})
    account.put(x=n(1), s={"SS": ["a", "b"]})
    account.put(s={"SS": ["b", "a"]}, x=n("1.0"))
    account.update("SET x = :x", x=n(1))
    account.update("REMOVE nothing")
    account.update("ADD s :s", s={"SS": ["a"]})
    account.delete("missing")
    account.call("GetItem", TableName="accounts", Key={"id": A})
    account.call("TransactWriteItems", TransactItems=[check("a", "attribute_exists(id)")])
    assert [name for name, _, _ in account.changes()] == ["INSERT"]


@pytest.mark.rule("DDB-04", "DDB-07")
def test_a_record(account: Account) -> None:
    account.wait(90.75)
    account.put(x=n(42))
    account.put(x=n(43))
    first, second = account.records()
    assert (first.partition_key, first.arrival_ms) == ("Sa", 1767225690750)
    assert stream_record(second) == {
        "ApproximateCreationDateTime": 1767225690.0,
        "Keys": {"id": A},
        "NewImage": {"id": A, "x": n(43)},
        "OldImage": {"id": A, "x": n(42)},
        "SequenceNumber": "1767225600000000000000002",
        "SizeBytes": 15,
        "StreamViewType": "NEW_AND_OLD_IMAGES",
    }
    assert list(stream_record(second)) == [
        "ApproximateCreationDateTime",
        "Keys",
        "NewImage",
        "OldImage",
        "SequenceNumber",
        "SizeBytes",
        "StreamViewType",
    ]


@pytest.mark.rule("DDB-04")
@pytest.mark.parametrize("view", ["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE"])
def test_images_of_each_view_type(view: str) -> None:
    with opened() as account:
        account.create(view=view)
        account.put(x=n(1))
        account.put(x=n(2))
        account.delete()
        members = [sorted(stream_record(record).keys() & {"NewImage", "OldImage"}) for record in account.records()]
    new, old = (["NewImage"] if view == "NEW_IMAGE" else []), (["OldImage"] if view == "OLD_IMAGE" else [])
    assert members == [new, new + old, old]


@pytest.mark.rule("DDB-07")
def test_deep_values_are_shown_as_they_were_written(account: Account) -> None:
    deep: dict[str, Any] = {
        "b": {"B": "AP8="},
        "bs": {"BS": ["AP8=", "Zm9v"]},
        "ns": {"NS": ["1.50", "-2E+3"]},
        "null": {"NULL": True},
        "no": {"BOOL": False},
        "m": {
            "M": {
                "l": {"L": [{"B": "AP8="}, n("007"), {"M": {"ss": {"SS": ["ü"]}, "bs": {"BS": ["AA=="]}}}, {"L": []}]},
                "": {"S": ""},
            }
        },
    }
    account.put(**deep)
    account.call(
        "UpdateItem",
        TableName="accounts",
        Key={"id": A},
        UpdateExpression="SET m.extra = :v",
        ExpressionAttributeValues={":v": {"B": "AQI="}},
    )
    before = {"id": A, **deep}
    after = {**before, "m": {"M": {**deep["m"]["M"], "extra": {"B": "AQI="}}}}
    assert account.changes() == [("INSERT", None, before), ("MODIFY", before, after)]


def test_images_stay_what_they_were(account: Account) -> None:
    account.put(l={"L": [n(1)]}, s={"SS": ["a"]})
    account.update("SET l[0] = :n ADD s :s", n=n(2), s={"SS": ["b"]})
    account.update("SET l[0] = :n", n=n(3))
    images = [new for _, _, new in account.changes()]
    assert [image["l"] for image in images] == [{"L": [n(1)]}, {"L": [n(2)]}, {"L": [n(3)]}]
    assert [image["s"] for image in images] == [{"SS": ["a"]}, {"SS": ["a", "b"]}, {"SS": ["a", "b"]}]


@pytest.mark.rule("GEN-04")
def test_sets_that_an_older_update_added_to_have_one_order(account: Account) -> None:
    account.put(s={"SS": ["m", "c"]}, n={"NS": ["5"]})
    changes = {"s": {"Value": {"SS": list("zaqwsx")}, "Action": "ADD"}, "n": {"Value": {"NS": ["1"]}, "Action": "ADD"}}
    account.call("UpdateItem", TableName="accounts", Key={"id": A}, AttributeUpdates=changes)
    new = account.changes()[-1][2]
    assert (new["s"], new["n"], account.items()) == ({"SS": list("acmqswxz")}, {"NS": ["1", "5"]}, [new])


@pytest.mark.rule("DDB-06", "DDB-09")
def test_keys_of_two_parts() -> None:
    with opened() as account:
        account.create(partition_key="p:B", sort_key="c:N")
        for number in ("1", "1.0", "2"):
            account.call("PutItem", TableName="accounts", Item={"p": {"B": "AA=="}, "c": n(number), "x": {"S": number}})
        shown = [(one.data.event_name, one.data.keys, one.partition_key) for one in account.records()]
    assert shown == [
        ("INSERT", {"p": {"B": "AA=="}, "c": n(1)}, "5 BAA==N1"),
        ("MODIFY", {"p": {"B": "AA=="}, "c": n("1.0")}, "5 BAA==N1"),
        ("INSERT", {"p": {"B": "AA=="}, "c": n(2)}, "5 BAA==N2"),
    ]


# --- several items ---


@pytest.mark.rule("DDB-10", "DDB-12")
def test_batches_and_transactions_leave_one_record_an_item(account: Account) -> None:
    account.create("users", view="KEYS_ONLY")
    account.put("c", x=n(1))
    account.call(
        "BatchWriteItem",
        RequestItems={
            "accounts": [
                {"PutRequest": {"Item": {"id": A, "x": n(1)}}},
                {"DeleteRequest": {"Key": {"id": {"S": "c"}}}},
            ],
            "users": [{"PutRequest": {"Item": {"id": A}}}],
        },
    )
    update = {
        "TableName": "accounts",
        "Key": {"id": B},
        "UpdateExpression": "SET x = :x",
        "ExpressionAttributeValues": {":x": n(5)},
    }
    account.call(
        "TransactWriteItems",
        TransactItems=[
            put("a", 2),
            {"Update": update},
            check("missing", "attribute_not_exists(id)"),
            {"Delete": {"TableName": "users", "Key": {"id": A}}},
        ],
    )
    assert account.changes() == [
        ("INSERT", None, {"id": {"S": "c"}, "x": n(1)}),
        ("INSERT", None, {"id": A, "x": n(1)}),
        ("REMOVE", {"id": {"S": "c"}, "x": n(1)}, None),
        ("MODIFY", {"id": A, "x": n(1)}, {"id": A, "x": n(2)}),
        ("INSERT", None, {"id": B, "x": n(5)}),
    ]
    assert account.changes("users") == [("INSERT", None, None), ("REMOVE", None, None)]


@pytest.mark.rule("DDB-03")
def test_partiql_statements_leave_records(account: Account) -> None:
    account.call("ExecuteStatement", Statement="INSERT INTO accounts value {'id': 'a', 'x': 'one'}")
    account.call("ExecuteStatement", Statement="UPDATE accounts SET x = 'two' WHERE id = 'a'")
    account.call("ExecuteStatement", Statement="SELECT * FROM accounts")
    account.call(
        "BatchExecuteStatement",
        Statements=[
            {"Statement": "UPDATE accounts SET x = ? WHERE id = 'a'", "Parameters": [{"B": "AP8="}]},
            {"Statement": "INSERT INTO accounts value {'id': 'b'}"},
        ],
    )
    account.call("ExecuteTransaction", TransactStatements=[{"Statement": "DELETE FROM accounts WHERE id = 'b'"}])
    assert account.changes() == [
        ("INSERT", None, {"id": A, "x": {"S": "one"}}),
        ("MODIFY", {"id": A, "x": {"S": "one"}}, {"id": A, "x": {"S": "two"}}),
        ("MODIFY", {"id": A, "x": {"S": "two"}}, {"id": A, "x": {"B": "AP8="}}),
        ("INSERT", None, {"id": B}),
        ("REMOVE", {"id": B}, None),
    ]


# --- requests that fail ---


@pytest.mark.rule("DDB-03")
def test_a_condition_that_fails_leaves_no_record(account: Account) -> None:
    account.put(x=n(1))
    failing: dict[str, Any] = {"TableName": "accounts", "ConditionExpression": "attribute_not_exists(id)"}
    codes = [
        account.refused("PutItem", Item={"id": A, "x": n(2)}, **failing)[0],
        account.refused("DeleteItem", Key={"id": A}, **failing)[0],
        account.refused("UpdateItem", Key={"id": A}, UpdateExpression="REMOVE x", **failing)[0],
    ]
    transactions: list[list[dict[str, Any]]] = [
        [put("b", 1), check("a", "attribute_not_exists(id)")],
        [put("a", 2), put("b", 1), check("c", "attribute_exists(id)")],
        [put("b", 1), put("b", 2)],
    ]
    codes += [account.refused("TransactWriteItems", TransactItems=items)[0] for items in transactions]
    assert codes == ["ConditionalCheckFailedException"] * 3 + ["TransactionCanceledException"] * 2 + [
        "ValidationException"
    ]
    assert (account.changes(), account.items()) == (
        [("INSERT", None, {"id": A, "x": n(1)})],
        [{"id": A, "x": n(1)}],
    )


def test_a_request_that_fails_half_way_leaves_the_table_as_it_was(account: Account) -> None:
    big = {"S": "x" * 300_000}
    account.put(x=big)
    before = account.items()
    too_big = {":y": {"S": "y"}, ":z": big}
    refused = [
        account.refused(
            "UpdateItem",
            TableName="accounts",
            Key={"id": {"S": key}},
            UpdateExpression="SET y = :y, z = :z" + (", zz = :z" if key == "new" else ""),
            ExpressionAttributeValues=too_big,
        )
        for key in ("a", "new")
    ]
    bad: dict[str, Any] = {"PutRequest": {"Item": {"other": A}}}
    requests: list[dict[str, Any]] = [{"PutRequest": {"Item": {"id": B}}}, {"PutRequest": {"Item": {"id": A}}}, bad]
    refused.append(account.refused("BatchWriteItem", RequestItems={"accounts": requests}))
    refused.append(
        account.refused(
            "UpdateItem", TableName="accounts", Key={"id": B}, AttributeUpdates={"x": {"Value": A, "Action": "ADD"}}
        )
    )
    statements = ["DELETE FROM accounts WHERE id = 'a'", "INSERT INTO accounts value {'id': 'b', 'x': 1.5}"]
    refused.append(account.refused("ExecuteTransaction", TransactStatements=[{"Statement": one} for one in statements]))
    codes = ["ValidationException"] * 3 + ["NotImplemented", "InternalFailure"]
    assert [code for code, _ in refused] == codes
    assert (len(account.records()), account.items()) == (1, before)
