"""A function without code: its outcomes are a list, and each invocation takes the next one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal, Protocol

import msgspec

from eventsim.errors import InputError
from eventsim.invokers.base import InvocationResult
from eventsim.invokers.failures import RESPONSE_LIMIT_BYTES, error_payload, too_large_payload
from eventsim.invokers.scripted_patterns import RecordPattern, record_id

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from random import Random

    from eventsim.invokers.base import Invocation

DEFAULT_ERROR_TYPE = "ScriptedError"


class Draws(Protocol):
    """A length of time, fixed or drawn."""

    def draw(self, stream: Random) -> float:
        """The length in seconds."""


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What an invocation does, *times* times in a row.

    *value* is what ``return`` returns. *error* is what ``raise`` and ``raise_if`` raise: ``errorType`` (default
    ScriptedError), ``errorMessage`` (default: empty, or which record matched) and ``stackTrace``. *pattern* is the
    event pattern of ``fail_items`` and ``raise_if``. *takes* is the simulated duration in place of the function's own.
    """

    kind: Literal["return", "raise", "fail_items", "raise_if", "timeout"]
    value: Any = None
    error: dict[str, Any] | None = None
    pattern: dict[str, Any] | None = None
    times: int = 1
    takes: Draws | None = None


class ScriptedInvoker:
    """Plays *outcomes* in order, the last one for ever; the count goes over all environments of the function.

    *stream* is where the outcomes' own durations are drawn from. An invocation never waits. A pattern that AWS refuses
    for the source of the records raises `eventsim.errors.AwsError` at the first invocation that needs it; an empty
    script, ``times`` below 1 and ``takes`` of a timeout raise InputError at once.
    """

    def __init__(self, outcomes: Sequence[Outcome], stream: Random) -> None:
        _check(outcomes)
        self._stream = stream
        self._left = [(outcome.times, outcome.takes, _player(outcome)) for outcome in reversed(outcomes)]
        self._times, self._takes, self._play = self._left.pop()

    async def invoke(self, invocation: Invocation) -> InvocationResult:
        """Take the next outcome."""
        if self._times == 0 and self._left:
            self._times, self._takes, self._play = self._left.pop()
        if self._left:
            self._times -= 1
        result = self._play(invocation)
        if self._takes is not None:
            result.takes_s = self._takes.draw(self._stream)
        return result


def _check(outcomes: Sequence[Outcome]) -> None:
    if not outcomes:
        raise InputError("a script needs at least one outcome")
    for place, outcome in enumerate(outcomes):
        if outcome.times < 1:
            raise InputError(f"script outcome {place}: times is {outcome.times}; it must be at least 1")
        if outcome.kind == "timeout" and outcome.takes is not None:
            raise InputError(f"script outcome {place}: timeout runs past Timeout, so it can't have takes as well")


def _player(outcome: Outcome) -> Callable[[Invocation], InvocationResult]:
    if outcome.kind == "return":
        return _returning(outcome.value)
    if outcome.kind == "timeout":
        return lambda _: InvocationResult(takes_s=math.inf, environment_lost=True)
    error = outcome.error or {}
    if outcome.kind == "raise":
        return lambda invocation: _raised(error, "", invocation)
    pattern = RecordPattern(outcome.pattern or {})
    if outcome.kind == "fail_items":
        return lambda invocation: _failing_items(pattern, invocation)
    return lambda invocation: _raising_if(pattern, error, invocation)


def _returning(value: Any) -> Callable[[Invocation], InvocationResult]:
    if value is None:
        return lambda _: InvocationResult()
    text = msgspec.json.encode(value).decode()
    if len(text.encode()) > RESPONSE_LIMIT_BYTES:
        return lambda _: InvocationResult(error=too_large_payload())
    return lambda _: InvocationResult(text)


def _raised(error: dict[str, Any], message: str, invocation: Invocation) -> InvocationResult:
    return InvocationResult(
        error=error_payload(
            str(error.get("errorType", DEFAULT_ERROR_TYPE)),
            str(error.get("errorMessage", message)),
            invocation.request_id,
            list(error.get("stackTrace", [])),
        )
    )


def _failing_items(pattern: RecordPattern, invocation: Invocation) -> InvocationResult:
    failed = [
        {"itemIdentifier": name} for name in map(record_id, pattern.matching(invocation.event)) if name is not None
    ]
    return InvocationResult(msgspec.json.encode({"batchItemFailures": failed}).decode())


def _raising_if(pattern: RecordPattern, error: dict[str, Any], invocation: Invocation) -> InvocationResult:
    for record in pattern.matching(invocation.event):
        name = record_id(record)
        return _raised(error, f"record {name} matches raise_if" if name else "the event matches raise_if", invocation)
    return InvocationResult()
