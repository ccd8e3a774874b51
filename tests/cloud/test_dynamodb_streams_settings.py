"""A table's stream as it is enabled, disabled and deleted."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cloud.stream_calls import ARN, DAY_S, FIRST, ask, iterator, keys, refused, shards
from tests.cloud.tables_account import LABEL, TABLE_ARN, Account, n, records_of


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
