"""Code in processes of its own, which ask for their events over the Lambda Runtime API.

Any runtime that has a runtime client works: the official ones, or a program of one's own.
"""

from __future__ import annotations

import asyncio
import math
import os
import sys
import weakref
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eventsim.errors import InputError
from eventsim.invokers.base import InvocationResult
from eventsim.invokers.environment_variables import function_variables, reserved_variables
from eventsim.invokers.failures import ended_payload
from eventsim.invokers.processes import start_error
from eventsim.invokers.runtime_api_events import api_event, in_task_root, result_of
from eventsim.kernel.background import Background, is_real
from eventsim.kernel.standstill import work_outside
from eventsim.kernel.stopwatch import Stopwatch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from eventsim.invokers.base import Invocation
    from eventsim.invokers.runtime_api_environment import RuntimeEnvironment

INIT_LIMIT_S = 10.0
_STOP_LIMIT_S = 10.0


class RuntimeInvoker:
    """Runs *command*, a program with a runtime client, once for each execution environment, in *code_folder*.

    Without *command* it is the official client for Python, awslambdaric, in this interpreter, and *handler* names the
    function as ``module.function``. *env* are variables for the program alone; the function's own and those of the
    cloud that it talks to come from whoever owns the function, through `attach`.

    In virtual time the clock stands still while the code works, one invocation after the other, and Timeout limits the
    real time that takes; in real time each environment works by itself. Raises InputError when neither is given, and
    when awslambdaric is needed and not installed.
    """

    sends_trace_header = True
    """The SDK in the code sends the invocation's trace header along with every request."""

    def __init__(
        self,
        command: Sequence[str] | None = None,
        *,
        handler: str | None = None,
        code_folder: Path | str | None = None,
        env: Mapping[str, str] | None = None,
        init_limit_s: float = INIT_LIMIT_S,
    ) -> None:
        if isinstance(command, str) or (command is not None and not command):
            raise InputError(f"command: found {command!r}, expected a list: a program and its arguments")
        self.command = python_command(handler) if command is None else [str(word) for word in command]
        self.variables: Mapping[str, str] = {}
        self._is_python = command is None
        self._handler = handler or ""
        self._folder = Path(code_folder or Path()).resolve()
        self._env = dict(env or {})
        self._init_limit_s = init_limit_s
        self._cloud_variables: Callable[[], Mapping[str, str]] = dict
        self._background: Background | None = None
        self._environments: set[RuntimeEnvironment] = set()

    def attach(self, *, variables: Mapping[str, str], cloud_variables: Callable[[], Mapping[str, str]]) -> None:
        """Take the function's own *variables*, and what tells the SDKs in its code where their cloud is."""
        self.variables = variables
        self._cloud_variables = cloud_variables

    async def invoke(self, invocation: Invocation) -> InvocationResult:
        """Start the program if the environment is new, hand it the event, and wait for its answer."""
        lease: _Lease | None = invocation.environment.state
        left_s, init_s = invocation.timeout_s, 0.0
        if lease is None or lease.environment.status is not None:  # it may have ended between two invocations
            started, init_s, left_s = await self._first(invocation)
            if isinstance(started, InvocationResult):
                started.init_s = init_s
                return started
            lease = started
        result = await self._call(lease.environment, invocation, left_s)
        invocation.environment.state = None if result.environment_lost else lease
        result.init_s = init_s
        return result

    async def close(self) -> None:
        """End every process, however busy, and wait until they are gone."""
        background, self._background = self._background, None
        if background is None:
            return
        try:
            with suppress(TimeoutError):
                await work_outside(background, self._stop_all(), limit_real_s=_STOP_LIMIT_S)
        finally:
            background.leave()

    async def _first(self, invocation: Invocation) -> tuple[_Lease | InvocationResult, float, float]:
        """A cold start: what came of it, the seconds of its init phase, and those left for the call (FUN-04).

        What fails in the init phase is tried once more, inside the invocation.
        """
        loop = asyncio.get_running_loop()
        begun_s = loop.time()
        started = await self._start(invocation, self._init_limit_s)
        if isinstance(started, InvocationResult) and started.takes_s is not None and not is_real(loop):
            await asyncio.sleep(begun_s + self._init_limit_s - loop.time())
        init_s = loop.time() - begun_s
        invocation.deadline_s += init_s
        if isinstance(started, _Lease):
            return started, init_s, invocation.timeout_s
        watch = Stopwatch()
        started = await self._start(invocation, invocation.timeout_s)
        return started, init_s, invocation.timeout_s - watch.elapsed_real_s()

    async def _start(self, invocation: Invocation, limit_s: float) -> _Lease | InvocationResult:
        """A process that asks for its first event, or how its start failed."""
        loop = asyncio.get_running_loop()
        background = self._background = self._background or Background.use(loop)
        variables = self._variables_for(invocation)
        deadline_s = loop.time() + limit_s
        try:
            environment = await work_outside(
                background, self._started(variables), limit_real_s=limit_s, deadline_s=deadline_s
            )
        except TimeoutError:
            return _cut_off()
        except OSError as error:
            return _lost(start_error(invocation.request_id, self.command, error))
        logs = environment.take_logs
        if environment.init_error is not None:
            return _lost(in_task_root(environment.init_error, self._folder), logs())
        if environment.status is not None:
            return _lost(ended_payload(invocation.request_id, environment.status), logs())
        return _Lease(environment, background)

    async def _started(self, variables: Mapping[str, str]) -> RuntimeEnvironment:
        """Make one, in the background."""
        from eventsim.invokers.runtime_api_environment import RuntimeEnvironment

        environment = RuntimeEnvironment(on_stop=self._environments.discard)
        self._environments.add(environment)
        await environment.start(self.command, self._folder, variables)
        return environment

    async def _call(self, environment: RuntimeEnvironment, invocation: Invocation, limit_s: float) -> InvocationResult:
        assert self._background is not None
        event = api_event(invocation, limit_s)
        try:
            answer = await work_outside(
                self._background, environment.invoke(event), limit_real_s=limit_s, deadline_s=invocation.deadline_s
            )
        except TimeoutError:
            end = work_outside(self._background, environment.end(), limit_real_s=_STOP_LIMIT_S)
            return _cut_off(await end)
        return result_of(answer, invocation.request_id, self._folder)

    async def _stop_all(self) -> None:
        await asyncio.gather(*(environment.stop() for environment in list(self._environments)))

    def _variables_for(self, invocation: Invocation) -> dict[str, str]:
        reserved = reserved_variables(invocation, self._handler, str(self._folder))
        if not self._is_python:
            del reserved["AWS_EXECUTION_ENV"]  # as for Lambda's custom runtimes
        own = {**self.variables, **self._env}
        return {**function_variables(os.environ, own, reserved), **self._cloud_variables()}


class _Lease:
    """What an execution environment keeps while it is warm: with it goes the process."""

    __slots__ = ("__weakref__", "environment")

    def __init__(self, environment: RuntimeEnvironment, background: Background) -> None:
        self.environment = environment
        weakref.finalize(self, _end, environment, background)


def python_command(handler: str | None) -> list[str]:
    """The official client for Python, in this interpreter; InputError without a handler or without the client."""
    if not handler:
        raise InputError("a runtime needs a command, as in ['node', 'bootstrap.js'], or the handler of a Python module")
    if find_spec("awslambdaric") is None:
        raise InputError(
            f"the handler {handler!r} is run by Lambda's runtime client for Python, which is not installed: "
            "pip install awslambdaric, or give the command of another client"
        )
    return [sys.executable, "-m", "awslambdaric", handler]


def _end(environment: RuntimeEnvironment, background: Background) -> None:
    if environment.status is None:
        environment.kill()
        with suppress(RuntimeError):  # the loop is closed: the interpreter ends
            background.loop.call_soon_threadsafe(environment.stop_soon)


def _cut_off(logs: str = "") -> InvocationResult:
    """Out of time: the rest of it passes on the simulation's clock (FUN-09)."""
    return InvocationResult(takes_s=math.inf, environment_lost=True, logs=logs)


def _lost(error: dict[str, Any], logs: str = "") -> InvocationResult:
    return InvocationResult(error=error, environment_lost=True, logs=logs)
