"""``time.sleep``, ``time.monotonic`` and ``time.perf_counter`` for the whole process: virtual inside a handler.

They are wrapped once and early, because ``from time import sleep`` keeps what it found. Everywhere else, also in
threads that a handler started, they do what they always did.
"""

from __future__ import annotations

import operator
import time
from contextlib import contextmanager
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, Protocol

from eventsim.kernel.instants import after

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Iterator


class Handler(Protocol):
    """What the wrappers need of a running handler."""

    loop: asyncio.AbstractEventLoop

    def pause(self, wish: float) -> object:
        """Wait until a time of the loop."""


def _no_handler() -> Handler | None:
    return None


_running_handler: Callable[[], Handler | None] = _no_handler


def follow(running_handler: Callable[[], Handler | None]) -> None:
    """Have the wrappers ask *running_handler* whether they are called in one."""
    global _running_handler  # noqa: PLW0603 - one process has one set of clock functions
    _running_handler = running_handler


class ClockFunction:
    """A function of `time` with a second meaning. It is no function object: as a class attribute it doesn't bind."""

    def __init__(self, real: Callable[..., Any], virtual: Callable[..., Any]) -> None:
        self.real = real
        self._virtual = virtual
        update_wrapper(self, real)

    def __call__(self, *args: Any) -> Any:
        """The virtual meaning in a handler, else the real one."""
        handler = _running_handler()
        return self.real(*args) if handler is None else self._virtual(handler, *args)

    def __reduce__(self) -> str:
        return self.__name__  # type: ignore[attr-defined, no-any-return]  # pickled and copied by name, as a builtin


def _sleep(handler: Handler, seconds: Any) -> None:
    if not isinstance(seconds, float):
        seconds = operator.index(seconds)
    if not seconds >= 0:
        raise ValueError("sleep length must be non-negative")
    handler.pause(after(handler.loop.time(), seconds))


def _now_s(handler: Handler) -> float:
    return handler.loop.time()


def _now_ns(handler: Handler) -> int:
    return round(handler.loop.time() * 1e9)


_VIRTUAL: dict[str, Callable[..., Any]] = {
    "sleep": _sleep,
    "monotonic": _now_s,
    "monotonic_ns": _now_ns,
    "perf_counter": _now_s,
    "perf_counter_ns": _now_ns,
}


def wrapped_names() -> tuple[str, ...]:
    """Which functions of `time` are wrapped."""
    return tuple(_VIRTUAL)


def install_clock_functions() -> None:
    """Wrap the functions, unless they are wrapped already."""
    for name, virtual in _VIRTUAL.items():
        current = getattr(time, name)
        if not isinstance(current, ClockFunction):
            setattr(time, name, ClockFunction(current, virtual))


@contextmanager
def clock_functions_given_back() -> Iterator[None]:
    """Leave the functions as they were before the block, wrapped or not."""
    wrapped = isinstance(time.sleep, ClockFunction)
    try:
        yield
    finally:
        if not wrapped:
            uninstall_clock_functions()


def uninstall_clock_functions() -> None:
    """Put the real functions back, except where somebody else has wrapped ours meanwhile."""
    for name in _VIRTUAL:
        current = getattr(time, name)
        if isinstance(current, ClockFunction):
            setattr(time, name, current.real)
