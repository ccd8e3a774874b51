"""The events of S3 as their receivers get them: queues, topics and functions one shape, EventBridge another."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote_plus

if TYPE_CHECKING:
    from eventsim.cloud.notifications.changes import Happening, ObjectChange

_OBJECT_FIELDS: Final = {
    "ObjectCreated": ("size", "eTag", "versionId", "sequencer"),
    "ObjectRemoved": ("eTag", "versionId", "sequencer"),
    "ObjectRestore": ("size", "eTag", "versionId", "sequencer"),
    "ObjectRetention": ("size", "eTag", "versionId"),
    "ObjectTagging": ("eTag", "versionId"),
    "ObjectAcl": ("eTag", "versionId"),
}
_VERSION_23: Final = (
    "IntelligentTiering",
    "Lifecycle",
    "ObjectAcl",
    "ObjectRestore:Delete",
    "ObjectRetention",
    "ObjectTagging",
)
_BUS_NAMES: Final = {"size": "size", "eTag": "etag", "versionId": "version-id", "sequencer": "sequencer"}
_DETAIL_TYPES: Final = {
    "ObjectAcl:Put": "Object ACL Updated",
    "ObjectRestore:Completed": "Object Restore Completed",
    "ObjectRestore:Post": "Object Restore Initiated",
    "ObjectRetention:Put": "Object Retention Updated",
    "ObjectTagging:Delete": "Object Tags Deleted",
    "ObjectTagging:Put": "Object Tags Added",
}
_REASONS: Final = {
    "ObjectCreated:CompleteMultipartUpload": "CompleteMultipartUpload",
    "ObjectCreated:Copy": "CopyObject",
    "ObjectCreated:Post": "POST Object",
    "ObjectCreated:Put": "PutObject",
}


def s3_event(change: ObjectChange, configuration_id: str) -> dict[str, Any]:
    """The whole event of one change, which is always one record (S3-09)."""
    return {"Records": [s3_record(change, configuration_id)]}


def s3_record(change: ObjectChange, configuration_id: str) -> dict[str, Any]:
    """One record, its keys in S3's order (S3-09, S3-10, S3-19)."""
    happening, origin = change.happening, change.origin
    name = happening.event.removeprefix("s3:")
    record: dict[str, Any] = {
        "eventVersion": event_version(name),
        "eventSource": "aws:s3",
        "awsRegion": change.region,
        "eventTime": _milliseconds(change.time_ms),
        "eventName": name,
        "userIdentity": {"principalId": origin.principal_id},
        "requestParameters": {"sourceIPAddress": origin.source_ip},
        "responseElements": {"x-amz-request-id": origin.request_id, "x-amz-id-2": origin.host_id},
        "s3": {
            "s3SchemaVersion": "1.0",
            "configurationId": configuration_id,
            "bucket": {
                "name": change.bucket,
                "ownerIdentity": {"principalId": change.owner_id},
                "arn": _bucket_arn(change.bucket),
            },
            "object": {"key": encode_key(happening.key), **_object_fields(change, name)},
        },
    }
    if happening.restored_until_ms is not None:
        record["glacierEventData"] = {
            "restoreEventData": {
                "lifecycleRestorationExpiryTime": _milliseconds(happening.restored_until_ms),
                "lifecycleRestoreStorageClass": happening.storage_class,
            }
        }
    return record


def event_version(name: str) -> str:
    """The version of an event's structure; *name* is without ``s3:`` (S3-09)."""
    if name.startswith("Replication"):
        return "2.2"
    return "2.3" if name.startswith(_VERSION_23) else "2.1"


def encode_key(key: str) -> str:
    """A key as records show it: form-encoded, but slashes stay (S3-11)."""
    return quote_plus(key, safe="/")


def s3_test_event(bucket: str, time_ms: int, request_id: str, host_id: str) -> dict[str, Any]:
    """What queues and topics get when they are configured (S3-04)."""
    return {
        "Service": "Amazon S3",
        "Event": "s3:TestEvent",
        "Time": _milliseconds(time_ms),
        "Bucket": bucket,
        "RequestId": request_id,
        "HostId": host_id,
    }


def s3_bus_event(change: ObjectChange, event_id: str) -> dict[str, Any]:
    """One change as an event of EventBridge; the key is not encoded there (S3-17)."""
    name = change.happening.event.removeprefix("s3:")
    return {
        "version": "0",
        "id": event_id,
        "detail-type": _detail_type(name),
        "source": "aws.s3",
        "account": change.account_id,
        "time": _seconds(change.time_ms),
        "region": change.region,
        "resources": [_bucket_arn(change.bucket)],
        "detail": _detail(change, name),
    }


def _detail(change: ObjectChange, name: str) -> dict[str, Any]:
    happening, origin = change.happening, change.origin
    fields = {_BUS_NAMES[key]: value for key, value in _object_fields(change, name).items()}
    if name.startswith("ObjectRestore"):
        del fields["sequencer"]
    detail: dict[str, Any] = {
        "version": "0",
        "bucket": {"name": change.bucket},
        "object": {"key": happening.key, **fields},
        "request-id": origin.request_id,
        "requester": origin.requester,
    }
    if not happening.by_s3:
        detail["source-ip-address"] = origin.source_ip
    return detail | _circumstances(happening, name)


def _circumstances(happening: Happening, name: str) -> dict[str, Any]:
    if name.startswith("ObjectCreated"):
        return {"reason": _REASONS[name]}
    if name.startswith("ObjectRemoved"):
        marker = name == "ObjectRemoved:DeleteMarkerCreated"
        return {"reason": "DeleteObject", "deletion-type": "Delete Marker Created" if marker else "Permanently Deleted"}
    if not name.startswith("ObjectRestore"):
        return {}
    until_ms = happening.restored_until_ms
    expiry = {} if until_ms is None else {"restore-expiry-time": _seconds(until_ms)}
    return {**expiry, "source-storage-class": happening.storage_class}


def _detail_type(name: str) -> str:
    if name.startswith("ObjectCreated"):
        return "Object Created"
    return "Object Deleted" if name.startswith("ObjectRemoved") else _DETAIL_TYPES[name]


def _object_fields(change: ObjectChange, name: str) -> dict[str, Any]:
    """Which of an object's properties its events show; unknown ones and absent versions are left out (S3-10)."""
    happening = change.happening
    known = {
        "size": happening.size_bytes,
        "eTag": happening.etag,
        "versionId": happening.version_id,
        "sequencer": change.sequencer,
    }
    shown = _OBJECT_FIELDS[name.partition(":")[0]]
    return {field: known[field] for field in shown if known[field] is not None}


def _bucket_arn(bucket: str) -> str:
    return f"arn:aws:s3:::{bucket}"


def _milliseconds(time_ms: int) -> str:
    return f"{datetime.fromtimestamp(time_ms // 1000, UTC):%Y-%m-%dT%H:%M:%S}.{time_ms % 1000:03d}Z"


def _seconds(time_ms: int) -> str:
    return f"{datetime.fromtimestamp(time_ms // 1000, UTC):%Y-%m-%dT%H:%M:%S}Z"
