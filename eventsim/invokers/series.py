"""Many invocations in a row in one execution environment, without leaving the handler's surroundings in between."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from eventsim.invokers.base import InvocationResult
from eventsim.invokers.context import LambdaContext
from eventsim.kernel.greenlets import FunctionTimedOut

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Sequence

    from eventsim.invokers.base import Invocation
    from eventsim.invokers.warm import Warm
    from eventsim.kernel.greenlets import Greenlets


class Stretch(NamedTuple):
    """How far a series came: how many invocations ended, and whether the environment is lost with the last one."""

    ended: int
    lost: bool


class Series:
    """Calls the handler of a *warm* environment for one event after the other.

    Entering and leaving a handler's surroundings costs more than a small handler does, so it is done once for as many
    invocations as follow each other at one instant of virtual time. *begin* makes the invocation of an event, *ended*
    is told of each that has ended, and *finish* awaits what a handler returned to be awaited.
    """

    _invocation: Invocation  # the one that is under way

    def __init__(
        self,
        warm: Warm,
        greenlets: Greenlets,
        now_s: Callable[[], float],
        *,
        begin: Callable[[Any], Invocation],
        ended: Callable[[Invocation, InvocationResult], object],
        finish: Callable[[Coroutine[Any, Any, Any], Invocation], Awaitable[InvocationResult]],
    ) -> None:
        self._warm = warm
        self._greenlets = greenlets
        self._now_s = now_s
        self._begin = begin
        self._ended = ended
        self._finish = finish
        self._count = 0
        self._lost = False

    async def run(self, events: Sequence[Any], deadline_s: float) -> Stretch:
        """Invoke for the first of *events* and those behind it until time has passed; all have that deadline."""
        self._count, self._lost = 0, False
        coroutine: Coroutine[Any, Any, Any] | None
        try:
            coroutine = await self._greenlets.call(
                self._stretch, events, deadline_s=deadline_s, bracket=self._warm.bracket
            )
        except FunctionTimedOut:
            self._end(InvocationResult(timed_out=True, environment_lost=True))
        else:
            if coroutine is None:
                self._warm.bracket.output.restore()
            else:
                self._end(await self._finish(coroutine, self._invocation))
        return Stretch(self._count, self._lost)

    def _end(self, result: InvocationResult) -> None:
        result.logs = self._warm.bracket.output.take()
        self._count += 1
        self._lost = result.environment_lost
        self._ended(self._invocation, result)

    def _stretch(self, events: Sequence[Any]) -> Coroutine[Any, Any, Any] | None:
        """The calls; a coroutine that one of them returned, which ends the stretch.

        So does a standard output that one of them closed or replaced: the next stretch has its own again.
        """
        warm, now_s, begin, ended = self._warm, self._now_s, self._begin, self._ended
        handler, set_trace_id = warm.bracket.loggers.handler, warm.bracket.variables.set_trace_id
        output = warm.bracket.output
        take_output, stdout = output.take, output.stream
        begun_s = now_s()
        for event in events:
            self._invocation = invocation = begin(event)
            handler.request_id = request_id = invocation.request_id
            set_trace_id(invocation.trace_id)
            result = warm.call(invocation.event, LambdaContext(invocation, now_s), request_id)
            if not isinstance(result, InvocationResult):
                return result
            result.logs = take_output()
            self._count += 1
            ended(invocation, result)
            if result.environment_lost or now_s() != begun_s or sys.stdout is not stdout or stdout.closed:
                self._lost = result.environment_lost
                return None
        return None
