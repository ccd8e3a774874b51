"""The Runtime API: what an invocation costs beside a bare aiohttp server that the same client asks."""

from __future__ import annotations

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import web

from eventsim.invokers.base import Environment, Invocation
from eventsim.invokers.environment_variables import function_variables, reserved_variables
from eventsim.invokers.runtime_api import RuntimeInvoker
from eventsim.kernel.loop import VirtualEventLoop
from eventsim.kernel.real_loop import RealTimeLoop
from eventsim.kernel.stopwatch import Stopwatch

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from benchmarks.sqs import Row

ROUNDS = 7
INVOCATIONS = 200
WARM_UP = 30
EVENT = {"Records": [{"messageId": str(n), "body": "x" * 180} for n in range(10)]}
HANDLER = "def handler(event, context):\n    return None\n"


def runtime() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "app.py").write_text(HANDLER)
        bare, real, virtual = [], [], []
        for _ in range(ROUNDS):
            bare.append(asyncio.run(bare_ms(folder)))
            real.append(run(RealTimeLoop, lambda: eventsim_ms(folder)))
            virtual.append(run(VirtualEventLoop, lambda: eventsim_ms(folder)))
    alone, *ours = (statistics.median(series) for series in (bare, real, virtual))
    return [
        (
            f"an invocation over the Runtime API, awslambdaric, in {name} time",
            f"{ms:.2f} ms, {ms / alone:.2f} times the bare aiohttp loop's {alone:.2f} ms",
            "at most 2 times",
        )
        for name, ms in zip(("real", "virtual"), ours, strict=True)
    ]


def run(loop: Callable[[], asyncio.AbstractEventLoop], main: Callable[[], Coroutine[Any, Any, float]]) -> float:
    with asyncio.Runner(loop_factory=loop) as runner:
        return runner.run(main())


async def eventsim_ms(folder: str) -> float:
    """Milliseconds for each invocation of one warm environment."""
    loop, environment = asyncio.get_running_loop(), Environment(1, "stream")
    invoker = RuntimeInvoker(handler="app.handler", code_folder=folder)

    async def invoke(n: int) -> None:
        result = await invoker.invoke(an_invocation(n, loop.time() + 10, environment))
        assert result.error is None, result.error

    try:
        return await timed_ms(invoke)
    finally:
        await invoker.close()


def an_invocation(n: int, deadline_s: float, environment: Environment) -> Invocation:
    arn = "arn:aws:lambda:us-east-1:123456789012:function:f"
    return Invocation(str(n), EVENT, "f", "$LATEST", arn, 128, 10, deadline_s, environment)


async def bare_ms(folder: str) -> float:
    """The same client and event, with two routes and two queues of aiohttp and asyncio."""
    events: asyncio.Queue[int] = asyncio.Queue()
    ended: asyncio.Queue[bytes] = asyncio.Queue()

    async def following(_request: web.Request) -> web.Response:
        headers = {"Lambda-Runtime-Aws-Request-Id": str(await events.get()), "Lambda-Runtime-Deadline-Ms": "1"}
        return web.json_response(EVENT, headers=headers)

    async def response(request: web.Request) -> web.Response:
        ended.put_nowait(await request.read())
        return web.Response(status=202)

    async def invoke(n: int) -> None:
        events.put_nowait(n)
        await ended.get()

    app = web.Application()
    app.router.add_get("/2018-06-01/runtime/invocation/next", following)
    app.router.add_post("/2018-06-01/runtime/invocation/{id}/response", response)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    reserved = reserved_variables(an_invocation(0, 0, Environment(1, "stream")), "app.handler", folder)
    client = subprocess.Popen(  # noqa: ASYNC220 - only starting it blocks
        [sys.executable, "-m", "awslambdaric", "app.handler"],
        cwd=folder,
        env={**function_variables(os.environ, {}, reserved), "AWS_LAMBDA_RUNTIME_API": f"{host}:{port}"},
        stdout=subprocess.DEVNULL,
    )
    try:
        return await timed_ms(invoke)
    finally:
        client.kill()
        client.wait()
        await runner.shutdown()
        await site.stop()


async def timed_ms(invoke: Callable[[int], Coroutine[Any, Any, None]]) -> float:
    for n in range(WARM_UP):
        await invoke(n)
    watch = Stopwatch()
    for n in range(INVOCATIONS):
        await invoke(WARM_UP + n)
    return watch.elapsed_real_s() * 1000 / INVOCATIONS
