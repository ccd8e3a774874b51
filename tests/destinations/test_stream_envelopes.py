"""What a destination is told of records that a stream mapping gave up."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from eventsim.cloud.dynamodb.changes import item_change
from eventsim.cloud.shards.record import Record
from eventsim.destinations.envelopes import Failure, failure_document, object_key, with_payload
from eventsim.events.dynamodb import DynamoDbShape
from eventsim.events.kinesis import KinesisShape
from eventsim.events.stream import StreamBatch, WindowPart

KINESIS = KinesisShape("shardId-000000000000", "arn:aws:kinesis:us-east-2:1:stream/s", "us-east-2", "arn:role")
TABLE = DynamoDbShape("shardId-00001", "arn:aws:dynamodb:us-east-2:1:table/t/stream/x", "us-east-2")
ARRIVED_MS = 1_573_691_884_835  # 2019-11-14T00:38:04.835Z
RECORDS = (Record("7", "k", "aGVsbG8=", ARRIVED_MS), Record("8", "k", "aGVsbG8=", ARRIVED_MS + 745))
FAILURE = Failure("uuid", "arn:aws:lambda:us-east-2:1:function:f", "RetryAttemptsExhausted", 2, True, "Unhandled")
NOW_MS = 1_573_691_886_021


@pytest.mark.rule("STR-20")
def test_a_kinesis_document_has_all_members_in_order() -> None:
    document = failure_document(FAILURE, StreamBatch(RECORDS, KINESIS), NOW_MS)
    assert msgspec.json.encode(document).decode() == (
        '{"requestContext":{"requestId":"uuid","functionArn":"arn:aws:lambda:us-east-2:1:function:f",'
        '"condition":"RetryAttemptsExhausted","approximateInvokeCount":2},'
        '"responseContext":{"statusCode":200,"executedVersion":"$LATEST","functionError":"Unhandled"},'
        '"version":"1.0","timestamp":"2019-11-14T00:38:06.021Z",'
        '"KinesisBatchInfo":{"shardId":"shardId-000000000000","startSequenceNumber":"7","endSequenceNumber":"8",'
        '"approximateArrivalOfFirstRecord":"2019-11-14T00:38:04.835Z",'
        '"approximateArrivalOfLastRecord":"2019-11-14T00:38:05.580Z","batchSize":2,'
        '"streamArn":"arn:aws:kinesis:us-east-2:1:stream/s"}}'
    )


@pytest.mark.rule("STR-20")
@pytest.mark.parametrize(
    "name",
    [
        "ddb_test_dynamodb_report_batch_item_failures_with_on_failure_destination_config",
        "ddb_test_dynamodb_event_source_mapping_with_sns_on_failure_destination_config",
    ],
)
def test_a_dynamodb_document_is_the_recorded_one(name: str, capture: Any) -> None:
    recorded = capture(name)["expected_event_or_destination_record"]
    if "failure_sns_message" in recorded:
        expected = recorded["failure_sns_message"]["Message"]
    else:
        expected = recorded["destination_queue_messages"]["Messages"][0]["Body"]
    change = item_change("e", {"id": {"S": "a"}}, None, {"id": {"S": "a"}}, view_type="KEYS_ONLY")
    context = expected["requestContext"]
    failure = Failure(
        "uuid",
        "arn",
        context["condition"],
        context["approximateInvokeCount"],
        True,
        expected["responseContext"]["functionError"],
    )
    document = failure_document(failure, StreamBatch((Record("7", "k", change, ARRIVED_MS),), TABLE), NOW_MS)
    assert [(key, list(value) if isinstance(value, dict) else None) for key, value in document.items()] == [
        (key, list(value) if isinstance(value, dict) else None) for key, value in expected.items()
    ]
    assert document["responseContext"] == expected["responseContext"]
    info = document["DDBStreamBatchInfo"]
    assert info["approximateArrivalOfFirstRecord"] == info["approximateArrivalOfLastRecord"] == "2019-11-14T00:38:04Z"


@pytest.mark.rule("STR-21")
def test_without_an_answer_there_is_no_response_context() -> None:
    failure = Failure("uuid", "arn", "RecordAgeExceeded", 1, False)
    document = failure_document(failure, StreamBatch(RECORDS, KINESIS), NOW_MS)
    assert list(document) == ["requestContext", "version", "timestamp", "KinesisBatchInfo"]


@pytest.mark.rule("STR-31")
def test_the_document_of_a_final_invocation_tells_its_window() -> None:
    window = WindowPart(0, 60_000, b'{"n":1}', final=True, early=True)
    document = failure_document(FAILURE, StreamBatch((), TABLE, window), NOW_MS)
    assert list(document)[-2:] == ["DDBStreamBatchInfo", "timeWindowInfo"]
    assert document["DDBStreamBatchInfo"] == {"shardId": TABLE.shard_id, "streamArn": TABLE.source_arn}
    assert document["timeWindowInfo"] == {
        "window": {"start": "1970-01-01T00:00:00Z", "end": "1970-01-01T00:01:00Z"},
        "isFinalInvokeForWindow": True,
        "isWindowTerminatedEarly": True,
        "windowState": {"n": 1},
    }


@pytest.mark.rule("STR-22")
def test_a_bucket_gets_the_whole_event_as_text() -> None:
    batch = StreamBatch(RECORDS, KINESIS)
    document = with_payload(failure_document(FAILURE, batch, NOW_MS), batch)
    assert list(document)[-1] == "payload"
    assert msgspec.json.decode(document["payload"]) == batch.event()


@pytest.mark.rule("STR-22")
def test_an_object_is_called_by_mapping_shard_and_time() -> None:
    assert object_key("mapping-uuid", KINESIS, NOW_MS, "uuid") == (
        "aws/lambda/mapping-uuid/shardId-000000000000/2019/11/14/2019-11-14T00.38.06-uuid"
    )


@pytest.mark.rule("STR-22")
def test_the_recorded_object_has_the_same_members(capture: Any) -> None:
    recorded = capture("kin_test_kinesis_event_source_mapping_with_s3_on_failure_destination")
    expected = recorded["expected_event_or_destination_record"]["record_body"]
    batch = StreamBatch(RECORDS[:1], KINESIS)
    document = with_payload(failure_document(FAILURE, batch, NOW_MS), batch)
    assert document.keys() == expected.keys()
    assert document["KinesisBatchInfo"].keys() == expected["KinesisBatchInfo"].keys()
    payload = msgspec.json.decode(document["payload"])
    assert payload.keys() == expected["payload"].keys()
    assert list(payload["Records"][0]) == list(expected["payload"]["Records"][0])
