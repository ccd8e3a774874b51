"""What the records of S3 say, in which order they come, and where they go."""

from __future__ import annotations

import json
from typing import Any

import pytest

from eventsim.cloud.requests import current_function
from tests.cloud.buckets import ACCOUNT, FUNCTION, TAGS, TOPIC, Buckets, configure, sequencers

# --- order, time and names ---


@pytest.mark.rule("S3-12")
def test_sequencers_grow_with_every_change_of_a_key(buckets: Buckets) -> None:
    async def test(s3: Any) -> None:
        await buckets.watch(s3, "s3:ObjectCreated:*", "s3:ObjectRemoved:*")
        for _ in range(3):
            await s3.put_object(Bucket="uploads", Key="k", Body=b"1")
            await s3.delete_object(Bucket="uploads", Key="k")
        buckets.loop.call_later(90.0, lambda: None)

    buckets.run(test)
    found = sequencers(buckets.records())
    assert found == sorted({one or "" for one in found})
    assert all(len(one or "") == 18 and int(one or "", 16) for one in found)


@pytest.mark.rule("S3-09", "S3-19")
def test_a_record_tells_when_and_by_whose_request(buckets: Buckets) -> None:
    import asyncio

    async def test(s3: Any) -> Any:
        await configure(
            s3, "QueueConfigurations", QueueArn=buckets.inbox.arn, events=("s3:ObjectCreated:*",), Id="mine"
        )
        buckets.read()
        await asyncio.sleep(90.25)
        answers = [await s3.put_object(Bucket="uploads", Key="k", Body=b"1")]
        token = current_function.set("worker")
        request = buckets.cloud.router.identify(
            "PUT", "https://uploads.s3.amazonaws.com/k", {"Authorization": "x"}, b"1"
        )
        current_function.reset(token)
        request.function = "worker"
        await buckets.cloud.router.send(request)
        return answers[0]["ResponseMetadata"]

    answer = buckets.run(test)
    mine, workers = buckets.records()
    assert mine["eventTime"] == "2026-01-01T00:01:30.250Z"
    assert mine["responseElements"] == {"x-amz-request-id": answer["RequestId"], "x-amz-id-2": answer["HostId"]}
    assert mine["s3"]["configurationId"] == "mine"
    assert mine["userIdentity"]["principalId"].startswith("AWS:AIDA")
    assert workers["userIdentity"]["principalId"].startswith("AWS:AROA")
    assert workers["userIdentity"]["principalId"].endswith(":worker")
    assert mine["s3"]["bucket"] == workers["s3"]["bucket"]


@pytest.mark.rule("S3-11")
@pytest.mark.parametrize(
    ("key", "encoded"),
    [("a b/c.txt", "a+b/c.txt"), ("a@b", "a%40b"), ("ü+?#&=%/x", "%C3%BC%2B%3F%23%26%3D%25/x"), ("//x", "//x")],
)
def test_keys_are_encoded_in_records_and_not_for_eventbridge(key: str, encoded: str, buckets: Buckets) -> None:
    async def test(s3: Any) -> None:
        await s3.put_bucket_notification_configuration(
            Bucket="uploads", NotificationConfiguration={"EventBridgeConfiguration": {}}
        )
        await s3.put_object(Bucket="uploads", Key=key, Body=b"1")
        await buckets.watch(s3)
        await s3.put_object(Bucket="uploads", Key=key, Body=b"1")
        await s3.delete_object(Bucket="uploads", Key=key)

    buckets.run(test)
    assert [one["s3"]["object"]["key"] for one in buckets.records()] == [encoded, encoded]
    assert [one["detail"]["object"]["key"] for one in buckets.bus_events] == [key]


def test_path_style_and_custom_endpoints_are_understood(buckets: Buckets) -> None:
    signed: dict[str, Any] = {"Authorization": "AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/s3/aws4_request"}

    async def test(s3: Any) -> None:
        await buckets.watch(s3)
        router = buckets.cloud.router
        for base in ("https://s3.eu-west-1.amazonaws.com", "http://localhost:4566"):
            await router.send(router.identify("PUT", f"{base}/uploads/a%20b/c", signed, b"1"))

    buckets.run(test)
    assert [one["s3"]["object"]["key"] for one in buckets.records()] == ["a+b/c", "a+b/c"]


@pytest.mark.rule("GEN-04")
def test_records_depend_on_the_seed_alone() -> None:
    async def work(buckets: Buckets, s3: Any) -> None:
        await buckets.watch(s3)
        await s3.put_object(Bucket="uploads", Key="k", Body=b"1")

    def records(seed: int) -> list[dict[str, Any]]:
        buckets = Buckets(seed)
        buckets.run(lambda s3: work(buckets, s3))
        return buckets.records()

    assert records(1) == records(1) != records(2)


# --- where it goes ---


@pytest.mark.rule("S3-02", "S3-13", "S3-14")
def test_every_kind_of_destination_gets_its_own(buckets: Buckets) -> None:
    async def test(s3: Any) -> None:
        await s3.put_bucket_notification_configuration(
            Bucket="uploads",
            NotificationConfiguration={
                "QueueConfigurations": [
                    {"QueueArn": buckets.inbox.arn, "Events": ["s3:ObjectCreated:Put"], "Id": "to-queue"}
                ],
                "TopicConfigurations": [{"TopicArn": TOPIC, "Events": ["s3:ObjectCreated:Copy"], "Id": "to-topic"}],
                "LambdaFunctionConfigurations": [
                    {"LambdaFunctionArn": FUNCTION, "Events": ["s3:ObjectRemoved:*"], "Id": "to-function"}
                ],
                "EventBridgeConfiguration": {},
            },
        )
        buckets.read()
        buckets.topic_messages.clear()
        await s3.put_object(Bucket="uploads", Key="k", Body=b"1")
        await s3.copy_object(Bucket="uploads", Key="c", CopySource="uploads/k")
        await s3.delete_object(Bucket="uploads", Key="k")

    buckets.run(test)
    (queued,) = buckets.records()
    ((topic, message, subject),) = buckets.topic_messages
    ((function, event),) = buckets.invocations
    assert (topic, subject, function) == (TOPIC, "Amazon S3 Notification", FUNCTION)
    records = [queued, *json.loads(message)["Records"], *event["Records"]]
    assert [(one["eventName"], one["s3"]["configurationId"]) for one in records] == [
        ("ObjectCreated:Put", "to-queue"),
        ("ObjectCreated:Copy", "to-topic"),
        ("ObjectRemoved:Delete", "to-function"),
    ]
    assert [(one["detail-type"], one["detail"]["reason"]) for one in buckets.bus_events] == [
        ("Object Created", "PutObject"),
        ("Object Created", "CopyObject"),
        ("Object Deleted", "DeleteObject"),
    ]
    assert buckets.s3.counts.delivered == 6
    bus = f"arn:aws:events:us-east-1:{ACCOUNT}:event-bus/default"
    put, copy, delete = "s3:ObjectCreated:Put", "s3:ObjectCreated:Copy", "s3:ObjectRemoved:Delete"
    lines = [(one.get("key"), one["event"], one["to"]) for one in buckets.notified()]
    assert lines == [
        (None, "s3:TestEvent", buckets.inbox.arn),
        (None, "s3:TestEvent", TOPIC),
        ("k", put, buckets.inbox.arn),
        ("k", put, bus),
        ("c", copy, TOPIC),
        ("c", copy, bus),
        ("k", delete, FUNCTION),
        ("k", delete, bus),
    ]


@pytest.mark.rule("S3-17")
def test_eventbridge_gets_all_events_as_recorded(capture: Any, buckets: Buckets) -> None:
    recorded = capture("s3e_test_object_created_put_in_different_region")["expected_event_or_destination_record"]
    expected = recorded["object-created-different-regions"]["messages"][0]

    async def test(s3: Any) -> None:
        await s3.put_bucket_notification_configuration(
            Bucket="uploads", NotificationConfiguration={"EventBridgeConfiguration": {}}
        )
        await s3.put_object(Bucket="uploads", Key="k", Body=b"data")
        await s3.put_object_tagging(Bucket="uploads", Key="k", Tagging=TAGS)

    buckets.run(test)
    event, tagged = buckets.bus_events
    assert tagged["detail-type"] == "Object Tags Added"
    assert event["id"] != tagged["id"]
    event |= {"account": "111111111111", "id": "<uuid:1>", "region": "<region:1>", "time": "date"}
    event["resources"] = ["arn:<partition>:s3:::<bucket-name:1>"]
    detail = event["detail"]
    assert detail["requester"] == ACCOUNT
    detail |= {"request-id": "request-id", "requester": "<requester>", "source-ip-address": "<ip-address:1>"}
    detail["bucket"]["name"] = "<bucket-name:1>"
    detail["object"] |= {"key": "<key-name:1>", "sequencer": "object-sequencer"}
    assert event == expected


@pytest.mark.rule("S3-06")
def test_only_matching_keys_are_announced(buckets: Buckets) -> None:
    async def test(s3: Any) -> None:
        await buckets.watch(s3, "s3:ObjectCreated:*", "s3:ObjectRemoved:*", prefix="my+photos/", suffix=".jpg")
        keys = ("my photos/a.jpg", "my+photos/a.jpg", "my photos/a.png", "a.jpg")
        for key in keys:
            await s3.put_object(Bucket="uploads", Key=key, Body=b"1")
        await s3.delete_objects(Bucket="uploads", Delete={"Objects": [{"Key": key} for key in keys]})

    buckets.run(test)
    assert [(one["eventName"], one["s3"]["object"]["key"]) for one in buckets.records()] == [
        ("ObjectCreated:Put", "my+photos/a.jpg"),
        ("ObjectRemoved:Delete", "my+photos/a.jpg"),
    ]
