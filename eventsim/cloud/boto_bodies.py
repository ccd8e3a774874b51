"""Bodies between botocore and the router: whatever a client sends as bytes, and answers that read like a socket's."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eventsim.cloud.requests import AwsResponse


def body_bytes(body: Any) -> bytes:
    """The whole body of a synchronous client's request: bytes, text, None, an iterator, or a file (chunked uploads)."""
    if hasattr(body, "read"):
        body = body.read()
    if isinstance(body, str):
        return body.encode()
    if hasattr(body, "__next__"):
        return b"".join(body)
    return bytes(body) if body else b""


async def async_body_bytes(body: Any) -> bytes:
    """The same for aiobotocore, whose bodies may be coroutines or files with an asynchronous read."""
    if hasattr(body, "__await__"):
        body = await body
    if hasattr(body, "read"):
        body = body.read()
        if hasattr(body, "__await__"):
            body = await body
    return body_bytes(body)


def connection_closed(request: Any) -> Exception:
    """What a client of botocore or aiobotocore is told when the answer to its request is lost."""
    from botocore.exceptions import ConnectionClosedError

    error: Exception = ConnectionClosedError(endpoint_url=request.url)
    return error


class RawBody(io.BytesIO):
    """What botocore reads of a urllib3 response."""

    def stream(self, amt: int = 65536, decode_content: bool | None = None) -> Iterator[bytes]:  # noqa: ARG002  urllib3's signature
        """The body in pieces of *amt* bytes."""
        while piece := self.read(amt):
            yield piece

    def release_conn(self) -> None:
        """There is no connection."""


class AsyncRawBody:
    """What aiobotocore reads of an aiohttp response."""

    def __init__(self, body: bytes, url: str) -> None:
        self._file = io.BytesIO(body)
        self._size = len(body)
        self.url = url
        self.content = self

    async def read(self, amt: int | None = -1) -> bytes:
        """The next *amt* bytes, or all that are left."""
        return self._file.read(amt)

    def at_eof(self) -> bool:
        """Whether everything was read."""
        return self._file.tell() >= self._size

    def close(self) -> None:
        """There is no connection."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    async def iter_chunks(self) -> Any:
        """The body in pieces, each with whether it ends a chunk of the transfer."""
        while piece := self._file.read(65_536):
            yield piece, False

    async def iter_chunked(self, amt: int) -> Any:
        """The body in pieces, as event streams read it."""
        while piece := self._file.read(amt):
            yield piece


def boto_response(prepared: Any, response: AwsResponse) -> Any:
    """The form of an answer that botocore takes."""
    from botocore.awsrequest import AWSResponse

    return AWSResponse(prepared.url, response.status, response.headers, RawBody(response.body))


def aio_response(prepared: Any, response: AwsResponse) -> Any:
    """The form of an answer that aiobotocore takes."""
    from eventsim.cloud.boto_settled import SettledResponse

    return SettledResponse(prepared.url, response, AsyncRawBody(response.body, prepared.url))


def urllib3_response(response: AwsResponse, method: str, **options: Any) -> Any:
    """An answer as urllib3 gives it to its caller; *options* are ``preload_content`` and ``decode_content``."""
    from urllib3 import HTTPResponse

    return HTTPResponse(RawBody(response.body), response.headers, response.status, request_method=method, **options)
