"""The buckets of the account: made, filled and looked at without an SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, unquote
from xml.etree.ElementTree import Element, fromstring

from eventsim.cloud.at_once import answer_at_once
from eventsim.cloud.requests import AwsRequest
from eventsim.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eventsim.cloud.requests import AwsResponse
    from eventsim.cloud.router import Router

PAGE_OBJECTS: Final = 1_000
# Whoever did not sign is a stranger to S3.
_CALLER: Final = {"authorization": "AWS4-HMAC-SHA256 Credential=AKIAEVENTSIM00000000"}


class Buckets:
    """Asks S3 behind *router*; what it holds at the end is kept by `keep`."""

    def __init__(self, router: Router) -> None:
        self._router = router
        self._url = f"https://s3.{router.region}.amazonaws.com"
        self._kept: dict[str, dict[str, bytes]] | None = None
        self._declared: list[str] = []

    def create(self, name: str, *, versioning: str | None = None) -> None:
        """Make a bucket; *versioning* is ``Enabled`` or ``Suspended``. AwsError as S3 answers."""
        self._call("PUT", "CreateBucket", f"/{name}")
        self._declared.append(name)
        if versioning is not None:
            body = f"<VersioningConfiguration><Status>{versioning}</Status></VersioningConfiguration>".encode()
            self._call("PUT", "PutBucketVersioning", f"/{name}?versioning", body)

    def put(
        self,
        bucket: str,
        key: str,
        body: bytes,
        content_type: str | None = None,
        *,
        trace_header: str | None = None,
    ) -> None:
        """Put an object; *trace_header* is the X-Ray context of who does it. AwsError as S3 answers."""
        headers = {"content-type": content_type, "x-amzn-trace-id": trace_header}
        given = {name: value for name, value in headers.items() if value is not None}
        self._call("PUT", "PutObject", f"/{bucket}/{quote(key)}", body, given)

    def delete(self, bucket: str, key: str) -> None:
        """Delete an object; one that is not there is no error. AwsError as S3 answers."""
        self._call("DELETE", "DeleteObject", f"/{bucket}/{quote(key)}")

    def names(self) -> list[str]:
        """The buckets that are there: those made here first, the others by name."""
        if self._kept is not None:
            return list(self._kept)
        found = _texts(self._call("GET", "ListBuckets", "/"), "Bucket", "Name")
        return [name for name in self._declared if name in found] + [
            name for name in found if name not in self._declared
        ]

    def objects(self, bucket: str, limit: int = PAGE_OBJECTS) -> list[dict[str, str]]:
        """The first *limit* objects by key, up to 1,000, each as its Key and its Body as text."""
        return [
            {"Key": key, "Body": self.read(bucket, key).decode(errors="backslashreplace")}
            for key in self.keys(bucket, limit)
        ]

    def keys(self, bucket: str, limit: int = PAGE_OBJECTS) -> list[str]:
        """The keys of the first *limit* objects, up to 1,000, in their order."""
        if self._kept is not None:
            return list(self._kept.get(bucket, ()))[:limit]
        page = f"/{bucket}?list-type=2&encoding-type=url&max-keys={min(limit, PAGE_OBJECTS)}"  # XML can't hold all keys
        return [unquote(key) for key in _texts(self._call("GET", "ListObjectsV2", page), "Contents", "Key")]

    def read(self, bucket: str, key: str, version: str | None = None) -> bytes:
        """What an object holds, or a *version* of it has held; AwsError as S3 answers."""
        if self._kept is not None:
            if key not in self._kept.get(bucket, ()):
                raise AwsError("NoSuchKey", "The specified key does not exist.", status=404)
            return self._kept[bucket][key]
        which = "" if version is None else f"?versionId={quote(version, safe='')}"
        return self._call("GET", "GetObject", f"/{bucket}/{quote(key)}{which}").body

    def keep(self) -> None:
        """Remember what the buckets hold: S3 is about to end."""
        self._kept = {name: {key: self.read(name, key) for key in self.keys(name)} for name in self.names()}

    def _call(
        self, method: str, operation: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> AwsResponse:
        all_headers = _CALLER | (headers or {}) | ({"content-length": str(len(body))} if body else {})
        request = AwsRequest("s3", operation, method, self._url + path, headers=all_headers, body=body)
        response = answer_at_once(self._router, request)
        if response.status >= 400:
            document = fromstring(response.body) if response.body else Element("Error")  # noqa: S314 - our own moto's
            code, message = (document.findtext(name) or "" for name in ("Code", "Message"))
            raise AwsError(code or "InternalFailure", message, status=response.status)
        return response


def _texts(response: AwsResponse, element: str, member: str) -> list[str]:
    """The text of *member* in each *element* of an XML answer."""
    return [text for one in _find(fromstring(response.body), element) if (text := _text(one, member)) is not None]  # noqa: S314 - our own moto's


def _find(document: Any, name: str) -> Iterator[Any]:
    return (one for one in document.iter() if one.tag.rpartition("}")[2] == name)


def _text(element: Any, name: str) -> str | None:
    return next((one.text for one in element if one.tag.rpartition("}")[2] == name), None)
