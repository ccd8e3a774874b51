"""Event source mappings through boto3: what is refused, changed and listed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.control.lambdas import create, kinesis_stream, queue, refused, shown, table_stream

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventsim import Simulation

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f"


@pytest.mark.rule("ESM-15", "ESM-16")
def test_a_queues_mapping_is_shown_with_exactly_its_members(sim: Simulation, lam: Any) -> None:
    arn = queue()[1]
    create("f")
    pattern = '{"body": {"a": [1]}}'
    made = shown(
        lam.create_event_source_mapping(
            FunctionName="f",
            EventSourceArn=arn,
            BatchSize=50,
            MaximumBatchingWindowInSeconds=2,
            FunctionResponseTypes=["ReportBatchItemFailures"],
            FilterCriteria={"Filters": [{"Pattern": pattern}]},
            ScalingConfig={"MaximumConcurrency": 5},
        )
    )
    uuid, modified = made["UUID"], made.pop("LastModified")
    assert modified.timestamp() == 1767225600
    assert made == {
        "UUID": uuid,
        "EventSourceMappingArn": f"arn:aws:lambda:us-east-1:123456789012:event-source-mapping:{uuid}",
        "EventSourceArn": arn,
        "FunctionArn": FUNCTION,
        "BatchSize": 50,
        "MaximumBatchingWindowInSeconds": 2,
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "FilterCriteria": {"Filters": [{"Pattern": pattern}]},
        "ScalingConfig": {"MaximumConcurrency": 5},
        "State": "Creating",
        "StateTransitionReason": "USER_INITIATED",
    }


@pytest.mark.rule("ESM-02", "ESM-03", "ESM-04", "ESM-05", "ESM-06", "ESM-08", "ESM-09", "ESM-10", "ESM-11", "GEN-06")
@pytest.mark.parametrize(
    ("source", "members", "code", "message"),
    [
        ("q", {"BatchSize": 11}, "InvalidParameterValueException", "Maximum batch window in seconds must be greater t"),
        (
            "q",
            {"BatchSize": 10_001},
            "ValidationException",
            "1 validation error detected: Value '10001' at 'batchSize'",
        ),
        (
            "q.fifo",
            {"MaximumBatchingWindowInSeconds": 1},
            "InvalidParameterValueException",
            "Batching window is not su",
        ),
        (
            "slow",
            {},
            "InvalidParameterValueException",
            "Queue visibility timeout: 2 seconds is less than Function timeout: 3 seconds",
        ),
        (
            "missing",
            {},
            "InvalidParameterValueException",
            "Error occurred while ReceiveMessage. SQS Error Code: AWS.SimpleQueueService.NonExistentQueue. SQS Error ",
        ),
        ("q", {"ParallelizationFactor": 2}, "InvalidParameterValueException", "ParallelizationFactor isn't supported"),
        (
            "q",
            {"Topics": ["topic"]},
            "InvalidParameterValueException",
            "Unsupported Topics parameter for given event sour",
        ),
        ("q", {"FunctionName": "g"}, "InvalidParameterValueException", "Function does not exist"),
        ("q", {"FunctionName": "f:live"}, "InvalidParameterValueException", "Function does not exist"),
        ("q", {"ProvisionedPollerConfig": {}}, "InvalidParameterValueException", "Either MinimumPollers or MaximumPol"),
        (
            "q",
            {"FilterCriteria": {"Filters": [{"Pattern": "{"}]}},
            "InvalidParameterValueException",
            "Invalid filter pattern definition",
        ),
        (
            "q",
            {"FunctionResponseTypes": ["Invented"]},
            "ValidationException",
            "1 validation error detected: Value '[Invented]' at 'functionResponseTypes' failed to satisfy constraint: ",
        ),
        (
            "kinesis",
            {"StartingPosition": "LATEST", "ScalingConfig": {"MaximumConcurrency": 2}},
            "InvalidParameterValueException",
            "ScalingConfig isn't supported for this event source type",
        ),
        (
            "kinesis",
            {"StartingPosition": "LATEST", "TumblingWindowInSeconds": 5, "ParallelizationFactor": 2},
            "InvalidParameterValueException",
            "TumblingWindowInSeconds can't be used together with a ParallelizationFactor",
        ),
        ("gone", {"StartingPosition": "LATEST"}, "InvalidParameterValueException", "Stream not found: arn:aws:kinesis"),
        (
            "kafka",
            {"StartingPosition": "LATEST", "Topics": ["topic"]},
            "InvalidParameterValueException",
            "Amazon MSK as an event source is not supported by eventsim",
        ),
        ("bucket", {}, "InvalidParameterValueException", "Unrecognized event source."),
    ],
)
def test_what_lambda_refuses_makes_no_mapping(
    lam: Any, source: str, members: dict[str, Any], code: str, message: str
) -> None:
    create("f")
    sources: dict[str, Callable[[], str]] = {
        "q": lambda: queue()[1],
        "q.fifo": lambda: queue("q.fifo", FifoQueue="true")[1],
        "slow": lambda: queue("slow", VisibilityTimeout="2")[1],
        "kinesis": kinesis_stream,
        "missing": lambda: "arn:aws:sqs:us-east-1:123456789012:missing",
        "gone": lambda: "arn:aws:kinesis:us-east-1:123456789012:stream/gone",
        "kafka": lambda: "arn:aws:kafka:us-east-1:123456789012:cluster/c/0b1c2d3e-1111-2222-3333-444455556666-1",
        "bucket": lambda: "arn:aws:s3:::bucket",
    }
    given = {"FunctionName": "f", "EventSourceArn": sources[source](), **members}
    error = refused(lam.create_event_source_mapping, **given)["Error"]
    assert (error["Code"], error["Message"][: len(message)]) == (code, message)
    assert lam.list_event_source_mappings()["EventSourceMappings"] == []


@pytest.mark.rule("ESM-09")
def test_one_source_and_one_reference_have_one_mapping(lam: Any) -> None:
    create("f", Publish=True)
    arn, stream = queue()[1], table_stream("t")
    call = lam.create_event_source_mapping
    first = call(FunctionName="f", EventSourceArn=arn)["UUID"]
    second = call(FunctionName=f"{FUNCTION}:1", EventSourceArn=arn)["UUID"]
    third = call(FunctionName="f", EventSourceArn=stream, StartingPosition="LATEST")["UUID"]
    end = "already exists. Please update or delete the existing mapping with UUID"
    assert refused(call, FunctionName=FUNCTION, EventSourceArn=arn)["Error"] == {
        "Code": "ResourceConflictException",
        "Message": f'An event source mapping with SQS arn (" {arn} ") and function (" f ") {end} {first}',
    }
    assert refused(call, FunctionName="f:1", EventSourceArn=arn)["Error"]["Message"].endswith(second)
    assert refused(call, FunctionName="f", EventSourceArn=stream, StartingPosition="LATEST")["Error"] == {
        "Code": "ResourceConflictException",
        "Message": f'The event source arn (" {stream} ") and function (" f ") provided mapping {end} {third}',
    }


@pytest.mark.rule("ESM-12", "ESM-13", "ESM-14", "ESM-17")
def test_changes_pass_through_their_states_and_a_busy_mapping_refuses_more(sim: Simulation, lam: Any) -> None:
    create("f")
    uuid = lam.create_event_source_mapping(FunctionName="f", EventSourceArn=queue()[1])["UUID"]
    busy = "event source mapping because it is in use."

    def state() -> str:
        found: str = lam.get_event_source_mapping(UUID=uuid)["State"]
        return found

    def refusals() -> list[tuple[str, str]]:
        errors = [
            refused(lam.update_event_source_mapping, UUID=uuid, BatchSize=5)["Error"],
            refused(lam.delete_event_source_mapping, UUID=uuid)["Error"],
        ]
        return [(one["Code"], one["Message"]) for one in errors]

    expected = [
        ("ResourceInUseException", f"Cannot update the {busy}"),
        ("ResourceInUseException", f"Cannot delete the {busy}"),
    ]
    assert (state(), refusals()) == ("Creating", expected)
    sim.run(for_s=0.9)
    assert state() == "Creating"
    sim.run(for_s=0.1)
    assert state() == "Enabled"
    for changes, passing, final in (
        ({"BatchSize": 5}, "Updating", "Enabled"),
        ({"Enabled": False}, "Disabling", "Disabled"),
        ({"MaximumBatchingWindowInSeconds": 3}, "Updating", "Disabled"),
        ({"Enabled": True}, "Enabling", "Enabled"),
    ):
        assert lam.update_event_source_mapping(UUID=uuid, **changes)["State"] == passing
        assert refusals() == expected
        sim.run(for_s=1)
        assert state() == final
    got = lam.get_event_source_mapping(UUID=uuid)
    assert (got["BatchSize"], got["MaximumBatchingWindowInSeconds"]) == (5, 3)
    error = refused(lam.update_event_source_mapping, UUID=uuid, FunctionName="g", BatchSize=7)["Error"]
    assert error["Message"] == "Function does not exist"
    assert shown(lam.get_event_source_mapping(UUID=uuid)) == shown(got)


@pytest.mark.rule("ESM-17")
def test_empty_containers_clear_and_a_refused_update_changes_nothing(sim: Simulation, lam: Any) -> None:
    create("f")
    uuid = lam.create_event_source_mapping(
        FunctionName="f",
        EventSourceArn=queue()[1],
        FilterCriteria={"Filters": [{"Pattern": '{"body": [1]}'}]},
        FunctionResponseTypes=["ReportBatchItemFailures"],
        ScalingConfig={"MaximumConcurrency": 5},
        MetricsConfig={"Metrics": ["EventCount"]},
    )["UUID"]
    sim.run()
    before = shown(lam.get_event_source_mapping(UUID=uuid))
    call = lam.update_event_source_mapping
    errors = [
        refused(call, UUID=uuid, BatchSize=11)["Error"]["Code"],
        refused(call, UUID=uuid, ParallelizationFactor=2)["Error"]["Code"],
        refused(call, UUID=uuid, ProvisionedPollerConfig={"MinimumPollers": 2})["Error"]["Code"],
        refused(call, UUID=uuid, FilterCriteria={"Filters": [{"Pattern": "["}]})["Error"]["Code"],
    ]
    assert errors == ["InvalidParameterValueException"] * 4
    assert shown(lam.get_event_source_mapping(UUID=uuid)) == before
    cleared = {
        "FilterCriteria": {},
        "FunctionResponseTypes": [],
        "ScalingConfig": {},
        "MetricsConfig": {"Metrics": []},
    }
    after = shown(call(UUID=uuid, **cleared))
    kept = {name: value for name, value in before.items() if name not in cleared}
    assert after == {**kept, "FunctionResponseTypes": [], "State": "Updating", "LastModified": after["LastModified"]}


@pytest.mark.rule("ESM-12")
def test_what_is_made_disabled_is_so_at_once_for_queues_only(sim: Simulation, lam: Any) -> None:
    create("f")
    call = lam.create_event_source_mapping
    made = call(FunctionName="f", EventSourceArn=queue()[1], Enabled=False)
    assert made["State"] == "Disabled"
    made = call(FunctionName="f", EventSourceArn=kinesis_stream(), Enabled=False, StartingPosition="LATEST")
    assert made["State"] == "Creating"
    sim.run()
    assert lam.get_event_source_mapping(UUID=made["UUID"])["State"] == "Disabled"


def test_mappings_are_listed_by_source_and_by_function(lam: Any) -> None:
    create("f", Publish=True)
    create("g")
    one, other = queue("one")[1], queue("other")[1]
    pairs = [("f", one), ("f:1", one), ("g", one), ("f", other)]
    for name, arn in pairs:
        lam.create_event_source_mapping(FunctionName=name, EventSourceArn=arn)

    def listed(**given: Any) -> list[tuple[str, str]]:
        found = lam.list_event_source_mappings(**given)["EventSourceMappings"]
        return [(mapping["FunctionArn"].split(":", 6)[6], mapping["EventSourceArn"]) for mapping in found]

    assert listed() == pairs
    assert listed(EventSourceArn=one) == pairs[:3]
    assert listed(FunctionName="f") == [pairs[0], pairs[1], pairs[3]]
    assert listed(FunctionName="f:1") == [pairs[1]]
    assert listed(FunctionName="g", EventSourceArn=other) == []
    first = lam.list_event_source_mappings(MaxItems=3)
    assert len(first["EventSourceMappings"]) == 3
    assert len(lam.list_event_source_mappings(Marker=first["NextMarker"])["EventSourceMappings"]) == 1


def test_a_mappings_tags_are_kept(lam: Any) -> None:
    create("f")
    arn = lam.create_event_source_mapping(FunctionName="f", EventSourceArn=queue()[1], Tags={"a": "1"})[
        "EventSourceMappingArn"
    ]
    lam.tag_resource(Resource=arn, Tags={"b": "2"})
    assert lam.list_tags(Resource=arn)["Tags"] == {"a": "1", "b": "2"}


def test_mappings_of_python_can_be_changed_through_the_api(sim: Simulation, lam: Any) -> None:
    sim.queue("q")
    sim.function("f", lambda event, context: None).on_queue("q")
    create("g", "def handler(event, context):\n    return 'g'\n")
    (found,) = lam.list_event_source_mappings()["EventSourceMappings"]
    assert found["State"] == "Enabled"
    lam.update_event_source_mapping(UUID=found["UUID"], FunctionName="g")
    sim.run()
    sim.queues["q"].send("m")
    assert [one.response for one in sim.run().invocations] == ["g"]


@pytest.mark.rule("FLT-21")
def test_a_list_does_not_show_encrypted_filter_criteria(sim: Simulation, lam: Any) -> None:
    create("f")
    uuid = lam.create_event_source_mapping(
        FunctionName="f",
        EventSourceArn=queue()[1],
        FilterCriteria={"Filters": [{"Pattern": '{"body": {"a": [1]}}'}]},
        KMSKeyArn="arn:aws:kms:us-east-1:123456789012:key/0d9c2a1e-5b5f-4a0e-9c8e-3a6f7a1b2c3d",
    )["UUID"]
    (listed,) = lam.list_event_source_mappings()["EventSourceMappings"]
    assert ("FilterCriteria" in listed, listed["UUID"]) == (False, uuid)
    assert lam.get_event_source_mapping(UUID=uuid)["FilterCriteria"] == {
        "Filters": [{"Pattern": '{"body": {"a": [1]}}'}]
    }
