"""URLs that a client has signed, asked for without an SDK: with requests, urllib3 or urllib.request."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from eventsim.cloud.boto_bodies import urllib3_response
from eventsim.cloud.http_hosts import is_aws
from eventsim.cloud.requests import s3_bucket
from eventsim.cloud.sdk_environment import ACCESS_KEY_ID
from eventsim.kernel.faults import ResponseLostError

if TYPE_CHECKING:
    from http.client import HTTPResponse
    from types import ModuleType

    from eventsim.cloud.boto import BotoHook
    from eventsim.cloud.patches import Patches
    from eventsim.cloud.requests import AwsResponse

_KEY = ACCESS_KEY_ID.encode()


def patch_requests(module: ModuleType, patches: Patches, hook: BotoHook) -> None:
    """For ``requests.adapters``; what is not the simulation's goes its own way, there and below."""

    def send(adapter: Any, request: Any, *args: Any, **options: Any) -> Any:
        if not leads_here(request.url, request.body):
            return before(adapter, request, *args, **options)
        try:
            found = urllib3_response(_answer(hook, request), request.method, preload_content=False)
            return adapter.build_response(request, found)
        except ResponseLostError as error:
            raise module.ConnectionError(error, request=request) from error

    before = patches.attribute(module.HTTPAdapter, "send", send)


def patch_urllib3(module: ModuleType, patches: Patches, hook: BotoHook) -> None:
    """For ``urllib3.connectionpool``: Lambda's Python brings urllib3 along, and no requests."""

    def urlopen(
        pool: Any, method: str, url: str, body: Any = None, headers: Any = None, *args: Any, **options: Any
    ) -> Any:
        port = "" if pool.port in (None, module.port_by_scheme.get(pool.scheme)) else f":{pool.port}"
        whole = url if "://" in url else f"{pool.scheme}://{pool.host}{port}{url}"
        if not leads_here(whole, body):
            return before(pool, method, url, body, headers, *args, **options)
        asked = SimpleNamespace(method=method, url=whole, headers=headers or pool.headers, body=body)
        try:
            found = _answer(hook, asked)
        except ResponseLostError as error:
            raise module.ProtocolError("Connection aborted.", _lost()) from error
        return urllib3_response(
            found,
            method,
            preload_content=options.get("preload_content", True),
            decode_content=options.get("decode_content", True),
        )

    before = patches.attribute(module.HTTPConnectionPool, "urlopen", urlopen)


def patch_urllib(module: ModuleType, patches: Patches, hook: BotoHook) -> None:
    """For ``urllib.request``."""

    def do_open(handler: Any, http_class: Any, req: Any, **options: Any) -> Any:
        if not leads_here(req.full_url, req.data):
            return before(handler, http_class, req, **options)
        return before(handler, lambda *_, **__: _Connection(hook, req.full_url), req)

    before = patches.attribute(module.AbstractHTTPHandler, "do_open", do_open)


def leads_here(url: str, body: Any) -> bool:
    """Whether a request without an SDK is the simulation's: to AWS, or signed by a client of it, also for an emulator.

    A form that may be posted has the signature in its body.
    """
    if is_aws(url) or ACCESS_KEY_ID in url:
        return True
    return isinstance(body, bytes) and _KEY in body and b'name="policy"' in body


def _answer(hook: BotoHook, asked: Any) -> AwsResponse:
    """The answer; what was signed for an emulator goes to S3, unless its signature names a service."""
    parts = urlsplit(asked.url)
    if is_aws(asked.url) or "X-Amz-Credential=" in parts.query:
        return hook.answer(asked)
    headers = {name: value for name, value in (asked.headers or {}).items() if name.lower() != "host"}
    bucket = s3_bucket(parts.hostname or "")
    url = parts._replace(scheme="https", netloc=f"{bucket}.s3.amazonaws.com" if bucket else "s3.amazonaws.com").geturl()
    return hook.answer(SimpleNamespace(method=asked.method, url=url, headers=headers, body=asked.body))


def _lost() -> Exception:
    from http.client import RemoteDisconnected

    return RemoteDisconnected("Remote end closed connection without response")


class _Connection:
    """What urllib.request needs of an ``http.client.HTTPConnection``, for one request."""

    sock = None

    def __init__(self, hook: BotoHook, url: str) -> None:
        self._hook = hook
        self._url = url

    def set_debuglevel(self, level: int) -> None:
        """Nothing is shown."""

    def set_tunnel(self, *_: Any, **__: Any) -> None:
        """No proxy comes between."""

    def request(self, method: str, _selector: str, body: Any, headers: Any, **_: Any) -> None:
        """Ask."""
        self._method = method
        asked = SimpleNamespace(method=method, url=self._url, headers=headers, body=body)
        try:
            self._found = _answer(self._hook, asked)
        except ResponseLostError as error:
            raise _lost() from error

    def getresponse(self) -> HTTPResponse:
        """The answer, as if it had been read from a socket."""
        from http.client import HTTPResponse, responses

        found = self._found
        dropped = ("connection", "content-length", "transfer-encoding")
        headers = [f"{name}: {value}" for name, value in found.headers.items() if name.lower() not in dropped]
        length = f"Content-Length: {len(found.body)}"
        status = f"HTTP/1.1 {found.status} {responses.get(found.status, '')}"
        head = "\r\n".join([status, *headers, length, "Connection: close", "", ""])
        raw: Any = SimpleNamespace(makefile=lambda _mode: io.BytesIO(head.encode("latin-1") + found.body))
        response = HTTPResponse(raw, method=self._method)
        response.begin()
        return response

    def close(self) -> None:
        """There is no connection."""
