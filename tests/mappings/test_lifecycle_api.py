"""A mapping as Lambda's API shows and changes it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from eventsim.errors import AwsError
from tests.simulation.building import add_function, add_mapping, run

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventsim.mappings.queue_lifecycle import QueueMapping
    from eventsim.simulation import Simulation

PATTERN = '{"body": {"kind": ["a"]}}'


def made(look: Callable[[QueueMapping], object] = lambda _: None, **properties: Any) -> QueueMapping:
    """A mapping after a run of no length, in which *look* is called with it."""

    def build(simulation: Simulation) -> None:
        simulation.queues.create("q")
        mapping = add_mapping(simulation, add_function(simulation), "q", **properties)
        simulation.world.loop.call_at_step(0, (1,), lambda: look(mapping))
        mappings.append(mapping)

    mappings: list[QueueMapping] = []
    run(build, for_s=0)
    return mappings[0]


@pytest.mark.rule("ESM-01", "ESM-15", "ESM-16")
def test_a_plain_mapping_reads_back_as_real_aws_showed_it(capture: Callable[[str], Any]) -> None:
    recorded = capture("sqs_test_sqs_event_source_mapping")["mapping_config"]["create-event-source-mapping-response"]
    window_s = recorded["MaximumBatchingWindowInSeconds"]
    shown = made(MaximumBatchingWindowInSeconds=window_s).read()
    assert set(shown) == set(recorded) - {"ResponseMetadata"}
    fixed = ("BatchSize", "FunctionResponseTypes", "MaximumBatchingWindowInSeconds", "StateTransitionReason")
    assert [shown[name] for name in fixed] == [recorded[name] for name in fixed]


@pytest.mark.rule("ESM-01", "ESM-12", "ESM-15", "ESM-16")
def test_every_optional_member_is_shown_when_it_is_set() -> None:
    mapping = made(
        BatchSize=7,
        FilterCriteria={"Filters": [{"Pattern": PATTERN}]},
        FunctionResponseTypes=["ReportBatchItemFailures"],
        ScalingConfig={"MaximumConcurrency": 9},
        MetricsConfig={"Metrics": ["EventCount"]},
        KMSKeyArn="arn:aws:kms:us-east-1:123456789012:key/1",
        Enabled=False,
    )
    assert mapping.read() == {
        "UUID": mapping.uuid,
        "EventSourceMappingArn": f"arn:aws:lambda:us-east-1:123456789012:event-source-mapping:{mapping.uuid}",
        "EventSourceArn": "arn:aws:sqs:us-east-1:123456789012:q",
        "FunctionArn": "arn:aws:lambda:us-east-1:123456789012:function:f",
        "BatchSize": 7,
        "MaximumBatchingWindowInSeconds": 0,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "LastModified": datetime(2026, 1, 1, tzinfo=UTC),
        "State": "Disabled",
        "StateTransitionReason": "USER_INITIATED",
        "FilterCriteria": {"Filters": [{"Pattern": PATTERN}]},
        "ScalingConfig": {"MaximumConcurrency": 9},
        "MetricsConfig": {"Metrics": ["EventCount"]},
        "KMSKeyArn": "arn:aws:kms:us-east-1:123456789012:key/1",
    }
    assert len(mapping.uuid) == 36


@pytest.mark.rule("ESM-10", "ESM-17")
def test_empty_containers_clear_and_the_settings_that_exclude_each_other_can_be_exchanged() -> None:
    changes = {
        "ScalingConfig": {},
        "FilterCriteria": {},
        "MetricsConfig": {"Metrics": []},
        "FunctionResponseTypes": [],
        "ProvisionedPollerConfig": {"MinimumPollers": 3},
    }
    shown = made(
        lambda mapping: mapping.update(changes),
        ScalingConfig={"MaximumConcurrency": 9},
        FilterCriteria={"Filters": [{"Pattern": PATTERN}]},
        MetricsConfig={"Metrics": ["EventCount"]},
        FunctionResponseTypes=["ReportBatchItemFailures"],
    ).read()
    assert shown["ProvisionedPollerConfig"] == {"MinimumPollers": 3}
    assert shown["FunctionResponseTypes"] == []
    assert not {"ScalingConfig", "FilterCriteria", "MetricsConfig"} & set(shown)


@pytest.mark.rule("ESM-02", "ESM-03", "ESM-17", "FLT-02")
@pytest.mark.parametrize(
    ("changes", "code", "text"),
    [
        (
            {"BatchSize": 11},
            "InvalidParameterValueException",
            "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10",
        ),
        (
            {"Enabled": False, "ScalingConfig": {"MaximumConcurrency": 1}},
            "ValidationException",
            (
                "1 validation error detected: Value '1' at 'scalingConfig.maximumConcurrency' failed to satisfy "
                "constraint: Member must have value greater than or equal to 2"
            ),
        ),
        (
            {"FilterCriteria": {"Filters": [{"Pattern": "{no"}]}},
            "InvalidParameterValueException",
            "Invalid filter pattern definition.",
        ),
        ({"EventSourceArn": "arn"}, "ValidationException", "Object contains unknown field `EventSourceArn`"),
    ],
)
def test_a_rejected_update_changes_nothing(changes: dict[str, Any], code: str, text: str) -> None:
    mapping = made()
    before = mapping.read()
    with pytest.raises(AwsError) as raised:
        mapping.update(changes)
    assert (raised.value.code, raised.value.message) == (code, text)
    assert (mapping.read(), mapping.polls) == (before, True)


@pytest.mark.rule("ESM-14", "GEN-05")
def test_a_busy_mapping_answers_resource_in_use() -> None:
    def twice(mapping: QueueMapping) -> None:
        mapping.update({"BatchSize": 5})
        with pytest.raises(AwsError) as raised:
            mapping.update({"BatchSize": 6})
        refused.append(raised.value)

    refused: list[AwsError] = []
    mapping = made(twice)
    [error] = refused
    assert (error.code, error.status, error.fault) == ("ResourceInUseException", 400, "User")
    assert error.message == "Cannot update the event source mapping because it is in use."
    assert (mapping.read()["BatchSize"], mapping.read()["State"]) == (5, "Updating")


@pytest.mark.rule("ESM-12", "ESM-23")
def test_it_polls_until_the_transition_that_stops_it_has_ended() -> None:
    seen: list[tuple[float, str, bool]] = []

    def build(simulation: Simulation) -> None:
        simulation.queues.create("q")
        mapping = add_mapping(simulation, add_function(simulation), "q")
        loop = simulation.world.loop

        def look() -> None:
            seen.append((loop.time(), mapping.read()["State"], mapping.polls))

        for at_s, change in ((1.0, {"Enabled": False}), (3.0, {"BatchSize": 2}), (5.0, {"Enabled": True})):
            loop.call_at(at_s, mapping.update, change)
        for at_s in (0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5):
            loop.call_at(at_s, look)

    run(build)
    assert seen == [
        (0.5, "Enabled", True), (1.5, "Disabling", True), (2.5, "Disabled", False), (3.5, "Updating", False),
        (4.5, "Disabled", False), (5.5, "Enabling", False), (6.5, "Enabled", True),
    ]  # fmt: skip
