"""Queue mappings made through boto3 deliver, filter, change and give up as was recorded from AWS."""

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
TIMED = ("BatchSize", "MaximumBatchingWindowInSeconds")


@pytest.fixture
def sim() -> Iterator[Simulation]:
    with Simulation() as simulation:
        yield simulation


def mapped(arn: str, function: str = "f", **settings: Any) -> dict[str, Any]:
    """A new mapping of a function; what CreateEventSourceMapping answers."""
    return shown(
        boto3.client("lambda").create_event_source_mapping(FunctionName=function, EventSourceArn=arn, **settings)
    )


def send(url: str, body: Any, **members: Any) -> dict[str, Any]:
    text = body if isinstance(body, str) else json.dumps(body)
    return shown(boto3.client("sqs").send_message(QueueUrl=url, MessageBody=text, **members))


def events(sim: Simulation) -> list[Any]:
    return [one.event for one in sim.result.invocations]


DROPPED: dict[str, Any] = {
    "and_filter": {"testItem": "test45", "test2": "stop"},
    "exists_filter": {"test3": "7411"},
    "filter0_item_matching0_item_not_matching0": {"testItem": "tesWER"},
    "filter1_item_matching1_item_not_matching1": {"testItem": "WERTD"},
    "filter2_item_matching2_item_not_matching2": {"testItem": "test24", "test2": "WERTD"},
    "filter3_item_matching3_item_not_matching3": {"testItem": "7411"},
    "filter4_item_matching4_this_is_a_test_string": "this is a test string",
    "filter5_item_matching5_item_not_matching5": {"test2": 100},
    "filter6_item_matching6_item_not_matching6": {"test2": 200},
    "numeric_bigger": {"my-number": 100},
    "numeric_prefix": {"test2": "eu-1-48454"},
}


@pytest.mark.rule("FLT-04", "FLT-09", "FLT-10", "ESM-16", "SQS-32", "SQS-35")
@pytest.mark.parametrize("name", DROPPED)
def test_a_filter_delivers_the_recorded_message_and_deletes_the_other(sim: Simulation, capture: Any, name: str) -> None:
    recording = capture(f"sqs_test_sqs_event_filter_{name}")
    config = recording["mapping_config"]["create_event_source_mapping_response"]
    url, arn = queue("q")
    create("f")
    [event] = recording[RECORDED]["invocation_events"]
    send(url, event["Records"][0]["body"])
    send(url, DROPPED[name])
    patterns = [{"Pattern": json.dumps(one["Pattern"])} for one in config["FilterCriteria"]["Filters"]]
    settings = {setting: config[setting] for setting in TIMED}
    compared = Recording()
    assert compared.differences(config, mapped(arn, FilterCriteria={"Filters": patterns}, **settings)) == []
    sim.run()
    assert compared.differences(recording[RECORDED], {"invocation_events": events(sim)}) == []
    assert sim.result.queues["q"] == {"visible": 0, "in_flight": 0, "delayed": 0}


@pytest.mark.rule("ESM-18", "ESM-16", "SQS-32", "SQS-35")
@pytest.mark.parametrize("size", [15, 100])
def test_a_window_gathers_two_sends(sim: Simulation, capture: Any, size: int) -> None:
    recording = capture(f"sqs_test_sqs_event_source_mapping_batch_size_{size}")
    url, arn = queue("q")
    create("f")
    compared = Recording()
    made = mapped(arn, BatchSize=size, MaximumBatchingWindowInSeconds=10)
    assert compared.differences(recording["mapping_config"]["create-event-source-mapping-response"], made) == []
    sim.run()
    found: dict[str, Any] = {}
    for turn, count in enumerate((10, 5)):
        entries = [{"Id": f"{n}-{turn}", "MessageBody": f"{n}-{turn}-message-{n}"} for n in range(count)]
        answer = boto3.client("sqs").send_message_batch(QueueUrl=url, Entries=entries)
        found[f"send-message-batch-result-{count}"] = shown(answer)
    sim.run()
    [event] = events(sim)
    recorded = recording[RECORDED]
    found["Records"] = event["Records"]
    # The recording sorts the records by their bodies, as best effort order allows.
    for records in (recorded["Records"], found["Records"]):
        records.sort(key=lambda record: record["body"])
    assert compared.differences(recorded, found) == []


@pytest.mark.rule("ESM-12", "ESM-17", "ESM-22", "ESM-16")
def test_an_updated_mapping_invokes_the_other_version(sim: Simulation, capture: Any) -> None:
    recording = capture("sqs_test_sqs_event_source_mapping_update")
    config = recording["mapping_config"]
    lam = boto3.client("lambda")
    url, arn = queue("q")
    code = (
        "import os\n\ndef handler(event, context):\n    return {'function_version': context.function_version,"
        " 'CUSTOM_VAR': os.environ['CUSTOM_VAR'], 'event': event}\n"
    )
    create("f", code, Environment={"Variables": {"CUSTOM_VAR": "a"}})
    one = lam.publish_version(FunctionName="f")["FunctionArn"]
    compared = Recording()
    made = mapped(arn, one, MaximumBatchingWindowInSeconds=1)
    assert compared.differences(config["create-event-source-mapping-response"], made) == []
    sim.run()
    send(url, {"foo": "bar"})
    sim.run()

    def told() -> list[Any]:
        return [invocation.response for invocation in sim.result.invocations]

    assert compared.differences(recording[RECORDED]["events"], told()) == []
    lam.update_function_configuration(FunctionName="f", Environment={"Variables": {"CUSTOM_VAR": "b"}})
    two = lam.publish_version(FunctionName="f")["FunctionArn"]
    updated = shown(lam.update_event_source_mapping(UUID=made["UUID"], FunctionName=two))
    assert compared.differences(config["updated_esm"], updated) == []
    sim.run()
    got = shown(lam.get_event_source_mapping(UUID=made["UUID"]))
    assert compared.differences(config["updated_event_source_mapping"], got) == []
    send(url, {"foo": "bar2"})
    sim.run()
    assert compared.differences(recording[RECORDED]["events_postupdate"], told()) == []


@pytest.mark.rule("ESM-12", "ESM-16", "SQS-18", "CON-01")
def test_a_group_is_handled_by_one_invocation_at_a_time(sim: Simulation, capture: Any) -> None:
    recorded = capture("sqs_test_fifo_message_group_parallelism")["mapping_config"]
    lam = boto3.client("lambda")
    url, arn = queue("q.fifo", FifoQueue="true", ContentBasedDeduplication="true", VisibilityTimeout="60")
    create("f", "import time\n\ndef handler(event, context):\n    time.sleep(5)\n", Timeout=10)
    for n in range(5):
        send(url, str(n), MessageGroupId="g")
    compared = Recording()
    made = mapped(arn, BatchSize=1, Enabled=False)
    assert compared.differences(recorded["create_esm_disabled"], made) == []
    enabling = shown(lam.update_event_source_mapping(UUID=made["UUID"], Enabled=True))
    assert compared.differences(recorded["update_esm_enabling"], enabling) == []
    sim.run(for_s=2)
    enabled = shown(lam.get_event_source_mapping(UUID=made["UUID"]))
    assert compared.differences(recorded["get_esm_enabled"], enabled) == []
    result = sim.run()
    assert [one.event["Records"][0]["body"] for one in result.invocations] == ["0", "1", "2", "3", "4"]
    assert result.functions["f"]["ConcurrentExecutions"] == 1


@pytest.mark.rule("ESM-28", "SQS-25", "SQS-06")
def test_an_exception_sends_the_whole_batch_to_the_dead_letter_queue(sim: Simulation, capture: Any) -> None:
    recording = capture("sqs_test_report_batch_item_failures_on_lambda_error")
    dead_url, dead = queue("dead")
    policy = json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": "1"})
    url, arn = queue("q", RedrivePolicy=policy, VisibilityTimeout="30")
    create("f", "import json\n\ndef handler(event, context):\n    [json.loads(r['body']) for r in event['Records']]\n")
    bodies = [message["Body"] for message in recording[RECORDED]["dlq_messages"]]
    for body in bodies:
        send(url, body)
    mapped(arn, FunctionResponseTypes=["ReportBatchItemFailures"])
    sim.run()
    assert [len(event["Records"]) for event in events(sim)] == [2]
    found = boto3.client("sqs").receive_message(QueueUrl=dead_url, MaxNumberOfMessages=10)["Messages"]
    assert Recording().differences(recording[RECORDED], {"dlq_messages": found}) == []
