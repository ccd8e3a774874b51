"""The invokers of a simulation: told what they need to know as they come, closed at its end."""

from __future__ import annotations

from inspect import iscoroutinefunction
from typing import TYPE_CHECKING

from eventsim.invokers.checked import CheckedInvoker

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from eventsim.invokers.base import Invoker


class OwnedInvokers:
    """What an invoker may have besides `invoke`: ``attach`` and ``async def close``.

    ``attach(*, variables, cloud_variables)`` is called when its function is made: *variables* are the function's own
    environment variables, ``cloud_variables()`` gives those that lead an AWS SDK in another process to its cloud.
    """

    def __init__(self, cloud_variables: Callable[[], Callable[[], Mapping[str, str]]]) -> None:
        self._cloud_variables = cloud_variables
        self._invokers: list[Invoker] = []

    def add(self, invoker: Invoker, variables: Mapping[str, str]) -> None:
        """Take *invoker* in; looked at is its type, since a mock has every attribute."""
        invoker = invoker.inner if isinstance(invoker, CheckedInvoker) else invoker
        attach = getattr(type(invoker), "attach", None)
        if attach is not None:
            attach(invoker, variables=variables, cloud_variables=self._cloud_variables())
        if iscoroutinefunction(getattr(type(invoker), "close", None)) and invoker not in self._invokers:
            self._invokers.append(invoker)

    async def close(self) -> None:
        """Close them all; each can be used again."""
        for invoker in self._invokers:
            await invoker.close()  # type: ignore[attr-defined]  # it was looked for
