"""The user's own Python handler, run in this process and in virtual time."""

from __future__ import annotations

import os
from copy import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eventsim.invokers.asynchronous import AsynchronousCall
from eventsim.invokers.base import InvocationResult
from eventsim.invokers.bracket import FunctionBracket
from eventsim.invokers.callables import folder_of, name_of
from eventsim.invokers.code_folder import CodeFolder
from eventsim.invokers.context import LambdaContext
from eventsim.invokers.environment_variables import Variables, function_variables, reserved_variables
from eventsim.invokers.loading import Modules
from eventsim.invokers.loggers import Loggers
from eventsim.invokers.output import Output
from eventsim.invokers.paths import TracePaths
from eventsim.invokers.wall_clock import wall_clock_of
from eventsim.invokers.warm import Warm
from eventsim.invokers.working_folder import WorkingFolder
from eventsim.kernel.early_names import replace_early_names
from eventsim.kernel.greenlets import FunctionTimedOut, install_clock_functions

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping
    from types import CoroutineType

    from eventsim.cloud.gate import ThreadGate
    from eventsim.invokers.base import Environment, Invocation
    from eventsim.invokers.series import Series
    from eventsim.kernel.clock import Clock
    from eventsim.kernel.greenlets import Greenlets

INIT_LIMIT_S = 10.0


class PythonInvoker:
    """Runs *handler*: ``module.function`` in *code_folder* (default: the current folder), or a callable as it is.

    *greenlets* gives the kernel's greenlets of the running loop. *variables* are the function's environment variables;
    *cloud_variables* replace the placeholders for credentials where handlers talk to a real endpoint; *gate* is where
    threads that the code starts wait while the loop works. Where *echo* says so, what the code prints goes to the
    process's own output too. Coroutines, of ``async def`` and of whatever returns one, are awaited. Each execution
    environment loads the code anew and reads *variables* then, which may be replaced in between.

    *before_call*, which may be set later, gets an environment's modules before each call. A ``KeyboardInterrupt`` goes
    through; so does an error of the virtual time.
    """

    sends_trace_header = True
    """The SDK in the code sends the invocation's trace header along with every request."""

    def __init__(
        self,
        handler: str | Callable[..., Any],
        *,
        clock: Clock,
        greenlets: Callable[[], Greenlets],
        code_folder: Path | None = None,
        variables: Mapping[str, str] | None = None,
        cloud_variables: Mapping[str, str] | None = None,
        gate: ThreadGate | None = None,
        echo: Callable[[], bool] = bool,
    ) -> None:
        install_clock_functions()  # before the code is imported: its ``from time import sleep`` keeps what it finds
        if callable(handler):
            replace_early_names(name_of(handler).rpartition(".")[0])
        self.variables: Mapping[str, str] = variables or {}
        self.before_call: Callable[[Modules], object] | None = None
        self._prepared: tuple[Warm, Mapping[str, str]] | None = None
        self._handler = handler
        self._clock = clock
        self._greenlets = greenlets
        self._cloud_variables = cloud_variables or {}
        self._gate = gate
        self._echo = echo
        self._folder = CodeFolder(code_folder or Path()) if isinstance(handler, str) else None
        self._paths = TracePaths(folder_of(handler) if self._folder is None else self._folder.path)

    async def invoke(self, invocation: Invocation) -> InvocationResult:
        """Load the code if the environment is new, and call the handler."""
        environment = invocation.environment
        warm: Warm | None = environment.state
        if warm is not None:
            result = await self._call(warm, invocation)
        else:
            result, warm = await self._first(invocation)
        environment.state = None if result.environment_lost else warm
        result.logs = warm.bracket.output.take()
        return result

    def snapshot(self) -> PythonInvoker:
        """One that goes on with today's code and variables, for a version that is published now (FUN-14)."""
        taken = copy(self)
        taken._prepared = None
        return taken

    @property
    def loads(self) -> bool:
        """Whether each environment loads the code anew: the handler is a name, not a callable."""
        return self._folder is not None

    @property
    def prepared(self) -> Modules | None:
        """The modules that `prepare` has loaded and no environment has taken over yet."""
        return None if self._prepared is None else self._prepared[0].bracket.modules

    async def prepare(self, invocation: Invocation) -> InvocationResult | None:
        """Load the code now, for the next environment that starts; a failure is not kept, but returned."""
        warm, failure = await self._load(invocation, self._clock.now_s() + INIT_LIMIT_S)
        if failure is None:
            self._prepared = warm, self.variables
        return failure

    def series(
        self,
        environment: Environment,
        *,
        begin: Callable[[Any], Invocation],
        ended: Callable[[Invocation, InvocationResult], object],
    ) -> Series | None:
        """What calls the handler in a warm *environment* many times in a row; None where each call stands alone."""
        from eventsim.invokers.series import Series

        warm: Warm | None = environment.state
        if warm is None or warm.asynchronous or self.before_call is not None:
            return None

        async def finish(coroutine: Coroutine[Any, Any, Any], invocation: Invocation) -> InvocationResult:
            return await self._await(warm.finish(coroutine, invocation.request_id), warm, invocation)

        return Series(warm, self._greenlets(), self._clock.now_s, begin=begin, ended=ended, finish=finish)

    def _take_prepared(self, invocation: Invocation) -> Warm | None:
        """What `prepare` has loaded, as this invocation's environment, unless the variables were replaced since."""
        prepared, self._prepared = self._prepared, None
        if prepared is None or prepared[1] is not self.variables:
            return None
        prepared[0].bracket.variables.set(self._reserved(invocation))
        return prepared[0]

    async def _first(self, invocation: Invocation) -> tuple[InvocationResult, Warm]:
        """A cold start: the init phase of up to 10 s, once more in the invocation if that failed, the call (FUN-04)."""
        prepared = self._take_prepared(invocation)
        if prepared is not None:
            return await self._call(prepared, invocation), prepared
        begun_s = self._clock.now_s()
        warm, failure = await self._load(invocation, begun_s + INIT_LIMIT_S)
        init_s = self._clock.now_s() - begun_s
        invocation.deadline_s += init_s
        if failure is not None:
            warm, failure = await self._load(invocation, invocation.deadline_s)
        result = await self._call(warm, invocation) if failure is None else failure
        result.init_s = init_s
        return result, warm

    async def _load(self, invocation: Invocation, deadline_s: float) -> tuple[Warm, InvocationResult | None]:
        warm, handler = self._new_environment(invocation), self._handler
        if not isinstance(handler, str):
            warm.use(handler)
            return warm, None
        call = self._greenlets().call
        try:
            failure = await call(warm.load, handler, invocation.request_id, deadline_s=deadline_s, bracket=warm.bracket)
        except FunctionTimedOut:
            failure = _timed_out()
        warm.bracket.output.restore()
        return warm, failure

    async def _call(self, warm: Warm, invocation: Invocation) -> InvocationResult:
        request_id, bracket = invocation.request_id, warm.bracket
        bracket.variables.set_trace_id(invocation.trace_id)
        bracket.loggers.handler.request_id = request_id
        if self.before_call is not None and bracket.modules is not None:
            self.before_call(bracket.modules)
        context = LambdaContext(invocation, self._clock.now_s)
        try:
            if warm.asynchronous:
                return await self._await(
                    warm.call_asynchronous(invocation.event, context, request_id), warm, invocation
                )
            result: InvocationResult | CoroutineType[Any, Any, Any]
            result, error = await self._greenlets().attempt(
                warm.call, invocation.event, context, request_id, deadline_s=invocation.deadline_s, bracket=bracket
            )
            if error is not None:
                raise error
            if isinstance(result, InvocationResult):
                return result
            return await self._await(warm.finish(result, request_id), warm, invocation)
        except FunctionTimedOut:
            return _timed_out()

    async def _await(
        self, coroutine: Coroutine[Any, Any, InvocationResult], warm: Warm, invocation: Invocation
    ) -> InvocationResult:
        call = AsynchronousCall(self._greenlets(), warm.bracket, invocation.deadline_s)
        try:
            result: InvocationResult = await call.run(coroutine)
        except SystemExit as error:  # of a task that the handler started
            result = warm.failed(error, invocation.request_id)
        return result

    def _new_environment(self, invocation: Invocation) -> Warm:
        name, modules, working_folder = name_of(self._handler), None, None
        if self._folder is not None:
            working_folder = WorkingFolder(str(self._folder.path))
            modules = Modules(self._folder, name.rpartition(".")[0].replace("/", "."))
        output = Output(echo=self._echo())
        bracket = FunctionBracket(
            modules,
            Variables(function_variables(os.environ, self.variables, self._reserved(invocation))),
            output,
            Loggers(output),
            wall_clock_of(self._clock),
            self._gate,
            working_folder,
        )
        bracket.loggers.handler.request_id = invocation.request_id
        return Warm(bracket, self._paths)

    def _reserved(self, invocation: Invocation) -> dict[str, str]:
        own = reserved_variables(invocation, name_of(self._handler), str(self._paths.code_folder))
        return {**own, **self._cloud_variables}


def _timed_out() -> InvocationResult:
    return InvocationResult(timed_out=True, environment_lost=True)
