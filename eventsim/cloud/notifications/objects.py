"""Looking at objects and buckets behind the endpoint that keeps them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import quote

import msgspec

from eventsim.cloud.notifications.documents import parse, text_of
from eventsim.cloud.notifications.grants import read_grants
from eventsim.cloud.requests import AwsRequest, AwsResponse
from eventsim.errors import AwsError

if TYPE_CHECKING:
    from eventsim.cloud.notifications.grants import Grants

# Whoever did not sign is a stranger to moto.
_CALLER: Final = {"authorization": "AWS4-HMAC-SHA256 Credential=AKIAEVENTSIM00000000"}


class Store(Protocol):
    """The endpoint that keeps the objects, such as moto."""

    async def handle_request(self, request: AwsRequest) -> AwsResponse:
        """The answer to one request."""


class Found(msgspec.Struct, frozen=True):
    """An object as HEAD shows it; *version_id* is None for ``null``, *restore* is the x-amz-restore header."""

    size_bytes: int | None
    etag: str | None
    version_id: str | None
    storage_class: str | None
    restore: str | None


class Objects:
    """Reads what *store* keeps; a look that fails finds nothing, whatever the reason."""

    def __init__(self, store: Store, region: str) -> None:
        self._store = store
        self._url = f"https://s3.{region}.amazonaws.com"

    async def has_bucket(self, bucket: str) -> bool:
        """Whether there is such a bucket, be it one whose policy shows it to nobody."""
        status = (await self._look("HEAD", "HeadBucket", f"/{bucket}")).status
        return status < 400 or status == 403

    async def versioning(self, bucket: str) -> str | None:
        """``Enabled`` or ``Suspended``; None for a bucket that never had versions."""
        answer = await self._look("GET", "GetBucketVersioning", f"/{bucket}?versioning")
        return text_of(parse(answer.body), "Status") or None

    async def find(self, bucket: str, key: str, version_id: str | None = None) -> Found | None:
        """An object, or one version of it; None for what is absent or a delete marker."""
        answer = await self._head(bucket, key, version_id)
        if answer.status != 200:
            return None
        size = answer.headers.get("content-length")
        return Found(
            int(size) if size else None,
            (answer.headers.get("etag") or "").strip('"') or None,
            named_version(answer.headers.get("x-amz-version-id")),
            answer.headers.get("x-amz-storage-class"),
            answer.headers.get("x-amz-restore"),
        )

    async def exists(self, bucket: str, key: str, version_id: str | None) -> bool:
        """Whether an object is there, or one version of it, which may be a delete marker."""
        answer = await self._head(bucket, key, version_id)
        return answer.status == 200 or (version_id is not None and answer.status == 405)

    async def grants(self, bucket: str, key: str, version_id: str | None) -> Grants | None:
        """The grants of an object's ACL; None when it can't be read."""
        version = f"&versionId={quote(version_id)}" if version_id else ""
        answer = await self._look("GET", "GetObjectAcl", f"/{bucket}/{quote(key)}?acl{version}")
        return read_grants(answer.body) if answer.status == 200 else None

    async def _head(self, bucket: str, key: str, version_id: str | None) -> AwsResponse:
        path = f"/{bucket}/{quote(key)}"
        if version_id is None:
            return await self._look("HEAD", "HeadObject", path)
        answer = await self._look("HEAD", "HeadObject", f"{path}?versionId={quote(version_id)}")
        if answer.status == 400 and version_id == "null":  # moto, where there were never any versions
            return await self._look("HEAD", "HeadObject", path)
        return answer

    async def _look(self, method: str, operation: str, path: str) -> AwsResponse:
        request = AwsRequest("s3", operation, method, self._url + path, headers=_CALLER, body=b"")
        try:
            return await self._store.handle_request(request)
        except AwsError as error:
            return AwsResponse(error.status, {}, b"")


def named_version(version_id: str | None) -> str | None:
    """A version id as events show it: ``null`` is none."""
    return None if version_id in (None, "", "null") else version_id
