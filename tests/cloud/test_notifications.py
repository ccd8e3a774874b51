"""What S3 announces about real requests: which events, with what, in which order."""

from __future__ import annotations

import json
from hashlib import md5
from typing import Any

import pytest

from eventsim.cloud.requests import current_function
from tests.cloud.buckets import ACCOUNT, FUNCTION, TOPIC, Buckets, brief, configure, sequencers

TAGS = {"TagSet": [{"Key": "k", "Value": "v"}]}
SOMETHING = "437b930db84b8079c2dd804a71936b5f"  # the MD5 of b"something"
REDACTED = {"awsRegion": "<region>", "eventTime": "date"}


@pytest.fixture
def buckets() -> Buckets:
    return Buckets()


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


# --- as recorded ---


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


# --- each operation ---


@pytest.mark.rule("S3-05", "S3-10", "S3-16")
def test_each_operation_is_announced_once(buckets: Buckets) -> None:
    async def test(s3: Any) -> None:
        await buckets.watch(s3)
        at: dict[str, Any] = {"Bucket": "uploads"}
        await s3.put_object(**at, Key="a", Body=b"something", Tagging="a=b", ACL="public-read")
        upload = (await s3.create_multipart_upload(**at, Key="m"))["UploadId"]
        part = await s3.upload_part(**at, Key="m", UploadId=upload, PartNumber=1, Body=b"something")
        parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
        await s3.complete_multipart_upload(**at, Key="m", UploadId=upload, MultipartUpload=parts)
        await s3.copy_object(**at, Key="c", CopySource="uploads/a", TaggingDirective="REPLACE", Tagging="x=y")
        await s3.put_object_tagging(**at, Key="a", Tagging=TAGS)
        await s3.put_object_acl(**at, Key="a", ACL="private")
        await s3.get_object(**at, Key="a")
        await s3.list_objects_v2(**at)

    buckets.run(test)
    assert [brief(one) for one in buckets.records()] == [
        ("ObjectCreated:Put", {"key": "a", "size": 9, "eTag": SOMETHING}),
        (
            "ObjectCreated:CompleteMultipartUpload",
            {"key": "m", "size": 9, "eTag": f"{md5(bytes.fromhex(SOMETHING)).hexdigest()}-1"},
        ),
        ("ObjectCreated:Copy", {"key": "c", "size": 9, "eTag": SOMETHING}),
        ("ObjectTagging:Put", {"key": "a", "eTag": SOMETHING}),
        ("ObjectAcl:Put", {"key": "a", "eTag": SOMETHING}),
    ]


@pytest.mark.rule("S3-16")
def test_what_fails_is_not_announced(buckets: Buckets) -> None:
    async def test(s3: Any) -> None:
        await s3.put_object(Bucket="uploads", Key="a", Body=b"1")
        await buckets.watch(s3)
        missing: dict[str, Any] = {"Bucket": "uploads", "Key": "missing"}
        for refused, params in (
            (s3.put_object, {"Bucket": "uploads", "Key": "a", "Body": b"2", "IfNoneMatch": "*"}),
            (s3.put_object, {"Bucket": "nowhere", "Key": "a", "Body": b"2"}),
            (s3.copy_object, {"Bucket": "uploads", "Key": "b", "CopySource": "uploads/missing"}),
            (s3.put_object_tagging, {**missing, "Tagging": TAGS}),
            (s3.delete_object_tagging, missing),
            (s3.put_object_acl, {**missing, "ACL": "private"}),
            (s3.restore_object, {"Bucket": "uploads", "Key": "a", "RestoreRequest": {"Days": 1}}),
        ):
            with pytest.raises(s3.exceptions.ClientError):
                await refused(**params)
        await s3.delete_object(**missing)
        await s3.delete_objects(Bucket="uploads", Delete={"Objects": [{"Key": "missing"}]})

    buckets.run(test)
    assert buckets.read() == []


@pytest.mark.rule("S3-15")
@pytest.mark.parametrize("quiet", [False, True])
def test_each_object_of_a_bulk_deletion_is_announced(quiet: bool, buckets: Buckets) -> None:
    async def test(s3: Any) -> None:
        for key in ("a b", "c", "left"):
            await s3.put_object(Bucket="uploads", Key=key, Body=b"1")
        await buckets.watch(s3, "s3:ObjectRemoved:*")
        objects = [{"Key": key} for key in ("c", "missing", "a b", "c")]
        await s3.delete_objects(Bucket="uploads", Delete={"Objects": objects, "Quiet": quiet})

    buckets.run(test)
    found = buckets.records()
    assert [brief(one) for one in found] == [("ObjectRemoved:Delete", {"key": key}) for key in ("c", "a+b")]
    assert len({one["responseElements"]["x-amz-request-id"] for one in found}) == 1


@pytest.mark.rule("S3-10")
def test_versions_and_delete_markers_are_named(buckets: Buckets) -> None:
    ids: dict[str, str] = {}

    async def test(s3: Any) -> None:
        at: dict[str, Any] = {"Bucket": "uploads", "Key": "k"}
        await s3.put_bucket_versioning(Bucket="uploads", VersioningConfiguration={"Status": "Enabled"})
        await buckets.watch(s3)
        ids["put"] = (await s3.put_object(**at, Body=b"something"))["VersionId"]
        await s3.put_object_tagging(**at, VersionId=ids["put"], Tagging=TAGS)
        ids["marker"] = (await s3.delete_object(**at))["VersionId"]
        await s3.delete_object(**at, VersionId=ids["put"])
        await s3.delete_object(**at, VersionId=ids["put"])
        await s3.delete_object(**at, VersionId=ids["marker"])
        ids["again"] = (await s3.put_object(**at, Body=b"something"))["VersionId"]
        objects = [{"Key": "k"}, {"Key": "k", "VersionId": ids["again"]}]
        answer = await s3.delete_objects(Bucket="uploads", Delete={"Objects": objects})
        ids["last"] = answer["Deleted"][0]["DeleteMarkerVersionId"]

    buckets.run(test)
    empty = "d41d8cd98f00b204e9800998ecf8427e"
    assert [brief(one) for one in buckets.records()] == [
        ("ObjectCreated:Put", {"key": "k", "size": 9, "eTag": SOMETHING, "versionId": ids["put"]}),
        ("ObjectTagging:Put", {"key": "k", "eTag": SOMETHING, "versionId": ids["put"]}),
        ("ObjectRemoved:DeleteMarkerCreated", {"key": "k", "eTag": empty, "versionId": ids["marker"]}),
        ("ObjectRemoved:Delete", {"key": "k", "versionId": ids["put"]}),
        ("ObjectRemoved:Delete", {"key": "k", "versionId": ids["marker"]}),
        ("ObjectCreated:Put", {"key": "k", "size": 9, "eTag": SOMETHING, "versionId": ids["again"]}),
        ("ObjectRemoved:DeleteMarkerCreated", {"key": "k", "eTag": empty, "versionId": ids["last"]}),
        ("ObjectRemoved:Delete", {"key": "k", "versionId": ids["again"]}),
    ]


@pytest.mark.rule("S3-10")
def test_with_versioning_suspended_nothing_has_a_version(buckets: Buckets) -> None:
    async def test(s3: Any) -> None:
        for status in ("Enabled", "Suspended"):
            await s3.put_bucket_versioning(Bucket="uploads", VersioningConfiguration={"Status": status})
        await buckets.watch(s3)
        await s3.put_object(Bucket="uploads", Key="k", Body=b"something")
        await s3.delete_object(Bucket="uploads", Key="k")

    buckets.run(test)
    assert [brief(one) for one in buckets.records()] == [
        ("ObjectCreated:Put", {"key": "k", "size": 9, "eTag": SOMETHING}),
        ("ObjectRemoved:DeleteMarkerCreated", {"key": "k", "eTag": "d41d8cd98f00b204e9800998ecf8427e"}),
    ]


def test_an_acl_given_as_grants_is_compared_with_what_was_there(buckets: Buckets) -> None:
    async def test(s3: Any) -> None:
        at: dict[str, Any] = {"Bucket": "uploads", "Key": "k"}
        await s3.put_object(**at, Body=b"something")
        await buckets.watch(s3, "s3:ObjectAcl:Put")
        policy = await s3.get_object_acl(**at)
        same = {"Owner": policy["Owner"], "Grants": policy["Grants"]}
        await s3.put_object_acl(**at, AccessControlPolicy=same)
        everybody = {"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"}
        more = [*same["Grants"], {"Grantee": everybody, "Permission": "READ"}]
        await s3.put_object_acl(**at, AccessControlPolicy={**same, "Grants": more})

    buckets.run(test)
    assert [brief(one) for one in buckets.records()] == [("ObjectAcl:Put", {"key": "k", "eTag": SOMETHING})]


def test_a_retention_is_announced(buckets: Buckets) -> None:
    async def test(s3: Any) -> None:
        await s3.create_bucket(Bucket="locked", ObjectLockEnabledForBucket=True)
        await buckets.s3.configure(
            "locked",
            {"LambdaConfigurations": [{"Event": "s3:ObjectRetention:Put", "Function": FUNCTION}]},
        )
        version = (await s3.put_object(Bucket="locked", Key="k", Body=b"something"))["VersionId"]
        retention = {"Mode": "GOVERNANCE", "RetainUntilDate": "2027-01-01T00:00:00Z"}
        await s3.put_object_retention(Bucket="locked", Key="k", Retention=retention)
        (record,) = buckets.invocations[0][1]["Records"]
        assert brief(record) == (
            "ObjectRetention:Put",
            {"key": "k", "size": 9, "eTag": SOMETHING, "versionId": version},
        )

    buckets.run(test)


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
