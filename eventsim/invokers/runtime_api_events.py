"""Invocations and answers between a function and its runtime."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from eventsim.invokers.base import InvocationResult
from eventsim.invokers.failures import ended_payload
from eventsim.invokers.http_events import encode_event, payload_of
from eventsim.kernel.real_loop import unix_now_s

if TYPE_CHECKING:
    from pathlib import Path

    from eventsim.invokers.base import Invocation
    from eventsim.invokers.runtime_api_environment import Answer, Event

_TASK_ROOT = "/var/task"


def api_event(invocation: Invocation, left_s: float) -> Event:
    """What the runtime gets; its deadline is *left_s* from now on the machine's clock, which is the one it has."""
    from eventsim.invokers.runtime_api_environment import Event

    return Event(invocation.request_id, encode_event(invocation.event), api_headers(invocation, left_s))


def api_headers(invocation: Invocation, left_s: float) -> dict[str, str]:
    """The headers that tell a runtime about its invocation."""
    headers = {
        "Lambda-Runtime-Aws-Request-Id": invocation.request_id,
        "Lambda-Runtime-Deadline-Ms": str(round((unix_now_s() + left_s) * 1000)),
        "Lambda-Runtime-Invoked-Function-Arn": invocation.invoked_arn,
    }
    if invocation.trace_id is not None:
        headers["Lambda-Runtime-Trace-Id"] = invocation.trace_id
    if invocation.tenant_id is not None:
        headers["Lambda-Runtime-Aws-Tenant-Id"] = invocation.tenant_id
    if invocation.client_context is not None:
        headers["Lambda-Runtime-Client-Context"] = json.dumps(invocation.client_context)
    return headers


def result_of(answer: Answer, request_id: str, code_folder: Path) -> InvocationResult:
    """What an answer comes to; a process that ended loses its environment (FUN-06, FUN-10)."""
    lost = answer.status is not None
    if answer.error is not None:
        error = in_task_root(answer.error, code_folder)
        return InvocationResult(error=error, environment_lost=lost, logs=answer.logs)
    if answer.payload is not None:
        return InvocationResult(payload_of(answer.payload), environment_lost=lost, logs=answer.logs)
    assert answer.status is not None, "it answered or it ended"
    return InvocationResult(error=ended_payload(request_id, answer.status), environment_lost=True, logs=answer.logs)


def in_task_root(error: dict[str, Any], code_folder: Path) -> dict[str, Any]:
    """A function error whose texts show the code where Lambda has it, and not where this machine does."""
    return {name: _in_task_root(value, str(code_folder)) for name, value in error.items()}


def _in_task_root(value: Any, folder: str) -> Any:
    if isinstance(value, str):
        return value.replace(f"{folder}/", f"{_TASK_ROOT}/")
    if isinstance(value, list):
        return [_in_task_root(one, folder) for one in value]
    return value
