"""Event source mappings through boto3, held against recordings of AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.control.lambdas import as_recorded, create, kinesis_stream, queue, refused, shown, table_stream

if TYPE_CHECKING:
    from eventsim import Simulation

NO_UUID = "4f2f5bbd-5a0c-4d3a-8a2b-0f0f0f0f0f0f"
OFFLINE = "arn:aws:sqs:us-east-1:123456789012:somequeue"


@pytest.mark.rule("ESM-01", "ESM-06", "ESM-08", "GEN-05")
def test_errors_are_those_of_aws(lam: Any, capture: Any) -> None:
    on_success = {"OnSuccess": {"Destination": "arn:aws:sqs:us-east-1:123456789012:other"}}
    found = {
        "get_unknown_uuid": refused(lam.get_event_source_mapping, UUID=NO_UUID),
        "delete_unknown_uuid": refused(lam.delete_event_source_mapping, UUID=NO_UUID),
        "update_unknown_uuid": refused(lam.update_event_source_mapping, UUID=NO_UUID, Enabled=False),
        "create_no_event_source_arn": refused(lam.create_event_source_mapping, FunctionName="doesnotexist"),
        "create_unknown_params": refused(
            lam.create_event_source_mapping, FunctionName="doesnotexist", EventSourceArn=OFFLINE
        ),
        "destination_config_failure": refused(
            lam.create_event_source_mapping,
            FunctionName="doesnotexist",
            EventSourceArn=OFFLINE,
            DestinationConfig=on_success,
        ),
    }
    assert found == capture("api_test_event_source_mapping_exceptions")["expected_event_or_destination_record"]


def created(lam: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """A mapping from a table's stream as the recordings have it, and the placeholders for its names."""
    create("worker")
    stream = table_stream("people")
    _, failures = queue("failures")
    made = shown(
        lam.create_event_source_mapping(
            FunctionName="worker",
            EventSourceArn=stream,
            DestinationConfig={"OnFailure": {"Destination": failures}},
            BatchSize=1,
            StartingPosition="TRIM_HORIZON",
            MaximumBatchingWindowInSeconds=1,
            MaximumRetryAttempts=1,
        )
    )
    names = {
        stream.rpartition("/")[2]: "<resource:1>",
        "people": "<resource:2>",
        "failures": "<resource:3>",
        made["UUID"]: "<resource:4>",
        "worker": "<resource:5>",
    }
    return made, names


@pytest.mark.rule("ESM-01", "ESM-12", "ESM-13", "ESM-15", "ESM-16")
def test_a_mapping_lives_through_the_states_of_aws(sim: Simulation, lam: Any, capture: Any) -> None:
    recorded = capture("api_test_event_source_mapping_lifecycle")["expected_event_or_destination_record"]
    made, names = created(lam)
    sim.run()
    got = shown(lam.get_event_source_mapping(UUID=made["UUID"]))
    deleted = shown(lam.delete_event_source_mapping(UUID=made["UUID"]))
    found = {"create_response": made, "get_response": got, "delete_response": deleted}
    assert as_recorded(found, **names) == recorded
    sim.run()
    assert refused(lam.get_event_source_mapping, UUID=made["UUID"])["Error"]["Code"] == "ResourceNotFoundException"


@pytest.mark.rule("ESM-24")
def test_a_mapping_outlives_its_function(sim: Simulation, lam: Any, capture: Any) -> None:
    recording = capture("api_test_event_source_mapping_lifecycle_delete_function")
    made, names = created(lam)
    sim.run()
    assert lam.delete_function(FunctionName="worker")["StatusCode"] == 204
    left = shown(lam.get_event_source_mapping(UUID=made["UUID"]))
    assert as_recorded(left, **names) == recording["mapping_config"]["get_response_post_delete"]
    deleted = shown(lam.delete_event_source_mapping(UUID=made["UUID"]))
    assert as_recorded(deleted, **names) == recording["mapping_config"]["delete_response"]


@pytest.mark.rule("ESM-07", "GEN-06")
@pytest.mark.parametrize("source", ["dynamodb", "kinesis"])
def test_starting_positions_are_refused_as_by_aws(lam: Any, capture: Any, source: str) -> None:
    create("f")
    arn = table_stream("t") if source == "dynamodb" else kinesis_stream("s")
    given = {"FunctionName": "f", "EventSourceArn": arn}
    call = lam.create_event_source_mapping
    found = {
        "no_starting_position": refused(call, **given),
        "invalid_starting_position": refused(call, **given, StartingPosition="invalid"),
    }
    name = "api_test_create_event_source_validation"
    if source == "dynamodb":
        found["incompatible_starting_position"] = refused(
            call, **given, StartingPosition="AT_TIMESTAMP", StartingPositionTimestamp="1741010802"
        )
        names = {"table/t/": "table/<table-name>/", arn.rpartition("/")[2]: "<stream-name>"}
        assert as_recorded(found, **names) == capture(name)["expected_event_or_destination_record"]
    else:
        assert found == capture(f"{name}_kinesis")["expected_event_or_destination_record"]


@pytest.mark.rule("ESM-16", "FLT-01")
def test_an_empty_list_of_filters_is_no_filter(lam: Any, capture: Any) -> None:
    create("f-filters")
    stream = table_stream("people")
    made = shown(
        lam.create_event_source_mapping(
            FunctionName="f-filters", EventSourceArn=stream, StartingPosition="LATEST", FilterCriteria={"Filters": []}
        )
    )
    names = {
        "table/people": "table/<table-name>",
        stream.rpartition("/")[2]: "<resource:1>",
        made["UUID"]: "<resource:2>",
        "f-filters": "<resource:3>",
    }
    recorded = capture("api_test_create_event_filter_criteria_validation")["expected_event_or_destination_record"]
    assert as_recorded({"response-with-empty-filters": made}, **names) == recorded


@pytest.mark.rule("ESM-02")
def test_kafka_is_refused_after_what_aws_itself_refuses(lam: Any, capture: Any) -> None:
    create("f")
    kafka = {"Endpoints": {"KAFKA_BOOTSTRAP_SERVERS": ["kafka:1000"]}}
    given = {"FunctionName": "f", "Topics": ["topic"], "SelfManagedEventSource": kafka}
    recorded = capture("api_test_create_event_source_self_managed")["expected_event_or_destination_record"]
    call = lam.create_event_source_mapping
    assert refused(call, **given) == recorded["missing-source-access-configuration"]
    access = [{"Type": "BASIC_AUTH", "URI": "arn:aws:secretsmanager:us-east-1:123456789012:secret:x"}]
    found = refused(call, **given, SourceAccessConfigurations=access)["Error"]
    assert found == {
        "Code": "InvalidParameterValueException",
        "Message": "SelfManagedEventSource (Kafka) is not supported by eventsim: mappings read SQS, Kinesis and "
        "DynamoDB Streams",
    }


@pytest.mark.rule("ESM-03", "ESM-12", "ESM-16")
def test_a_queues_mapping_has_the_defaults_and_the_limits_of_aws(sim: Simulation, lam: Any, capture: Any) -> None:
    recording = capture("sqs_test_event_source_mapping_default_batch_size")
    create("worker")
    arns = [queue("orders")[1], queue("others")[1]]
    made = shown(lam.create_event_source_mapping(FunctionName="worker", EventSourceArn=arns[0]))
    names = {"orders": "<resource:1>", "worker": "<resource:2>", made["UUID"]: "<uuid:1>"}
    expected = recording["mapping_config"]["create-event-source-mapping"]
    assert as_recorded(made, **names) == {**expected, "LastModified": "datetime"}
    sim.run()
    found = {
        "invalid-update-event-source-mapping": refused(
            lam.update_event_source_mapping, UUID=made["UUID"], BatchSize=11
        ),
        "invalid-create-event-source-mapping": refused(
            lam.create_event_source_mapping, FunctionName="worker", EventSourceArn=arns[1], BatchSize=11
        ),
    }
    assert found == recording["expected_event_or_destination_record"]


@pytest.mark.rule("ESM-06", "ESM-09", "FLT-02")
def test_sources_that_are_missing_or_taken_are_refused_as_by_aws(lam: Any, capture: Any) -> None:
    create("worker")
    call, f = lam.create_event_source_mapping, {"FunctionName": "worker"}

    def recorded(name: str) -> Any:
        (error,) = capture(name)["expected_event_or_destination_record"].values()
        return error

    assert refused(call, **f, EventSourceArn=OFFLINE) == recorded("sqs_test_esm_with_not_existing_sqs_queue")
    missing = "arn:aws:dynamodb:us-east-1:123456789012:table/test-table-4a53f4e8/stream/2025-02-22T03:03:25.490"
    given = {**f, "StartingPosition": "TRIM_HORIZON"}
    assert as_recorded(refused(call, **given, EventSourceArn=missing)) == recorded(
        "ddb_test_esm_with_not_existing_dynamodb_stream"
    )
    stream = table_stream("people")
    uuid = call(**given, EventSourceArn=stream)["UUID"]
    names = {"people": "<resource:1>", stream.rpartition("/")[2]: "<resource:2>", "worker": "<resource:3>"}
    assert as_recorded(refused(call, **given, EventSourceArn=stream), **names, **{uuid: "<uuid:2>"}) == recorded(
        "ddb_test_duplicate_event_source_mappings"
    )
    scalar = {"Filters": [{"Pattern": '{"eventSource": "aws:sqs"}'}]}
    assert refused(call, **f, EventSourceArn=queue()[1], FilterCriteria=scalar) == recorded(
        "sqs_test_sqs_invalid_event_filter_invalid_filter2"
    )
