"""One execution environment of a Python function: its code, loaded, and what only that code sees."""

from __future__ import annotations

from inspect import iscoroutinefunction
from types import CoroutineType
from typing import TYPE_CHECKING, Any

from eventsim.errors import VirtualTimeError
from eventsim.invokers.base import InvocationResult
from eventsim.invokers.failures import (
    RESPONSE_LIMIT_BYTES,
    LoadError,
    error_payload,
    exit_payload,
    exit_status,
    too_large_payload,
)
from eventsim.invokers.loading import load_handler
from eventsim.invokers.loggers import own_of_all
from eventsim.invokers.marshal import MarshalError, marshal, size_bytes
from eventsim.kernel.greenlets import FunctionTimedOut

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from eventsim.invokers.bracket import FunctionBracket
    from eventsim.invokers.paths import TracePaths

NOT_THE_HANDLERS = (FunctionTimedOut, KeyboardInterrupt, VirtualTimeError)
"""What passes through a handler's code and is no result of it."""
_TEST_RUNNERS = frozenset({"_pytest.outcomes", "hypothesis.errors"})  # `pytest.skip`, and `assume` of a property


class Warm:
    """The handler with its bracket; the methods that run the user's code are called inside the bracket.

    Whatever that code raises becomes a result, except for the end of its time, a KeyboardInterrupt, an error of the
    virtual time itself, and what a debugger or pytest raises to end the test. The end of a debugger is an interrupt.
    """

    __slots__ = ("asynchronous", "bracket", "handler", "paths")

    handler: Callable[..., Any]

    def __init__(self, bracket: FunctionBracket, paths: TracePaths) -> None:
        self.asynchronous = False
        self.bracket = bracket
        self.paths = paths

    def use(self, handler: Callable[..., Any]) -> None:
        """Take *handler* as it is."""
        self.handler = handler
        self.asynchronous = iscoroutinefunction(handler)

    def load(self, name: str, request_id: str) -> InvocationResult | None:
        """Import the handler that *name* names; None when that succeeded (FUN-04, FUN-11)."""
        loggers = own_of_all()
        try:
            self.use(load_handler(name, self.paths))
        except NOT_THE_HANDLERS:
            raise
        except LoadError as error:
            return self._lost(error_payload(error.error_type, error.message, "", error.stack_trace))
        except BaseException as error:  # noqa: BLE001 - the user's module may raise anything
            _let_pass(error)
            return self._lost(self._raised(error, "", request_id))
        self.bracket.loggers.adopt(loggers)
        return None

    def call(self, event: Any, context: Any, request_id: str) -> InvocationResult | CoroutineType[Any, Any, Any]:
        """Call the handler; a coroutine that it returns is for the caller to await."""
        try:
            value = self.handler(event, context)
        except NOT_THE_HANDLERS:
            raise
        except BaseException as error:  # noqa: BLE001 - the user's handler may raise anything
            _let_pass(error)
            return self.failed(error, request_id)
        if isinstance(value, CoroutineType):
            return value
        return self.returned(value, request_id)

    async def call_asynchronous(self, event: Any, context: Any, request_id: str) -> InvocationResult:
        """The same for ``async def``: the result, whatever the handler does."""
        try:
            coroutine = self.handler(event, context)
        except TypeError as error:
            return self.failed(error, request_id)
        return await self.finish(coroutine, request_id)

    async def finish(self, coroutine: Coroutine[Any, Any, Any], request_id: str) -> InvocationResult:
        """Await what a handler returned: the result, whatever it does."""
        try:
            value = await coroutine
        except NOT_THE_HANDLERS:
            raise
        except GeneratorExit as error:  # it is cut off, or raised that by itself
            return self._lost(exit_payload(request_id, error))
        except BaseException as error:  # noqa: BLE001 - the user's handler may raise anything
            _let_pass(error)
            return self.failed(error, request_id)
        return self.returned(value, request_id)

    def returned(self, value: Any, request_id: str) -> InvocationResult:
        """The result for a returned value (FUN-03, FUN-11, FUN-12)."""
        try:
            payload = marshal(value)
            if size_bytes(payload) > RESPONSE_LIMIT_BYTES:
                return InvocationResult(error=too_large_payload())
        except MarshalError as error:
            return InvocationResult(error=self._logged(error_payload("Runtime.MarshalError", str(error), request_id)))
        except UnicodeEncodeError as error:  # the runtime can't send it, and ends
            return self._lost(exit_payload(request_id, error))
        return InvocationResult(payload)

    def failed(self, error: BaseException, request_id: str) -> InvocationResult:
        """The result for a raised exception; one that is no `Exception` ends the process (FUN-08, FUN-10)."""
        payload = self._raised(error, request_id, request_id)
        if "requestId" in payload:
            return InvocationResult(error=payload)
        return self._lost(payload)

    def _raised(self, error: BaseException, shown_id: str, request_id: str) -> dict[str, Any]:
        if not isinstance(error, Exception):
            return self._exit(error, request_id)
        try:
            message = self.paths.in_text(str(error))
        except Exception as broken:  # noqa: BLE001 - its __str__ is the user's as well
            return self._exit(broken, request_id)
        stack_trace = self.paths.stack_trace(error.__traceback__)
        return self._logged(error_payload(type(error).__name__, message, shown_id, stack_trace))

    def _exit(self, error: BaseException, request_id: str) -> dict[str, Any]:
        if isinstance(error, SystemExit):
            if exit_status(error) and not isinstance(error.code, int):
                self._print(f"{error.code}\n")
        else:
            frames = self.paths.stack_trace(error.__traceback__)
            self._print("".join(["Traceback (most recent call last):\n", *frames, f"{type(error).__name__}\n"]))
        return exit_payload(request_id, error)

    def _logged(self, payload: dict[str, Any]) -> dict[str, Any]:
        trace = "".join(payload["stackTrace"])
        self._print(
            f"[ERROR] {payload['errorType']}: {payload['errorMessage']}\nTraceback (most recent call last):\n{trace}"
        )
        return payload

    def _lost(self, payload: dict[str, Any]) -> InvocationResult:
        return InvocationResult(error=payload, environment_lost=True)

    def _print(self, text: str) -> None:
        self.bracket.output.write(text)


def _let_pass(error: BaseException) -> None:
    """Raise what the code can't have meant for Lambda."""
    modules = {base.__module__ for base in type(error).__mro__}
    if "bdb" in modules:
        raise KeyboardInterrupt from error
    if not modules.isdisjoint(_TEST_RUNNERS):
        raise error
