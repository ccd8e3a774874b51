"""Code in other processes for the tests of invokers: a small runtime client, and runs in virtual and real time."""

from __future__ import annotations

import asyncio
import sys
from textwrap import dedent
from typing import TYPE_CHECKING, Any

from eventsim.invokers.runtime_api import RuntimeInvoker
from eventsim.kernel.loop import VirtualEventLoop
from eventsim.kernel.real_loop import RealTimeLoop
from tests.invokers.running import an_environment, an_invocation

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from eventsim.invokers.base import InvocationResult

CLIENT = """
import http.client, json, os, sys, time

API = os.environ["AWS_LAMBDA_RUNTIME_API"]
BASE = "/2018-06-01/runtime"


def call(method, path, body=None, headers={}):
    connection = http.client.HTTPConnection(API)
    connection.request(method, BASE + path, body, headers)
    response = connection.getresponse()
    return response.status, response.read(), dict(response.getheaders())


def following():
    status, body, headers = call("GET", "/invocation/next")
    return headers["Lambda-Runtime-Aws-Request-Id"], json.loads(body), headers


def answer(request_id, value, headers={}):
    return call("POST", f"/invocation/{request_id}/response", json.dumps(value), headers)[:2]


"""


def bootstrap(folder: Path, code: str) -> list[str]:
    """The command of a Python program that has `call`, `following` and `answer`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "bootstrap.py").write_text(CLIENT + dedent(code), encoding="utf-8")
    return [sys.executable, "-S", "-E", "-u", "bootstrap.py"]


class Elsewhere:
    """A function whose code runs in other processes: its invocations one after the other, and what came of them."""

    def __init__(self, invoker: Any, *, real: bool = False) -> None:
        self.invoker = invoker
        self.ended_s: list[float] = []
        self._loop = RealTimeLoop if real else VirtualEventLoop

    def run(self, *events: Any, timeout_s: float = 20.0, **changes: Any) -> list[InvocationResult]:
        with asyncio.Runner(loop_factory=self._loop) as runner:
            return runner.run(self._run(events, timeout_s, changes))

    def one(self, event: Any = None, **options: Any) -> InvocationResult:
        return self.run(event, **options)[0]

    async def _run(self, events: Sequence[Any], timeout_s: float, changes: dict[str, Any]) -> list[InvocationResult]:
        loop, results, environment = asyncio.get_running_loop(), [], an_environment()
        try:
            for n, event in enumerate(events, 1):
                invocation = an_invocation(
                    event,
                    environment,
                    request_id=f"request-{n}",
                    timeout_s=timeout_s,
                    deadline_s=loop.time() + timeout_s,
                    **changes,
                )
                results.append(await self.invoker.invoke(invocation))
                self.ended_s.append(round(loop.time(), 1))
                if results[-1].environment_lost:
                    environment = an_environment(n + 1)
        finally:
            if hasattr(self.invoker, "close"):
                await self.invoker.close()
        return results


def runtime(folder: Path, code: str, *, real: bool = False, **options: Any) -> Elsewhere:
    """A function of a bootstrap of our own."""
    return Elsewhere(RuntimeInvoker(bootstrap(folder, code), code_folder=folder, **options), real=real)
