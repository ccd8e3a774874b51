"""What Lambda accepts of a stream mapping's settings, and its words for what it does not."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from eventsim.mappings.common_settings import merge_update
from eventsim.mappings.refusals import (
    stream_already_mapped,
    stream_missing,
    unsupported_by_queues,
    unsupported_by_streams,
)
from eventsim.mappings.retries import RetryPolicy
from eventsim.mappings.stream_settings import check_stream_mapping, read_stream_mapping

STREAM = "arn:aws:kinesis:us-east-1:123456789012:stream/clicks"
TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/t/stream/2026-01-01T00:00:00.000"
NOW_S = 1_767_225_600.0


def found(source_arn: str = STREAM, now_s: float | None = NOW_S, /, **properties: Any) -> list[tuple[str, str, str]]:
    """(member, code, message) of each refusal."""
    given = {"StartingPosition": "LATEST", **properties}
    errors = check_stream_mapping(read_stream_mapping(given), source_arn=source_arn, now_s=now_s)
    return [(member, error.code, error.message) for member, error in errors]


@pytest.mark.rule("KIN-13", "ESM-02", "ESM-16")
def test_the_defaults_are_those_that_lambda_shows(capture: Any) -> None:
    recorded = capture("kin_test_create_kinesis_event_source_mapping")["mapping_config"]
    shown = msgspec.to_builtins(read_stream_mapping({}))
    for name, value in recorded["create_event_source_mapping_response"].items():
        if name in shown and name not in ("StartingPosition", "DestinationConfig", "FunctionResponseTypes"):
            assert shown[name] == value, name


@pytest.mark.rule("ESM-07")
@pytest.mark.parametrize(
    "name", ["api_test_create_event_source_validation", "api_test_create_event_source_validation_kinesis"]
)
def test_starting_positions_are_refused_in_the_recorded_words(name: str, capture: Any) -> None:
    recorded = capture(name)["expected_event_or_destination_record"]
    source = STREAM if name.endswith("kinesis") else TABLE
    given = {"no_starting_position": None, "invalid_starting_position": "invalid"}
    if source == TABLE:
        given["incompatible_starting_position"] = "AT_TIMESTAMP"
    for case, position in given.items():
        [(member, code, message)] = found(source, StartingPosition=position)
        expected = recorded[case]["Error"]
        assert (member, code) == ("StartingPosition", expected["Code"])
        assert message.rpartition("arn type: ")[0] == expected["Message"].rpartition("arn type: ")[0]
        assert source != TABLE or case != "incompatible_starting_position" or message.endswith(TABLE)
        if "arn type" not in message:
            assert message == expected["Message"]


@pytest.mark.rule("ESM-02", "ESM-07")
def test_a_timestamp_belongs_to_its_position_and_is_not_in_the_future() -> None:
    member = "StartingPositionTimestamp"
    assert found(StartingPosition="AT_TIMESTAMP", StartingPositionTimestamp=NOW_S) == []
    assert [one[0] for one in found(StartingPosition="AT_TIMESTAMP", StartingPositionTimestamp=NOW_S + 1)] == [member]
    assert [one[0] for one in found(StartingPosition="AT_TIMESTAMP")] == [member]
    assert [one[0] for one in found(StartingPosition="LATEST", StartingPositionTimestamp=1.0)] == [member]
    assert found(STREAM, None, StartingPosition=None) == []


@pytest.mark.rule("ESM-02", "GEN-06", "STR-10")
@pytest.mark.parametrize(
    ("member", "accepted", "refused"),
    [
        ("BatchSize", [1, 101, 10_000], [0, 10_001]),
        ("MaximumBatchingWindowInSeconds", [0, 300], [-1, 301]),
        ("ParallelizationFactor", [1, 10], [0, 11]),
        ("MaximumRetryAttempts", [-1, 0, 10_000], [-2, 10_001]),
        ("MaximumRecordAgeInSeconds", [-1, 60, 604_800], [-2, 0, 1, 59, 604_801]),
        ("TumblingWindowInSeconds", [0, 900], [-1, 901]),
    ],
)
def test_numbers_have_their_ranges(member: str, accepted: list[int], refused: list[int]) -> None:
    assert [found(**{member: value}) for value in accepted] == [[]] * len(accepted)
    assert [[one[0] for one in found(**{member: value})] for value in refused] == [[member]] * len(refused)


@pytest.mark.rule("GEN-06")
def test_a_number_out_of_range_is_refused_in_lambdas_words() -> None:
    assert found(ParallelizationFactor=11) == [
        (
            "ParallelizationFactor",
            "ValidationException",
            (
                "1 validation error detected: Value '11' at 'parallelizationFactor' failed to satisfy constraint: "
                "Member must have value less than or equal to 10"
            ),
        )
    ]


@pytest.mark.rule("ESM-03")
def test_a_large_batch_needs_no_window() -> None:
    assert found(TABLE, BatchSize=101) == []


@pytest.mark.rule("ESM-11")
def test_tumbling_windows_exclude_lanes_and_filters() -> None:
    window: dict[str, Any] = {"TumblingWindowInSeconds": 60}
    assert [one[0] for one in found(**window, ParallelizationFactor=2)] == ["ParallelizationFactor"]
    assert [one[0] for one in found(**window, FilterCriteria={"Filters": [{"Pattern": "{}"}]})] == ["FilterCriteria"]
    assert found(**window, FilterCriteria={"Filters": []}, ParallelizationFactor=1) == []


@pytest.mark.rule("STR-19", "ESM-08", "DST-01")
@pytest.mark.parametrize(
    ("arn", "code"),
    [
        ("arn:aws:sqs:us-east-1:123456789012:q", None),
        ("arn:aws:sns:us-east-1:123456789012:t", None),
        ("arn:aws:s3:::bucket", None),
        ("", None),
        ("arn:aws:sqs:us-east-1:123456789012:q.fifo", "InvalidParameterValueException"),
        ("arn:aws:sns:us-east-1:123456789012:t.fifo", "InvalidParameterValueException"),
        ("arn:aws:lambda:us-east-1:123456789012:function:g", "InvalidParameterValueException"),
        ("kafka://topic", "InvalidParameterValueException"),
        ("q", "ValidationException"),
        ("arn:aws:s3:::" + "b" * 350, "ValidationException"),
    ],
)
def test_failures_go_to_standard_queues_and_topics_and_to_buckets(arn: str, code: str | None) -> None:
    told = found(DestinationConfig={"OnFailure": {"Destination": arn}})
    assert [(member, got) for member, got, _ in told] == ([("DestinationConfig.OnFailure", code)] if code else [])


@pytest.mark.rule("ESM-08")
def test_successes_go_nowhere(capture: Any) -> None:
    recorded = capture("api_test_event_source_mapping_exceptions")["expected_event_or_destination_record"]
    expected = recorded["destination_config_failure"]["Error"]
    config = {"OnSuccess": {"Destination": "arn:aws:sqs:us-east-1:123456789012:q"}}
    assert found(DestinationConfig=config) == [("DestinationConfig.OnSuccess", expected["Code"], expected["Message"])]


@pytest.mark.rule("ESM-02")
@pytest.mark.parametrize("member", ["ScalingConfig", "ProvisionedPollerConfig"])
def test_settings_of_queues_are_not_for_streams(member: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        read_stream_mapping({member: {}})
    error = unsupported_by_streams(member)
    assert error is not None
    assert error.message == f"{member} isn't supported for this event source type"
    assert unsupported_by_streams("BatchSize") is None
    assert unsupported_by_queues("TumblingWindowInSeconds") is not None


@pytest.mark.rule("ESM-06", "ESM-09")
def test_missing_streams_and_second_mappings_are_refused_in_the_recorded_words(capture: Any) -> None:
    missing = capture("ddb_test_esm_with_not_existing_dynamodb_stream")["expected_event_or_destination_record"][
        "error"
    ]["Error"]
    arn = missing["Message"].removeprefix("Stream not found: ")
    assert (stream_missing(arn).code, stream_missing(arn).message) == (missing["Code"], missing["Message"])
    twice = capture("ddb_test_duplicate_event_source_mappings")["expected_event_or_destination_record"]["error"][
        "Error"
    ]
    arn = twice["Message"].split('(" ')[1].split(' ")')[0]
    error = stream_already_mapped(arn, "<resource:3>", "<uuid:2>")
    assert (error.code, error.message, error.status) == (twice["Code"], twice["Message"], 409)


@pytest.mark.rule("ESM-17")
def test_an_update_keeps_what_it_does_not_name_and_empty_containers_clear() -> None:
    before = read_stream_mapping(
        {
            "StartingPosition": "LATEST",
            "BatchSize": 7,
            "DestinationConfig": {"OnFailure": {"Destination": "arn:aws:s3:::b"}},
            "FilterCriteria": {"Filters": [{"Pattern": "{}"}]},
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
        }
    )
    assert merge_update(before, {"BatchSize": None, "MaximumRetryAttempts": 3}) == msgspec.structs.replace(
        before, maximum_retry_attempts=3
    )
    after = merge_update(
        before,
        {
            "DestinationConfig": {"OnFailure": {"Destination": ""}},
            "FilterCriteria": {},
            "FunctionResponseTypes": [],
        },
    )
    assert (after.destination_config, after.filter_criteria, after.function_response_types) == (None, None, ())
    assert merge_update(before, {"DestinationConfig": {}}).on_failure is None


def test_settings_tell_their_retry_policy() -> None:
    given = {"MaximumRetryAttempts": 2, "MaximumRecordAgeInSeconds": 60, "BisectBatchOnFunctionError": True}
    assert read_stream_mapping(given).retries == RetryPolicy(2, 60, bisect=True)
    assert read_stream_mapping({}).retries == RetryPolicy(-1, -1, bisect=False)
