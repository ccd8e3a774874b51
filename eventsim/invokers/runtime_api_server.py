"""The Lambda Runtime API (2018-06-01) for one process, over HTTP on the loopback interface."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any, Protocol

import msgspec
from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from eventsim.cloud.http_hosts import is_loopback
from eventsim.invokers.failures import RESPONSE_LIMIT_BYTES, too_large_payload
from eventsim.invokers.http_events import error_of

if TYPE_CHECKING:
    import asyncio

    from eventsim.invokers.runtime_api_environment import Event

_PATH = re.compile(r"/2018-06-01/runtime/(?:invocation/(?P<id>[^/]+)/(?P<what>response|error)|(?P<fixed>\S+))")
_ERROR_TYPE = "Lambda-Runtime-Function-Error-Type"
_ERROR_BODY = "Lambda-Runtime-Function-Error-Body"
_MODE = "Lambda-Runtime-Function-Response-Mode"
_TAIL_BYTES = 16_384
_ACCEPTED = b'{"status":"OK"}'


class Runtime(Protocol):
    """The state machine behind the API."""

    @property
    def state(self) -> str:
        """Its name, for refusals."""

    async def next(self) -> Event | None:
        """The next event, or None when it may not ask."""

    def refusal(self, request_id: str) -> int | None:
        """Why an answer can't be taken."""

    def answer(self, *, payload: bytes | None = None, error: dict[str, Any] | None = None) -> None:
        """Take an answer."""

    def fail_init(self, error: dict[str, Any]) -> bool:
        """Take the failure of the initialisation."""


class RuntimeApiServer:
    """Serves *runtime*'s one process; `start` and `stop` run on the same real loop."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._web = _Server(self._handle)
        self._socket: asyncio.Server | None = None

    async def start(self) -> str:
        """Listen; returns the value for AWS_LAMBDA_RUNTIME_API."""
        from asyncio import get_running_loop

        self._socket = await get_running_loop().create_server(self._web, "127.0.0.1", 0)
        return f"127.0.0.1:{self._socket.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        """Close every connection."""
        if self._socket is not None:
            self._socket.close()
        await self._web.shutdown(0.001)  # 0 would be for ever

    async def _handle(self, request: web.BaseRequest) -> web.Response:
        if not is_loopback(request.headers.get("Host")):
            return _error(403, "Forbidden", "the Runtime API answers on this machine's loopback interface only")
        match = _PATH.fullmatch(request.path)
        if match is None:
            return _error(404, "NotFound", f"there is no {request.path} in the Runtime API")
        method, fixed = request.method, match["fixed"]
        if method == "GET" and fixed == "invocation/next":
            return await self._next()
        if method == "POST" and match["what"] == "response":
            return await self._response(request, match["id"])
        if method == "POST" and match["what"] == "error":
            return await self._failure(request, match["id"])
        if method == "POST" and fixed == "init/error":
            return await self._init_error(request)
        return _error(404, "NotFound", f"there is no {method} {request.path} in the Runtime API")

    async def _next(self) -> web.Response:
        event = await self._runtime.next()
        if event is None:
            return self._wrong_state("ready")
        return web.Response(body=event.body, headers=event.headers, content_type="application/json")

    async def _response(self, request: web.BaseRequest, request_id: str) -> web.Response:
        body = await _read(request)
        if refused := self._refused(request_id, "response"):
            return refused
        mode = request.headers.get(_MODE)
        if mode not in (None, "", "buffered", "streaming"):
            error = {"errorType": "Runtime.InvalidResponseModeHeader", "errorMessage": f"{_MODE}: {mode}"}
            self._runtime.answer(error=error)
            return _error(400, "InvalidResponseModeHeader", f"{_MODE} is {mode!r}: allowed is streaming")
        if len(body) > RESPONSE_LIMIT_BYTES:
            self._runtime.answer(error=too_large_payload())
            text = f"Exceeded maximum allowed payload size ({RESPONSE_LIMIT_BYTES} bytes)."
            return _error(413, "RequestEntityTooLarge", text)
        failure = _failure_at_the_end(request) if mode == "streaming" else None
        if failure is not None:
            self._runtime.answer(error=failure)
        else:
            self._runtime.answer(payload=body)
        return _accepted()

    async def _failure(self, request: web.BaseRequest, request_id: str) -> web.Response:
        body = await _read(request)
        if refused := self._refused(request_id, "error response"):
            return refused
        self._runtime.answer(error=error_of(body[:RESPONSE_LIMIT_BYTES], request.headers.get(_ERROR_TYPE)))
        return _accepted()

    async def _init_error(self, request: web.BaseRequest) -> web.Response:
        body = await _read(request)
        if self._runtime.fail_init(error_of(body[:RESPONSE_LIMIT_BYTES], request.headers.get(_ERROR_TYPE))):
            return _accepted()
        return self._wrong_state("init error")

    def _refused(self, request_id: str, wanted: str) -> web.Response | None:
        status = self._runtime.refusal(request_id)
        if status == 400:
            return _error(400, "InvalidRequestID", "Invalid request ID")
        return self._wrong_state(wanted) if status else None

    def _wrong_state(self, wanted: str) -> web.Response:
        text = f"the runtime is {self._runtime.state}: it can't go on to {wanted}"
        return _error(403, "InvalidStateTransition", text)


class _Connection(RequestHandler):
    """A connection that remembers the last bytes it got: aiohttp drops what follows a chunked body."""

    __slots__ = ("tail",)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.tail = b""

    def data_received(self, data: bytes) -> None:
        self.tail = data[-_TAIL_BYTES:] if len(data) >= _TAIL_BYTES else (self.tail + data)[-_TAIL_BYTES:]
        super().data_received(data)


class _Server(web.Server):
    """aiohttp's low-level server, with those connections."""

    def __call__(self) -> RequestHandler:
        return _Connection(self, loop=self._loop, **self._kwargs)


async def _read(request: web.BaseRequest) -> bytes:
    """The body, as far as it is worth keeping; the rest is read all the same, so that the answer gets through."""
    kept = bytearray()
    async for piece in request.content.iter_any():
        if len(kept) <= RESPONSE_LIMIT_BYTES:
            kept += piece
    return bytes(kept)


def _failure_at_the_end(request: web.BaseRequest) -> dict[str, Any] | None:
    """The error that a streaming response ends with, in its trailers; None when it went well."""
    tail: bytes = getattr(request.protocol, "tail", b"")
    _, ended, trailers = tail.rpartition(b"\r\n0\r\n")
    if not ended:
        return None
    lines = (line.partition(":") for line in trailers.decode("latin-1").split("\r\n"))
    found = {name.strip().lower(): value.strip() for name, _, value in lines}
    error_type = found.get(_ERROR_TYPE.lower())
    if error_type is None:
        return None
    return error_of(base64.b64decode(found.get(_ERROR_BODY.lower(), "")), error_type)


def _accepted() -> web.Response:
    return web.Response(status=202, body=_ACCEPTED, content_type="application/json")


def _error(status: int, error_type: str, message: str) -> web.Response:
    body = msgspec.json.encode({"errorMessage": message, "errorType": error_type})
    return web.Response(status=status, body=body, content_type="application/json")
