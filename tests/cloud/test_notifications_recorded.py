"""S3's announcements as they were recorded."""

from __future__ import annotations

import json
from hashlib import md5
from typing import Any

import pytest

from tests.cloud.buckets import TAGS, TOPIC, Buckets, brief, configure

REDACTED = {"awsRegion": "<region>", "eventTime": "date"}


def redacted(record: dict[str, Any], **names: str) -> Any:
    """A record with placeholders for whatever differs from run to run; *names* are placeholders by their values."""
    record = {**record, **REDACTED}
    record["userIdentity"] = {"principalId": "<principal-id:2>"}
    record["requestParameters"] = {"sourceIPAddress": "<ip-address:1>"}
    record["responseElements"] = {"x-amz-request-id": "amz-request-id", "x-amz-id-2": "amz-id"}
    s3 = record["s3"]
    bucket = {**s3["bucket"], "ownerIdentity": {"principalId": "<principal-id:1>"}}
    bucket["arn"] = bucket["arn"].replace("arn:aws:", "arn:<partition>:")
    found = {**s3["object"]}
    if "sequencer" in found:
        found["sequencer"] = "sequencer"
    record["s3"] = {**s3, "bucket": bucket, "object": found, "configurationId": "<config-id:1>"}
    text = json.dumps(record)
    for name, placeholder in names.items():
        text = text.replace(f'"{name}"', f'"{placeholder}"').replace(f":::{name}", f":::{placeholder}")
    return json.loads(text)


def captured(capture: Any, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = capture(name)["expected_event_or_destination_record"]["receive_messages"]["messages"]
    return found


@pytest.mark.rule("S3-09", "S3-10")
def test_puts_are_announced_as_recorded(capture: Any, buckets: Buckets) -> None:
    async def test(s3: Any) -> None:
        await buckets.watch(s3, "s3:ObjectCreated:*")
        await s3.put_object(Bucket="uploads", Key="my_key_0", Body=b"something")
        await s3.put_object(Bucket="uploads", Key="my_key_1", Body=b"something else")

    buckets.run(test)
    found = [redacted(one, uploads="<resource:1>") for one in buckets.records()]
    assert found == captured(capture, "s3q_test_object_created_put")


@pytest.mark.rule("S3-09", "S3-10")
def test_copy_put_and_delete_are_announced_as_recorded(capture: Any, buckets: Buckets) -> None:
    async def test(s3: Any) -> None:
        await s3.put_object(Bucket="uploads", Key="source", Body=b"something")
        await buckets.watch(s3, "s3:ObjectCreated:*", "s3:ObjectRemoved:*")
        await s3.copy_object(Bucket="uploads", Key="copy", CopySource={"Bucket": "uploads", "Key": "source"})
        await s3.put_object(Bucket="uploads", Key="put", Body=b"something")
        await s3.delete_object(Bucket="uploads", Key="put")

    buckets.run(test)
    names = {"uploads": "<resource:1>", "copy": "<object-key:1>", "put": "<object-key:2>"}
    found = [redacted(one, **names) for one in buckets.records()]
    assert found == captured(capture, "s3q_test_object_created_and_object_removed")
    assert found[:1] == captured(capture, "s3q_test_object_created_copy")


@pytest.mark.rule("S3-09", "S3-10")
def test_deleting_tags_is_announced_as_recorded(capture: Any, buckets: Buckets) -> None:
    async def test(s3: Any) -> None:
        await s3.put_object(Bucket="uploads", Key="tagged", Body=b"body", Tagging="a=b")
        await buckets.watch(s3, "s3:ObjectTagging:Delete")
        await s3.put_object_tagging(Bucket="uploads", Key="tagged", Tagging=TAGS)
        await s3.delete_object_tagging(Bucket="uploads", Key="tagged")

    buckets.run(test)
    (found,) = buckets.records()
    (expected,) = captured(capture, "s3q_test_object_tagging_delete_event")
    assert found["s3"]["object"]["eTag"] == md5(b"body").hexdigest()
    found["s3"]["object"]["eTag"] = expected["s3"]["object"]["eTag"]
    assert redacted(found, uploads="<resource:1>", tagged="<object-key:1>") == expected


@pytest.mark.rule("S3-09", "S3-10")
def test_an_acl_that_changes_nothing_is_not_announced_as_recorded(capture: Any, buckets: Buckets) -> None:
    async def test(s3: Any) -> None:
        await s3.put_object(Bucket="uploads", Key="my_key_acl", Body=b"something")
        await buckets.watch(s3, "s3:ObjectAcl:Put")
        for acl in ("public-read", "public-read", "private", "public-read-write"):
            await s3.put_object_acl(Bucket="uploads", Key="my_key_acl", ACL=acl)

    buckets.run(test)
    found = [redacted(one, uploads="<resource:1>") for one in buckets.records()]
    assert found == captured(capture, "s3q_test_object_put_acl")


@pytest.mark.rule("S3-05", "S3-09")
def test_a_restore_is_announced_as_recorded(capture: Any, buckets: Buckets) -> None:
    async def test(s3: Any) -> None:
        await s3.put_object(Bucket="uploads", Key="my_key_restore", Body=b"something", StorageClass="GLACIER")
        await buckets.watch(s3, "s3:ObjectRestore:*")
        for days in (2, 3):  # the second prolongs the first
            await s3.restore_object(Bucket="uploads", Key="my_key_restore", RestoreRequest={"Days": days})

    buckets.run(test)
    posted, completed = buckets.records()
    expected = captured(capture, "s3q_test_restore_object")
    assert redacted(posted, uploads="<resource:1>") == expected[0]
    owner = completed["s3"]["bucket"]["ownerIdentity"]["principalId"]
    assert completed["userIdentity"]["principalId"] == f"AmazonCustomer:{owner}"
    assert completed["requestParameters"] == {"sourceIPAddress": "s3.amazonaws.com"}
    assert completed["responseElements"] != posted["responseElements"]
    restored = completed["glacierEventData"]["restoreEventData"]
    assert restored.pop("lifecycleRestorationExpiryTime") == "2026-01-03T00:00:00.000Z"
    expected[1]["glacierEventData"]["restoreEventData"].pop("lifecycleRestorationExpiryTime")
    expected[1]["userIdentity"] = expected[0]["userIdentity"]
    expected[1]["requestParameters"] = expected[0]["requestParameters"]
    assert redacted(completed, uploads="<resource:1>") == expected[1]


@pytest.mark.rule("S3-09")
def test_a_trace_header_travels_along_as_recorded(capture: Any, buckets: Buckets) -> None:
    recorded = capture("s3q_test_xray_header")["expected_event_or_destination_record"]["receive_messages"]["messages"]
    header = recorded[0]["Attributes"]["AWSTraceHeader"]

    async def test(s3: Any) -> None:
        await buckets.watch(s3, "s3:ObjectCreated:*")
        s3.meta.events.register("before-sign.s3", lambda request, **_: request.headers.add_header(*trace))
        await s3.put_object(Bucket="uploads", Key="test-data", Body=b"something")
        await configure(s3, "TopicConfigurations", TopicArn=TOPIC)
        await s3.put_object(Bucket="uploads", Key="test-data", Body=b"something")

    trace = "X-Amzn-Trace-Id", header
    buckets.run(test)
    (delivery,) = buckets.inbox.receive()
    body = json.loads(delivery.message.body)
    assert delivery.message.trace_header == header
    assert {"Records": [redacted(body["Records"][0], uploads="<resource:1>")]} == recorded[0]["Body"]
    assert list(body["Records"][0]) == list(recorded[0]["Body"]["Records"][0])
    assert buckets.trace_headers == [None, header]


@pytest.mark.rule("S3-09")
def test_a_posted_form_has_its_own_event_as_recorded(capture: Any, buckets: Buckets) -> None:
    recorded = capture("s3l_test_create_object_by_presigned_request_via_dynamodb")
    items = recorded["expected_event_or_destination_record"]["items"]
    names = [item["data"]["M"]["eventName"]["S"] for item in items]
    form = (
        b'--x\r\nContent-Disposition: form-data; name="key"\r\n\r\nforms/\xc3\xbc b.txt\r\n'
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="b.txt"\r\n'
        b"Content-Type: text/plain\r\n\r\nposted\r\n--x--\r\n"
    )
    headers: dict[str, Any] = {"Content-Type": "multipart/form-data; boundary=x", "Authorization": "AWS4-HMAC-SHA256"}

    async def test(s3: Any) -> None:
        await buckets.watch(s3, "s3:ObjectCreated:*")
        router = buckets.cloud.router
        for url in ("https://uploads.s3.amazonaws.com/", "https://s3.us-east-1.amazonaws.com/uploads"):
            assert (await router.send(router.identify("POST", url, headers, form))).status == 204
        await s3.put_object(Bucket="uploads", Key="forms/ü b.txt", Body=b"posted")

    buckets.run(test)
    posted, posted_too, put = map(brief, buckets.records())
    etag = md5(b"posted").hexdigest()
    assert [posted[0], put[0]] == names
    assert posted == posted_too == ("ObjectCreated:Post", put[1])
    assert put[1] == {"key": "forms/%C3%BC+b.txt", "size": 6, "eTag": etag}
