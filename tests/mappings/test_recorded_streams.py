"""Stream mappings made through boto3 deliver, retry, filter and give up as was recorded from AWS."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from eventsim import Simulation
from tests.control.lambdas import create, queue, shown
from tests.recorded import Recording

if TYPE_CHECKING:
    from collections.abc import Iterator

RECORDED = "expected_event_or_destination_record"
CREATED = "create_event_source_mapping_response"
FAILURES: dict[str, str] = {
    "empty_string_item_identifier_failure": '{"batchItemFailures": [{"itemIdentifier": ""}]}',
    "invalid_key_foo_failure": '{"batchItemFailures": [{"foo": 123}]}',
    "invalid_key_foo_null_value_failure": '{"batchItemFailures": [{"foo": None}]}',
    "item_identifier_not_present_failure": '{"batchItemFailures": [{"itemIdentifier": 123}]}',
    "null_item_identifier_failure": '{"batchItemFailures": [{"itemIdentifier": None}]}',
    "unhandled_exception_in_function": "1 / 0",
}
SUCCESSES: dict[str, str] = {
    "empty_dict_success": "{}",
    "empty_list_success": "[]",
    "empty_string_success": '""',
    "null_batch_item_failure_success": '{"batchItemFailures": None}',
    "null_success": "None",
}
SETTINGS = (
    "BatchSize",
    "DestinationConfig",
    "Enabled",
    "FunctionResponseTypes",
    "MaximumBatchingWindowInSeconds",
    "MaximumRetryAttempts",
    "StartingPosition",
)


@pytest.fixture
def sim() -> Iterator[Simulation]:
    with Simulation() as simulation:
        yield simulation


def settings_of(config: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The settings that a recorded mapping was made with."""
    given = {name: config[name] for name in SETTINGS if config.get(name)}
    filters = config.get("FilterCriteria", {}).get("Filters", ())
    if filters:
        given["FilterCriteria"] = {"Filters": [{"Pattern": json.dumps(one["Pattern"])} for one in filters]}
    return {**given, **changes}


def mapped(stream: str, settings: dict[str, Any], function: str = "f") -> dict[str, Any]:
    """A new mapping of a function; what CreateEventSourceMapping answers."""
    return shown(
        boto3.client("lambda").create_event_source_mapping(FunctionName=function, EventSourceArn=stream, **settings)
    )


def returning(expression: str) -> None:
    create("f", f"def handler(event, context):\n    return {expression}\n")


def events(sim: Simulation, function: str = "f") -> list[Any]:
    return [one.event for one in sim.result.invocations if one.function == function]


def received(url: str) -> dict[str, Any]:
    return shown(boto3.client("sqs").receive_message(QueueUrl=url))


# -- Kinesis ---------------------------------------------------------------------------------------------


def stream_of_one_shard(sim: Simulation) -> str:
    kinesis = boto3.client("kinesis")
    kinesis.create_stream(StreamName="clicks", ShardCount=1)
    sim.run(for_s=60)
    arn: str = kinesis.describe_stream_summary(StreamName="clicks")["StreamDescriptionSummary"]["StreamARN"]
    return arn


def put_hello(key: str) -> None:
    boto3.client("kinesis").put_record(StreamName="clicks", Data=b"hello", PartitionKey=key)


@pytest.mark.rule("ESM-27", "ESM-16", "KIN-08", "KIN-13")
@pytest.mark.parametrize("name", SUCCESSES)
def test_a_stream_answer_that_is_success(sim: Simulation, capture: Any, name: str) -> None:
    recording = capture(f"kin_test_kinesis_report_batch_item_success_scenarios_{name}")
    config = recording["mapping_config"][CREATED]
    stream = stream_of_one_shard(sim)
    returning(SUCCESSES[name])
    made = mapped(stream, settings_of(config, DestinationConfig={"OnFailure": {}}))
    put_hello("test")
    sim.run()
    compared = Recording()
    assert compared.differences(config, made) == []
    assert compared.differences(recording[RECORDED], {"kinesis_events": events(sim)}) == []


@pytest.mark.rule("ESM-28", "STR-08", "STR-20", "STR-21")
@pytest.mark.parametrize(
    "name",
    ["item_identifier_not_present_failure", "null_item_identifier_failure", "unhandled_exception_in_function"],
)
def test_a_stream_answer_that_fails_the_batch(sim: Simulation, capture: Any, name: str) -> None:
    recording = capture(f"kin_test_kinesis_report_batch_item_failure_scenarios_{name}")
    config = recording["mapping_config"][CREATED]
    stream = stream_of_one_shard(sim)
    url, arn = queue("failures")
    returning(FAILURES[name])
    made = mapped(stream, settings_of(config, DestinationConfig={"OnFailure": {"Destination": arn}}))
    put_hello("test")
    sim.run()
    compared = Recording()
    assert compared.differences(config, made) == []
    found = {"kinesis_events": events(sim), "sqs_payload": received(url)}
    assert compared.differences(recording[RECORDED], found) == []


@pytest.mark.rule("STR-20", "STR-23", "SNS-03")
def test_a_topic_is_told_of_a_given_up_batch(sim: Simulation, capture: Any) -> None:
    recording = capture("kin_test_kinesis_event_source_mapping_with_sns_on_failure_destination_config")
    config = recording["mapping_config"][CREATED]
    stream = stream_of_one_shard(sim)
    topic = boto3.client("sns").create_topic(Name="failures")["TopicArn"]
    url, arn = queue("told")
    boto3.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    returning("1 / 0")
    made = mapped(stream, settings_of(config, DestinationConfig={"OnFailure": {"Destination": topic}}))
    put_hello("test")
    sim.run()
    compared = Recording()
    assert compared.differences(config, made) == []
    [message] = received(url)["Messages"]
    assert compared.differences(recording[RECORDED], {"failure_sns_message": json.loads(message["Body"])}) == []


@pytest.mark.rule("STR-36", "KIN-13")
def test_two_functions_read_one_stream_for_themselves(sim: Simulation, capture: Any) -> None:
    recording = capture("kin_test_create_kinesis_event_source_mapping_multiple_lambdas_single_kinesis_event_stream")
    stream = stream_of_one_shard(sim)
    compared = Recording()
    for name in "ab":
        create(name)
        config = recording["mapping_config"][f"{CREATED}-{name}"]
        assert compared.differences(config, mapped(stream, settings_of(config), name)) == []
    put_hello("test_1")
    sim.run()
    found = {f"kinesis_records-{name}": event for name in "ab" for event in events(sim, name)}
    assert compared.differences(recording[RECORDED], found) == []


@pytest.mark.rule("STR-02", "STR-15", "ESM-18", "KIN-05")
def test_what_was_written_before_the_mapping_is_delivered_in_order(sim: Simulation, capture: Any) -> None:
    recording = capture("kin_test_kinesis_event_source_trim_horizon")
    config = recording["mapping_config"][CREATED]
    stream = stream_of_one_shard(sim)
    create("f")

    def put_ten(key: str) -> None:
        entries = [{"Data": json.dumps({"record_id": n}).encode(), "PartitionKey": key} for n in range(10)]
        boto3.client("kinesis").put_records(StreamName="clicks", Records=entries)

    put_ten("test_0")
    put_ten("test_1")
    compared = Recording()
    assert compared.differences(config, mapped(stream, settings_of(config))) == []
    sim.run()
    put_ten("test_3")
    sim.run()
    found = [{"executionStart": one.at, "event": one.event} for one in sim.result.invocations]
    assert compared.differences(recording[RECORDED]["invocation_events"], found) == []


# -- DynamoDB --------------------------------------------------------------------------------------------


def table(sim: Simulation, key: str, view: str) -> str:
    client = boto3.client("dynamodb")
    made = client.create_table(
        TableName="people",
        KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": view},
    )
    sim.run(for_s=1)
    arn: str = made["TableDescription"]["LatestStreamArn"]
    return arn


def put(**item: Any) -> None:
    boto3.client("dynamodb").put_item(TableName="people", Item=item)


def put_hello_world() -> None:
    put(my_partition_key={"S": "hello world"}, binary_key={"B": b"foobar"})


@pytest.mark.rule("ESM-27", "DDB-07")
@pytest.mark.parametrize("name", [name for name in SUCCESSES if name != "empty_string_success"])
def test_a_table_answer_that_is_success(sim: Simulation, capture: Any, name: str) -> None:
    recording = capture(f"ddb_test_dynamodb_report_batch_item_success_scenarios_{name}")
    stream = table(sim, "my_partition_key", "NEW_IMAGE")
    returning(SUCCESSES[name])
    mapped(stream, {"StartingPosition": "TRIM_HORIZON", "FunctionResponseTypes": ["ReportBatchItemFailures"]})
    put_hello_world()
    sim.run()
    assert Recording().differences(recording[RECORDED], {"dynamodb_events": events(sim)}) == []


@pytest.mark.rule("ESM-28", "STR-08", "STR-20", "DDB-07")
@pytest.mark.parametrize("name", [name for name in FAILURES if name != "unhandled_exception_in_function"])
def test_a_table_answer_that_fails_the_batch(sim: Simulation, capture: Any, name: str) -> None:
    recording = capture(f"ddb_test_dynamodb_report_batch_item_failure_scenarios_{name}")
    stream = table(sim, "my_partition_key", "NEW_IMAGE")
    url, arn = queue("failures")
    returning(FAILURES[name])
    settings: dict[str, Any] = {
        "StartingPosition": "TRIM_HORIZON",
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "DestinationConfig": {"OnFailure": {"Destination": arn}},
        "MaximumRetryAttempts": 3,
    }
    mapped(stream, settings)
    put_hello_world()
    sim.run()
    found = {"dynamodb_events": events(sim), "destination_queue_messages": received(url)}
    assert Recording().differences(recording[RECORDED], found) == []


S = "S"
ITEMS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "content_filter_type": ({"id": {S: "id_value_1"}, "presentKey": {S: "presentValue"}}, {"id": {S: "id_value_2"}}),
    "content_multiple_filters": ({"id": {S: "id_value"}}, {"id": {S: "id_value"}, "id2": {S: "id2_new_value"}}),
    "content_or_filter": ({"id": {S: "id_value"}}, {"id": {S: "id_value"}, "id2": {S: "id2_new_value"}}),
    "exists_false_filter": ({"id": {S: "id_value_1"}}, {"id": {S: "id_value_2"}, "presentKey": {S: "presentValue"}}),
    "insert_same_entry_twice": (
        {"id": {S: "id_value"}, "id2": {S: "id2_value"}},
        {"id": {S: "id_value"}, "id2": {S: "id2_value"}},
    ),
    "numeric_filter": (
        {"id": {S: "id_value_1"}, "numericFilter": {"N": "42"}},
        {"id": {S: "id_value_2"}, "numericFilter": {"N": "101"}},
    ),
    "prefix_filter": (
        {"id": {S: "id_value_1"}, "prefix": {S: "us-1-other-suffix"}},
        {"id": {S: "id_value_2"}, "prefix": {S: "other-suffix"}},
    ),
}


@pytest.mark.rule("FLT-05", "FLT-10", "FLT-13", "DDB-03", "DDB-04", "DDB-07", "ESM-16")
@pytest.mark.parametrize("name", ITEMS)
def test_a_tables_filter_lets_the_recorded_changes_through(sim: Simulation, capture: Any, name: str) -> None:
    recording = capture(f"ddb_test_dynamodb_event_filter_{name}")
    config = recording["mapping_config"][CREATED]
    stream = table(sim, "id", "NEW_AND_OLD_IMAGES")
    create("f")
    compared = Recording()
    made = mapped(stream, settings_of(config))
    sim.run()
    first, second = ITEMS[name]
    put(**first)
    sim.run()
    assert compared.differences(config, made) == []
    assert compared.differences(recording[RECORDED]["lambda-log-events"], events(sim)) == []
    put(**second)
    sim.run()
    assert compared.differences(recording[RECORDED]["lambda-multiple-log-events"], events(sim)) == []


@pytest.mark.rule("ESM-12", "ESM-15", "ESM-23")
def test_a_disabled_table_mapping_delivers_nothing_more(sim: Simulation, capture: Any) -> None:
    recorded = capture("ddb_test_disabled_dynamodb_event_source_mapping")["mapping_config"]
    stream = table(sim, "id", "NEW_IMAGE")
    create("f")
    compared = Recording()
    made = mapped(stream, settings_of(recorded["create_event_source_mapping_result"]))
    assert compared.differences(recorded["create_event_source_mapping_result"], made) == []
    sim.run()
    put(id={S: "a"})
    sim.run()
    updated = shown(boto3.client("lambda").update_event_source_mapping(UUID=made["UUID"], Enabled=False))
    assert compared.differences(recorded["update_event_source_mapping_result"], updated) == []
    sim.run()
    put(id={S: "b"})
    sim.run(for_s=60)
    delivered = [record["dynamodb"]["Keys"] for event in events(sim) for record in event["Records"]]
    assert delivered == [{"id": {S: "a"}}]


@pytest.mark.rule("KIN-08", "ESM-22")
def test_records_name_the_role_that_the_function_has_at_the_time(sim: Simulation) -> None:
    stream = stream_of_one_shard(sim)
    roles = [f"arn:aws:iam::123456789012:role/path/{name}" for name in ("one", "two", "three")]
    create("f", Role=roles[0])
    create("g", Role=roles[2])
    lam = boto3.client("lambda")
    made = mapped(stream, {"StartingPosition": "TRIM_HORIZON"})
    for change in (
        lambda: None,
        lambda: lam.update_function_configuration(FunctionName="f", Role=roles[1]),
        lambda: lam.update_event_source_mapping(UUID=made["UUID"], FunctionName="g"),
    ):
        change()
        put_hello("k")
        sim.run()
    named = [record["invokeIdentityArn"] for one in sim.result.invocations for record in one.event["Records"]]
    assert named == roles
