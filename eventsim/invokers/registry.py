"""Invokers by name: those of eventsim, and those that installed packages bring under ``eventsim.invokers``."""

from __future__ import annotations

import inspect
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING, Any

from eventsim.errors import InputError
from eventsim.invokers.checked import checked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from eventsim.invokers.base import Invoker

GROUP = "eventsim.invokers"


def installed_names() -> list[str]:
    """The names that packages have registered."""
    return sorted({entry.name for entry in entry_points(group=GROUP)})


def load_invoker(name: str) -> Callable[..., Invoker]:
    """What makes the invoker that a package registered as *name*; InputError when it can't be loaded."""
    found = {entry.value: entry for entry in entry_points(group=GROUP, name=name)}
    if not found:
        known = ", ".join(installed_names()) or "none"
        raise InputError(f"found no invoker {name!r} among the installed packages; registered under {GROUP}: {known}")
    if len(found) > 1:
        raise InputError(
            f"found the invoker {name!r} in several packages: {_listed(found.values())}; remove all but one"
        )
    (entry,) = found.values()
    try:
        made: Any = entry.load()
    except Exception as error:  # noqa: BLE001 - another package's code may raise anything
        raise InputError(f"the invoker {name!r} of {_listed([entry])} can't be loaded: {_text(error)}") from None
    if not callable(made):
        raise InputError(f"the invoker {name!r} of {_listed([entry])} is {made!r}, expected a class or a function")
    return made  # type: ignore[no-any-return]  # what it returns is looked at when it is called


def check_settings(name: str, make: Callable[..., Invoker], settings: Mapping[str, Any]) -> None:
    """InputError unless *make* takes the settings as keyword arguments."""
    try:
        signature = inspect.signature(make)
    except (TypeError, ValueError):
        return
    try:
        signature.bind(**settings)
    except TypeError as error:
        takes = ", ".join(_shown(one) for one in signature.parameters.values()) or "nothing"
        raise InputError(f"the invoker {name!r} can't take these settings: {error}; it takes {takes}") from None


def make_invoker(name: str, make: Callable[..., Invoker], settings: Mapping[str, Any]) -> Invoker:
    """The invoker; InputError for what it refuses, and for what is none."""
    check_settings(name, make, settings)
    try:
        invoker = make(**settings)
    except InputError as error:
        raise InputError(f"the invoker {name!r}: {error}") from None
    except (TypeError, ValueError) as error:
        raise InputError(f"the invoker {name!r} refuses its settings: {_text(error)}") from None
    if not inspect.iscoroutinefunction(getattr(invoker, "invoke", None)):
        raise InputError(f"the invoker {name!r} made {invoker!r}, which has no async def invoke(self, invocation)")
    return checked(invoker)


def _listed(entries: Any) -> str:
    return ", ".join(sorted(_origin(entry) for entry in entries))


def _origin(entry: EntryPoint) -> str:
    return f"{entry.dist.name} ({entry.value})" if entry.dist is not None else entry.value


def _shown(parameter: inspect.Parameter) -> str:
    if parameter.kind is inspect.Parameter.VAR_KEYWORD:
        return "any setting"
    return parameter.name if parameter.default is inspect.Parameter.empty else f"{parameter.name} (optional)"


def _text(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"
