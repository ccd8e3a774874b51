from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventsim.cloud.notifications.changes import Happening, ObjectChange, Origin
from eventsim.cloud.notifications.event_types import EVENT_TYPES
from eventsim.events.s3 import encode_key, event_version, s3_bus_event, s3_event, s3_record, s3_test_event

ORIGIN = Origin(
    request_id="C3D13FE58DE4C810",
    host_id="FMyUVURIY8",
    principal_id="AWS:AIDAJDPLRKLG7UEXAMPLE",
    requester="123456789012",
    source_ip="127.0.0.1",
)
KNOWN: dict[str, Any] = {"size_bytes": 5, "etag": "b1946ac92492d2347c6235b4d2611184", "version_id": "v1"}


def change(event: str, **facts: Any) -> ObjectChange:
    return ObjectChange(
        happening=Happening(**{"event": event, "key": "a b/c@d.txt"} | facts),
        bucket="uploads",
        account_id="123456789012",
        region="us-east-1",
        owner_id="A3NL1KOZZKEXAMPLE",
        time_ms=1767225600007,
        sequencer="0055AED6DCD90281E5",
        origin=ORIGIN,
    )


@pytest.mark.rule("S3-09", "S3-11", "S3-19")
def test_a_record_has_every_field_in_s3s_order() -> None:
    event = s3_event(change("s3:ObjectCreated:Put", **KNOWN), "thumbnails")
    assert json.dumps(event, separators=(",", ":")) == (
        '{"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"us-east-1",'
        '"eventTime":"2026-01-01T00:00:00.007Z","eventName":"ObjectCreated:Put",'
        '"userIdentity":{"principalId":"AWS:AIDAJDPLRKLG7UEXAMPLE"},"requestParameters":{"sourceIPAddress":"127.0.0.1"},'
        '"responseElements":{"x-amz-request-id":"C3D13FE58DE4C810","x-amz-id-2":"FMyUVURIY8"},'
        '"s3":{"s3SchemaVersion":"1.0","configurationId":"thumbnails","bucket":{"name":"uploads",'
        '"ownerIdentity":{"principalId":"A3NL1KOZZKEXAMPLE"},"arn":"arn:aws:s3:::uploads"},'
        '"object":{"key":"a+b/c%40d.txt","size":5,"eTag":"b1946ac92492d2347c6235b4d2611184","versionId":"v1",'
        '"sequencer":"0055AED6DCD90281E5"}}}]}'
    )


@pytest.mark.rule("S3-10")
@pytest.mark.parametrize(
    ("event", "fields"),
    [
        ("s3:ObjectCreated:Put", ["key", "size", "eTag", "versionId", "sequencer"]),
        ("s3:ObjectCreated:CompleteMultipartUpload", ["key", "size", "eTag", "versionId", "sequencer"]),
        ("s3:ObjectRestore:Post", ["key", "size", "eTag", "versionId", "sequencer"]),
        ("s3:ObjectRemoved:DeleteMarkerCreated", ["key", "eTag", "versionId", "sequencer"]),
        ("s3:ObjectTagging:Put", ["key", "eTag", "versionId"]),
        ("s3:ObjectTagging:Delete", ["key", "eTag", "versionId"]),
        ("s3:ObjectAcl:Put", ["key", "eTag", "versionId"]),
    ],
)
def test_each_event_shows_its_own_properties_of_the_object(event: str, fields: list[str]) -> None:
    assert list(s3_record(change(event, **KNOWN), "id")["s3"]["object"]) == fields


@pytest.mark.rule("S3-10")
def test_what_is_not_there_is_left_out() -> None:
    assert s3_record(change("s3:ObjectRemoved:Delete"), "id")["s3"]["object"] == {
        "key": "a+b/c%40d.txt",
        "sequencer": "0055AED6DCD90281E5",
    }
    empty = s3_record(change("s3:ObjectCreated:Put", size_bytes=0, etag="e"), "id")
    assert empty["s3"]["object"]["size"] == 0


@pytest.mark.rule("S3-09")
def test_the_version_depends_on_the_event() -> None:
    versions = {name: event_version(name.removeprefix("s3:")) for name in EVENT_TYPES}
    assert {name for name, version in versions.items() if version == "2.2"} == {
        name for name in EVENT_TYPES if name.startswith("s3:Replication")
    }
    assert sorted(name.removeprefix("s3:") for name, version in versions.items() if version == "2.1") == [
        "ObjectAnnotation:Delete",
        "ObjectAnnotation:Put",
        "ObjectCreated:CompleteMultipartUpload",
        "ObjectCreated:Copy",
        "ObjectCreated:Post",
        "ObjectCreated:Put",
        "ObjectRemoved:Delete",
        "ObjectRemoved:DeleteMarkerCreated",
        "ObjectRestore:Completed",
        "ObjectRestore:Post",
        "ReducedRedundancyLostObject",
    ]


def test_a_completed_restore_says_until_when_and_from_what() -> None:
    restored = change(
        "s3:ObjectRestore:Completed", **KNOWN, storage_class="GLACIER", restored_until_ms=1767398400000, by_s3=True
    )
    assert list(s3_record(restored, "id").items())[-1] == (
        "glacierEventData",
        {
            "restoreEventData": {
                "lifecycleRestorationExpiryTime": "2026-01-03T00:00:00.000Z",
                "lifecycleRestoreStorageClass": "GLACIER",
            }
        },
    )


@pytest.mark.rule("S3-04")
def test_a_test_event_has_s3s_fields() -> None:
    event = s3_test_event("uploads", 1767225600007, "5582815E1AEA5ADF", "8cLeGAmw098")
    assert list(event.items()) == [
        ("Service", "Amazon S3"),
        ("Event", "s3:TestEvent"),
        ("Time", "2026-01-01T00:00:00.007Z"),
        ("Bucket", "uploads"),
        ("RequestId", "5582815E1AEA5ADF"),
        ("HostId", "8cLeGAmw098"),
    ]


@pytest.mark.rule("S3-17")
def test_eventbridge_gets_a_shape_of_its_own() -> None:
    event = s3_bus_event(change("s3:ObjectCreated:Put", **KNOWN), "17793124-05d4-4198-afde-7ededc63b103")
    assert json.dumps(event, separators=(",", ":")) == (
        '{"version":"0","id":"17793124-05d4-4198-afde-7ededc63b103","detail-type":"Object Created","source":"aws.s3",'
        '"account":"123456789012","time":"2026-01-01T00:00:00Z","region":"us-east-1",'
        '"resources":["arn:aws:s3:::uploads"],"detail":{"version":"0","bucket":{"name":"uploads"},'
        '"object":{"key":"a b/c@d.txt","size":5,"etag":"b1946ac92492d2347c6235b4d2611184","version-id":"v1",'
        '"sequencer":"0055AED6DCD90281E5"},"request-id":"C3D13FE58DE4C810","requester":"123456789012",'
        '"source-ip-address":"127.0.0.1","reason":"PutObject"}}'
    )


RESTORE: dict[str, Any] = {"source-storage-class": "GLACIER"}


@pytest.mark.rule("S3-17")
@pytest.mark.parametrize(
    ("event", "detail_type", "circumstances"),
    [
        ("s3:ObjectCreated:Copy", "Object Created", {"reason": "CopyObject"}),
        ("s3:ObjectCreated:Post", "Object Created", {"reason": "POST Object"}),
        ("s3:ObjectCreated:CompleteMultipartUpload", "Object Created", {"reason": "CompleteMultipartUpload"}),
        (
            "s3:ObjectRemoved:Delete",
            "Object Deleted",
            {"reason": "DeleteObject", "deletion-type": "Permanently Deleted"},
        ),
        (
            "s3:ObjectRemoved:DeleteMarkerCreated",
            "Object Deleted",
            {"reason": "DeleteObject", "deletion-type": "Delete Marker Created"},
        ),
        ("s3:ObjectTagging:Put", "Object Tags Added", {}),
        ("s3:ObjectTagging:Delete", "Object Tags Deleted", {}),
        ("s3:ObjectAcl:Put", "Object ACL Updated", {}),
        ("s3:ObjectRestore:Post", "Object Restore Initiated", RESTORE),
        (
            "s3:ObjectRestore:Completed",
            "Object Restore Completed",
            {"restore-expiry-time": "2026-01-03T00:00:00Z", **RESTORE},
        ),
    ],
)
def test_eventbridge_names_and_explains_each_change(
    event: str, detail_type: str, circumstances: dict[str, Any]
) -> None:
    until = 1767398400000 if event.endswith("Completed") else None
    restored = {"restored_until_ms": until, "by_s3": until is not None, "storage_class": "GLACIER"}
    found = s3_bus_event(change(event, **KNOWN, **restored), "id")
    fixed = {"version", "bucket", "object", "request-id", "requester", "source-ip-address"}
    assert found["detail-type"] == detail_type
    assert {key: value for key, value in found["detail"].items() if key not in fixed} == circumstances
    assert ("source-ip-address" in found["detail"]) == (until is None)
    assert ("sequencer" in found["detail"]["object"]) == detail_type.endswith(("Created", "Deleted")) or (
        detail_type == "Object Tags Deleted"
    )


@pytest.mark.rule("S3-11")
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_unquote_plus_gives_the_key_back(key: str) -> None:
    encoded = encode_key(key)
    assert unquote_plus(encoded) == key
    assert encoded.isascii()
    assert encoded.count("/") == key.count("/")
