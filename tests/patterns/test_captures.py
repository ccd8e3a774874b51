"""Filters and records recorded from AWS: each delivered record passes its filter, and what was dropped does not."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import pytest

from eventsim.errors import AwsError
from eventsim.patterns.dialects import SNS
from eventsim.patterns.errors import PatternError
from eventsim.patterns.filter_criteria import Filters, compile_filters
from eventsim.patterns.pattern import compile_pattern

CREATED = "create_event_source_mapping_response"


def filters_of(recording: Any, source: Any, response: str = CREATED) -> Filters:
    criteria = recording["mapping_config"][response]["FilterCriteria"]
    filters = compile_filters([json.dumps(entry["Pattern"]) for entry in criteria["Filters"]], source)
    assert filters is not None
    return filters


@pytest.mark.rule("FLT-04", "FLT-05", "FLT-10")
@pytest.mark.parametrize(
    ("name", "dropped", "rejected"),
    [
        ("and_filter", {"testItem": "test45", "test2": "stop"}, ["body.test2"]),
        ("exists_filter", {"test3": "7411"}, ["body.test2"]),
        ("filter0_item_matching0_item_not_matching0", {"testItem": "tesWER"}, ["body.testItem"]),
        ("filter1_item_matching1_item_not_matching1", {"testItem": "WERTD"}, ["body.testItem"]),
        ("filter2_item_matching2_item_not_matching2", {"testItem": "test24", "test2": "WERTD"}, ["body.test2"]),
        ("filter3_item_matching3_item_not_matching3", {"testItem": "7411"}, ["body.test2"]),
        ("filter4_item_matching4_this_is_a_test_string", "this is a test string", ["body"]),
        ("filter5_item_matching5_item_not_matching5", {"test2": 100}, ["body.test2"]),
        ("filter6_item_matching6_item_not_matching6", {"test2": 200}, ["body.test2"]),
        ("numeric_bigger", {"my-number": 100}, ["body.my-number"]),
        ("numeric_prefix", {"test2": "eu-1-48454"}, ["body.test2"]),
    ],
)
def test_a_queue_filter_passes_the_delivered_message_only(
    capture: Any, name: str, dropped: Any, rejected: list[str]
) -> None:
    recording = capture(f"sqs_test_sqs_event_filter_{name}")
    filters = filters_of(recording, "sqs")
    (event,) = recording["expected_event_or_destination_record"]["invocation_events"]
    (delivered,) = event["Records"]
    assert filters.rejections({**delivered, "body": json.dumps(delivered["body"])}) is None
    body = dropped if isinstance(dropped, str) else json.dumps(dropped)
    assert filters.rejections({**delivered, "body": body}) == rejected


@pytest.mark.rule("FLT-05", "FLT-06", "FLT-10", "FLT-13", "FLT-16")
@pytest.mark.parametrize(
    ("name", "rejected"),
    [
        ("content_filter_type", {"id": ["dynamodb.NewImage.presentKey"]}),
        ("content_multiple_filters", {"MODIFY": ["eventName"]}),
        ("content_or_filter", {"REMOVE": ["eventName"]}),
        ("exists_false_filter", {}),
        ("insert_same_entry_twice", {"MODIFY": ["eventName"]}),
        ("numeric_filter", {"numericFilter": ["dynamodb.NewImage.numericFilter.N"]}),
        ("prefix_filter", {"prefix": ["dynamodb.NewImage.prefix.S"]}),
    ],
)
def test_a_table_filter_passes_the_delivered_changes_only(
    capture: Any, name: str, rejected: dict[str, list[str]]
) -> None:
    recording = capture(f"ddb_test_dynamodb_event_filter_{name}")
    filters = filters_of(recording, "dynamodb")
    events = recording["expected_event_or_destination_record"]["lambda-multiple-log-events"]
    records = [record for event in events for record in event["Records"]]
    assert [filters.rejections(record) for record in records] == [None] * len(records)
    other_images: dict[str, Any] = {"numericFilter": {"N": "101"}, "prefix": {"S": "eu-1-suffix"}, "id": {"S": "x"}}
    for changed, expected in rejected.items():
        other = {"eventName": changed} if changed.isupper() else {}
        image = {changed: other_images[changed]} if changed in other_images else {}
        assert filters.rejections({**records[0], **other, "dynamodb": {"NewImage": image}}) == expected


@pytest.mark.rule("FLT-05", "FLT-09")
def test_stream_filters_look_into_the_decoded_data(capture: Any) -> None:
    recording = capture("kin_test_kinesis_event_filtering_json_pattern")
    delivered = json.loads(recording["expected_event_or_destination_record"]["kinesis-record-lambda-payload"])
    records = [
        {"eventSource": "aws:kinesis", "kinesis": {"data": b64encode(json.dumps(payload).encode()).decode()}}
        for payload in (*delivered, {"event_type": "function_2", "message": "foo"})
    ]
    one = filters_of(recording, "kinesis")
    two = filters_of(recording, "kinesis", "create_event_source_mapping_2_response")
    mismatch = ["data.event_type"]
    assert [one.rejections(record) for record in records] == [None, mismatch]
    assert [two.rejections(record) for record in records] == [mismatch, None]


@pytest.mark.rule("FLT-02")
@pytest.mark.parametrize(
    ("name", "key", "source", "pattern"),
    [
        (
            "sqs_test_sqs_invalid_event_filter_invalid_filter2",
            "create_event_source_mapping_exception",
            "sqs",
            '{"eventSource": "aws:sqs"}',
        ),
        (
            "ddb_test_dynamodb_invalid_event_filter_eventName_INSERT_123",
            "exception_event_source_creation",
            "dynamodb",
            "[{'eventName': ['INSERT'=123}]",
        ),
    ],
)
def test_a_bad_pattern_answers_as_recorded(capture: Any, name: str, key: str, source: Any, pattern: str) -> None:
    expected = capture(name)["expected_event_or_destination_record"][key]["Error"]
    with pytest.raises(AwsError) as caught:
        compile_filters([pattern], source)
    assert {"Code": caught.value.code, "Message": caught.value.message} == expected


@pytest.mark.rule("FLT-01")
def test_an_empty_list_of_filters_is_no_filter(capture: Any) -> None:
    recording = capture("api_test_create_event_filter_criteria_validation")
    assert "FilterCriteria" not in recording["expected_event_or_destination_record"]["response-with-empty-filters"]
    assert compile_filters([], "dynamodb") is None


@pytest.mark.rule("SNS-12")
@pytest.mark.parametrize(
    ("case", "pattern"),
    [
        ("empty-array", {"key": []}),
        ("is-numeric", {"key": [{"suffix": 100}]}),
        ("is-none", {"key": [{"suffix": None}]}),
        ("is-not-list-and-operator", {"key": {"suffix": "value"}}),
        ("empty-list", {"key": [{"suffix": []}]}),
        ("list-wrong-type", {"key": [{"suffix": ["test", "test2"]}]}),
        ("is-not-list-two-ops", {"key": {"suffix": "value", "prefix": "value"}}),
        ("is-not-list-and-no-operator", {"key": {"not-an-operator": "value"}}),
        ("bad-type", {"key": [{"cidr": ["bad-filter"]}]}),
        ("bad-cidr-str", {"key": [{"cidr": "bad-filter"}]}),
        ("bad-cidr-str-slash", {"key": [{"cidr": "bad-filter/64"}]}),
        ("bad-cidr-str-slash-2", {"key": [{"cidr": "10.0.0.0/bad"}]}),
        ("bad-cidr-v4", {"key": [{"cidr": "xx.11.xx/8"}]}),
        ("bad-cidr-v6", {"key": [{"cidr": "xxxx:db8:1234:1a00::/64"}]}),
    ],
)
def test_a_refusal_carries_the_sentence_of_aws(capture: Any, case: str, pattern: dict[str, Any]) -> None:
    errors = capture("snsf_test_validate_policy_string_operators")["expected_event_or_destination_record"]
    recorded = errors[f"error-condition-{case}"]["Error"]["Message"].partition("\n")[0]
    with pytest.raises(PatternError) as caught:
        compile_pattern(pattern, SNS)
    assert f"Invalid parameter: Attributes Reason: FilterPolicy: {caught.value.wording}" == recorded


@pytest.mark.rule("SNS-09", "SNS-11")
def test_a_policy_on_lists_in_a_message_passes_what_was_delivered(capture: Any) -> None:
    recording = capture("snsf_test_filter_policy_on_message_body_array_attributes")
    queues = recording["expected_event_or_destination_record"]
    everything = [message["Body"] for queue in queues.values() for message in queue["Messages"]]
    for route, queue in (("queue1", "messages-queue-0"), ("queue2", "messages-queue-1")):
        policy = compile_pattern({"headers": {"route-to": [route]}}, SNS)
        delivered = [message["Body"] for message in queues[queue]["Messages"]]
        assert all(policy.matches(body) for body in delivered)
        assert all(body in delivered for body in everything if policy.matches(body))
