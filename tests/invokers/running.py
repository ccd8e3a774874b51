"""What the tests of invokers share: an invocation, and a small run in virtual time."""

from __future__ import annotations

import asyncio
from textwrap import dedent
from typing import TYPE_CHECKING, Any, TypeVar

from eventsim.invokers.base import Environment, Invocation, InvocationResult

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

ARN = "arn:aws:lambda:us-east-1:123456789012:function:worker"
T = TypeVar("T")


def an_environment(number: int = 1) -> Environment:
    return Environment(number, f"2026/01/01/[$LATEST]{number:04}")


def an_invocation(event: Any, environment: Environment | None = None, **changes: Any) -> Invocation:
    fields: dict[str, Any] = {
        "request_id": "request-1",
        "function_name": "worker",
        "function_version": "$LATEST",
        "invoked_arn": ARN,
        "memory_mb": 128,
        "timeout_s": 3.0,
        "deadline_s": 3.0,
        **changes,
    }
    return Invocation(event=event, environment=environment or an_environment(), **fields)


def write_code(folder: Path, **files: str) -> Path:
    """Write one module a keyword; ``__`` in a name stands for a folder."""
    for name, source in files.items():
        path = folder / (name.replace("__", "/") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(source))
    return folder


class Lambda:
    """A Python function in virtual time: each call is one invocation, its deadline counted from now."""

    def __init__(self, handler: Any, folder: Path | None = None, **options: Any) -> None:
        self._handler = handler
        self._folder = folder
        self._options = options
        self.environment = an_environment()
        self.now_s: Callable[[], float] = lambda: 0.0

    def run(self, *events: Any, timeout_s: float = 3.0) -> list[InvocationResult]:
        """Invoke one after the other, in one environment that is replaced when it is lost."""

        async def all_of_them(invoke: Callable[..., Awaitable[InvocationResult]]) -> list[InvocationResult]:
            return [await invoke(event, self.environment, timeout_s=timeout_s) for event in events]

        return self.run_with(all_of_them)

    def one(self, event: Any = None, *, timeout_s: float = 3.0) -> InvocationResult:
        return self.run(event, timeout_s=timeout_s)[0]

    def run_with(self, main: Callable[[Callable[..., Awaitable[InvocationResult]]], Awaitable[T]]) -> T:
        """Run *main*, which gets ``invoke(event, environment, timeout_s=3.0)``."""
        from eventsim.invokers.python import PythonInvoker
        from eventsim.kernel.clock import Clock
        from eventsim.kernel.greenlets import Greenlets
        from eventsim.kernel.loop import VirtualEventLoop

        loop = VirtualEventLoop()
        greenlets = Greenlets(loop)
        clock = Clock(loop.time)
        self.now_s = clock.now_s
        invoker = PythonInvoker(
            self._handler, clock=clock, greenlets=lambda: greenlets, code_folder=self._folder, **self._options
        )
        count = 0

        async def invoke(event: Any, environment: Environment, timeout_s: float = 3.0) -> InvocationResult:
            nonlocal count
            count += 1
            changes = {"request_id": f"request-{count}", "timeout_s": timeout_s, "deadline_s": loop.time() + timeout_s}
            return await invoker.invoke(an_invocation(event, environment, **changes))

        async def whole() -> T:
            return await main(invoke)

        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            return runner.run(whole())
