"""POST requests to code that runs elsewhere, from the background loop."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

from eventsim.kernel.background import Background
from eventsim.kernel.standstill import work_outside

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp import ClientSession


class HttpAnswer(NamedTuple):
    """What came back; *headers* has names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class UnreachableError(Exception):
    """Nobody took the request, or the connection broke before the answer was whole; says why, the same on each run."""


class HttpSession:
    """Keeps connections open between requests, until `close`; while one is under way virtual time stands still."""

    def __init__(self) -> None:
        self._background: Background | None = None
        self._session: ClientSession | None = None

    async def post(
        self, url: str, body: bytes, headers: Mapping[str, str], *, limit_real_s: float, deadline_s: float
    ) -> HttpAnswer:
        """The answer; raises UnreachableError, and TimeoutError after *limit_real_s*."""
        background = self._background = self._background or Background.use(asyncio.get_running_loop())
        work = self._post(url, body, headers)
        return await work_outside(background, work, limit_real_s=limit_real_s, deadline_s=deadline_s)

    async def close(self) -> None:
        """Close the connections; the next request opens new ones."""
        background, self._background = self._background, None
        if background is not None:
            try:
                await work_outside(background, self._close(), limit_real_s=5.0)
            finally:
                background.leave()

    async def _post(self, url: str, body: bytes, headers: Mapping[str, str]) -> HttpAnswer:
        from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector

        if self._session is None:
            self._session = ClientSession(
                connector=TCPConnector(limit=0), timeout=ClientTimeout(total=None), auto_decompress=True
            )
        try:
            async with self._session.post(url, data=body, headers=headers, allow_redirects=False) as response:
                found = await response.read()
                return HttpAnswer(response.status, {k.lower(): v for k, v in response.headers.items()}, found)
        except (ClientError, OSError) as error:
            raise UnreachableError(_why(error)) from None

    async def _close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()
            await asyncio.sleep(0)  # aiohttp closes its transports in the next turn


def _why(error: BaseException) -> str:
    """The reason in words that hold no number of a port or socket."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and isinstance(cause.errno, int) and cause.errno > 0:
            import os

            return os.strerror(cause.errno)
        cause = cause.__cause__ or getattr(cause, "os_error", None)
    if isinstance(error, OSError):
        return "the name can't be resolved"
    return "the connection was closed before the answer was whole"
