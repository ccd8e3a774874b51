"""The seam between a function and whatever runs its code."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

import msgspec


class Environment(msgspec.Struct, eq=False):
    """One execution environment: it runs one invocation at a time, first a cold start, then warm.

    *number* counts a function's environments from 1; *log_stream* is the name it logs under. *state* belongs to the
    invoker: None until the first invocation, then whatever has to stay warm. *initialization_type* is what the code
    finds in AWS_LAMBDA_INITIALIZATION_TYPE.
    """

    number: int
    log_stream: str
    state: Any = None
    initialization_type: str = "on-demand"


class Invocation(msgspec.Struct, eq=False):
    """One call of a function, as the runtime gets it.

    *event* is the decoded JSON, which the code may change; *deadline_s* is loop time, *timeout_s* the setting it comes
    from. *invoked_arn* is what the caller used, qualifier included; *client_context* is None when asynchronous.
    """

    request_id: str
    event: Any
    function_name: str
    function_version: str
    invoked_arn: str
    memory_mb: int
    timeout_s: float
    deadline_s: float
    environment: Environment
    client_context: Any = None
    trace_id: str | None = None
    tenant_id: str | None = None


class InvocationResult(msgspec.Struct, eq=False):
    """What came back: *payload* when the code returned, *error* when it failed, *timed_out* at the deadline.

    *payload* is the returned value: any JSON value, or text or bytes that are its JSON already; None for ``null``.
    *error* is the whole payload of a function error, as ``{"errorType": "ValueError", "errorMessage": "no total"}``
    (FUN-03, FUN-08, FUN-10, FUN-11); FUN-09's is the function's to write.
    *environment_lost* tells that the environment can't be used again (FUN-06). *takes_s* replaces the function's own
    simulated duration, and is infinite when only the deadline ends the invocation. *logs* is what the code printed and
    logged. *init_s* is what loading the code waited: it counts neither in Duration nor in Timeout, and the invoker has
    moved ``Invocation.deadline_s`` by as much (FUN-04). *throttled* is the reason why the code, which is Lambda's own
    elsewhere, did not run at all (CON-06).
    """

    payload: Any = None
    error: dict[str, Any] | None = None
    timed_out: bool = False
    environment_lost: bool = False
    takes_s: float | None = None
    logs: str = ""
    init_s: float = 0.0
    throttled: str | None = None


@runtime_checkable
class Invoker(Protocol):
    """Runs a function's code: a failure of the function is a result, an exception is a bug of ours.

    It may also have ``attach(*, variables, cloud_variables)``, called when its function is made, and ``async def
    close(self)``, called at the end; see `eventsim.invokers.owned`.
    """

    async def invoke(self, invocation: Invocation) -> InvocationResult:
        """Run the code once; what waits longer than ``invocation.deadline_s`` is cut off, and has timed out."""
