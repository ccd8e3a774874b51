"""Streams, tables, buckets and topics: their handles, and what brings their events to functions."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import boto3
import pytest

from eventsim import Simulation
from eventsim.errors import NoEffectWarning
from tests.facade.building import accept, fail

IMAGES = {"StreamViewType": "NEW_AND_OLD_IMAGES"}
LEFT_OUT = {"S3Key": {"Rules": [{"Name": "suffix", "Value": ".txt"}]}}


def test_records_are_put_looked_at_and_read() -> None:
    with Simulation() as sim:
        clicks = sim.stream("clicks", ShardCount=2, RetentionPeriodHours=48)
        worker = sim.function("worker", accept)
        mapping = worker.on_stream(clicks, StartingPosition="TRIM_HORIZON", BatchSize=2, ParallelizationFactor=1)
        clicks.put({"n": 1}, "u1")
        clicks.put("text", PartitionKey="u1")
        clicks.put(b"\xff", "u1", ExplicitHashKey="0")
        assert [(one.partition_key, one.data, one.at_s) for one in clicks.records] == [
            ("u1", b"\xff", 0),
            ("u1", b'{"n":1}', 0),
            ("u1", b"text", 0),
        ]
        assert (clicks.records[1].json, clicks.records[2].text) == ({"n": 1}, "text")
        assert [one.records for one in clicks.shards] == [1, 2]
        assert repr(clicks) == "<Stream clicks: 2 open shards, 3 records>"
        assert repr(mapping) == "<Mapping worker/clicks: Enabled, batch size 2, 3 records behind>"
        sim.run()
        assert sorted(len(one.records) for one in worker.invocations) == [1, 2]
        assert repr(mapping) == "<Mapping worker/clicks: Enabled, batch size 2>"
        last = clicks.records[-1].sequence_number
        assert mapping.checkpoints["shardId-000000000001"] == last
        assert sim.streams["clicks"] == clicks == sim.stream("clicks")
        assert (clicks.arn, hash(clicks)) == ("arn:aws:kinesis:us-east-1:123456789012:stream/clicks", hash(clicks.arn))


def test_a_stream_that_fails_shows_how_far_behind_it_is() -> None:
    with Simulation() as sim:
        clicks = sim.stream("clicks")
        mapping = sim.function("worker", fail).on_stream(clicks, StartingPosition="LATEST", MaximumRetryAttempts=-1)
        clicks.put(1, "a")
        sim.run(for_s=10)
        clicks.put(2, "a")
        sim.run(for_s=20)
        assert mapping.backlog == {"shardId-000000000000": 2}
        assert mapping.iterator_age_s == 30
        assert mapping.metrics["IteratorAge"]["max"] > 10_000
        assert sim.left()[0] == (
            "clicks (read by worker/clicks): 2 records in shardId-000000000000, the oldest 30 s old"
        )
        mapping.update(Enabled=False)
        sim.run(for_s=200)
        assert mapping.state == "Disabled"
        assert sim.left() == []


def test_latest_is_the_moment_at_which_the_mapping_is_made() -> None:
    with Simulation() as sim:
        clicks = sim.stream("clicks")
        clicks.put("before", "a")
        worker = sim.function("worker", accept)
        worker.on_stream("clicks", StartingPosition="LATEST")
        clicks.put("after", "a")
        clicks.reshard(2)
        clicks.put("in a child", "a")
        sim.run()
        assert sum(len(one.records) for one in worker.invocations) == 2


def test_shards_are_split_and_merged() -> None:
    with Simulation() as sim:
        clicks = sim.stream("clicks")
        clicks.split("shardId-000000000000")
        first, second = (one.id for one in clicks.shards if one.is_open)
        clicks.merge(first, second)
        assert [one.parent_ids for one in clicks.shards if one.is_open] == [(first, second)]
        assert [line["kind"] for line in sim.trace] == ["step.reshard", "step.reshard"]


@pytest.mark.rule("KIN-06")
def test_a_consumer_of_enhanced_fan_out_is_read_by_its_handle() -> None:
    with Simulation() as sim:
        clicks = sim.stream("clicks")
        consumer = clicks.register_consumer("analytics")
        mapping = sim.function("worker", accept).on_stream(consumer, StartingPosition="TRIM_HORIZON")
        clicks.put(1, "a")
        sim.run()
        assert (mapping.name, mapping.source_arn) == ("worker/analytics", consumer.arn)
        assert len(sim.functions["worker"].invocations) == 1
        assert repr(consumer) == "<Consumer analytics of clicks>"


def test_items_are_written_looked_at_and_streamed() -> None:
    with Simulation() as sim:
        accounts = sim.table("accounts", partition_key="id", sort_key="at:N", StreamSpecification=IMAGES)
        worker = sim.function("worker", accept)
        mapping = worker.on_table(accounts, StartingPosition="TRIM_HORIZON")
        accounts.put({"id": "b", "at": 2, "total": 1.5, "tags": {"x"}, "more": {"deep": [None, True, b"\x00"]}})
        accounts.update({"id": "b", "at": 2}, {"total": 7}, remove=["tags"])
        accounts.put({"id": "a", "at": 1})
        accounts.delete({"id": "a", "at": 1})
        assert accounts.items == [{"id": "b", "at": 2, "total": 7, "more": {"deep": [None, True, b"\x00"]}}]
        assert accounts.get({"id": "b", "at": 2}) == accounts.items[0]
        assert accounts.get({"id": "b", "at": 3}) is None
        assert sum(mapping.backlog.values()) == 4
        sim.run()
        assert [one["eventName"] for one in worker.invocations[0].records] == ["INSERT", "MODIFY", "INSERT", "REMOVE"]
        assert repr(accounts) == "<Table accounts: 1 item, stream NEW_AND_OLD_IMAGES>"
        assert (mapping.name, mapping.source_arn) == ("worker/accounts", accounts.stream_arn)
        assert sim.tables["accounts"] == accounts == sim.table("accounts")
    assert accounts.items[0]["total"] == 7


def test_boto3_and_the_handle_see_one_table() -> None:
    with Simulation() as sim:
        boto3.client("dynamodb").create_table(
            TableName="orders",
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        )
        orders = sim.table("orders")
        boto3.resource("dynamodb").Table("orders").put_item(Item={"id": "a", "total": Decimal("2.5")})
        orders.put({"id": "b", "n": {1, 2}})
        assert orders.items == [{"id": "a", "total": Decimal("2.5")}, {"id": "b", "n": {1, 2}}]
        assert boto3.resource("dynamodb").Table("orders").scan()["Count"] == 2
        assert (orders.stream_arn, repr(orders)) == (None, "<Table orders: 2 items>")


@pytest.mark.rule("DDB-12")
def test_an_item_whose_time_is_over_is_not_there() -> None:
    with Simulation() as sim:
        sessions = sim.table(
            "sessions", partition_key="id", TimeToLiveSpecification={"AttributeName": "until", "Enabled": True}
        )
        until = int(datetime(2026, 1, 1, 0, 1, tzinfo=UTC).timestamp())
        sessions.put({"id": "a", "until": until})
        sim.run(for_s=30)
        assert len(sessions.items) == 1
        sim.run(for_s=60)
        assert sessions.items == []


def test_objects_are_uploaded_read_and_announced() -> None:
    with Simulation() as sim:
        seen = sim.queue("seen")
        uploads = sim.bucket(
            "uploads",
            NotificationConfiguration={"QueueConfigurations": [{"Event": "s3:ObjectRemoved:*", "Queue": seen}]},
        )
        worker = sim.function("worker", accept)
        worker.on_bucket(uploads, Events=["s3:ObjectCreated:*"], Filter=LEFT_OUT)
        assert len(seen.bodies) == 1, "the test event is sent once"
        uploads.upload("a.txt", "text")
        uploads.upload("b.json", {"b": 1}, ContentType="application/json")
        uploads.upload("c.txt", b"\xff")
        uploads.delete("c.txt")
        assert (uploads.keys, uploads.read("b.json")) == (["a.txt", "b.json"], b'{"b":1}')
        assert (uploads.objects[0].text, uploads.objects[1].json) == ("text", {"b": 1})
        assert len(sim.left()) == 1
        sim.run()
        keys = [one.records[0]["s3"]["object"]["key"] for one in worker.invocations]
        assert (keys, len(seen.bodies)) == (["a.txt", "c.txt"], 2)
        assert uploads.notifications[1] == {
            "to": worker.arn,
            "events": ["s3:ObjectCreated:*"],
            "rules": {"Suffix": ".txt"},
        }
        assert sim.buckets["uploads"] == uploads == sim.bucket("uploads")
        assert repr(uploads) == "<Bucket uploads: 2 objects>"
    assert uploads.read("a.txt") == b"text"
    assert repr(uploads.objects) == '[<object a.txt in uploads: text>, <object b.json in uploads: {"b":1}>]'


def test_a_bucket_tells_queues_topics_and_functions() -> None:
    with Simulation() as sim:
        queue, topic = sim.queue("q"), sim.topic("t")
        worker = sim.function("worker", accept)
        topic.subscribe(worker)
        bucket = sim.bucket("images")
        bucket.notify(queue, "s3:ObjectCreated:*", Filter={"S3Key": {"Rules": [{"Name": "prefix", "Value": "q/"}]}})
        bucket.notify("t", Filter={"S3Key": {"Rules": [{"Name": "prefix", "Value": "t/"}]}})
        sim.run()
        before = len(worker.invocations)
        bucket.upload("q/1")
        bucket.upload("t/1")
        sim.run()
        assert (len(queue.bodies), len(worker.invocations) - before) == (2, 1)


def test_messages_are_published_filtered_and_delivered() -> None:
    with Simulation() as sim:
        inbox, raw = sim.queue("inbox"), sim.queue("raw")
        alerts = sim.topic("alerts", Subscription=[{"Protocol": "sqs", "Endpoint": inbox}], DisplayName="A")
        worker = sim.function("worker", accept)
        subscription = worker.on_topic(alerts, FilterPolicy={"kind": ["a"]})
        alerts.subscribe(raw, RawMessageDelivery=True)
        sent = alerts.publish({"n": 1}, attributes={"kind": "a", "size": 3, "tags": ["x"]}, Subject="Hi")
        alerts.publish("text", MessageAttributes={"kind": {"DataType": "String", "StringValue": "b"}})
        sim.run()
        assert raw.bodies == ['{"n":1}', "text"] == [one["Message"] for one in (m.json for m in inbox.messages)]
        notification = worker.invocations[0].records[0]["Sns"]
        assert (notification["MessageId"], notification["Subject"]) == (sent.id, "Hi")
        assert notification["MessageAttributes"]["size"] == {"Type": "Number", "Value": "3"}
        assert len(worker.invocations) == 1
        assert alerts.metrics["NumberOfNotificationsFilteredOut"] == 1
        assert repr(alerts) == "<Topic alerts: 3 subscriptions, 2 messages published>"
        assert (repr(sent), repr(subscription)) == (
            '<message {"n":1} of alerts>',
            "<Subscription of worker to alerts>",
        )
        subscription.unsubscribe()
        alerts.publish("text", attributes={"kind": "a"})
        sim.run()
        assert len(worker.invocations) == 1
        assert sim.topics["alerts"] == alerts == sim.topic("alerts")


def test_a_fifo_topic_numbers_its_messages() -> None:
    with Simulation() as sim:
        orders = sim.topic("orders.fifo", ContentBasedDeduplication=True)
        queue = sim.queue("orders.fifo")
        orders.subscribe(queue, RawMessageDelivery=True)
        first, again = (orders.publish("a", MessageGroupId="g") for _ in range(2))
        assert first.sequence_number == again.sequence_number is not None
        assert queue.bodies == ["a"]


@pytest.mark.rule("SCH-01", "SCH-02", "SCH-12")
def test_the_clock_invokes_functions() -> None:
    with Simulation() as sim:
        worker = sim.function("worker", accept)
        rule = worker.on_schedule("rate(5 minutes)", Input={"job": 1})
        worker.on_schedule("cron(30 * * * ? *)")
        once = worker.on_schedule_v2("at(2026-01-01T00:12:00)", Input="[]")
        sim.run(for_s=720)
        assert [(one.at, one.event) for one in worker.invocations] == [(300, {"job": 1}), (600, {"job": 1}), (720, [])]
        assert (repr(rule), repr(once)) == (
            "<Rule worker-schedule: rate(5 minutes), matched 2 events>",
            "<Schedule worker-schedule: at(2026-01-01T00:12:00)>",
        )
        rule.disable()
        assert repr(rule) == "<Rule worker-schedule: rate(5 minutes), disabled, matched 2 events>"
        sim.run(for_s=1080)
        assert worker.invocations[-1].event["detail-type"] == "Scheduled Event"
        assert len(worker.invocations) == 4


def test_events_of_the_bus_invoke_functions_by_pattern() -> None:
    with Simulation() as sim:
        worker = sim.function("worker", accept)
        worker.on_event({"source": ["orders"]}, InputPath="$.detail")
        worker.on_event(Pattern={"source": ["nobody"]})
        entry = {"Source": "orders", "DetailType": "placed", "Detail": '{"id": 1}'}
        boto3.client("events").put_events(Entries=[entry])
        sim.run()
        assert [one.event for one in worker.invocations] == [{"id": 1}]


@pytest.mark.rule("ASY-01", "ASY-05", "ASY-06", "DST-01", "DLQ-01")
def test_asynchronous_events_are_retried_and_end_where_the_function_says() -> None:
    with Simulation() as sim:
        failures, dead = sim.queue("failures"), sim.queue("dead")
        worker = sim.function(
            "worker",
            fail,
            EventInvokeConfig={
                "MaximumRetryAttempts": 1,
                "DestinationConfig": {"OnFailure": {"Destination": failures}},
            },
            DeadLetterQueue={"Type": "SQS", "TargetArn": "dead"},
        )
        accepted = worker.invoke({"id": 1}, InvocationType="Event")
        assert repr(accepted) == "<event for worker: not tried yet>"
        assert sim.left() == ["worker: 1 asynchronous event not done with"]
        sim.run()
        assert [(one.at, one.attempt) for one in accepted.invocations] == [(0, 1), (60, 2)]
        assert repr(accepted) == (
            "<event for worker: <invocation of worker at 60 s, attempt 2: error, ValueError: boom>>"
        )
        assert failures.messages[0].json["requestPayload"] == {"id": 1}
        assert dead.bodies == ['{"id":1}']
        worker.update(EventInvokeConfig={"MaximumRetryAttempts": 0}, DeadLetterQueue=None)
        worker.invoke(InvocationType="Event")
        sim.run()
        assert (len(worker.invocations), len(failures.bodies), len(dead.bodies)) == (3, 1, 1)
        worker.update(EventInvokeConfig=None)
        worker.invoke(InvocationType="Event")
        sim.run()
        assert len(worker.invocations) == 6


async def test_an_event_is_accepted_without_waiting() -> None:
    with Simulation() as sim:
        worker = sim.function("worker", accept)
        accepted = await worker.invoke_async({"id": 1}, InvocationType="Event")
        assert len(accepted.invocations) == 0
        await sim.run_async()
        assert accepted.invocations == [{"event": {"id": 1}, "outcome": "success"}]


test_an_event_is_accepted_without_waiting = pytest.mark.anyio(test_an_event_is_accepted_without_waiting)


def test_settings_of_a_stream_mapping_change_a_second_later_and_take_handles() -> None:
    with Simulation() as sim:
        clicks, failures = sim.stream("clicks"), sim.queue("failures")
        mapping = sim.function("worker", fail).on_stream(
            clicks,
            StartingPosition="TRIM_HORIZON",
            DestinationConfig={"OnFailure": {"Destination": failures}},
            FilterCriteria={"Filters": [{"Pattern": {"data": {"kind": ["a"]}}}]},
        )
        mapping.update(
            MaximumRetryAttempts=0, BatchSize=7, DestinationConfig={"OnFailure": {"Destination": "failures"}}
        )
        sim.run()
        assert (mapping.state, mapping.configuration["BatchSize"]) == ("Enabled", 7)
        clicks.put({"kind": "a"}, "k")
        clicks.put({"kind": "b"}, "k")
        sim.run()
        assert failures.messages[0].json["KinesisBatchInfo"]["batchSize"] == 1
        assert (mapping.backlog, mapping.metrics["FilteredOutEventCount"]) == ({}, 1)


def test_one_function_reads_sources_of_the_same_name() -> None:
    with Simulation() as sim:
        worker = sim.function("worker", accept)
        made = [
            worker.on_queue(sim.queue("orders")),
            worker.on_stream(sim.stream("orders"), StartingPosition="LATEST"),
            worker.on_table(
                sim.table("orders", partition_key="id", StreamSpecification=IMAGES), StartingPosition="LATEST"
            ),
        ]
        assert [one.name for one in made] == ["worker/orders", "worker/orders-2", "worker/orders-3"]
        assert list(sim.mappings) == [one.name for one in made]


def test_a_chain_from_bucket_to_topic_to_queue_is_one_run() -> None:
    with Simulation() as sim:
        uploads, images, thumbnails = sim.bucket("uploads"), sim.topic("images"), sim.queue("thumbnails")
        images.subscribe(thumbnails, RawMessageDelivery=True)
        sizes = sim.table("sizes", partition_key="key")

        def resize(event: dict[str, Any], context: object) -> None:
            found = boto3.client("s3").get_object(Bucket="uploads", Key="img/a.jpg")["Body"].read()
            boto3.resource("dynamodb").Table("sizes").put_item(Item={"key": "img/a.jpg", "bytes": len(found)})

        worker = sim.function("worker", resize)
        worker.on_queue(thumbnails)
        sim.function("log", accept).on_bucket(uploads)
        uploads.upload("img/a.jpg", b"12345")
        images.publish("img/a.jpg")
        sim.run()
        assert sizes.items == [{"key": "img/a.jpg", "bytes": 5}]
        assert sim.left() == []
        assert repr(sim) == "<Simulation seed=0 at 0 s: 1 queue, 1 table, 1 bucket, 1 topic and 2 functions>"


def test_properties_without_effect_are_warned_of() -> None:
    with (
        Simulation() as sim,
        pytest.warns(NoEffectWarning, match="clicks: without effect in a simulation: Tags") as told,
    ):
        sim.stream("clicks", Tags=[{"Key": "a", "Value": "b"}])
    assert told[0].filename == __file__
