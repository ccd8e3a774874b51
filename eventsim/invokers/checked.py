"""Invokers that are not eventsim's own: held to the protocol and to the function's Timeout."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from eventsim.errors import InputError
from eventsim.invokers.base import InvocationResult
from eventsim.kernel.grants import FunctionTimedOut, grant

if TYPE_CHECKING:
    from eventsim.invokers.base import Invocation, Invoker

_EXAMPLE = 'InvocationResult({"batchItemFailures": []})'


def checked(invoker: Invoker) -> Invoker:
    """*invoker* itself where it is one of eventsim's, which needs no check, else one that checks what it does."""
    own = type(invoker).__module__.partition(".")[0] == "eventsim"
    return invoker if own else CheckedInvoker(invoker)


class CheckedInvoker:
    """Runs code by *inner*, cuts it off at its deadline (FUN-05), and takes what it answers only if it is an answer.

    Raises InputError for what is none. What *inner* raises is passed on with a note that says whose bug that is.
    """

    def __init__(self, inner: Invoker) -> None:
        self.inner = inner

    async def invoke(self, invocation: Invocation) -> InvocationResult:
        """What *inner* makes of it."""
        owner = f"the invoker of {invocation.function_name} ({type(self.inner).__name__})"
        coroutine: Any = self.inner.invoke(invocation)
        if not inspect.isawaitable(coroutine):
            raise InputError(f"{owner}: found invoke() that is not asynchronous, expected async def invoke")
        try:
            result, error = await grant(asyncio.get_running_loop(), coroutine, invocation.deadline_s)
        except FunctionTimedOut:
            return InvocationResult(timed_out=True)
        if error is not None:
            error.add_note(f"raised by {owner}: how a function fails is an InvocationResult(error=...)")
            raise error
        return _answer(result, owner)


def _answer(result: Any, owner: str) -> InvocationResult:
    """*result* as the function reads it, its payload as JSON text."""
    if not isinstance(result, InvocationResult):
        raise InputError(f"{owner} returned {result!r}, expected an eventsim.InvocationResult, as in {_EXAMPLE}")
    if result.error is not None and not isinstance(result.error, Mapping):
        raise InputError(f'{owner}: error: found {result.error!r}, expected {{"errorType": ..., "errorMessage": ...}}')
    if not isinstance(result.logs, str):
        raise InputError(f"{owner}: logs: found {type(result.logs).__name__}, expected text")
    return msgspec.structs.replace(result, payload=_json(result.payload, owner))  # theirs may be one for all calls


def _json(payload: Any, owner: str) -> str | bytes | None:
    if payload is None or isinstance(payload, str | bytes):
        return payload
    try:
        return msgspec.json.encode(payload).decode()
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(f"{owner}: payload: found {payload!r}, which is no JSON: {error}") from None
