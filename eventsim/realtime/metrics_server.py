"""Prometheus's endpoint on the loopback interface."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from eventsim.errors import InputError
from eventsim.realtime.metrics import CONTENT_TYPE, prometheus_text

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from aiohttp import web

    from eventsim.realtime.live import Live
    from eventsim.simulation import Simulation


@asynccontextmanager
async def metrics_server(simulation: Simulation, live: Live, port: int) -> AsyncIterator[str]:
    """Answer ``/metrics`` on 127.0.0.1 at *port*, 0 for a free one; the URL. InputError for a port that is taken."""
    from aiohttp import web

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(body=prometheus_text(simulation, live).encode(), headers={"Content-Type": CONTENT_TYPE})

    app = web.Application()
    app.router.add_get("/metrics", answer)
    runner = web.AppRunner(app, access_log=None, handle_signals=False)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", port, shutdown_timeout=0.5)
        try:
            await site.start()
        except OSError as error:
            raise InputError(f"--metrics-port: {port} can't be opened on 127.0.0.1: {error.strerror}") from None
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/metrics"
    finally:
        await runner.cleanup()
