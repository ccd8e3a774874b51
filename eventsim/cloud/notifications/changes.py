"""What a request did to an object, and everything that an event about it can tell."""

from __future__ import annotations

import msgspec


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """One event of one object.

    *key* is decoded; *etag* is without quotes; *version_id* is None where S3 names no version (S3-10).
    *storage_class* and *restored_until_ms* (Unix milliseconds) belong to restores. What *by_s3* did came from no
    request.
    """

    event: str
    key: str
    size_bytes: int | None = None
    etag: str | None = None
    version_id: str | None = None
    storage_class: str | None = None
    restored_until_ms: int | None = None
    by_s3: bool = False


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Who asked: ids of the request as its answer shows them, *requester* the account or service for EventBridge."""

    request_id: str
    host_id: str
    principal_id: str
    requester: str
    source_ip: str


class ObjectChange(msgspec.Struct, frozen=True, kw_only=True):
    """A happening with its bucket, its time (Unix milliseconds), its sequencer (S3-12) and its origin."""

    happening: Happening
    bucket: str
    account_id: str
    region: str
    owner_id: str
    time_ms: int
    sequencer: str
    origin: Origin
