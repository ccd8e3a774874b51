"""The entrance for code in other processes: the router behind HTTP, on this machine's loopback interface."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING

from eventsim.cloud.http_hosts import is_loopback
from eventsim.kernel.background import Background
from eventsim.kernel.faults import ResponseLostError
from eventsim.kernel.standstill import run_inside

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp import web

    from eventsim.cloud.requests import AwsRequest
    from eventsim.cloud.router import Router

_OWN_HEADERS = frozenset({"connection", "content-length", "date", "keep-alive", "server", "transfer-encoding"})
_REFUSAL = b"The simulated cloud answers on this machine's loopback interface only."


class HttpDoor:
    """Answers at `url` what SDKs send there, whose signatures nobody checks, once it is opened.

    In virtual time it answers while *loop*, the simulation's, stands still for code in another process; that code may
    wait in virtual time, in a long poll. In real time it always answers.
    """

    def __init__(self, router: Router, loop: asyncio.AbstractEventLoop) -> None:
        self._router = router
        self._loop = loop
        self._background: Background | None = None
        self._starting: asyncio.Task[None] | None = None
        self._server: asyncio.Server | None = None
        self._web: web.Server | None = None
        self._url = ""

    def url(self) -> str:
        """Where it is, ``http://127.0.0.1:PORT``; it opens when first asked, in the loop's thread."""
        if self._background is None:
            background = self._background = Background.use(self._loop)
            listening = socket.create_server(("127.0.0.1", 0))
            self._url = f"http://127.0.0.1:{listening.getsockname()[1]}"
            if background.own:
                background.run(self._start(listening))
            else:
                self._starting = self._loop.create_task(self._start(listening))
        return self._url

    def close(self) -> None:
        """Close it, and every connection."""
        background, self._background = self._background, None
        if self._server is not None:
            self._server.close()
        if self._web is not None:
            for connection in self._web.connections:
                connection.force_close()
        if background is not None:
            background.leave()

    async def _start(self, listening: socket.socket) -> None:
        from aiohttp import web

        self._web = web.Server(self._handle, auto_decompress=False)
        self._server = await asyncio.get_running_loop().create_server(self._web, sock=listening)

    async def _handle(self, request: web.BaseRequest) -> web.Response:
        from aiohttp import web

        if not is_loopback(request.headers.get("Host")):
            return web.Response(status=403, body=_REFUSAL, content_type="text/plain")
        if request.headers.get("Expect", "").lower() == "100-continue":
            await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            request.writer.output_size = 0
        body = await request.content.read()
        found = self._identify(request.method, request.raw_path, request.headers, body)
        try:
            response = await run_inside(self._loop, lambda: self._router.send(found))
        except ResponseLostError:
            request.protocol.force_close()
            return web.Response()
        headers = {name: value for name, value in response.headers.items() if name.lower() not in _OWN_HEADERS}
        if request.method == "HEAD":  # the length of what a GET would give
            headers |= {name: value for name, value in response.headers.items() if name.lower() == "content-length"}
        return web.Response(status=response.status, body=response.body, headers=headers)

    def _identify(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> AwsRequest:
        """The router's form of a request, as if it had been sent to AWS's own host."""
        plain = {name.lower(): value for name, value in headers.items()}
        service = self._router.identify(method, f"{self._url}{path}", plain, body).service
        plain["host"] = host = f"{service}.{self._router.region}.amazonaws.com"
        return self._router.identify(method, f"https://{host}{path}", plain, body)
