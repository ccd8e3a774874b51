"""What each operation of S3 did, told from how it went and what is there afterwards (S3-05, S3-15, S3-16)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from eventsim.cloud.notifications import event_types
from eventsim.cloud.notifications.changes import Happening
from eventsim.cloud.notifications.grants import read_grants
from eventsim.cloud.notifications.objects import named_version
from eventsim.cloud.notifications.removals import Deleted, read_answer, read_request, removal
from eventsim.cloud.notifications.restores import restored_until_ms
from eventsim.cloud.notifications.target import POST_OBJECT

if TYPE_CHECKING:
    from eventsim.cloud.notifications.configuration import NotificationConfiguration
    from eventsim.cloud.notifications.objects import Found, Objects, Store
    from eventsim.cloud.notifications.target import Target
    from eventsim.cloud.requests import AwsRequest, AwsResponse


class Call:
    """One request under watch; *response* is there once it is carried out."""

    __slots__ = ("_configuration", "_store", "objects", "request", "response", "target")

    response: AwsResponse

    def __init__(
        self,
        request: AwsRequest,
        target: Target,
        store: Store,
        objects: Objects,
        configuration: NotificationConfiguration,
    ) -> None:
        self.request = request
        self.target = target
        self.objects = objects
        self._store = store
        self._configuration = configuration

    async def carry_out(self) -> bool:
        """Do it; whether it succeeded. An AwsError passes on to the caller."""
        self.response = await self._store.handle_request(self.request)
        return self.response.status < 400

    def wants(self, *events: str, key: str | None = None) -> bool:
        """Whether anybody is to learn of one of *events*, by default of the request's own key."""
        return any(self._configuration.wants(one, self.target.key if key is None else key) for one in events)

    async def find(self) -> Found | None:
        """The object as it is now, in the version that was asked for."""
        return await self.objects.find(self.target.bucket, self.target.key, self.target.version_id)


Watch = Callable[[Call], Awaitable[list[Happening]]]
"""Carries a call out and tells what came of it, in order; nothing when it failed (S3-16)."""


async def _written(event: str, call: Call) -> list[Happening]:
    """The object has new content or new properties: look at it afterwards."""
    if not await call.carry_out() or not call.wants(event):
        return []
    return [_happening(event, call, await call.find())]


async def _acl_put(call: Call) -> list[Happening]:
    """An ACL that says what the last one said is no event."""
    if not call.wants(event_types.ACL_PUT):
        await call.carry_out()
        return []
    where = call.target.bucket, call.target.key, call.target.version_id
    before = await call.objects.grants(*where)
    if not await call.carry_out():
        return []
    after = read_grants(call.request.body) if call.request.body else await call.objects.grants(*where)
    if before is not None and before == after:
        return []
    return [_happening(event_types.ACL_PUT, call, await call.find())]


async def _restored(call: Call) -> list[Happening]:
    """A restore begins; it is complete at once when the object says so. Prolonging one is no event."""
    if not await call.carry_out() or call.response.status != 202:
        return []
    if not call.wants(event_types.RESTORE_POST, event_types.RESTORE_COMPLETED):
        return []
    found = await call.find()
    happenings = [_happening(event_types.RESTORE_POST, call, found)]
    until_ms = restored_until_ms(found.restore if found else None)
    if until_ms is not None:
        happenings.append(_happening(event_types.RESTORE_COMPLETED, call, found, until_ms))
    return happenings


async def _deleted(call: Call) -> list[Happening]:
    """One object or version is gone, or has a marker."""
    bucket, key, version_id = call.target.bucket, call.target.key, call.target.version_id
    if not call.wants(event_types.DELETE, event_types.DELETE_MARKER):
        await call.carry_out()
        return []
    existed = await call.objects.exists(bucket, key, version_id)
    versioning = await call.objects.versioning(bucket)
    if not await call.carry_out():
        return []
    made_marker = version_id is None and call.response.headers.get("x-amz-delete-marker") == "true"
    marker = call.response.headers.get("x-amz-version-id") if made_marker else None
    happening = removal(Deleted(key, version_id, marker), existed=existed, versioning=versioning)
    return [happening] if happening else []


async def _many_deleted(call: Call) -> list[Happening]:
    """One event for each key that was there (S3-15)."""
    bucket = call.target.bucket
    removed = event_types.DELETE, event_types.DELETE_MARKER
    watched = dict.fromkeys(one for one in read_request(call.request.body) if call.wants(*removed, key=one[0]))
    existing = {one for one in watched if await call.objects.exists(bucket, *one)}
    versioning = await call.objects.versioning(bucket) if watched else None
    if not await call.carry_out():
        return []
    happenings = []
    for deleted in read_answer(call.response.body):
        named = deleted.key, deleted.version_id
        if named in watched:
            happenings.append(removal(deleted, existed=named in existing, versioning=versioning))
            existing.discard(named)
    return [one for one in happenings if one]


def _happening(event: str, call: Call, found: Found | None, restored_until_ms: int | None = None) -> Happening:
    if found is None:  # it can't be seen, by a bucket's policy for one
        etag = call.response.headers.get("etag", "").strip('"') or None
        version_id = named_version(call.target.version_id or call.response.headers.get("x-amz-version-id"))
        return Happening(event=event, key=call.target.key, etag=etag, version_id=version_id)
    return Happening(
        event=event,
        key=call.target.key,
        size_bytes=found.size_bytes,
        etag=found.etag,
        version_id=found.version_id,
        storage_class=found.storage_class,
        restored_until_ms=restored_until_ms,
        by_s3=restored_until_ms is not None,
    )


WATCHES: Final[dict[str, Watch]] = {
    "CompleteMultipartUpload": partial(_written, event_types.COMPLETE_UPLOAD),
    "CopyObject": partial(_written, event_types.COPY),
    "DeleteObject": _deleted,
    "DeleteObjects": _many_deleted,
    "DeleteObjectTagging": partial(_written, event_types.TAGS_DELETE),
    "PutObject": partial(_written, event_types.PUT),
    "PutObjectAcl": _acl_put,
    "PutObjectRetention": partial(_written, event_types.RETENTION_PUT),
    "PutObjectTagging": partial(_written, event_types.TAGS_PUT),
    "RestoreObject": _restored,
    POST_OBJECT: partial(_written, event_types.POST),
}
"""The operations that bring events; uploading a part, for one, brings none."""
