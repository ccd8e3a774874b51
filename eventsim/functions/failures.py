"""How an invocation failed, as its caller is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventsim.functions.invocations import Outcome

if TYPE_CHECKING:
    from eventsim.invokers.base import InvocationResult


def failure_of(result: InvocationResult, request_id: str, timeout_s: float) -> tuple[Outcome, dict[str, Any]]:
    """How an invocation failed and the payload of its error (FUN-08 to FUN-11)."""
    if result.timed_out or result.error is None:
        return Outcome.TIMEOUT, timeout_payload(request_id, timeout_s)
    return Outcome.ERROR, result.error


def timeout_payload(request_id: str, timeout_s: float) -> dict[str, Any]:
    """What Lambda answers for a function that ran out of time (FUN-09)."""
    return {
        "errorType": "Sandbox.Timedout",
        "errorMessage": f"RequestId: {request_id} Error: Task timed out after {timeout_s:.2f} seconds",
    }
