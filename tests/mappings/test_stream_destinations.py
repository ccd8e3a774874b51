"""Where a stream's failures go, and what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from eventsim.cloud.session import call
from eventsim.mappings.stream_settings import read_stream_mapping
from tests.mappings.streaming import NAME, Do, Lab, Put, encode, fails_with, run_stream
from tests.simulation.building import add_function, failed, run

if TYPE_CHECKING:
    from eventsim.simulation import Simulation

POISON = fails_with("3")


@pytest.mark.rule("STR-20", "STR-21", "STR-23", "ESM-16")
def test_the_document_is_the_recorded_one(capture: Any) -> None:
    recorded = capture("kin_test_kinesis_event_source_mapping_with_on_failure_destination_config")
    expected = recorded["expected_event_or_destination_record"]["sqs_payload"]["Messages"][0]["Body"]
    lab = run_stream(
        [Put(0.25, "3")], POISON, dead=True, BatchSize=1, MaximumBatchingWindowInSeconds=1, MaximumRetryAttempts=1
    )
    [message] = lab.dead.messages()
    [record] = lab.stream.open_shards[0].read(0).records
    number = record.sequence_number
    request_id = lab.simulation.invocations[0].request_id
    assert message.body == (
        f'{{"requestContext":{{"requestId":"{request_id}",'
        '"functionArn":"arn:aws:lambda:us-east-1:123456789012:function:f",'
        '"condition":"RetryAttemptsExhausted","approximateInvokeCount":2},'
        '"responseContext":{"statusCode":200,"executedVersion":"$LATEST","functionError":"Unhandled"},'
        '"version":"1.0","timestamp":"2026-01-01T00:00:01.500Z",'
        f'"KinesisBatchInfo":{{"shardId":"shardId-000000000000","startSequenceNumber":"{number}",'
        f'"endSequenceNumber":"{number}","approximateArrivalOfFirstRecord":"2026-01-01T00:00:00.250Z",'
        '"approximateArrivalOfLastRecord":"2026-01-01T00:00:00.250Z","batchSize":1,'
        '"streamArn":"arn:aws:kinesis:us-east-1:123456789012:stream/clicks"}}'
    )
    document = msgspec.json.decode(message.body)
    assert shape_of(document) == shape_of(expected)
    assert document["responseContext"] == expected["responseContext"]


def shape_of(value: Any) -> Any:
    """The keys, in their order, down to the values."""
    return [(name, shape_of(inner)) for name, inner in value.items()] if isinstance(value, dict) else None


@pytest.mark.rule("STR-20", "STR-23")
def test_a_document_tells_the_ends_of_its_batch() -> None:
    lab = run_stream(
        [Put(0, "1"), Put(0.5, "3"), Put(0.75, "2")],
        POISON,
        dead=True,
        MaximumRetryAttempts=0,
        StartingPosition="TRIM_HORIZON",
        MaximumBatchingWindowInSeconds=1,
    )
    [document] = lab.documents
    numbers = [record.sequence_number for record in lab.stream.open_shards[0].read(0).records]
    info = document["KinesisBatchInfo"]
    assert (info["startSequenceNumber"], info["endSequenceNumber"]) == (numbers[0], numbers[2])
    assert info["approximateArrivalOfLastRecord"] == "2026-01-01T00:00:00.750Z"
    assert info["batchSize"] == 3
    assert lab.counts[4:] == (0, 3)


@pytest.mark.rule("STR-24", "MET-11", "MET-18", "MET-19")
def test_a_destination_that_can_not_be_reached_loses_the_document_and_nothing_else() -> None:
    steps = [Do(0, lambda lab: lab.simulation.queues.delete(lab.dead)), Put(0, "1", "3"), Put(1, "4")]
    lab = run_stream(steps, POISON, dead=True, MaximumRetryAttempts=0)
    assert lab.deliveries == [(0, "1,3", "error"), (1, "4", "success")]
    assert lab.counts[4:] == (2, 0)
    assert lab.simulation.functions["f"].metrics.destination_delivery_failures == 1
    error = "QueueDoesNotExist: The specified queue does not exist."
    assert lab.column("destination.deliver", "records", "error") == [(2, error)]


@pytest.mark.rule("STR-19", "STR-23")
def test_a_topic_gets_the_document_as_its_message() -> None:
    simulation, queue = run_to("sns")
    [message] = queue.messages()
    envelope = msgspec.json.decode(message.body)
    assert "Subject" not in envelope
    document = msgspec.json.decode(envelope["Message"])
    assert document["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert simulation.mappings[NAME].metrics.on_failure_delivered == 1


def run_to(service: str) -> tuple[Simulation, Any]:
    """A poison record, given up at once to a topic with a queue behind it, or to a bucket."""
    found: dict[str, Any] = {}

    def build(simulation: Simulation) -> None:
        stream = simulation.services.streams.create("clicks", 1)
        found["queue"] = queue = simulation.queues.create("dead")
        arn = "arn:aws:s3:::failures"
        if service == "sns":
            topic = simulation.services.topics.create("failures")
            simulation.services.topics.subscribe(topic, "sqs", queue.arn)
            arn = topic.arn
        properties = {
            "StartingPosition": "TRIM_HORIZON",
            "MaximumRetryAttempts": 0,
            "DestinationConfig": {"OnFailure": {"Destination": arn}},
        }
        function = add_function(simulation, lambda _: failed())
        simulation.add_stream_mapping(NAME, function, stream, read_stream_mapping(properties))
        simulation.world.loop.call_at_step(3725, (0,), lambda: stream.put(encode("3"), "k"))

    async def main(simulation: Simulation) -> None:
        if service == "s3":
            simulation.cloud()
        with simulation._open_cloud():
            if service == "s3":
                await call(simulation.cloud().router, "s3", "CreateBucket", {"Bucket": "failures"})
            with simulation.in_progress():
                await simulation.go_on()
            if service == "s3":
                listed = await call(simulation.cloud().router, "s3", "ListObjectsV2", {"Bucket": "failures"})
                found["objects"] = [one["Key"] for one in listed["Contents"]]
                answer = await call(
                    simulation.cloud().router, "s3", "GetObject", {"Bucket": "failures", "Key": found["objects"][0]}
                )
                found["type"] = answer["ContentType"]
                found["body"] = await answer["Body"].read()
            await simulation.end()

    simulation = run(build, main=main)
    return simulation, found["queue"] if service == "sns" else found


@pytest.mark.rule("STR-22", "STR-19")
def test_a_bucket_gets_the_document_with_the_whole_event() -> None:
    simulation, found = run_to("s3")
    [key] = found["objects"]
    mapping = simulation.mappings[NAME]
    prefix = f"aws/lambda/{mapping.uuid}/shardId-000000000000/2026/01/01/2026-01-01T01.02.05-"
    assert key.startswith(prefix)
    assert len(key) == len(prefix) + 36
    assert found["type"] == "application/octet-stream"
    document = msgspec.json.decode(found["body"])
    assert list(document) == [
        "requestContext", "responseContext", "version", "timestamp", "KinesisBatchInfo", "payload",
    ]  # fmt: skip
    event = simulation.invocations[0].batch
    assert event is not None
    assert document["payload"] == msgspec.json.encode(event.event()).decode()
    assert mapping.metrics.on_failure_delivered == 1
    [line] = [line for line in simulation.world.trace.events() if line["kind"] == "destination.deliver"]
    assert line["key"] == key


@pytest.mark.rule("STR-24")
def test_a_bucket_that_is_missing_is_a_failed_delivery() -> None:
    lab = run_stream(
        [Put(0, "3")],
        POISON,
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": "arn:aws:s3:::nowhere"}},
    )
    assert lab.counts[4:] == (1, 0)
    [line] = lab.lines("destination.deliver")
    assert line["error"].startswith("NoSuchBucket")


@pytest.mark.rule("MET-23", "MET-13")
def test_every_record_passed_is_processed_filtered_dropped_or_delivered() -> None:
    pattern = {"Filters": [{"Pattern": '{"data": {"n": [{"numeric": [">", 2]}]}}'}]}
    steps = [Put(at, *(f'{{"n":{n}}}' for n in range(8))) for at in (0, 1, 2)]
    for dead in (False, True):
        lab = run_stream(
            steps,
            fails_with('{"n":5}'),
            dead=dead,
            FilterCriteria=pattern,
            BisectBatchOnFunctionError=True,
            MaximumRetryAttempts=0,
        )
        processed = processed_records(lab)
        metrics = lab.mapping.metrics
        assert (metrics.filtered_out, len(processed), metrics.dropped + metrics.on_failure_delivered) == (9, 12, 3)
        assert metrics.polled == 24


def processed_records(lab: Lab) -> list[str]:
    return [
        number
        for one in lab.simulation.invocations
        if one.outcome == "success" and one.batch is not None
        for number in one.batch.ids()
    ]
