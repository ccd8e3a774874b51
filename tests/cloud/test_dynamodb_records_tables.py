"""Tables that come and go, in whatever way, are watched."""

from __future__ import annotations

import copy
import importlib
import subprocess
import sys

import pytest

from tests.cloud.tables_account import A, Account, B, n, opened, put


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
