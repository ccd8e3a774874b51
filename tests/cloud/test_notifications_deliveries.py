"""What becomes of S3's deliveries that fail or take time, and what the store behind is spared."""

from __future__ import annotations

import io
import subprocess
import sys
from typing import Any

import pytest

from eventsim.cloud.notifications.delivery import DeliverySettings
from eventsim.errors import AwsError
from tests.cloud.buckets import CREATED, FUNCTION, REFUSED, TOPIC, Buckets, configure, read, refused

# --- deliveries that fail, take time, or come twice ---


def test_a_refused_delivery_is_counted_and_traced_and_the_request_succeeds(buckets: Buckets) -> None:
    async def test(s3: Any) -> None:
        await configure(s3, "LambdaFunctionConfigurations", LambdaFunctionArn=FUNCTION)
        buckets.refusal = AwsError("TooManyRequestsException", "Rate Exceeded.", status=429)
        answer = await s3.put_object(Bucket="uploads", Key="k", Body=b"1")
        assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
        await buckets.watch(s3)
        buckets.queues.delete(buckets.inbox)
        await s3.delete_object(Bucket="uploads", Key="k")

    buckets.run(test)
    assert (buckets.s3.counts.delivered, buckets.s3.counts.failed) == (0, 2)
    at = {"t": 0.0, "bucket": "uploads"}
    *_, removed = lines = buckets.notified()
    assert lines[0] == {
        **at,
        "key": "k",
        "event": "s3:ObjectCreated:Put",
        "to": FUNCTION,
        "error": "TooManyRequestsException",
    }
    assert removed == {
        **at,
        "key": "k",
        "event": "s3:ObjectRemoved:Delete",
        "to": buckets.inbox.arn,
        "error": "QueueDoesNotExist",
    }


def test_a_delivery_is_traced_with_what_it_became(buckets: Buckets) -> None:
    async def test(s3: Any) -> None:
        await buckets.watch(s3)
        await s3.put_object(Bucket="uploads", Key="a b", Body=b"1")

    buckets.run(test)
    (message,) = buckets.inbox.messages()
    assert buckets.notified()[1:] == [
        {
            "t": 0.0,
            "bucket": "uploads",
            "key": "a b",
            "event": "s3:ObjectCreated:Put",
            "to": buckets.inbox.arn,
            "record": message.id,
        }
    ]


def test_without_ways_out_there_are_no_destinations() -> None:
    buckets = Buckets(to_queue=None, to_topic=None, to_function=None, has_function=None, to_bus=None)

    async def test(s3: Any) -> None:
        put = s3.put_bucket_notification_configuration
        for section, member, arn in (
            ("QueueConfigurations", "QueueArn", buckets.inbox.arn),
            ("TopicConfigurations", "TopicArn", TOPIC),
            ("LambdaFunctionConfigurations", "LambdaFunctionArn", FUNCTION),
        ):
            wanted = {section: [{member: arn, "Events": CREATED}]}
            assert (await refused(put, Bucket="uploads", NotificationConfiguration=wanted))[1]["Message"] == REFUSED
            await put(Bucket="uploads", NotificationConfiguration=wanted, SkipDestinationValidation=True)
            await s3.put_object(Bucket="uploads", Key="k", Body=b"1")
        bridge: dict[str, Any] = {"EventBridgeConfiguration": {}}
        status, error = await refused(put, Bucket="uploads", NotificationConfiguration=bridge)
        assert (status, error["Code"]) == (501, "NotImplemented")

    buckets.run(test)
    assert (buckets.s3.counts.delivered, buckets.s3.counts.failed) == (0, 3)


@pytest.mark.rule("S3-13")
def test_deliveries_may_take_time_overtake_each_other_and_come_twice() -> None:
    import asyncio

    async def work(buckets: Buckets, s3: Any) -> None:
        await configure(s3, "LambdaFunctionConfigurations", LambdaFunctionArn=FUNCTION)
        for n in range(8):
            await s3.put_object(Bucket="uploads", Key=f"{n}", Body=b"1")
        assert buckets.invocations == []
        await asyncio.sleep(10)

    def arrivals(settings: DeliverySettings) -> list[tuple[float, str]]:
        buckets = Buckets(settings=settings)
        buckets.run(lambda s3: work(buckets, s3))
        events = [event["Records"][0] for _, event in buckets.invocations]
        assert {one["eventTime"] for one in events} == {"2026-01-01T00:00:00.000Z"}
        return [(line["t"], line["key"]) for line in buckets.notified()]

    assert arrivals(DeliverySettings(latency_s=1.5)) == [(1.5, f"{n}") for n in range(8)]
    spread = arrivals(DeliverySettings(latency_s=1.0, spread_s=2.0))
    assert sorted(key for _, key in spread) == [f"{n}" for n in range(8)] != [key for _, key in spread]
    assert all(1.0 <= time_s <= 3.0 for time_s, _ in spread)
    twice = arrivals(DeliverySettings(latency_s=1.0, duplicate_rate=1.0))
    assert [key for _, key in twice] == [f"{n}" for n in range(8) for _ in range(2)]


def test_deliveries_that_take_time_need_a_loop() -> None:
    from eventsim.cloud.notifications.destinations import Destinations
    from eventsim.cloud.notifications.endpoint import S3WithNotifications
    from eventsim.events import s3 as shapes
    from tests.cloud.simulated import Cloud, Recorder

    cloud = Cloud()
    with pytest.raises(ValueError, match="timers"):
        S3WithNotifications(
            Recorder(),
            cloud.clock,
            cloud.seeds,
            destinations=Destinations(),
            shapes=shapes,
            settings=DeliverySettings(latency_s=1.0),
        )


# --- the store behind ---


def test_moto_never_gets_a_configuration_and_buckets_without_one_cost_nothing(buckets: Buckets) -> None:
    seen: list[str] = []

    class Spy:
        async def handle_request(self, request: Any) -> Any:
            seen.append(request.operation)
            return await buckets.cloud.moto.handle_request(request)

    buckets.s3._store = buckets.s3._objects._store = Spy()

    async def test(s3: Any) -> None:
        await s3.create_bucket(Bucket="other")
        await buckets.watch(s3, "s3:ObjectCreated:*")
        seen.clear()
        await s3.put_object(Bucket="other", Key="k", Body=b"1")
        await s3.delete_object(Bucket="uploads", Key="k")
        await s3.put_object_acl(Bucket="other", Key="k", ACL="private")
        assert seen == ["PutObject", "DeleteObject", "PutObjectAcl"]
        await s3.put_object(Bucket="uploads", Key="k", Body=b"1")
        assert seen[3:] == ["PutObject", "HeadObject"]
        await read(s3)

    buckets.run(test)
    assert "PutBucketNotificationConfiguration" not in seen
    assert "GetBucketNotificationConfiguration" not in seen


def test_what_can_not_be_looked_at_is_announced_with_what_the_answer_said(buckets: Buckets) -> None:
    class Blind:
        async def handle_request(self, request: Any) -> Any:
            if request.operation == "HeadObject":
                raise AwsError("InternalFailure", "broken", status=500)
            return await buckets.cloud.moto.handle_request(request)

    buckets.s3._objects._store = Blind()

    async def test(s3: Any) -> None:
        await buckets.watch(s3, "s3:ObjectCreated:*")
        await s3.put_object(Bucket="uploads", Key="k", Body=b"something")

    buckets.run(test)
    (record,) = buckets.records()
    found = record["s3"]["object"]
    assert (found["key"], found["eTag"], "size" in found) == ("k", "437b930db84b8079c2dd804a71936b5f", False)


def test_it_is_imported_without_what_only_a_request_needs() -> None:
    code = "import sys, eventsim.cloud.notifications.endpoint, eventsim.events.s3; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert {"moto", "botocore", "xml.etree.ElementTree", "email.parser"}.isdisjoint(loaded)


def test_boto3_clients_are_watched_too(buckets: Buckets) -> None:
    from tests.cloud.simulated import at_once

    def upload() -> None:
        import boto3

        boto3.client("s3").upload_fileobj(io.BytesIO(b"x" * (9 << 20)), "uploads", "big")
        boto3.resource("s3").Bucket("uploads").objects.all().delete()

    async def test(_: Any) -> None:
        await buckets.s3.configure(
            "uploads",
            {
                "LambdaConfigurations": [
                    {"Event": event, "Function": FUNCTION} for event in ("s3:ObjectCreated:*", "s3:ObjectRemoved:*")
                ]
            },
        )

    buckets.cloud.moto.start()
    buckets.cloud.hook.install()
    try:
        router = buckets.cloud.router
        at_once(router.send(router.identify("PUT", "https://uploads.s3.amazonaws.com/", {"Authorization": "x"}, b"")))
        at_once(test(None))
        upload()
    finally:
        buckets.cloud.hook.remove()
        buckets.cloud.moto.stop()
        buckets.loop.close()
    found = [event["Records"][0] for _, event in buckets.invocations]
    assert [(one["eventName"], one["s3"]["object"].get("size")) for one in found] == [
        ("ObjectCreated:CompleteMultipartUpload", 9 << 20),
        ("ObjectRemoved:Delete", None),
    ]
