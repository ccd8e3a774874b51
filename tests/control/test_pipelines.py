"""Whole pipelines made with boto3 alone: queues, streams and events in, functions from zip files, metrics out."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

from eventsim import Simulation
from tests.control.lambdas import create, kinesis_stream, payload, queue, table_stream, zipped

COUNT = "def handler(event, context):\n    return len(event['Records'])\n"


@pytest.mark.rule("ESM-12", "ESM-13", "ESM-18")
def test_a_queue_a_function_and_a_mapping(sim: Simulation, lam: Any) -> None:
    url, arn = queue()
    create("f", COUNT)
    lam.create_event_source_mapping(FunctionName="f", EventSourceArn=arn, BatchSize=5)
    for n in range(7):
        boto3.client("sqs").send_message(QueueUrl=url, MessageBody=str(n))
    result = sim.run()
    assert [(one.at, one.mapping, one.response) for one in result.invocations] == [(1, "f/q", 5), (1, "f/q", 2)]
    assert (result.functions["f"]["Invocations"], result.mappings["f/q"]["DeletedEventCount"]) == (2, 7)
    assert result.queues["q"] == {"visible": 0, "in_flight": 0, "delayed": 0}


@pytest.mark.rule("GEN-04")
def test_the_same_calls_make_the_same_trace() -> None:
    def trace() -> bytes:
        with Simulation(seed=7) as sim:
            url, arn = queue(VisibilityTimeout="10")
            create("f", "def handler(event, context):\n    return 1 / (int(context.aws_request_id[-1], 16) > 5)\n")
            boto3.client("lambda").create_event_source_mapping(FunctionName="f", EventSourceArn=arn, BatchSize=2)
            for n in range(8):
                boto3.client("sqs").send_message(QueueUrl=url, MessageBody=str(n))
            boto3.client("lambda").invoke(FunctionName="f")
            sim.run(for_s=100)
            return sim.trace.to_bytes()

    assert trace() == trace()


@pytest.mark.rule("ESM-02", "ESM-12")
@pytest.mark.parametrize("kind", ["kinesis", "dynamodb"])
def test_a_stream_is_read_from_the_moment_of_its_mapping(sim: Simulation, lam: Any, kind: str) -> None:
    create("f", COUNT)

    def write(key: str) -> None:
        if kind == "kinesis":
            boto3.client("kinesis").put_record(StreamName="s", Data=b"x", PartitionKey=key)
        else:
            boto3.client("dynamodb").put_item(TableName="s", Item={"id": {"S": key}})

    arn = kinesis_stream("s") if kind == "kinesis" else table_stream("s")
    sim.run()
    write("before")
    lam.create_event_source_mapping(FunctionName="f", EventSourceArn=arn, StartingPosition="LATEST")
    write("after")
    assert [one.response for one in sim.run(for_s=10).invocations] == [1]


@pytest.mark.rule("ESM-22")
def test_an_aliased_mapping_follows_its_alias(sim: Simulation, lam: Any) -> None:
    url, arn = queue()
    send = boto3.client("sqs").send_message
    create("f", "def handler(event, context):\n    return 1\n", Publish=True)
    lam.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    made = lam.create_event_source_mapping(FunctionName="f:live", EventSourceArn=arn)
    assert made["FunctionArn"].endswith(":function:f:live")
    code = zipped({"app.py": "def handler(event, context):\n    return 2, context.invoked_function_arn\n"})
    lam.update_function_code(FunctionName="f", ZipFile=code, Publish=True)
    send(QueueUrl=url, MessageBody="a")
    sim.run()
    lam.update_alias(FunctionName="f", Name="live", FunctionVersion="2")
    send(QueueUrl=url, MessageBody="b")
    assert [one.response for one in sim.run().invocations] == [1, [2, made["FunctionArn"]]]


@pytest.mark.rule("ESM-22")
def test_a_mapping_is_retargeted_and_keeps_its_uuid_and_its_checkpoint(sim: Simulation, lam: Any) -> None:
    create("old", COUNT)
    create("new", COUNT)
    arn, put = kinesis_stream("s"), boto3.client("kinesis").put_record
    put(StreamName="s", Data=b"1", PartitionKey="k")
    made = lam.create_event_source_mapping(FunctionName="old", EventSourceArn=arn, StartingPosition="TRIM_HORIZON")
    sim.run(for_s=5)
    changed = lam.update_event_source_mapping(UUID=made["UUID"], FunctionName="new")
    assert (changed["State"], changed["FunctionArn"][-3:]) == ("Updating", "new")
    put(StreamName="s", Data=b"2", PartitionKey="k")
    sim.run(for_s=5)
    put(StreamName="s", Data=b"3", PartitionKey="k")
    functions = [one.function for one in sim.run(for_s=5).invocations]
    assert sorted(functions) == functions[::-1] or functions[0] == "old"
    assert functions[-1] == "new"
    assert len(functions) == 3
    got = lam.get_event_source_mapping(UUID=made["UUID"])
    assert (got["State"], got["FunctionArn"], got["LastProcessingResult"]) == ("Enabled", changed["FunctionArn"], "OK")


@pytest.mark.rule("ESM-24")
@pytest.mark.parametrize("made_with", ["boto3", "python"])
def test_messages_come_back_while_their_function_is_deleted(sim: Simulation, lam: Any, made_with: str) -> None:
    url, arn = queue(VisibilityTimeout="20")
    if made_with == "boto3":
        create("f", COUNT)
        lam.create_event_source_mapping(FunctionName="f", EventSourceArn=arn)
    else:
        sim.function("f", lambda event, context: len(event["Records"])).on_queue("q")
    sim.run()
    lam.delete_function(FunctionName="f")
    boto3.client("sqs").send_message(QueueUrl=url, MessageBody="m")
    assert sim.run(for_s=15).invocations == []
    assert sim.left()
    create("f", COUNT)
    assert [one.response for one in sim.run().invocations] == [1]
    assert sim.queues["q"].bodies == []


@pytest.mark.rule("ESM-23")
def test_a_deleted_mapping_reads_no_more_and_a_new_one_starts_anew(sim: Simulation, lam: Any) -> None:
    create("f", COUNT)
    arn, put = kinesis_stream("s"), boto3.client("kinesis").put_record
    put(StreamName="s", Data=b"1", PartitionKey="k")
    given = {"FunctionName": "f", "EventSourceArn": arn, "StartingPosition": "TRIM_HORIZON"}
    first = lam.create_event_source_mapping(**given)["UUID"]
    sim.run(for_s=5)
    assert lam.delete_event_source_mapping(UUID=first)["State"] == "Deleting"
    sim.run(for_s=5)
    put(StreamName="s", Data=b"2", PartitionKey="k")
    assert [one.response for one in sim.run(for_s=5).invocations] == [1]
    second = lam.create_event_source_mapping(**given)["UUID"]
    assert second != first
    assert [one.response for one in sim.run(for_s=5).invocations] == [1, 2]
    assert [one["UUID"] for one in lam.list_event_source_mappings()["EventSourceMappings"]] == [second]


def test_other_services_reach_functions_made_through_the_api(sim: Simulation, lam: Any) -> None:
    arn = create("f", "def handler(event, context):\n    return list(event)[0]\n")["FunctionArn"]
    s3, sns, events = boto3.client("s3"), boto3.client("sns"), boto3.client("events")
    s3.create_bucket(Bucket="uploads")
    s3.put_bucket_notification_configuration(
        Bucket="uploads",
        NotificationConfiguration={
            "LambdaFunctionConfigurations": [{"LambdaFunctionArn": arn, "Events": ["s3:ObjectCreated:*"]}]
        },
    )
    topic = sns.create_topic(Name="t")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arn)
    events.put_rule(Name="r", EventPattern=json.dumps({"source": ["test"]}))
    events.put_targets(Rule="r", Targets=[{"Id": "1", "Arn": arn}])
    boto3.client("scheduler").create_schedule(
        Name="s",
        ScheduleExpression="at(2026-01-01T00:01:00)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": arn, "RoleArn": "arn:aws:iam::123456789012:role/r", "Input": '{"scheduled": 1}'},
    )
    s3.put_object(Bucket="uploads", Key="k", Body=b"x")
    sns.publish(TopicArn=topic, Message="m")
    events.put_events(Entries=[{"Source": "test", "DetailType": "d", "Detail": "{}"}])
    answers = [one.response for one in sim.run().invocations]
    assert (sorted(answers), answers[-1]) == (["Records", "Records", "scheduled", "version"], "scheduled")


def test_a_handler_makes_functions_and_mappings_that_begin_at_once(sim: Simulation, lam: Any) -> None:
    code = (
        "import boto3\n"
        "def handler(event, context):\n"
        "    lam = boto3.client('lambda')\n"
        "    lam.create_function(FunctionName='worker', Runtime='python3.12', Handler='app.handler',\n"
        f"        Role='arn:aws:iam::123456789012:role/r', Code={{'ZipFile': {zipped({'app.py': COUNT})!r}}})\n"
        "    made = lam.create_event_source_mapping(FunctionName='worker', EventSourceArn=event['arn'])\n"
        "    return made['State'], lam.invoke(FunctionName='worker', Payload=b'{\"Records\": []}')['StatusCode']\n"
    )
    url, arn = queue()
    boto3.client("sqs").send_message(QueueUrl=url, MessageBody="m")
    create("maker", code)
    assert payload(lam.invoke(FunctionName="maker", Payload=json.dumps({"arn": arn}))) == ["Creating", 200]
    assert [(one.function, one.at, one.response) for one in sim.run().invocations] == [
        ("maker", 0, ["Creating", 200]),
        ("worker", 0, 0),
        ("worker", 1, 1),
    ]
