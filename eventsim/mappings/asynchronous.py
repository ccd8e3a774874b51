"""Asynchronous invocation: events are accepted at once and worked off from a queue per function (ASY-01 to ASY-16)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from eventsim.errors import AwsError
from eventsim.functions.event_invoke_configs import EventInvokeConfigs
from eventsim.functions.event_invoke_settings import check_dead_letter_target
from eventsim.functions.names import LATEST, read_function_name
from eventsim.mappings.asynchronous_ends import Ends
from eventsim.mappings.asynchronous_events import AsyncEvent, read_payload
from eventsim.mappings.asynchronous_queue import AsyncQueue
from eventsim.mappings.asynchronous_retries import AS_ON_AWS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from eventsim.destinations.deliver import Destinations
    from eventsim.functions.event_invoke_settings import EventInvokeConfig
    from eventsim.functions.function import Function
    from eventsim.functions.names import FunctionName
    from eventsim.kernel.world import World
    from eventsim.mappings.asynchronous_retries import AsyncTiming


class AsyncInvoker:
    """The asynchronous side of an account's functions.

    *functions* is looked into at each attempt, so one that is deleted meanwhile is missing from then on (ASY-14).
    *timing* has the waits that AWS does not fix; changed settings apply to waiting events after *propagation_s*
    seconds (ASY-15).
    """

    def __init__(
        self,
        world: World,
        functions: Mapping[str, Function],
        destinations: Destinations,
        *,
        region: str,
        account_id: str,
        timing: AsyncTiming = AS_ON_AWS,
        propagation_s: float = 0.0,
    ) -> None:
        self.configs = EventInvokeConfigs(
            world.clock, function_arn=self._arn, exists=self._exists, propagation_s=propagation_s
        )
        self._world = world
        self._functions = functions
        self._destinations = destinations
        self._region = region
        self._account_id = account_id
        self._timing = timing
        self._duplicates = world.seeds.stream("asynchronous:duplicates")
        self._dead_letters: dict[str, str] = {}
        self._queues: dict[str, AsyncQueue] = {}
        self._closed = False
        self._trace_enqueue = world.trace.writer("async.enqueue", "function", "request_id")
        self._trace_enqueue_from = world.trace.writer("async.enqueue", "function", "request_id", "source")

    # -- settings ----------------------------------------------------------------------------------

    def configure(self, function: str, config: EventInvokeConfig, qualifier: str | None = None) -> dict[str, Any]:
        """Set what `configs` puts, if its destinations can be reached here; raises AwsError."""
        for arn in (config.on_success, config.on_failure):
            if arn is not None:
                self._destinations.check(arn)
        return self.configs.put(function, config, qualifier)

    def dead_letter(self, function: str) -> str | None:
        """The ARN of *function*'s dead-letter queue or topic."""
        return self._dead_letters.get(function)

    def set_dead_letter(self, function: str, target_arn: str | None) -> None:
        """Set DeadLetterConfig's TargetArn, None or "" to have no dead-letter queue; raises AwsError (DLQ-01)."""
        error = check_dead_letter_target(target_arn)
        if error is not None:
            raise error
        if target_arn:
            self._destinations.check(target_arn)
            self._dead_letters[function] = target_arn
        else:
            self._dead_letters.pop(function, None)

    def has_function(self, function_arn: str) -> bool:
        """Whether there is such a function, with the qualifier if one is named."""
        return self._exists(read_function_name(function_arn))

    # -- events ------------------------------------------------------------------------------------

    def enqueue(
        self,
        function: str,
        event: Any,
        *,
        qualifier: str | None = None,
        source: str | None = None,
        trace_header: str | None = None,
        on_done: Callable[[], object] | None = None,
    ) -> str:
        """Accept an event for the function of that name or ARN; its request id is the same in all attempts (ASY-05).

        *event* is JSON text (bytes or str), or a value that becomes JSON. It is invoked soon after, at the same
        instant. *source* says in the trace where it came from; *trace_header* is that of the request which brought it;
        *on_done* is called when it has come to its end. This may be called from anywhere, also before the run. Raises
        AwsError when nothing is queued: the function is missing (404), the event too large (ASY-02) or no JSON
        (ASY-03), or the function was already stopped in this chain of requests (FUN-17).
        """
        named = read_function_name(function, qualifier)
        found = self._resolve(named)
        if found is None:
            raise AwsError("ResourceNotFoundException", f"Function not found: {self._named_arn(named)}", status=404)
        payload = read_payload(event)
        if trace_header is not None:
            found.refuse_stopped(trace_header)
        request_id = found.new_request_id()
        found.metrics.async_events_received += 1
        if source is None:
            self._trace_enqueue(named.name, request_id)
        else:
            self._trace_enqueue_from(named.name, request_id, source)
        queue = self._queue(found)
        for _ in range(1 + self._is_duplicated()):
            accepted = AsyncEvent(request_id, payload, named.qualifier, self._world.loop.time(), trace_header)
            accepted.on_done, on_done = on_done, None  # of an event and its duplicate, the first tells
            queue.accept(accepted)
        return request_id

    @property
    def unfinished(self) -> dict[str, int]:
        """How many accepted events of each function have not come to their end; functions without any are left out."""
        return {name: queue.unfinished for name, queue in self._queues.items() if queue.unfinished}

    def begin(self) -> None:
        """Work on events from now on."""
        self._closed = False
        for queue in self._queues.values():
            queue.start()

    def close(self) -> None:
        """The run is over: begin nothing more."""
        self._closed = True
        for queue in self._queues.values():
            queue.close()

    # -- the rest ----------------------------------------------------------------------------------

    def _queue(self, function: Function) -> AsyncQueue:
        name = function.name
        queue = self._queues.get(name)
        if queue is None:
            queue = self._queues[name] = AsyncQueue(
                function,
                self._world,
                self._timing,
                Ends(name, self._destinations, self._world),
                resolve=partial(self._qualified, name),
                config=partial(self.configs.applied, name),
                dead_letter=lambda: self.dead_letter(name),
            )
            self._world.loop.call_soon(self._start, queue)  # whoever calls may be outside of the loop
        return queue

    def _start(self, queue: AsyncQueue) -> None:
        if not self._closed:
            queue.start()

    def _is_duplicated(self) -> bool:
        rate = self._timing.duplicate_rate
        return rate > 0 and self._duplicates.random() < rate

    def _resolve(self, named: FunctionName) -> Function | None:
        elsewhere = named.region not in (None, self._region) or named.account_id not in (None, self._account_id)
        return None if elsewhere else self._qualified(named.name, named.qualifier)

    def _qualified(self, name: str, qualifier: str) -> Function | None:
        """What a qualifier stands for now: the function, or it under the name of a version or alias (ASY-12)."""
        function = self._functions.get(name)
        if function is None or qualifier == LATEST:
            return function
        return function.qualified(qualifier) if function.has_qualifier(qualifier) else None

    def _exists(self, named: FunctionName) -> bool:
        return self._resolve(named) is not None

    def _arn(self, name: str) -> str:
        return f"arn:aws:lambda:{self._region}:{self._account_id}:function:{name}"

    def _named_arn(self, named: FunctionName) -> str:
        region, account_id = named.region or self._region, named.account_id or self._account_id
        arn = f"arn:aws:lambda:{region}:{account_id}:function:{named.name}"
        return arn if named.qualifier == LATEST else f"{arn}:{named.qualifier}"
