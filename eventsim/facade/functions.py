"""A function's handle."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, overload

import msgspec

from eventsim.errors import InputError
from eventsim.facade.accepted import AcceptedEvent
from eventsim.facade.function_settings import changed
from eventsim.facade.invocations import Invocations, RecordedInvocation
from eventsim.facade.keywords import check_keywords, encoded
from eventsim.facade.mappings import Mapping, map_queue
from eventsim.facade.outlets import set_outlets, shown, taken_out
from eventsim.facade.words import counted

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable
    from collections.abc import Mapping as Weights

    from eventsim.facade.modules import FunctionModules
    from eventsim.facade.rules import Rule
    from eventsim.facade.rules import Schedule as OneSchedule
    from eventsim.facade.scope import Scope
    from eventsim.facade.topics import Subscription
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
        return Mapping(self._scope, map_queue(core, self._engine.for_events, queue, settings))

    def on_stream(self, stream: Any, **settings: Any) -> Mapping:
        """Have it read a Kinesis *stream*, or a consumer of one, through an event source mapping, FUNCTION/STREAM.

        *settings* are the mapping's own: ``StartingPosition``, which AWS needs, ``BatchSize``,
        ``BisectBatchOnFunctionError``, ``MaximumRetryAttempts``, ``ParallelizationFactor``, ``DestinationConfig`` and
        the others of ESM-02; a handle or a name will do for an ARN. LATEST is this very moment. Raises AwsError with
        Lambda's own text for what Lambda refuses, InputError for the rest.
        """
        from eventsim.facade.stream_mappings import map_stream

        return Mapping(self._scope, map_stream(self._scope.writable(), self._engine.for_events, stream, settings))

    def on_table(self, table: Any, **settings: Any) -> Mapping:
        """Have it read the stream of a DynamoDB *table* through an event source mapping, named FUNCTION/TABLE.

        *settings* are as for `on_stream`. InputError for a table without a StreamSpecification.
        """
        from eventsim.facade.stream_mappings import map_table

        return Mapping(self._scope, map_table(self._scope.writable(), self._engine.for_events, table, settings))

    def on_bucket(self, bucket: Any, Events: str | Iterable[str] = "s3:ObjectCreated:*", **settings: Any) -> None:  # noqa: N803 - AWS's name
        """Have it invoked, asynchronously, for what happens to the objects of a *bucket* (S3-01 to S3-08).

        *settings* are ``Filter``, as in ``{"S3Key": {"Rules": [{"Name": "prefix", "Value": "img/"}]}}``.
        """
        from eventsim.facade.buckets import Bucket
        from eventsim.facade.given import resource

        _, name = resource(self._scope.writable(), bucket, f"{self.name}.on_bucket", "bucket")
        Bucket(self._scope, name).notify(self, Events, **settings)

    def on_topic(self, topic: Any, **settings: Any) -> Subscription:
        """Have it invoked, asynchronously, for each message of a *topic*.

        *settings* are the subscription's: ``FilterPolicy``, ``FilterPolicyScope``, ``RedrivePolicy``.
        """
        from eventsim.facade.given import resource
        from eventsim.facade.topics import Topic

        core = self._scope.writable()
        _, name = resource(core, topic, f"{self.name}.on_topic", "topic")
        return Topic(self._scope, core.services.topics.get(name)).subscribe(self, **settings)

    def on_schedule(self, Schedule: str, **settings: Any) -> Rule:  # noqa: N803 - AWS's name
        """Have it invoked by the clock: ``rate(5 minutes)`` or ``cron(0 12 * * ? *)``, from now on (SCH-01 to SCH-07).

        A rule of EventBridge. *settings* are those of SAM's event Schedule: ``Input`` (text or a JSON value),
        ``Enabled``, ``RetryPolicy`` and the others. A run needs an end then: ``run(for_s=...)``.
        """
        from eventsim.facade.rules import add_rule

        return add_rule(self._scope, self._engine.for_events, "Schedule", {"Schedule": Schedule, **settings})

    def on_schedule_v2(self, ScheduleExpression: str, **settings: Any) -> OneSchedule:  # noqa: N803 - AWS's name
        """The same by EventBridge Scheduler, which also knows ``at(2026-01-01T12:00:00)`` (SCH-09 to SCH-12).

        *settings* are those of SAM's event ScheduleV2: ``ScheduleExpressionTimezone``, ``Input``, ``StartDate`` and the
        others.
        """
        from eventsim.facade.rules import add_schedule

        return add_schedule(
            self._scope, self._engine.for_events, {"ScheduleExpression": ScheduleExpression, **settings}
        )

    def on_event(self, Pattern: Any, **settings: Any) -> Rule:  # noqa: N803 - AWS's name
        """Have it invoked for events on EventBridge's default bus that match a *Pattern*, a mapping (SCH-08).

        *settings* are those of SAM's event EventBridgeRule: ``Input``, ``InputPath``, ``InputTransformer`` and
        the others.
        """
        from eventsim.facade.rules import add_rule

        return add_rule(self._scope, self._engine.for_events, "EventBridgeRule", {"Pattern": Pattern, **settings})

    @overload
    def invoke(
        self,
        event: Any = None,
        *,
        InvocationType: Literal["RequestResponse"] = ...,  # noqa: N803 - AWS's name
        Qualifier: str | None = ...,  # noqa: N803 - AWS's name
    ) -> RecordedInvocation: ...
    @overload
    def invoke(
        self,
        event: Any = None,
        *,
        InvocationType: Literal["Event"],  # noqa: N803 - AWS's name
        Qualifier: str | None = ...,  # noqa: N803 - AWS's name
    ) -> AcceptedEvent: ...
    def invoke(self, event: Any = None, **parameters: Any) -> RecordedInvocation | AcceptedEvent:
        """Call it with *event* (default ``{}``) and let virtual time pass until it has ended; the invocation.

        *event* is any JSON value. Whatever else falls due meanwhile happens too. A function that fails is
        a result: look at ``outcome`` and ``error``. AwsError RequestTooLargeException above 6 MB (FUN-03).

        With ``InvocationType="Event"`` the event is queued (ASY-01), no time passes, and the answer is an
        `AcceptedEvent`; the simulation works on it when it runs next.
        """
        if _is_event(parameters):
            return self._enqueue(event, parameters.get("Qualifier"))
        record = self._scope.driver.wait(self._call(event, parameters), f"the invocation of {self.name}")
        return RecordedInvocation(record)

    @overload
    async def invoke_async(
        self,
        event: Any = None,
        *,
        InvocationType: Literal["RequestResponse"] = ...,  # noqa: N803 - AWS's name
        Qualifier: str | None = ...,  # noqa: N803 - AWS's name
    ) -> RecordedInvocation: ...
    @overload
    async def invoke_async(
        self,
        event: Any = None,
        *,
        InvocationType: Literal["Event"],  # noqa: N803 - AWS's name
        Qualifier: str | None = ...,  # noqa: N803 - AWS's name
    ) -> AcceptedEvent: ...
    async def invoke_async(self, event: Any = None, **parameters: Any) -> RecordedInvocation | AcceptedEvent:
        """The same in an asynchronous program."""
        if _is_event(parameters):
            return self._enqueue(event, parameters.get("Qualifier"))
        call = self._call(event, parameters)
        return RecordedInvocation(await self._scope.driver.wait_async(call, f"the invocation of {self.name}"))

    def update(self, **settings: Any) -> None:
        """Change settings, as UpdateFunctionConfiguration does: at once, for invocations that begin from now on."""
        core = self._scope.writable()
        outlets = taken_out(settings)
        new = changed(core, self._engine.settings, settings)
        set_outlets(core, self.name, outlets)
        if new.environment != self._engine.settings.environment:
            if not hasattr(self._engine.invoker, "variables"):
                raise InputError(f"{self.name}: Environment is for Python code, which an invoker of your own is not")
            self._engine.invoker.variables = new.environment
        if "ReservedConcurrentExecutions" in settings:
            self._engine.check_reserved(new.reserved_concurrency)
        self._engine.update(new)
        if self._engine.publishes_all:
            self.publish()
        core.world.trace.add("step.update", target="function", name=self.name, changes=settings | shown(outlets))

    def publish(self, description: str = "") -> str:
        """Publish a version and tell its number; the alias of AutoPublishAlias leads to it from now on (FUN-14).

        Nothing is published, and the last number told, where neither code nor settings have changed since.
        """
        self._scope.writable()
        version, alias = self._engine.versions.publish(description), self._engine.published_alias
        if alias is not None:
            self._engine.aliases.update(alias, version.number, weights={})
        return version.number

    def alias(self, name: str, version: str | int | None = None, *, weights: Weights[Any, float] | None = None) -> None:
        """Make an alias of *version*, by default ``$LATEST``, or change one (FUN-15).

        *weights* is one more version with its share of the calls, as ``{2: 0.1}``; {} takes it away. Raises AwsError.
        """
        from eventsim.facade.deployments import set_alias

        self._scope.writable()
        set_alias(self._engine, name, version, weights)

    def provision(self, qualifier: str | int, amount: int | None) -> None:
        """Give a version or alias provisioned concurrency, which is ready when it is allocated; None takes it away.

        Raises AwsError as PutProvisionedConcurrencyConfig answers (CON-09, CON-10).
        """
        self._scope.writable()
        if amount is None:
            self._engine.provisioned.delete(str(qualifier))
        else:
            self._engine.provisioned.put(str(qualifier), amount)

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

    def stands_for(self, engine: Engine) -> bool:
        """Whether it is the handle of *engine*, and not of an earlier function of that name."""
        return self._engine is engine

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
        kind, qualifier = parameters.get("InvocationType", "RequestResponse"), parameters.get("Qualifier")
        if kind != "RequestResponse":
            raise InputError(f"InvocationType: found {kind!r}, expected RequestResponse or Event")
        payload = encoded({} if event is None else event, f"the event for {self.name}")
        _check_request(payload)
        self._engine.check_qualifier(qualifier)
        core.world.trace.add("step.invoke", function=self.name, invocation_type=kind)
        return self._engine.invoke(
            msgspec.json.decode(payload),
            request_id=self._engine.new_request_id(),
            keep_event=True,
            qualifier=qualifier,
        )

    def _enqueue(self, event: Any, qualifier: str | None) -> AcceptedEvent:
        core = self._scope.writable()
        payload = encoded({} if event is None else event, f"the event for {self.name}")
        core.world.trace.add("step.invoke", function=self.name, invocation_type="Event")
        request = core.asynchronous().enqueue(self.name, payload, qualifier=qualifier)
        return AcceptedEvent(self._scope, self.name, request)


def _check_request(payload: bytes) -> None:
    """AwsError RequestTooLargeException for an event that a synchronous call can't have (FUN-03)."""
    from eventsim.control.invocations import LARGEST_REQUEST_BYTES, check_size

    check_size(payload, LARGEST_REQUEST_BYTES, "RequestResponse")


def _is_event(parameters: dict[str, Any]) -> bool:
    check_keywords(parameters, ["InvocationType", "Qualifier"], "Invoke")
    return parameters.get("InvocationType") == "Event"
