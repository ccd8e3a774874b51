"""``time.sleep``, ``time.monotonic`` and ``time.perf_counter`` for the whole process: virtual inside a handler.

They are wrapped once and early, because ``from time import sleep`` keeps what it found. Everywhere else, also in
threads that a handler started, they do what they always did, but for a ``sleep`` within `sleeping_outside`.
"""

from __future__ import annotations

import operator
import sys
import sysconfig
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


_sleep_outside: Callable[[float], bool] | None = None


@contextmanager
def sleeping_outside(sleep: Callable[[float], bool]) -> Iterator[None]:
    """In this block a ``time.sleep`` outside of handlers is *sleep*, and the real one where that gives False.

    The standard library's own sleeps stay real: it waits for threads and processes.
    """
    global _sleep_outside  # noqa: PLW0603 - one process has one set of clock functions
    before, _sleep_outside = _sleep_outside, sleep
    try:
        yield
    finally:
        _sleep_outside = before


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


class SleepFunction(ClockFunction):
    """``time.sleep``, which has a meaning of its own outside of handlers within `sleeping_outside`."""

    def __call__(self, *args: Any) -> Any:
        """Sleep in the handler's time, in that of whoever has a say outside of them, or really."""
        if _running_handler() is not None or _sleep_outside is None or len(args) != 1:
            return super().__call__(*args)
        if _of_standard_library(sys._getframe(1).f_code.co_filename):
            return self.real(*args)
        seconds = _length(args[0])
        return None if seconds and _sleep_outside(seconds) else self.real(*args)


def _of_standard_library(file: str) -> bool:
    return file.startswith(_STANDARD_LIBRARY) and "-packages" not in file


_STANDARD_LIBRARY = (sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"))


def _length(seconds: Any) -> float:
    """The seconds, or Python's own error."""
    if not isinstance(seconds, float):
        seconds = operator.index(seconds)
    if not seconds >= 0:
        raise ValueError("sleep length must be non-negative")
    return seconds  # type: ignore[no-any-return]


def _sleep(handler: Handler, seconds: Any) -> None:
    handler.pause(after(handler.loop.time(), _length(seconds)))


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


_wrapped_sleep: ClockFunction | None = None
"""The one in place since the last time that there was none; a test may have put its own over it."""


def install_clock_functions() -> None:
    """Wrap the functions, unless they are wrapped already or a test has put its own in their place."""
    global _wrapped_sleep  # noqa: PLW0603 - one process has one set of clock functions
    for name, virtual in _VIRTUAL.items():
        current = getattr(time, name)
        if not isinstance(current, ClockFunction) and not _of_a_test(name, current):
            kind = SleepFunction if name == "sleep" else ClockFunction
            setattr(time, name, kind(current, virtual))
    if isinstance(time.sleep, ClockFunction):
        _wrapped_sleep = time.sleep


def _of_a_test(name: str, current: Any) -> bool:
    """Whether a test asks what the handler calls: with a mock, or with a sleep of its own over the wrapped one.

    Clocks that are no mocks may be those of a frozen time, which does not go for handlers.
    """
    mock = sys.modules.get("unittest.mock")
    if mock is not None and isinstance(current, mock.NonCallableMock):
        return True
    return name == "sleep" and _wrapped_sleep is not None and current is not _wrapped_sleep.real


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
    global _wrapped_sleep  # noqa: PLW0603 - one process has one set of clock functions
    _wrapped_sleep = None
    for name in _VIRTUAL:
        current = getattr(time, name)
        if isinstance(current, ClockFunction):
            setattr(time, name, current.real)
