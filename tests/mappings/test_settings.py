from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventsim.mappings.common_settings import merge_update
from eventsim.mappings.refusals import already_mapped, queue_missing, unsupported_by_queues
from eventsim.mappings.settings import check_queue_mapping, read_queue_mapping

WINDOW_NEEDED = "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"
POLLERS = "MinimumPollers should be between [2, 200] and MaximumPollers should be between [MinimumPollers, 10000]"


def refusals(
    *, fifo: bool = False, visibility: int | None = 30, timeout: int | None = 3, **properties: Any
) -> list[str]:
    settings = read_queue_mapping(properties)
    found = check_queue_mapping(settings, fifo=fifo, visibility_timeout_s=visibility, function_timeout_s=timeout)
    return [f"{member}: {error.message}" for member, error in found]


@pytest.mark.rule("ESM-02")
def test_settings_have_lambdas_names_and_defaults() -> None:
    assert msgspec.to_builtins(read_queue_mapping({})) == {
        "Enabled": True,
        "BatchSize": 10,
        "MaximumBatchingWindowInSeconds": 0,
        "FilterCriteria": None,
        "FunctionResponseTypes": (),
        "ScalingConfig": None,
        "ProvisionedPollerConfig": None,
        "MetricsConfig": None,
        "KMSKeyArn": None,
        "Tags": {},
    }


@pytest.mark.rule("ESM-02", "SQS-17", "SQS-18")
def test_the_limits_themselves_are_allowed() -> None:
    assert refusals(BatchSize=1) == []
    assert refusals(BatchSize=10_000, MaximumBatchingWindowInSeconds=300, ScalingConfig={"MaximumConcurrency": 2}) == []
    assert refusals(ScalingConfig={"MaximumConcurrency": 1000}, MetricsConfig={"Metrics": ["EventCount"]}) == []
    assert refusals(ProvisionedPollerConfig={"MinimumPollers": 200, "MaximumPollers": 10_000}) == []
    assert refusals(ProvisionedPollerConfig={"MaximumPollers": 2}) == []
    assert refusals(fifo=True, BatchSize=10, FunctionResponseTypes=["ReportBatchItemFailures"]) == []


@pytest.mark.rule("ESM-02", "GEN-06")
def test_numbers_and_words_out_of_range_are_refused_as_lambda_refuses_them() -> None:
    text = "1 validation error detected: Value '{}' at '{}' failed to satisfy constraint: Member must {}"
    assert refusals(
        BatchSize=0,
        MaximumBatchingWindowInSeconds=301,
        ScalingConfig={"MaximumConcurrency": 1},
        FunctionResponseTypes=["Report"],
        MetricsConfig={"Metrics": ["ErrorCount"]},
    ) == [
        "BatchSize: " + text.format(0, "batchSize", "have value greater than or equal to 1"),
        "MaximumBatchingWindowInSeconds: "
        + text.format(301, "maximumBatchingWindowInSeconds", "have value less than or equal to 300"),
        "ScalingConfig.MaximumConcurrency: "
        + text.format(1, "scalingConfig.maximumConcurrency", "have value greater than or equal to 2"),
        "FunctionResponseTypes: "
        + text.format(
            "[Report]",
            "functionResponseTypes",
            "satisfy constraint: [Member must satisfy enum value set: [ReportBatchItemFailures]]",
        ),
        "MetricsConfig.Metrics: "
        + text.format(
            "[ErrorCount]",
            "metricsConfig.metrics",
            "satisfy constraint: [Member must satisfy enum value set: [EventCount]]",
        ),
    ]
    twice = ["ReportBatchItemFailures", "ReportBatchItemFailures"]
    assert [line[-35:] for line in refusals(FunctionResponseTypes=twice)] == ["have length less than or equal to 1"]


@pytest.mark.rule("ESM-03")
def test_more_than_ten_need_a_window(capture: Any) -> None:
    recorded = capture("sqs_test_event_source_mapping_default_batch_size")["expected_event_or_destination_record"]
    assert recorded["invalid-create-event-source-mapping"]["message"] == WINDOW_NEEDED
    assert refusals(BatchSize=10) == []
    assert refusals(BatchSize=11, MaximumBatchingWindowInSeconds=1) == []
    assert refusals(BatchSize=11) == [f"BatchSize: {WINDOW_NEEDED}"]


@pytest.mark.rule("ESM-04")
def test_fifo_batches_have_no_window_and_ten_at_most() -> None:
    window = "MaximumBatchingWindowInSeconds: Batching window is not supported for FIFO queues"
    size = "BatchSize: Batch size must not exceed 10 for FIFO queues"
    assert refusals(fifo=True, MaximumBatchingWindowInSeconds=1) == [window]
    assert refusals(fifo=True, BatchSize=100) == [f"BatchSize: {WINDOW_NEEDED}", size]
    assert refusals(fifo=True, BatchSize=100, MaximumBatchingWindowInSeconds=5) == [window, size]


@pytest.mark.rule("ESM-05")
def test_the_function_may_not_outlast_the_visibility_timeout() -> None:
    assert refusals(visibility=30, timeout=30) == []
    assert refusals(visibility=30, timeout=31) == [
        "Queue: Queue visibility timeout: 30 seconds is less than Function timeout: 31 seconds"
    ]
    assert refusals(visibility=None, timeout=None) == []


@pytest.mark.rule("ESM-10")
def test_provisioned_mode_excludes_maximum_concurrency_and_needs_a_bound() -> None:
    exclusive = (
        "ScalingConfig: Provisioned mode for SQS ESM does not support maximum concurrency feature. Use MaximumPollers "
        "as the control mechanism and remove maximum concurrency."
    )
    neither = (
        "ProvisionedPollerConfig: Either MinimumPollers or MaximumPollers are required if ProvisionedPollerConfig is "
        "provided."
    )
    assert refusals(ScalingConfig={"MaximumConcurrency": 2}, ProvisionedPollerConfig={}) == [exclusive, neither]
    assert refusals(ScalingConfig={}, ProvisionedPollerConfig={"MinimumPollers": 2}) == []


@pytest.mark.rule("ESM-10", "SQS-18")
@pytest.mark.parametrize(
    "config",
    [
        {"MinimumPollers": 1},
        {"MinimumPollers": 201},
        {"MaximumPollers": 1},
        {"MaximumPollers": 10_001},
        {"MinimumPollers": 10, "MaximumPollers": 9},
    ],
)
def test_pollers_out_of_range_are_refused(config: dict[str, int]) -> None:
    assert refusals(ProvisionedPollerConfig=config) == [f"ProvisionedPollerConfig: {POLLERS}"]


@pytest.mark.rule("ESM-02", "ESM-08")
def test_settings_of_streams_are_refused_for_queues() -> None:
    said = {
        member: unsupported_by_queues(member) for member in ("DestinationConfig", "MaximumRetryAttempts", "BatchSize")
    }
    assert {member: str(error) if error else None for member, error in said.items()} == {
        "DestinationConfig": "InvalidParameterValueException: Unsupported DestinationConfig parameter for given event "
        "source mapping type.",
        "MaximumRetryAttempts": "InvalidParameterValueException: MaximumRetryAttempts isn't supported for this event "
        "source type",
        "BatchSize": None,
    }


@pytest.mark.rule("ESM-06", "ESM-09")
def test_a_missing_queue_and_a_second_mapping_are_refused_with_lambdas_texts(capture: Any) -> None:
    recorded = capture("sqs_test_esm_with_not_existing_sqs_queue")["expected_event_or_destination_record"]
    assert queue_missing().message in str(recorded)
    error = already_mapped("arn:aws:sqs:us-east-1:123456789012:orders", "worker", "uuid")
    assert (error.code, error.status, error.message) == (
        "ResourceConflictException",
        409,
        (
            'An event source mapping with SQS arn (" arn:aws:sqs:us-east-1:123456789012:orders ") and function '
            '(" worker ") already exists. Please update or delete the existing mapping with UUID uuid'
        ),
    )


@pytest.mark.rule("ESM-17")
def test_an_update_keeps_what_it_does_not_name_or_names_null() -> None:
    before = read_queue_mapping({"BatchSize": 5, "ScalingConfig": {"MaximumConcurrency": 3}, "Tags": {"a": "b"}})
    assert merge_update(before, {}) == before
    assert merge_update(before, {"BatchSize": None, "ScalingConfig": None}) == before
    changed = merge_update(before, {"Enabled": False, "BatchSize": 7})
    assert (changed.enabled, changed.batch_size, changed.maximum_concurrency) == (False, 7, 3)


@pytest.mark.rule("ESM-17")
def test_an_update_with_empty_containers_clears() -> None:
    full = read_queue_mapping(
        {
            "FilterCriteria": {"Filters": [{"Pattern": "{}"}]},
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
            "ScalingConfig": {"MaximumConcurrency": 3},
            "MetricsConfig": {"Metrics": ["EventCount"]},
            "ProvisionedPollerConfig": {"MinimumPollers": 2},
            "KMSKeyArn": "arn",
        }
    )
    cleared = {
        "FilterCriteria": {},
        "FunctionResponseTypes": [],
        "ScalingConfig": {},
        "MetricsConfig": {"Metrics": []},
        "ProvisionedPollerConfig": {},
        "KMSKeyArn": "",
    }
    assert merge_update(full, cleared) == read_queue_mapping({})


@pytest.mark.rule("ESM-17")
@pytest.mark.parametrize("member", ["EventSourceArn", "StartingPosition", "StartingPositionTimestamp", "batch_size"])
def test_an_update_can_not_name_what_it_can_not_change(member: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=member):
        merge_update(read_queue_mapping({}), {member: "x"})


@given(st.integers(1, 10_000), st.integers(0, 300), st.booleans())
def test_updating_in_two_parts_is_updating_at_once(size: int, window: int, enabled: bool) -> None:
    one, other = {"BatchSize": size}, {"MaximumBatchingWindowInSeconds": window, "Enabled": enabled}
    start = read_queue_mapping({})
    assert merge_update(merge_update(start, one), other) == merge_update(start, {**one, **other})


def test_what_settings_mean_is_told() -> None:
    settings = read_queue_mapping(
        {
            "FilterCriteria": {"Filters": [{"Pattern": '{"body":[1]}'}, {"Pattern": "{}"}]},
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
            "ScalingConfig": {"MaximumConcurrency": 4},
        }
    )
    assert settings.patterns == ['{"body":[1]}', "{}"]
    assert settings.reports_batch_item_failures
    assert settings.maximum_concurrency == 4
