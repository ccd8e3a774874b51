"""A function's handle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventsim.errors import InputError
from eventsim.facade.function_settings import changed
from eventsim.facade.invocations import Invocations, RecordedInvocation
from eventsim.facade.keywords import check_keywords, copied
from eventsim.facade.mappings import Mapping, map_queue
from eventsim.facade.words import counted

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from eventsim.facade.modules import FunctionModules
    from eventsim.facade.scope import Scope
    from eventsim.functions.function import Function as Engine
    from eventsim.functions.invocations import InvocationRecord


class Function:
    """A function of a simulation."""

    def __init__(self, scope: Scope, engine: Engine) -> None:
        self._scope = scope
        self._engine = engine
        self._modules: FunctionModules | None = None

    @property
    def name(self) -> str:
        """Its name."""
        return self._engine.name

    @property
    def arn(self) -> str:
        """Its ARN."""
        return self._engine.arn

    # -- what can be done ------------------------------------------------------------------------

    def on_queue(self, queue: Any, **settings: Any) -> Mapping:
        """Have it read *queue* (a handle, name or ARN) through an event source mapping, named FUNCTION/QUEUE.

        *settings* are the mapping's own: ``BatchSize``, ``MaximumBatchingWindowInSeconds``, ``FunctionResponseTypes``,
        ``FilterCriteria``, ``ScalingConfig``, ``Enabled`` and the others of ESM-02. It is enabled at once, as after a
        deployment that is long done. Raises AwsError with Lambda's own text for what Lambda refuses.
        """
        core = self._scope.writable()
        return Mapping(self._scope, map_queue(core, self._engine, queue, settings))

    def invoke(self, event: Any = None, **parameters: Any) -> RecordedInvocation:
        """Call it with *event* (default ``{}``) and let virtual time pass until it has ended; the invocation.

        *event* is any JSON value. Whatever else falls due meanwhile happens too. A function that fails is
        a result: look at ``outcome`` and ``error``. InvocationType is RequestResponse.
        """
        record = self._scope.driver.wait(self._call(event, parameters), f"the invocation of {self.name}")
        return RecordedInvocation(record)

    async def invoke_async(self, event: Any = None, **parameters: Any) -> RecordedInvocation:
        """The same in an asynchronous program."""
        call = self._call(event, parameters)
        return RecordedInvocation(await self._scope.driver.wait_async(call, f"the invocation of {self.name}"))

    def update(self, **settings: Any) -> None:
        """Change settings, as UpdateFunctionConfiguration does: at once, for invocations that begin from now on."""
        core = self._scope.writable()
        new = changed(core, self._engine.settings, settings)
        if new.environment != self._engine.settings.environment:
            if not hasattr(self._engine.invoker, "variables"):
                raise InputError(f"{self.name}: Environment is for Python code, which an invoker of your own is not")
            self._engine.invoker.variables = new.environment
        self._engine.update(new)
        core.world.trace.add("step.update", target="function", name=self.name, changes=settings)

    # -- what can be seen ------------------------------------------------------------------------

    @property
    def invocations(self) -> Invocations:
        """Its invocations, throttled attempts included, in the order they began."""
        log = self._scope.core.invocations
        return Invocations(RecordedInvocation(record) for record in log if record.function == self.name)

    @property
    def metrics(self) -> dict[str, Any]:
        """What CloudWatch would show, under its names: ``Invocations``, ``Errors``, ``Duration`` and the others."""
        return self._engine.metrics.to_json()

    @property
    def modules(self) -> FunctionModules:
        """The modules of its code by name, to look into or to patch; see `FunctionModules`.

        InputError for a function whose handler is not named by text.
        """
        if self._modules is None:
            from eventsim.facade.modules import FunctionModules

            self._modules = FunctionModules(self._scope, self._engine)
        return self._modules

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Function) and other._engine is self._engine

    def __hash__(self) -> int:
        return hash(self.arn)

    def __repr__(self) -> str:
        metrics = self._engine.metrics
        parts = [counted(metrics.invocations, "invocation")]
        if metrics.errors:
            parts.append(counted(metrics.errors, "error"))
        if metrics.throttles:
            parts.append(counted(metrics.throttles, "throttle"))
        return f"<Function {self.name}: {', '.join(parts)}>"

    def _call(self, event: Any, parameters: dict[str, Any]) -> Coroutine[Any, Any, InvocationRecord]:
        core = self._scope.writable()
        check_keywords(parameters, ["InvocationType"], "Invoke")
        kind = parameters.get("InvocationType", "RequestResponse")
        if kind != "RequestResponse":
            raise InputError(f"InvocationType: found {kind!r}; only RequestResponse is supported yet")
        plain = copied({} if event is None else event, f"the event for {self.name}")
        core.world.trace.add("step.invoke", function=self.name, invocation_type=kind)
        return self._engine.invoke(plain, request_id=self._engine.new_request_id(), keep_event=True)
