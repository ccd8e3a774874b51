"""What comes of an invocation that a rule of the simulation makes fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventsim.invokers.base import InvocationResult
from eventsim.invokers.failures import ended_payload
from eventsim.kernel.faults import DROP_RESPONSE

if TYPE_CHECKING:
    from eventsim.invokers.base import Invocation, Invoker
    from eventsim.kernel.faults import Verdict


async def invoke_in_vain(verdict: Verdict, invoker: Invoker, invocation: Invocation) -> InvocationResult:
    """The environment dies: before the code runs (FAIL), or once it has run, before its answer is out (FUN-06, FUN-10).

    A timeout or throttle stays what it is.
    """
    result = InvocationResult(takes_s=0.0)
    if verdict == DROP_RESPONSE:
        result = await invoker.invoke(invocation)
        if result.timed_out or result.throttled is not None:
            return result
    result.payload, result.environment_lost = None, True
    result.error = ended_payload(invocation.request_id, 1)
    return result
