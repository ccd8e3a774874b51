"""The queue of asynchronous events of one function, and who works on them (ASY-04 to ASY-14)."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

import msgspec

from eventsim.destinations.asynchronous import Answer, Condition, EndedEvent
from eventsim.errors import AwsError
from eventsim.functions.invocations import Outcome
from eventsim.functions.names import unqualified
from eventsim.functions.recursion import root_of
from eventsim.mappings.asynchronous_retries import Again, Lifetime, after_failure, after_throttle, before_attempt
from eventsim.mappings.crew import Crew
from eventsim.sources.queue import finish

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from eventsim.functions.event_invoke_settings import EventInvokeConfig
    from eventsim.functions.function import Function
    from eventsim.functions.invocations import InvocationRecord
    from eventsim.kernel.world import World
    from eventsim.mappings.asynchronous_ends import Ends
    from eventsim.mappings.asynchronous_events import AsyncEvent
    from eventsim.mappings.asynchronous_retries import AsyncTiming, Step

RATE_EXCEEDED = Answer(status=429, message="Rate Exceeded.")


class AsyncQueue:
    """Events of one function, each tried when it is ready, first ready first (ASY-04).

    There is one task for each event in work. *resolve* finds what a qualifier stands for at each attempt, None when it
    is gone (ASY-12, ASY-14); *config* tells what counts for it now; *dead_letter* the ARN of the dead-letter queue.
    *function* is the one that accepted the events first: its counts are those of a function that was deleted since.
    """

    def __init__(
        self,
        function: Function,
        world: World,
        timing: AsyncTiming,
        ends: Ends,
        *,
        resolve: Callable[[str], Function | None],
        config: Callable[[str], EventInvokeConfig],
        dead_letter: Callable[[], str | None],
    ) -> None:
        self.function = function
        self.unfinished = 0
        self.succeeded = 0
        self._world = world
        self._timing = timing
        self._ends = ends
        self._resolve = resolve
        self._config = config
        self._dead_letter = dead_letter
        self._ready: deque[AsyncEvent] = deque()
        self._waiting: asyncio.Future[None] | None = None
        self._crew = Crew(world, f"{function.name} asynchronous", self._next, self._serve)

    # -- events in ---------------------------------------------------------------------------------

    def accept(self, event: AsyncEvent) -> None:
        """Take a new event; it is ready at once."""
        self.unfinished += 1
        self._put(event)

    def start(self) -> None:
        """Work on what is ready, from now on."""
        self._crew.start()

    def close(self) -> None:
        """The run is over: begin nothing more."""
        self._crew.close()

    def _put(self, event: AsyncEvent) -> None:
        self._ready.append(event)
        if self._waiting is not None:
            finish(self._waiting)

    async def _next(self) -> AsyncEvent:
        """The event that has been ready longest; waits for one."""
        while not self._ready:
            self._waiting = self._world.loop.create_future()
            try:
                await self._waiting
            finally:
                self._waiting = None
        return self._ready.popleft()

    # -- one attempt -------------------------------------------------------------------------------

    async def _serve(self, event: AsyncEvent) -> None:
        """Try an event, or end it where it may not be tried any more."""
        function = self._resolve(event.qualifier)
        if function is not None:
            self.function = function
            if function.settings.reserved_concurrency == 0:
                event.answer = None
                await self._drop(event, Condition.ZERO_CONCURRENCY)
                return
        condition = before_attempt(self._lifetime(event), self._world.loop.time(), event.failures)
        if condition is not None:
            await self._drop(event, condition)
            return
        event.tries += 1
        if function is None:
            await self._missing(event)
        else:
            await self._try(event, function)

    async def _try(self, event: AsyncEvent, function: Function) -> None:
        try:
            trace_header = function.follow((event.trace_header,))
        except AwsError as error:
            event.answer = Answer(status=error.status, message=error.message)
            await self._drop(event, Condition.RETRIES_EXHAUSTED)
            return
        event.trace_header = event.trace_header or root_of(trace_header)
        decoded, batch = event.decode()
        sent_s = self._world.loop.time()
        record = await function.invoke(
            decoded,
            request_id=event.request_id,
            attempt=event.tries,
            batch=batch,
            invocation_type="Event",
            trace_header=trace_header,
        )
        if record.outcome is Outcome.THROTTLE:
            event.throttles += 1
            event.answer = RATE_EXCEEDED
            await self._go_on(event, self._after(event, throttled=True))
            return
        age_ms = round((sent_s - event.accepted_s) * 1000, 3)
        function.metrics.note_age(age_ms)
        event.invokes += 1
        event.throttles = 0
        if record.outcome is Outcome.SUCCESS:
            await self._succeed(event, record)
        else:
            event.answer = _answer(record)
            await self._failed(event)

    async def _missing(self, event: AsyncEvent) -> None:
        """There is no such function any more; that counts as a failed attempt (ASY-14)."""
        event.invokes += 1
        event.throttles = 0
        event.answer = Answer(status=404, message=f"Function not found: {self._arn(event)}")
        await self._failed(event)

    async def _failed(self, event: AsyncEvent) -> None:
        event.failures += 1
        await self._go_on(event, self._after(event, throttled=False))

    # -- what comes next ---------------------------------------------------------------------------

    def _lifetime(self, event: AsyncEvent) -> Lifetime:
        config = self._config(event.qualifier)
        return Lifetime(event.accepted_s, config.retries, config.age_s)

    def _after(self, event: AsyncEvent, *, throttled: bool) -> Step:
        lifetime, now_s = self._lifetime(event), self._world.loop.time()
        if throttled:
            return after_throttle(lifetime, self._timing, now_s, event.throttles)
        return after_failure(lifetime, self._timing, now_s, event.failures)

    async def _go_on(self, event: AsyncEvent, step: Step) -> None:
        if not isinstance(step, Again):
            await self._drop(event, step)
            return
        loop = self._world.loop
        self._trace("async.retry", event, attempt=event.tries + 1, delay_s=round(step.at_s - loop.time(), 6))
        loop.call_at(step.at_s, self._put, event)

    async def _succeed(self, event: AsyncEvent, record: InvocationRecord) -> None:
        config, metrics = self._config(event.qualifier), self.function.metrics
        metrics.async_events_dropped += 0
        if config.on_success is not None:
            event.answer = _answer(record)
            ended = self._ended(event, Condition.SUCCESS)
            await self._ends.succeeded(ended, config, metrics, self._onward(event))
        self._finished(event)
        self.succeeded += 1

    async def _drop(self, event: AsyncEvent, condition: Condition) -> None:
        await self._ends.dropped(
            self._ended(event, condition),
            self._config(event.qualifier),
            self._dead_letter(),
            self.function.metrics,
            self._onward(event),
        )
        self._finished(event)

    def _finished(self, event: AsyncEvent) -> None:
        self.unfinished -= 1
        if event.on_done is not None:
            event.on_done()

    def _ended(self, event: AsyncEvent, condition: Condition) -> EndedEvent:
        return EndedEvent(event.request_id, self._arn(event), event.payload, condition, event.invokes, event.answer)

    def _onward(self, event: AsyncEvent) -> str:
        """The trace header of what Lambda sends on: it goes through this function (FUN-17)."""
        return self.function.loops.onward((event.trace_header,))

    def _arn(self, event: AsyncEvent) -> str:
        return f"{unqualified(self.function.arn)}:{event.qualifier}"

    def _trace(self, kind: str, event: AsyncEvent, **fields: object) -> None:
        self._world.trace.add(kind, function=self.function.name, request_id=event.request_id, **fields)


def _answer(record: InvocationRecord) -> Answer:
    """What an invocation came to, as records and dead letters tell of it (DST-02, DLQ-02)."""
    if record.error is not None:
        message: Any = record.error.get("errorMessage")
        text = "" if message is None else str(message)
        return Answer(200, msgspec.json.encode(record.error), failed=True, message=text, version=record.version)
    response = record.response
    payload = b"null" if response is None else response.encode() if isinstance(response, str) else response
    return Answer(200, payload, version=record.version)
