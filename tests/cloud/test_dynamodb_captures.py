"""The records that real AWS made of the same writes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from eventsim.cloud.dynamodb.changes import item_change, stream_record
from tests.cloud.tables_account import opened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DYNAMIC = ("ApproximateCreationDateTime", "SequenceNumber")


def recorded(value: Any) -> Iterator[dict[str, Any]]:
    """All stream records anywhere in a recording."""
    if isinstance(value, dict):
        if isinstance(value.get("dynamodb"), dict) and "SizeBytes" in value["dynamodb"]:
            yield value
        for member in value.values():
            yield from recorded(member)
    elif isinstance(value, list):
        for member in value:
            yield from recorded(member)


def all_recorded(folder: Path) -> list[dict[str, Any]]:
    files = sorted(folder.glob("ddb_*.json"))
    return [record for file in files for record in recorded(json.loads(file.read_text()))]


@pytest.mark.rule("DDB-07")
def test_sizes_are_those_that_were_recorded(captures: Path) -> None:
    records = all_recorded(captures)
    sizes = []
    for record in records:
        shown = record["dynamodb"]
        old, new = shown.get("OldImage"), shown.get("NewImage")
        change = item_change("0", shown["Keys"], old, new, view_type="NEW_AND_OLD_IMAGES")
        sizes.append((change.event_name, change.size_bytes))
    assert len(records) > 40
    assert sizes == [(record["eventName"], record["dynamodb"]["SizeBytes"]) for record in records]


@pytest.mark.rule("DDB-03", "DDB-04", "DDB-07")
def test_the_same_writes_make_the_same_records(captures: Path) -> None:
    for record in all_recorded(captures):
        shown = record["dynamodb"]
        (key,) = shown["Keys"]
        with opened() as account:
            account.create(view=shown["StreamViewType"], partition_key=key)
            for image in ("OldImage", "NewImage"):
                if image in shown:
                    account.call("PutItem", TableName="accounts", Item=shown[image])
            made = account.records()[-1]
        found = stream_record(made)
        assert made.data.event_name == record["eventName"]
        assert list(found) == list(shown)
        assert {name: found[name] for name in found if name not in DYNAMIC} == {
            name: shown[name] for name in shown if name not in DYNAMIC
        }


@pytest.mark.rule("DDB-03")
def test_an_entry_that_is_inserted_twice_is_one_record(capture: Any) -> None:
    logs = capture("ddb_test_dynamodb_event_filter_insert_same_entry_twice")["expected_event_or_destination_record"]
    (batch,) = logs["lambda-multiple-log-events"]
    (record,) = batch["Records"]
    with opened() as account:
        account.create()
        for _ in range(2):
            account.call("PutItem", TableName="accounts", Item=record["dynamodb"]["NewImage"])
        assert [(name, new) for name, _, new in account.changes()] == [("INSERT", record["dynamodb"]["NewImage"])]
