"""The event types that a notification configuration can name (S3-05)."""

from __future__ import annotations

from typing import Final

ACL_PUT: Final = "s3:ObjectAcl:Put"
COMPLETE_UPLOAD: Final = "s3:ObjectCreated:CompleteMultipartUpload"
COPY: Final = "s3:ObjectCreated:Copy"
DELETE: Final = "s3:ObjectRemoved:Delete"
DELETE_MARKER: Final = "s3:ObjectRemoved:DeleteMarkerCreated"
POST: Final = "s3:ObjectCreated:Post"
PUT: Final = "s3:ObjectCreated:Put"
RESTORE_COMPLETED: Final = "s3:ObjectRestore:Completed"
RESTORE_POST: Final = "s3:ObjectRestore:Post"
RETENTION_PUT: Final = "s3:ObjectRetention:Put"
TAGS_DELETE: Final = "s3:ObjectTagging:Delete"
TAGS_PUT: Final = "s3:ObjectTagging:Put"
TEST_EVENT: Final = "s3:TestEvent"

EVENT_TYPES: Final = (
    "s3:IntelligentTiering",
    "s3:LifecycleExpiration:Delete",
    "s3:LifecycleExpiration:DeleteMarkerCreated",
    "s3:LifecycleTransition",
    ACL_PUT,
    "s3:ObjectAnnotation:Delete",
    "s3:ObjectAnnotation:Put",
    COMPLETE_UPLOAD,
    COPY,
    POST,
    PUT,
    DELETE,
    DELETE_MARKER,
    RESTORE_COMPLETED,
    "s3:ObjectRestore:Delete",
    RESTORE_POST,
    RETENTION_PUT,
    TAGS_DELETE,
    TAGS_PUT,
    "s3:ReducedRedundancyLostObject",
    "s3:Replication:OperationFailedReplication",
    "s3:Replication:OperationMissedThreshold",
    "s3:Replication:OperationNotTracked",
    "s3:Replication:OperationReplicatedAfterThreshold",
)
"""Every single type; those that nothing here can cause are known too."""

_FAMILIES: Final = (
    "LifecycleExpiration",
    "ObjectAnnotation",
    "ObjectCreated",
    "ObjectRemoved",
    "ObjectRestore",
    "ObjectTagging",
    "Replication",
)
_MEANINGS: Final[dict[str, frozenset[str]]] = {one: frozenset((one,)) for one in EVENT_TYPES} | {
    f"s3:{family}:*": frozenset(one for one in EVENT_TYPES if one.startswith(f"s3:{family}:")) for family in _FAMILIES
}


def expand(name: str) -> frozenset[str] | None:
    """The types that *name* stands for: several for a wildcard such as ``s3:ObjectCreated:*``, None for no name."""
    return _MEANINGS.get(name)
