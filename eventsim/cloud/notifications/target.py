"""Which bucket and key a request to S3 is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec

from eventsim.cloud.requests import s3_bucket

if TYPE_CHECKING:
    from eventsim.cloud.requests import AwsRequest

POST_OBJECT: Final = "PostObject"
"""The operation of a form that a browser posts; the service's model has no name for it."""


class Target(msgspec.Struct, frozen=True):
    """A request's operation, the *bucket* it names, its decoded *key* ("" for the bucket itself) and *version_id*."""

    operation: str | None
    bucket: str
    key: str
    version_id: str | None


def target_of(request: AwsRequest) -> Target:
    """Read a request in virtual-host or path style."""
    parts = urlsplit(request.url)
    path = parts.path.removeprefix("/")
    bucket = s3_bucket(parts.hostname or "")
    if bucket is None:
        bucket, _, path = path.partition("/")
    key = unquote(path)
    version_id = dict(parse_qsl(parts.query, keep_blank_values=True)).get("versionId")
    operation = request.operation
    if not key and not parts.query and is_form(request):
        from eventsim.cloud.notifications.post_form import form_key

        operation, key = POST_OBJECT, form_key(request.headers["content-type"], request.body) or ""
    return Target(operation, unquote(bucket), key, version_id)


def is_form(request: AwsRequest) -> bool:
    """Whether the request is a form with a file in it."""
    return request.method == "POST" and request.headers.get("content-type", "").startswith("multipart/form-data")
