"""Invoke and InvokeAsync (FUN-03, FUN-07, ASY-01 to ASY-03, CON-06, CON-16)."""

from __future__ import annotations

import asyncio
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING, Any, Final

import msgspec

from eventsim.cloud.lambda_api.errors import LambdaError
from eventsim.control.errors import invalid, not_simulated
from eventsim.errors import AwsError
from eventsim.functions.concurrency import ThrottleReason
from eventsim.functions.invocations import Outcome
from eventsim.functions.log_lines import log_tail
from eventsim.functions.names import LATEST, read_function_name
from eventsim.mappings.asynchronous_events import check_json

if TYPE_CHECKING:
    from eventsim.control.shelf import Shelf
    from eventsim.functions.function import Function
    from eventsim.functions.invocations import InvocationRecord

Json = dict[str, Any]
LARGEST_REQUEST_BYTES: Final = 6 * 1024 * 1024
"""The largest payload of a synchronous invocation (FUN-03)."""

LARGEST_LEGACY_BYTES: Final = 256 * 1024
"""The same for InvokeAsync (ASY-02)."""

_RATES: Final = frozenset({ThrottleReason.SCALING.value, ThrottleReason.RESERVED_RATE.value})


class InvokeOperations:
    """The operations that run functions; each gives its answer or raises AwsError."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._account = shelf.account

    async def invoke(self, params: Json, trace_header: str | None) -> Json:
        """Invoke: the answer of a function that failed is an answer too, with FunctionError (FUN-07)."""
        kind = params.get("InvocationType", "RequestResponse")
        _check_members(params)
        named = read_function_name(params["FunctionName"], params.get("Qualifier"))
        function = self._shelf.function(params["FunctionName"], params.get("Qualifier"))
        if kind == "Event":
            self._account.asynchronous().enqueue(
                params["FunctionName"],
                params["Payload"],
                qualifier=params.get("Qualifier"),
                trace_header=trace_header,
            )
            return {"StatusCode": 202}
        check_size(params["Payload"], LARGEST_REQUEST_BYTES, kind)
        payload = check_json(params["Payload"] or b"{}")
        if kind == "DryRun":
            if not function.has_qualifier(named.qualifier):
                function.resolve(named.qualifier)
            return {"StatusCode": 204}
        qualifier = named.qualifier if _is_qualified(params) else None
        record = await self._run(function, payload, qualifier, trace_header, _client_context(params))
        if record.outcome is Outcome.THROTTLE:
            raise throttled(record.throttle_reason)
        tail = params.get("LogType") == "Tail"
        return _answer(record, log_tail(record, function.settings.memory_mb) if tail else None)

    def invoke_async(self, params: Json, trace_header: str | None) -> Json:
        """InvokeAsync, which Invoke has replaced."""
        check_size(params["InvokeArgs"], LARGEST_LEGACY_BYTES, "Event")
        self._account.asynchronous().enqueue(params["FunctionName"], params["InvokeArgs"], trace_header=trace_header)
        return {"Status": 202}

    async def _run(
        self,
        function: Function,
        payload: bytes,
        qualifier: str | None,
        trace_header: str | None,
        client_context: Any,
    ) -> InvocationRecord:
        """Invoke in a task of its own, which goes on when whoever called is no longer there for the answer."""
        header = function.follow((trace_header,))
        loop = self._account.world.loop
        ended: asyncio.Future[InvocationRecord] = loop.create_future()

        async def run() -> None:
            try:
                record = await function.invoke(
                    msgspec.json.decode(payload),
                    request_id=function.new_request_id(),
                    keep_event=True,
                    trace_header=header,
                    qualifier=qualifier,
                    client_context=client_context,
                )
            except AwsError as error:
                if not ended.done():
                    ended.set_exception(error)
                return
            if not ended.done():
                ended.set_result(record)

        if asyncio._get_running_loop() is not None:  # else whoever called can't wait, and is told so
            self._account.world.tasks.start(run(), f"Invoke {function.name}")
        return await ended


def throttled(reason: str | None) -> AwsError:
    """429 (CON-06); a rate's limit says when to come back."""
    members = {"Reason": reason, **({"retryAfterSeconds": "1"} if reason in _RATES else {})}
    return LambdaError("TooManyRequestsException", "Rate Exceeded.", status=429, members=members)


def _answer(record: InvocationRecord, log: bytes | None) -> Json:
    answer: Json = {"StatusCode": 200, "ExecutedVersion": record.version}
    if record.error is not None:
        answer |= {"FunctionError": "Unhandled", "Payload": msgspec.json.encode(record.error)}
    else:
        response = record.response
        answer["Payload"] = (
            b"null" if response is None else response.encode() if isinstance(response, str) else bytes(response)
        )
    if log is not None:
        answer["LogResult"] = b64encode(log).decode()
    return answer


def _check_members(params: Json) -> None:
    if "DurableExecutionName" in params:
        raise not_simulated("DurableExecutionName", "durable functions are not simulated")
    if "TenantId" in params:
        raise invalid(
            "The invoked function is not enabled with tenancy configuration. Remove the tenant ID from your request "
            "and try again."
        )


def check_size(payload: bytes, limit_bytes: int, kind: str) -> None:
    """AwsError RequestTooLargeException for a payload above the limit of its invocation type (FUN-03, ASY-02)."""
    if len(payload) > limit_bytes:
        raise AwsError(
            "RequestTooLargeException",
            f"{len(payload)} byte payload is too large for the {kind} invocation type (limit {limit_bytes} bytes)",
            status=413,
        )


def _client_context(params: Json) -> Any:
    """The caller's client context, which an asynchronous invocation does not get (ASY-01)."""
    given = params.get("ClientContext")
    if given is None:
        return None
    try:
        return msgspec.json.decode(b64decode(given, validate=True))
    except (ValueError, msgspec.DecodeError):
        raise AwsError(
            "InvalidRequestContentException", "Client context must be a valid Base64-encoded JSON object."
        ) from None


def _is_qualified(params: Json) -> bool:
    """Whether the caller named a qualifier, which the code sees in the ARN it is told."""
    return "Qualifier" in params or read_function_name(params["FunctionName"]).qualifier != LATEST
