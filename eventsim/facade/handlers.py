"""What runs a function: a callable, ``module.function``, or an invoker."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from eventsim.errors import InputError

if TYPE_CHECKING:
    from eventsim.invokers.base import Invoker
    from eventsim.simulation import Simulation as Core


def invoker_for(core: Core, name: str, handler: Any, code_uri: Any, variables: dict[str, str]) -> Invoker:
    """The invoker for *handler*; InputError for what is none of the three."""
    if isinstance(handler, str):
        if "." not in handler.strip("."):
            raise InputError(f"{name}: found the handler {handler!r}, expected module.function, as in 'app.handler'")
        return core.python_invoker(handler, _folder(name, code_uri), variables)
    if code_uri is not None:
        raise InputError(f"{name}: code_uri is the folder of a handler that is named by text, as in 'app.handler'")
    if is_invoker(handler):
        from eventsim.invokers.checked import checked

        return checked(cast("Invoker", handler))
    if not callable(handler) or isinstance(handler, type):
        found = "no function of that name, and no handler for one" if handler is None else f"{handler!r} as the handler"
        raise InputError(
            f"{name}: found {found}, expected a function, 'module.function', or an object with "
            "async def invoke(self, invocation)"
        )
    return core.python_invoker(handler, None, variables)


def is_invoker(handler: Any) -> bool:
    """Whether *handler* follows the protocol `eventsim.Invoker`; looked up on its type, since mocks have every name."""
    invoke = getattr(type(handler), "invoke", None)
    return invoke is not None and (inspect.iscoroutinefunction(invoke) or not callable(handler))


def handler_name(handler: Any) -> str | None:
    """What Lambda would show as the function's Handler; None for an invoker."""
    if is_invoker(handler):
        return None
    from eventsim.invokers.callables import name_of

    return name_of(handler)


def _folder(name: str, code_uri: Any) -> Path | None:
    if code_uri is None:
        return None
    folder = Path(code_uri)
    if not folder.is_dir():
        raise InputError(f"{name}: code_uri: found {str(code_uri)!r}, but there is no such folder: {folder.resolve()}")
    return folder
