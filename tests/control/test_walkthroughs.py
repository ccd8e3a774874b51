"""Whole stories as they are written for AWS: boto3 and ``time.sleep``, and of eventsim only the simulation."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.control.lambdas import create, kinesis_stream, payload, queue, refused, table_stream, zipped

if TYPE_CHECKING:
    from eventsim import Simulation

pytestmark = pytest.mark.usefixtures("sim")

BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
ORDERS = """
import os
import time
from pathlib import Path

from vendored.rates import RATE

PRICES = Path("data/prices.json").read_text()
NOTE = Path(__file__).with_name("note.txt").read_text()

def handler(event, context):
    time.sleep(0.25)
    if event["Records"][0]["body"] == "bad":
        raise ValueError("no such order")
    return [RATE, PRICES, NOTE, os.environ["STAGE"]]
"""


def metric(name: str, statistic: str = "Sum", namespace: str = "AWS/Lambda", **dimensions: str) -> list[float]:
    """One statistic of a metric over the first hour; [] where it has no values."""
    points = boto3.client("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName=name,
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
        StartTime=BEGAN,
        EndTime=BEGAN + timedelta(hours=1),
        Period=3600,
        Statistics=[statistic],
    )["Datapoints"]
    return [one[statistic] for one in points]


def wait_until_enabled(lam: Any, uuid: str) -> None:
    while lam.get_event_source_mapping(UUID=uuid)["State"] != "Enabled":
        time.sleep(1)


@pytest.mark.rule("MET-03", "MET-04", "MET-05", "MET-06", "MET-07", "MET-14", "MET-16", "MET-17", "MET-20", "SQS-38")
def test_a_package_that_works_on_a_queue_and_its_metrics(sim: Simulation, lam: Any) -> None:
    role = boto3.client("iam").create_role(RoleName="worker", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    url, arn = queue("orders", VisibilityTimeout="60")
    lam.create_function(
        FunctionName="worker",
        Runtime="python3.13",
        Role=role,
        Handler="shop/orders/app.handler",
        Timeout=10,
        Environment={"Variables": {"STAGE": "test"}},
        Code={
            "ZipFile": zipped(
                {
                    "shop/__init__.py": "",
                    "shop/orders/app.py": ORDERS,
                    "shop/orders/note.txt": "fresh",
                    "vendored/__init__.py": "",
                    "vendored/rates.py": "RATE = 4\n",
                    "data/prices.json": "{}",
                }
            )
        },
    )
    for name in ("function_exists", "function_active_v2", "function_active", "function_updated"):
        lam.get_waiter(name).wait(FunctionName="worker")
    assert sim.now_s == 0
    counted = {"Metrics": ["EventCount"]}
    given = {"FunctionName": "worker", "EventSourceArn": arn, "BatchSize": 1, "MetricsConfig": counted}
    uuid = lam.create_event_source_mapping(**given)["UUID"]
    wait_until_enabled(lam, uuid)
    for body in ("a", "b", "bad"):
        boto3.client("sqs").send_message(QueueUrl=url, MessageBody=body)
    answers = [one.response for one in sim.run(for_s=50).invocations]
    assert answers == [[4, "{}", "fresh", "test"]] * 2 + [None]

    own = {"FunctionName": "worker"}
    assert [metric(name, **own) for name in ("Invocations", "Errors", "Throttles", "Duration")] == [
        [3],
        [1],
        [0],
        [750],
    ]
    assert metric("Duration", "Average", **own) == [250]
    assert metric("ConcurrentExecutions", "Maximum", **own) == [3]
    counts = ("Polled", "Invoked", "FailedInvoke", "Deleted", "FilteredOut")
    assert [metric(f"{name}EventCount", EventSourceMappingUUID=uuid) for name in counts] == [[3], [3], [1], [2], []]
    of_queue = {"namespace": "AWS/SQS", "QueueName": "orders"}
    assert [metric(f"NumberOfMessages{name}", **of_queue) for name in ("Sent", "Received", "Deleted")] == [
        [3],
        [3],
        [2],
    ]
    stat = {"Metric": {"Namespace": "AWS/Lambda", "MetricName": "Errors"}, "Period": 60, "Stat": "Sum"}
    queries = [{"Id": "errors", "MetricStat": stat}, {"Id": "percent", "Expression": "errors * 100"}]
    data = boto3.client("cloudwatch").get_metric_data(
        StartTime=BEGAN, EndTime=BEGAN + timedelta(minutes=2), MetricDataQueries=queries
    )
    assert [one["Values"] for one in data["MetricDataResults"]] == [[1], [100]]


def test_a_stream_and_a_tables_stream(sim: Simulation, lam: Any) -> None:
    create("f", "def handler(event, context):\n    return [one['eventSource'] for one in event['Records']]\n")
    for arn in (kinesis_stream(), table_stream()):
        given = {"FunctionName": "f", "EventSourceArn": arn, "StartingPosition": "TRIM_HORIZON"}
        wait_until_enabled(lam, lam.create_event_source_mapping(**given)["UUID"])
    boto3.client("kinesis").get_waiter("stream_exists").wait(StreamName="s")
    boto3.client("dynamodb").get_waiter("table_exists").wait(TableName="t")
    boto3.client("kinesis").put_record(StreamName="s", Data=b"x", PartitionKey="k")
    boto3.client("dynamodb").put_item(TableName="t", Item={"id": {"S": "a"}})
    assert sorted(one.response for one in sim.run(for_s=10).invocations) == [["aws:dynamodb"], ["aws:kinesis"]]
    pages = lam.get_paginator("list_event_source_mappings").paginate(PaginationConfig={"PageSize": 1})
    assert [[one["State"] for one in page["EventSourceMappings"]] for page in pages] == [["Enabled"], ["Enabled"]]


def test_code_from_a_bucket_is_updated_and_waited_for(lam: Any) -> None:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="code")
    place = {"S3Bucket": "code", "S3Key": "f.zip"}
    found = []
    for version in (1, 2):
        body = zipped({"app.py": f"def handler(event, context):\n    return {version}\n"})
        s3.put_object(Bucket="code", Key="f.zip", Body=body)
        if version == 1:
            create("f", Code=place)
        found.append(payload(lam.invoke(FunctionName="f")))
        lam.update_function_code(FunctionName="f", **place)
        lam.get_waiter("function_updated_v2").wait(FunctionName="f")
        found.append(payload(lam.invoke(FunctionName="f")))
    assert found == [1, 1, 1, 2]


@pytest.mark.rule("ESM-12", "ESM-14")
def test_a_mapping_is_changed_paused_and_deleted_by_who_waits_for_each_state(sim: Simulation, lam: Any) -> None:
    create("f")
    uuid = lam.create_event_source_mapping(FunctionName="f", EventSourceArn=queue()[1])["UUID"]
    refused(lam.update_event_source_mapping, UUID=uuid, BatchSize=1)
    wait_until_enabled(lam, uuid)
    lam.update_event_source_mapping(UUID=uuid, Enabled=False)
    while lam.get_event_source_mapping(UUID=uuid)["State"] != "Disabled":
        time.sleep(0.5)
    assert lam.delete_event_source_mapping(UUID=uuid)["State"] == "Deleting"
    polls = 0
    while True:
        try:
            lam.get_event_source_mapping(UUID=uuid)
        except lam.exceptions.ResourceNotFoundException:
            break
        polls += 1
        time.sleep(0.5)
    assert (polls, sim.now_s) == (2, 3)


@pytest.mark.rule("ASY-08", "DLQ-01", "MET-10", "MET-11")
def test_asynchronous_events_with_destinations_and_a_dead_letter_queue(sim: Simulation, lam: Any) -> None:
    (done, done_arn), (failed, failed_arn), (dead, dead_arn) = queue("done"), queue("failed"), queue("dead")
    code = "def handler(event, context):\n    if 'bad' in event:\n        raise RuntimeError('no')\n    return 1\n"
    create("f", code, DeadLetterConfig={"TargetArn": dead_arn})
    outlets = {"OnSuccess": {"Destination": done_arn}, "OnFailure": {"Destination": failed_arn}}
    lam.put_function_event_invoke_config(FunctionName="f", MaximumRetryAttempts=1, DestinationConfig=outlets)
    time.sleep(5)
    for event in ({"good": 1}, {"bad": 1}):
        assert lam.invoke(FunctionName="f", InvocationType="Event", Payload=json.dumps(event))["StatusCode"] == 202
    sqs, bodies = boto3.client("sqs"), []
    for url in (done, failed, dead):
        found = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)
        while "Messages" not in found:
            found = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)
        bodies.append(json.loads(found["Messages"][0]["Body"]))
    condition = ["Success", "RetriesExhausted"]
    assert [one["requestContext"]["condition"] for one in bodies[:2]] == condition
    assert bodies[2] == {"bad": 1}
    names = ["AsyncEventsReceived", "AsyncEventsDropped", "AsyncEventAge", "Errors", "DeadLetterErrors"]
    assert [metric(name, FunctionName="f") for name in names] == [[2], [1], [60_000], [2], []]


@pytest.mark.rule("CON-09", "CON-10", "MET-08")
def test_provisioned_concurrency_is_waited_for_and_spills_over(sim: Simulation, lam: Any) -> None:
    create("f", "import time\ndef handler(event, context):\n    time.sleep(1)\n", Publish=True)
    given = {"FunctionName": "f", "Qualifier": "1"}
    lam.put_provisioned_concurrency_config(**given, ProvisionedConcurrentExecutions=2)
    while lam.get_provisioned_concurrency_config(**given)["Status"] == "IN_PROGRESS":
        time.sleep(1)
    for _ in range(3):
        lam.invoke(**given, InvocationType="Event")
    assert [one.cold_start for one in sim.run().invocations] == [False, False, True]
    own = {"FunctionName": "f", "Resource": "f:1"}
    kinds = ("Invocations", "SpilloverInvocations")
    assert [metric(f"ProvisionedConcurrency{kind}", **own) for kind in kinds] == [[2], [1]]
    assert metric("ProvisionedConcurrencyUtilization", "Maximum", **own) == [1]


def test_a_function_calls_others_and_looks_at_itself(sim: Simulation, lam: Any) -> None:
    create("inner", "import time\ndef handler(event, context):\n    time.sleep(2)\n    return event\n")
    code = """
import json
from concurrent.futures import ThreadPoolExecutor

import boto3

client = boto3.client("lambda")

def handler(event, context):
    answer = json.load(client.invoke(FunctionName="inner", Payload=b"1")["Payload"])
    def queue(n):
        return client.invoke(FunctionName="inner", InvocationType="Event", Payload=str(n))["StatusCode"]
    with ThreadPoolExecutor(4) as threads:
        queued = list(threads.map(queue, range(3)))
    own = client.get_function_configuration(FunctionName=context.function_name)
    names = [one["FunctionName"] for one in client.list_functions()["Functions"]]
    return [answer, queued, own["Timeout"], names]
"""
    create("outer", code, Timeout=30)
    assert payload(lam.invoke(FunctionName="outer")) == [1, [202] * 3, 30, ["inner", "outer"]]
    calls = [(one.function, one.at, one.ended) for one in sim.run().invocations]
    assert calls == [("outer", 0, 2), ("inner", 0, 2), *[("inner", 2, 4)] * 3]


def test_each_operation_is_carried_out_or_unknown(lam: Any) -> None:
    """Whatever it answers, nobody else has answered it: moto would know many of them."""
    unchecked = boto3.client("lambda", config=Config(parameter_validation=False))
    told = {}
    for operation in lam.meta.service_model.operation_names:
        shape = lam.meta.service_model.operation_model(operation).input_shape
        members = {} if shape is None else {name: _any(shape.members[name]) for name in shape.required_members}
        try:
            getattr(unchecked, xform_name(operation))(**members)
        except ClientError as error:
            told[operation] = error.response["Error"]
    unknown = {name: error["Message"] for name, error in told.items() if error["Code"] == "UnknownOperationException"}
    assert unknown == {name: f"lambda {name} is not supported by eventsim." for name in unknown}
    assert {"CreateFunctionUrlConfig", "PublishLayerVersion", "ListLayers", "GetCodeSigningConfig"} <= unknown.keys()
    assert not {"CreateFunction", "Invoke", "InvokeAsync", "GetPolicy", "ListTags", "UpdateAlias"} & unknown.keys()
    assert lam.list_functions()["Functions"] == []


def _any(shape: Any) -> Any:
    """A value of that shape, right or not."""
    if shape.type_name == "structure":
        return {name: _any(shape.members[name]) for name in shape.required_members}
    if shape.type_name == "list":
        return [_any(shape.member)]
    plain: dict[str, Any] = {"map": {}, "integer": 1, "long": 1, "boolean": True, "blob": b"x", "timestamp": 0}
    return plain.get(shape.type_name, "a" * max(1, shape.metadata.get("min", 1)))


@pytest.mark.rule("DLQ-01")
def test_a_dead_letter_queue_of_a_declared_function_is_shown(sim: Simulation, lam: Any) -> None:
    arn = sim.queue("dead").arn
    sim.function("f", lambda event, context: None, DeadLetterQueue={"Type": "SQS", "TargetArn": arn})
    assert lam.get_function(FunctionName="f")["Configuration"]["DeadLetterConfig"] == {"TargetArn": arn}
    assert lam.publish_version(FunctionName="f")["DeadLetterConfig"] == {"TargetArn": arn}
    lam.update_function_configuration(FunctionName="f", DeadLetterConfig={"TargetArn": ""})
    shown = [lam.get_function_configuration(FunctionName=name) for name in ("f", "f:1")]
    assert ["DeadLetterConfig" in one for one in shown] == [False, True]
