"""A function as its callers see it: permits, environments, timeouts, and what came back."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec

from eventsim.cloud.requests import current_function
from eventsim.errors import AwsError
from eventsim.functions.concurrency import NO_POOL, ScalingRate, ThrottleReason
from eventsim.functions.environments import Environments
from eventsim.functions.failures import failure_of
from eventsim.functions.invocations import InvocationRecord, Outcome
from eventsim.functions.metrics import FunctionMetrics
from eventsim.functions.qualified import Qualifiers
from eventsim.functions.recursion import LoopDetector, recursive_invocation
from eventsim.functions.request_rate import is_limited
from eventsim.invokers.base import Invocation, InvocationResult
from eventsim.kernel.faults import PASS
from eventsim.kernel.instants import after
from eventsim.kernel.seeds import draw_uuid

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Sequence

    from eventsim.functions.concurrency import AccountConcurrency, Permit
    from eventsim.functions.durations import Duration
    from eventsim.functions.invocations import Batch, InvocationType
    from eventsim.functions.qualified import Admitted, Target
    from eventsim.functions.settings import FunctionSettings
    from eventsim.invokers.base import Environment, Invoker
    from eventsim.kernel.world import World

_SUCCESS = Outcome.SUCCESS  # looking a member of an enumeration up is slow
_deadline_s = lru_cache(maxsize=8)(after)  # many invocations begin at one instant


class Function(Qualifiers):
    """One function of the account, with its invoker, its environments and its metrics.

    *takes* is the simulated duration that each invocation adds to what its code waits, *cold_start* what a new
    environment needs before that. Every attempt is appended to *log*, in the order of their starts.
    """

    def __init__(
        self,
        settings: FunctionSettings,
        invoker: Invoker,
        world: World,
        account: AccountConcurrency,
        *,
        arn: str,
        takes: Duration,
        cold_start: Duration,
        log: list[InvocationRecord],
    ) -> None:
        self.settings = settings
        self.invoker = invoker
        self.arn = arn
        self.metrics = FunctionMetrics(world.clock.now_s)
        self._log = log
        self._world = world
        self._faults = world.faults if world.faults.active else None
        self._account = account
        self._takes = takes
        self._cold_start = cold_start
        self._rate = ScalingRate()
        self._limited = is_limited(takes)
        self._latency = world.seeds.stream(f"latency:{settings.name}")
        self._request_ids = world.seeds.stream(f"request-id:{settings.name}")
        self.environments = Environments(
            world.clock, world.seeds.stream(f"environment:{settings.name}"), idle_s=world.quirks.environment_idle_s
        )
        self.loops = LoopDetector(arn, world.clock, world.seeds.stream(f"trace-header:{settings.name}"))
        self._trace_start = world.trace.writer(
            "invoke.start", "function", "mapping", "request_id", "attempt", "records", "cold_start"
        )
        self._trace_end = world.trace.writer("invoke.end", "function", "mapping", "request_id", "outcome")
        account.reserve(settings.name, settings.reserved_concurrency)

    def update(self, settings: FunctionSettings) -> None:
        """Change the configuration; running invocations are not interrupted (CON-05)."""
        unversioned = {"reserved_concurrency": settings.reserved_concurrency, "recursive_loop": settings.recursive_loop}
        if msgspec.structs.replace(self.settings, **unversioned) != settings:
            self.environments.drop_all()
        before, self.settings = self.settings, settings
        self._account.reserve(settings.name, settings.reserved_concurrency)
        self._settings_changed(before)

    def retire(self) -> None:
        """Give back what it reserves: it is deleted."""
        self._account.reserve(self.name, None)
        self._account.reserve(f"{self.name}:provisioned", None)

    def new_request_id(self) -> str:
        """Draw the id of the next request."""
        return draw_uuid(self._request_ids)

    def follow(self, trace_headers: Sequence[str | None] = ()) -> str | None:
        """The trace header for the invocation that requests with *trace_headers* lead to (FUN-17).

        None where there is nothing to follow: no header came, and the invoker can't tell what its code sends. AwsError
        RecursiveInvocationException, counted and traced, when the function has run too often in this chain.
        """
        if not (getattr(self.invoker, "sends_trace_header", False) or any(trace_headers)):
            return None
        try:
            return self.loops.follow(trace_headers, self.settings.recursive_loop)
        except AwsError:
            self._count_loop()
            raise

    def refuse_stopped(self, trace_header: str) -> None:
        """AwsError RecursiveInvocationException when the function was already stopped in this chain (FUN-17).

        Its own destination or dead-letter queue may lead back to it: then not even that is told once more.
        """
        if self.loops.was_stopped((trace_header,), self.settings.recursive_loop):
            self._count_loop()
            raise recursive_invocation()

    def _count_loop(self) -> None:
        self.metrics.recursive_invocations_dropped += 1
        self._world.trace.add("function.loop", function=self.name, threshold=self.loops.threshold)

    async def invoke(
        self,
        event: Any,
        *,
        request_id: str,
        mapping: str | None = None,
        attempt: int = 1,
        batch: Batch | None = None,
        keep_event: bool = False,
        invocation_type: InvocationType = "RequestResponse",
        trace_header: str | None = None,
        qualifier: str | None = None,
        tenant_id: str | None = None,
        client_context: Any = None,
    ) -> InvocationRecord:
        """Run the function once, or be throttled at once (CON-07); either way return the record, already kept.

        The record's outcome is success, error, timeout or throttle; the caller may refine it. *keep_event* keeps the
        event's JSON, for an event that nothing could build again. *trace_header* is what `follow` gave, "" where that
        was nothing; without it a chain of requests begins here. *qualifier* is the version or alias that the caller
        named (FUN-15), *tenant_id* for whom it is (FUN-22), *client_context* what the caller's SDK tells of itself
        (FUN-13). AwsError ResourceNotFoundException, and no record, for a qualifier that is not there.
        """
        target = None if qualifier is None and tenant_id is None else self.resolve(qualifier, tenant_id)
        world, metrics = self._world, self.metrics
        at_s = world.loop.time()
        record = InvocationRecord(
            at_s, None, self.settings.name, mapping, request_id, attempt, None, False, None, None, batch,
            None, invocation_type,
        )  # fmt: skip
        if keep_event:
            record.event = msgspec.json.encode(event)
        self._log.append(record)
        limited = self._limited and invocation_type == "RequestResponse"
        if target is None:
            got = self._admit(at_s, self.environments, limited)
        else:
            record.qualifier, record.version = qualifier, target.version
            got = self._admit_to(target, record, limited)
        if isinstance(got, ThrottleReason):
            self._throttled(record, got)
            return record
        permit, environment, record.cold_start = got
        metrics.entered()
        try:
            await self._run(record, environment, event, trace_header, target, client_context)
        finally:
            metrics.left()
            permit.give_back()
        return record

    def _admit(self, now_s: float, environments: Environments, limited: bool) -> Admitted | ThrottleReason:
        """Check reserved, account, then scaling rate; what is admitted gets (permit, environment, is new) (CON-13).

        *limited*: it is a request that is held to a rate as well (CON-04).
        """
        reserved = self.settings.reserved_concurrency
        permit: Permit = NO_POOL
        if reserved is not None:
            if self.metrics.concurrent >= reserved + self.beside:
                return ThrottleReason.RESERVED
        elif self._account.take():
            permit = self._account
        else:
            return ThrottleReason.ACCOUNT
        if limited and (reason := self._over_rate(now_s)) is not None:
            permit.give_back()
            return reason
        warm = environments.warm(now_s)
        if warm is not None:
            return permit, warm, False
        if self._rate.take(now_s):
            return permit, environments.cold(), True
        permit.give_back()
        return ThrottleReason.SCALING

    def _throttled(self, record: InvocationRecord, reason: str) -> None:
        record.ended_s, record.outcome = record.at_s, Outcome.THROTTLE
        record.throttle_reason = str(reason)
        self.metrics.throttles += 1
        self._world.trace.add(
            "function.throttle",
            function=record.function,
            mapping=record.mapping,
            request_id=record.request_id,
            attempt=record.attempt,
            reason=str(reason),
        )

    async def _run(
        self,
        record: InvocationRecord,
        environment: Environment,
        event: Any,
        trace_header: str | None,
        target: Target | None,
        client_context: Any,
    ) -> None:
        loop, metrics = self._world.loop, self.metrics
        if target is None:
            settings, invoker, arn, environments = self.settings, self.invoker, self.arn, self.environments
        else:
            settings, invoker, arn, environments = target.settings, target.invoker, target.arn, target.environments
        started_s, verdict = record.at_s, PASS
        if self._faults is not None:
            facts = {"function": record.function, "mapping": record.mapping, "request_id": record.request_id}
            verdict = await self._faults.reach("invoke", facts)
            started_s = loop.time()
        if record.cold_start:
            asked_s = started_s
            await self._start_environment(environment)
            started_s = loop.time()
            record.init_s = started_s - asked_s
        deadline_s = _deadline_s(started_s, settings.timeout_s)
        metrics.invocations += 1
        batch = record.batch
        self._trace_start(
            record.function, record.mapping, record.request_id, record.attempt, 0 if batch is None else len(batch),
            record.cold_start,
        )  # fmt: skip
        if current_function.get() != record.function:
            current_function.set(record.function)
        invocation = Invocation(
            record.request_id, event, settings.name, record.version, arn, settings.memory_mb, settings.timeout_s,
            deadline_s, environment, client_context, (self.follow() if trace_header is None else trace_header) or None,
            None if target is None else target.tenant_id,
        )  # fmt: skip
        if verdict is PASS:
            result = await invoker.invoke(invocation)
        else:
            from eventsim.invokers.faults import invoke_in_vain

            result = await invoke_in_vain(verdict, invoker, invocation)
        if result.throttled is not None:
            metrics.invocations -= 1  # Lambda elsewhere did not run it
            self._throttled(record, result.throttled)
            record.ended_s = loop.time()
            environments.keep(environment, record.ended_s)
            return
        if not result.timed_out:
            takes_s = self._takes.draw(self._latency) if result.takes_s is None else result.takes_s
            if takes_s > 0:
                await self._take_time(result, takes_s, after(deadline_s, result.init_s))
        ended_s = loop.time()
        record.ended_s = ended_s
        if result.error is None and not result.timed_out:
            record.outcome, record.response = _SUCCESS, result.payload
            self._trace_end(record.function, record.mapping, record.request_id, "success")
        else:
            self._failed(record, result, settings.timeout_s)
        took_s = ended_s - started_s
        if result.init_s:
            took_s -= result.init_s
            record.init_s += result.init_s
        metrics.durations_ms.append(round(took_s * 1000, 3) if took_s else 0.0)
        if result.logs:
            record.logs = result.logs
        if not (result.environment_lost or result.timed_out):
            if target is None:
                environments.keep(environment, ended_s)
            elif record.provisioned and target.pool is not None:
                target.pool.keep(environment)
            else:
                environments.keep(environment, ended_s)

    async def _start_environment(self, environment: Environment) -> None:
        self.metrics.cold_starts += 1
        self._world.trace.add("environment.start", function=self.name, environment=environment.number)
        delay_s = self._cold_start.draw(self._latency)
        if delay_s > 0:
            await self._until(after(self._world.loop.time(), delay_s))

    async def _take_time(self, result: InvocationResult, takes_s: float, deadline_s: float) -> None:
        """Let the simulated duration pass, up to the function's timeout (FUN-05)."""
        ends_s = after(self._world.loop.time(), takes_s)
        result.timed_out = ends_s > deadline_s
        await self._until(min(ends_s, deadline_s))

    async def _until(self, when_s: float) -> None:
        loop = self._world.loop
        reached = loop.create_future()
        loop.call_at(when_s, _finish, reached)
        await reached

    def _failed(self, record: InvocationRecord, result: InvocationResult, timeout_s: float) -> None:
        record.outcome, error = failure_of(result, record.request_id, timeout_s)
        record.error = error
        self.metrics.errors += 1
        self._world.trace.add(
            "invoke.end",
            function=record.function,
            mapping=record.mapping,
            request_id=record.request_id,
            outcome=record.outcome,
            error={name: error.get(name) for name in ("errorType", "errorMessage")},
        )


def _finish(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
