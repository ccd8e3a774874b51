"""The event of a DynamoDB Streams batch, byte for byte."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from eventsim.cloud.dynamodb.changes import item_change
from eventsim.cloud.shards.record import Record
from eventsim.events.dynamodb import DynamoDbShape
from eventsim.events.stream import StreamBatch

ARN = "arn:aws:dynamodb:us-east-2:111122223333:table/t/stream/2019-06-10T19:26:16.525"
SHAPE = DynamoDbShape("shardId-00000001", ARN, "us-east-2")


def change(old: Any, new: Any, *, view: Any = "NEW_AND_OLD_IMAGES", by_service: bool = False) -> Record:
    key = {"id": (new or old)["id"]}
    made = item_change("0" * 32, key, old, new, view_type=view, by_service=by_service)
    return Record("100000000003498069978", "S1", made, 1_678_831_218_999)


@pytest.mark.rule("DDB-07", "DDB-03", "DDB-04")
def test_a_record_has_all_members_in_order() -> None:
    [shown] = SHAPE.records([change({"id": {"S": "a"}, "n": {"N": "1"}}, {"id": {"S": "a"}, "n": {"N": "2"}})])
    assert msgspec.json.encode(shown).decode() == (
        f'{{"eventID":"{"0" * 32}","eventName":"MODIFY","eventVersion":"1.1","eventSource":"aws:dynamodb",'
        '"awsRegion":"us-east-2","dynamodb":{"ApproximateCreationDateTime":1678831218.0,"Keys":{"id":{"S":"a"}},'
        '"NewImage":{"id":{"S":"a"},"n":{"N":"2"}},"OldImage":{"id":{"S":"a"},"n":{"N":"1"}},'
        '"SequenceNumber":"100000000003498069978","SizeBytes":15,"StreamViewType":"NEW_AND_OLD_IMAGES"},'
        f'"eventSourceARN":"{ARN}"}}'
    )


@pytest.mark.rule("DDB-07")
@pytest.mark.parametrize(
    ("name", "logs"),
    [
        ("ddb_test_dynamodb_event_source_mapping", "event_logs"),
        ("ddb_test_dynamodb_event_filter_insert_same_entry_twice", "lambda-log-events"),
    ],
)
def test_the_record_is_the_recorded_one(name: str, logs: str, capture: Any) -> None:
    recorded = capture(name)["expected_event_or_destination_record"][logs][0]["Records"][0]
    inner = recorded["dynamodb"]
    made = item_change("e", inner["Keys"], None, inner["NewImage"], view_type=inner["StreamViewType"])
    [shown] = SHAPE.records([Record("1", "k", made, 0)])
    assert list(shown) == list(recorded)
    assert list(shown["dynamodb"]) == list(inner)
    for member in ("Keys", "NewImage", "SizeBytes", "StreamViewType"):
        assert shown["dynamodb"][member] == inner[member]
    for member in ("eventName", "eventVersion", "eventSource"):
        assert shown[member] == recorded[member]


@pytest.mark.rule("DDB-07", "DDB-12")
def test_what_time_to_live_deleted_says_so() -> None:
    old = {"id": {"S": "a"}}
    [by_service, by_hand] = SHAPE.records([change(old, None, by_service=True), change(old, None)])
    assert by_service["userIdentity"] == {"type": "Service", "principalId": "dynamodb.amazonaws.com"}
    assert "userIdentity" not in by_hand
    assert "NewImage" not in by_hand["dynamodb"]


@pytest.mark.rule("DDB-07")
def test_events_share_nothing_with_the_stream() -> None:
    record = change(None, {"id": {"S": "a"}, "list": {"L": [{"M": {"deep": {"SS": ["x"]}}}]}, "b": {"B": "AAE="}})
    batch = StreamBatch((record,), SHAPE)
    before = msgspec.json.encode(batch.event())
    event = batch.event()
    image = event["Records"][0]["dynamodb"]["NewImage"]
    image["list"]["L"][0]["M"]["deep"]["SS"].append("y")
    image["id"]["S"] = "b"
    event["Records"][0]["dynamodb"]["Keys"].clear()
    assert msgspec.json.encode(batch.event()) == before
    assert image["b"] == {"B": "AAE="}


@pytest.mark.rule("DDB-07", "STR-10", "STR-20")
def test_times_are_whole_seconds() -> None:
    record = change(None, {"id": {"S": "a"}})
    assert SHAPE.arrival_ms(record) == 1_678_831_218_000
    assert SHAPE.show_time(1_678_831_218_999) == "2023-03-14T22:00:18Z"


@pytest.mark.rule("ESM-20")
def test_sizes_are_those_of_the_serialized_event() -> None:
    records = [change(None, {"id": {"S": "é\n" * n}, **{f"a{k}": {"S": ""} for k in range(n)}}) for n in range(8)]
    batch = StreamBatch(tuple(records), SHAPE)
    sizes = SHAPE.sizes_bytes(records)
    assert batch.envelope_bytes() + sum(sizes) - 1 == len(msgspec.json.encode(batch.event()))
    assert SHAPE.rough_bytes(records) >= sum(sizes)
    assert SHAPE.most_bytes(sum(record.data.size_bytes for record in records), len(records)) >= sum(sizes)
