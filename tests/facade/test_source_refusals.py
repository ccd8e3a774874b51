"""What streams, tables, buckets, topics and their mappings refuse, and in whose words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from eventsim import AwsError, InputError, Simulation
from tests.facade.building import accept

if TYPE_CHECKING:
    from collections.abc import Callable


def built() -> Simulation:
    """An open simulation with one of each."""
    sim = Simulation().__enter__()
    sim.queue("q")
    sim.queue("q.fifo")
    sim.stream("clicks")
    sim.table("accounts", partition_key="id")
    sim.bucket("uploads")
    sim.topic("alerts")
    sim.function("worker", accept)
    return sim


def refused(attempt: Callable[[Simulation], object], kind: type[Exception]) -> str:
    sim = built()
    try:
        with pytest.raises(kind) as told:
            attempt(sim)
        assert list(sim.mappings) == []
        assert list(sim.functions) == ["worker"]
        return str(told.value)
    finally:
        sim.__exit__(None, None, None)


OURS: list[tuple[Any, str]] = [
    (
        lambda sim: sim.stream("s", Shardcount=2),
        "s.Shardcount: found 'Shardcount', unknown in AWS::Kinesis::Stream, did you mean 'ShardCount'?",
    ),
    (lambda sim: sim.stream("s", ShardCount="many"), "s.ShardCount: found 'many', expected a whole number"),
    (lambda sim: sim.table("orders"), "orders: found neither of partition_key and KeySchema, expected one of them"),
    (
        lambda sim: sim.table("orders", partition_key="id:X"),
        "orders.partition_key: found 'id:X', expected NAME, NAME:S, NAME:N or NAME:B",
    ),
    (
        lambda sim: sim.table("orders", partition_key="id", StreamSpecification={"StreamViewType": "NEW_IMAGES"}),
        "expected one of KEYS_ONLY, NEW_IMAGE, OLD_IMAGE, NEW_AND_OLD_IMAGES (did you mean 'NEW_IMAGE'?)",
    ),
    (
        lambda sim: sim.bucket("images", NotificationConfiguration={"QueueConfiguration": []}),
        "found 'QueueConfiguration', unknown in NotificationConfiguration, did you mean 'QueueConfigurations'?",
    ),
    (
        lambda sim: sim.topic("news", Subscription=[{"Protocol": "sqs", "Endpoint": "nowhere"}]),
        "news.Subscription[0].Endpoint: found 'nowhere', which names no queue of this simulation; allowed: q, q.fifo",
    ),
    (lambda sim: sim.streams["clicks"].put(1), 'a record for clicks needs a partition key, as in put(data, "a")'),
    (
        lambda sim: sim.streams["clicks"].put(1, "a", ExplicitHash="0"),
        "found 'ExplicitHash', unknown in PutRecord, did you mean 'ExplicitHashKey'?",
    ),
    (
        lambda sim: sim.topics["alerts"].publish("x", subject="Hi"),
        "found 'subject', unknown in Publish, did you mean 'Subject'?",
    ),
    (
        lambda sim: sim.topics["alerts"].publish("x", attributes={"a": None}),
        "alerts.attributes.a: found nothing, expected text, a number or a list",
    ),
    (
        lambda sim: sim.topics["alerts"].subscribe(sim.streams["clicks"]),
        "alerts.subscribe: found 'arn:aws:kinesis:us-east-1:123456789012:stream/clicks', which names no queue or",
    ),
    (
        lambda sim: sim.topics["alerts"].subscribe("q", FilterPolice={}),
        "found 'FilterPolice', unknown in a subscription (AWS::SNS::Subscription), did you mean 'FilterPolicy'?",
    ),
    (lambda sim: sim.buckets["uploads"].upload("", "x"), "found '', expected the key of an object"),
    (lambda sim: sim.buckets["uploads"].upload("a", object()), "which is no JSON"),
    (
        lambda sim: sim.functions["worker"].on_bucket("uploads", Filters={}),
        "found 'Filters', unknown in a notification of a bucket, did you mean 'Filter'?",
    ),
    (
        lambda sim: sim.functions["worker"].on_bucket("upload"),
        "worker.on_bucket: found 'upload', which names no bucket of this simulation, did you mean 'uploads'?",
    ),
    (
        lambda sim: sim.functions["worker"].on_topic(3),
        "worker.on_topic: found 3, expected the name or the ARN of a topic",
    ),
    (
        lambda sim: sim.functions["worker"].on_stream(sim.queues["q"], StartingPosition="LATEST"),
        "worker.on_stream: found 'arn:aws:sqs:us-east-1:123456789012:q', which names no stream of this simulation",
    ),
    (
        lambda sim: sim.functions["worker"].on_stream("clicks", StartingPosition="LATEST", Batchsize=3),
        "found 'Batchsize', unknown in the Properties of a Kinesis event, did you mean 'BatchSize'?",
    ),
    (
        lambda sim: sim.functions["worker"].on_table("accounts", StartingPosition="LATEST"),
        "worker.on_table: found 'accounts', a table without a stream: make it with StreamSpecification=",
    ),
    (
        lambda sim: sim.functions["worker"].on_schedule("rate(1 minute)", Inputs={}),
        "found 'Inputs', unknown in the Properties of a Schedule event, did you mean 'Input'?",
    ),
    (
        lambda sim: sim.functions["worker"].invoke(InvocationType="DryRun"),
        "InvocationType: found 'DryRun', expected RequestResponse or Event",
    ),
    (
        lambda sim: sim.function("f", accept, DeadLetterQueue={"Type": "SQS", "TargetArn": "nowhere"}),
        "f.DeadLetterQueue.TargetArn: found 'nowhere', which names no queue or topic of this simulation",
    ),
    (
        lambda sim: sim.function("f", accept, EventInvokeConfig={"MaximumRetryAttempt": 1}),
        "found 'MaximumRetryAttempt', unknown in EventInvokeConfig, did you mean 'MaximumRetryAttempts'?",
    ),
]


@pytest.mark.parametrize(("attempt", "message"), OURS)
def test_what_is_no_setting_is_refused_with_what_is(attempt: Callable[[Simulation], object], message: str) -> None:
    assert message in refused(attempt, InputError)


AWS: list[tuple[Any, str]] = [
    (
        lambda sim: sim.stream("clicks", ShardCount=2),
        "ResourceInUseException: Stream clicks under account 123456789012 already exists.",
    ),
    (lambda sim: sim.stream("s", ShardCount=0), "ValidationException: 1 validation error detected: Value '0' at"),
    (lambda sim: sim.stream("s", RetentionPeriodHours=1), "InvalidArgumentException: Minimum allowed retention period"),
    (lambda sim: sim.table("accounts", partition_key="id"), "ResourceInUseException: "),
    (lambda sim: sim.tables["accounts"].put({"x": 1}), "ValidationException: "),
    (lambda sim: sim.tables["accounts"].get({"x": 1}), "ValidationException: The provided key element does not match"),
    (lambda sim: sim.topics["alerts"].publish(""), "InvalidParameter: Invalid parameter: Empty message"),
    (lambda sim: sim.buckets["uploads"].read("nowhere"), "NoSuchKey: The specified key does not exist."),
    (lambda sim: sim.buckets["uploads"].notify("q.fifo"), "InvalidArgument: FIFO SQS queues are not supported."),
    (
        lambda sim: sim.functions["worker"].on_bucket("uploads", "s3:ObjectMade:*"),
        "InvalidArgument: The event is not supported for notifications",
    ),
    (
        lambda sim: sim.functions["worker"].on_stream("nowhere", StartingPosition="LATEST"),
        "Exception: Stream not found: arn:aws:kinesis:us-east-1:123456789012:stream/nowhere",
    ),
    (lambda sim: sim.functions["worker"].on_stream("clicks"), "Value null at 'startingPosition'"),
    (
        lambda sim: sim.functions["worker"].on_stream("clicks", StartingPosition="LATEST", BatchSize=0),
        "Value '0' at 'batchSize' failed to satisfy constraint",
    ),
    (
        lambda sim: sim.functions["worker"].on_stream("clicks", StartingPosition="LATEST", ScalingConfig={}),
        "InvalidParameterValueException: ",
    ),
    (lambda sim: sim.functions["worker"].on_schedule("rate(5 parsecs)"), "ValidationException: "),
    (
        lambda sim: sim.function("f", accept, EventInvokeConfig={}),
        "InvalidParameterValueException: You must specify at least one of error handling or destination setting.",
    ),
    (
        lambda sim: sim.function("f", accept, EventInvokeConfig={"MaximumRetryAttempts": 3}),
        "Value '3' at 'maximumRetryAttempts' failed to satisfy constraint",
    ),
]


@pytest.mark.parametrize(("attempt", "message"), AWS)
def test_what_aws_refuses_is_refused_in_its_words(attempt: Callable[[Simulation], object], message: str) -> None:
    assert message in refused(attempt, AwsError)


def test_a_second_mapping_from_the_same_stream_is_refused() -> None:
    with Simulation() as sim:
        sim.stream("clicks")
        worker = sim.function("worker", accept)
        worker.on_stream("clicks", StartingPosition="LATEST")
        with pytest.raises(AwsError, match="provided mapping already exists"):
            worker.on_stream("clicks", StartingPosition="LATEST")


def test_a_run_until_idle_is_refused_where_a_schedule_goes_on_for_ever() -> None:
    with Simulation() as sim:
        worker = sim.function("worker", accept)
        rule = worker.on_schedule("rate(1 hour)")
        with pytest.raises(InputError, match=r"the rule worker-schedule \(rate\(1 hour\)\) goes on for ever"):
            sim.run()
        rule.disable()
        worker.on_schedule_v2("rate(1 hour)", EndDate="2026-01-01T02:30:00Z")
        assert sim.run().virtual_s == 7200
        schedule = worker.on_schedule_v2("rate(1 hour)", Name="other")
        with pytest.raises(InputError, match=r"the schedule other \(rate\(1 hour\)\) goes on for ever"):
            sim.run()
        schedule.delete()
        assert sim.run().idle


def test_what_is_closed_can_be_looked_at_and_not_changed() -> None:
    sim = built()
    handles = sim.streams["clicks"], sim.tables["accounts"], sim.buckets["uploads"], sim.topics["alerts"]
    sim.__exit__(None, None, None)
    clicks, accounts, uploads, alerts = handles
    for change in (
        lambda: clicks.put(1, "a"),
        lambda: accounts.put({"id": "a"}),
        lambda: uploads.upload("a"),
        lambda: alerts.publish("a"),
    ):
        with pytest.raises(InputError, match="is closed: it can be looked at, but nothing more can happen in it"):
            change()
    assert (clicks.records, accounts.items, uploads.keys, len(alerts.subscriptions)) == ([], [], [], 0)
