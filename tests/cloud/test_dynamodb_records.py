"""Records of exactly the writes that happened, whichever way they came."""

from __future__ import annotations

import copy
import importlib
import subprocess
import sys
from inspect import signature
from typing import TYPE_CHECKING, Any

import pytest

from eventsim.cloud.dynamodb.changes import stream_record
from tests.cloud.tables_account import Account, opened

if TYPE_CHECKING:
    from collections.abc import Iterator

A, B = {"S": "a"}, {"S": "b"}


def n(value: object) -> dict[str, str]:
    return {"N": str(value)}


@pytest.fixture
def account() -> Iterator[Account]:
    with opened() as found:
        found.create()
        yield found


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


def check(key: str, condition: str) -> dict[str, Any]:
    return {"ConditionCheck": {"TableName": "accounts", "Key": {"id": {"S": key}}, "ConditionExpression": condition}}


def put(key: str, value: int) -> dict[str, Any]:
    return {"Put": {"TableName": "accounts", "Item": {"id": {"S": key}, "x": n(value)}}}


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


# --- tables that come and go ---


@pytest.mark.rule("DDB-01")
def test_without_a_stream_nothing_is_recorded() -> None:
    with opened() as account:
        account.create(view=None)
        account.put()
        account.create("users", view=None, StreamSpecification={"StreamEnabled": False})
        account.put(table="users")
        shown = [account.call("DescribeTable", TableName=name)["Table"] for name in ("accounts", "users")]
        assert [one.keys() & {"StreamSpecification", "LatestStreamArn", "LatestStreamLabel"} for one in shown] == [
            set(),
            set(),
        ]
        assert list(account.tables.streams) == []


def test_tables_of_cloudformation_have_streams_too() -> None:
    models = importlib.import_module("moto.dynamodb.models")
    place: tuple[str, str] = ("123456789012", "us-east-1")
    properties = {
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
        "StreamSpecification": {"StreamViewType": "NEW_IMAGE"},
    }
    with opened() as account:
        account.call("ListTables")
        with account.cloud.moto.inside():
            made = models.Table.create_from_cloudformation_json("accounts", {"Properties": properties}, *place)
            arn = made.describe()["TableDescription"]["LatestStreamArn"]
        account.put(x=n(1))
        stream, changes = account.stream(), account.changes()
        with account.cloud.moto.inside():
            models.Table.delete_from_cloudformation_json("accounts", {}, *place)
        assert (stream.arn, changes) == (arn, [("INSERT", None, {"id": A, "x": n(1)})])
        assert (stream.is_enabled, account.tables.find("accounts")) == (False, None)


def test_tables_made_before_the_first_request_of_dynamodb_are_watched() -> None:
    with opened() as account:
        handler = importlib.import_module("moto.dynamodb.models").dynamodb_backends
        with account.cloud.moto.inside():
            handler["123456789012"]["us-east-1"].create_table(
                "accounts",
                [{"AttributeName": "id", "KeyType": "HASH"}],
                None,
                [{"AttributeName": "id", "AttributeType": "S"}],
                [],
                [],
                {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"},
                "PAY_PER_REQUEST",
                None,
                [],
                False,
                None,
            )
        account.put()
        assert account.changes() == [("INSERT", None, None)]


def test_a_backup_is_a_copy_and_its_restored_table_has_no_stream(account: Account) -> None:
    account.put(x=n(1))
    backup = account.call("CreateBackup", TableName="accounts", BackupName="b")["BackupDetails"]["BackupArn"]
    account.put(x=n(2))
    account.call("RestoreTableFromBackup", TargetTableName="users", BackupArn=backup)
    account.put("b", table="users")
    assert account.items("users") == [{"id": A, "x": n(1)}, {"id": B}]
    assert (len(account.records()), account.tables.streams.of_table("users")) == (2, None)
    account.call("TransactWriteItems", TransactItems=[put("a", 3)])
    account.call("RestoreTableToPointInTime", TargetTableName="vaults", SourceTableName="accounts")
    assert account.items("vaults") == [{"id": A, "x": n(3)}]


def test_a_table_that_moto_puts_back_itself_is_still_recorded(account: Account) -> None:
    account.put(x=n(1))
    watched = account.tables.find("accounts")
    assert watched is not None
    with account.cloud.moto.inside():
        backend = importlib.import_module("moto.dynamodb.models").dynamodb_backends["123456789012"]["us-east-1"]
        backend.tables["accounts"] = copy.deepcopy(watched.table)
        assert backend.tables["accounts"] is watched.table
    account.put(x=n(2))
    assert len(account.records()) == 2


def test_a_cloud_that_starts_again_has_neither_tables_nor_streams(account: Account) -> None:
    account.put(x=n(1))
    account.cloud.moto.stop()
    account.cloud.moto.start()
    assert account.call("ListTables")["TableNames"] == []
    assert (list(account.tables.streams), account.tables.find("accounts")) == ([], None)
    account.create()
    account.put(x=n(1))
    assert len(account.records()) == 1


@pytest.mark.parametrize("operation", ["ImportTable", "ExportTableToPointInTime", "EnableKinesisStreamingDestination"])
def test_what_moto_would_do_behind_our_back_is_refused(account: Account, operation: str) -> None:
    code, text = account.refused(operation)
    assert (code, operation in text) == ("NotImplemented", True)


def test_ids_depend_on_the_seed_and_the_table_alone() -> None:
    def ids(seed: int, *others: str) -> tuple[str, list[str]]:
        with opened(seed) as account:
            for other in others:
                account.create(other)
                account.put(table=other)
            account.create()
            account.put(x=n(1))
            account.put(x=n(2))
            return account.stream().open_shards[0].id, [one.data.event_id for one in account.records()]

    first, second, other = ids(1), ids(1, "users"), ids(2)
    assert first == second != other
    assert all(len(event_id) == 32 and int(event_id, 16) for event_id in first[1])


def test_a_transaction_costs_what_it_writes_not_what_the_table_holds(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(20):
        account.put(str(number))
    item = importlib.import_module("moto.dynamodb.models.dynamo_type").Item

    def refuse(*_: object) -> None:
        raise AssertionError("an item is copied")

    monkeypatch.setattr(item, "__deepcopy__", refuse)
    account.call("TransactWriteItems", TransactItems=[put("3", 1), put("4", 1)])
    assert len(account.records()) == 22


def test_moto_is_imported_at_the_first_request_alone() -> None:
    code = (
        "import sys; from eventsim.cloud.dynamodb import DynamoDbEndpoint, Tables;"
        "from eventsim.cloud.dynamodb_streams import streams_endpoint; from eventsim.cloud.dynamodb import calls;"
        "from eventsim.cloud.moto import Moto; from eventsim.kernel.clock import Clock;"
        "from eventsim.kernel.seeds import Seeds; clock, seeds = Clock(lambda: 0.0), Seeds(1);"
        "tables = Tables(Moto(clock, seeds), clock, seeds, lambda: None); DynamoDbEndpoint(tables);"
        "streams_endpoint(tables.streams); assert not {'moto', 'botocore', 'boto3'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
