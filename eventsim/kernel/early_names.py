"""Code that took ``time.sleep`` and its like by name before they were wrapped: it gets the wrappers afterwards."""

from __future__ import annotations

import sys
import sysconfig
import time
from typing import Any

from eventsim.kernel.handler_clock import ClockFunction, wrapped_names

_seen: set[str] = set()
_count = 0


def replace_early_names() -> None:
    """Put the wrappers where a user's module has done ``from time import sleep`` too early, as a test module does.

    Modules of the standard library, of what is installed and of eventsim itself are left alone.
    """
    global _count  # noqa: PLW0603 - what is replaced is the process's own too
    if len(sys.modules) == _count:
        return
    _count = len(sys.modules)
    wrappers = {
        id(found.real): found for name in wrapped_names() if isinstance(found := getattr(time, name), ClockFunction)
    }
    for name in [name for name in sys.modules if name not in _seen]:
        _seen.add(name)
        module: Any = sys.modules[name]
        if _is_users(getattr(module, "__file__", None)):
            _replace(vars(module), wrappers)


def _replace(names: dict[str, Any], wrappers: dict[int, ClockFunction]) -> None:
    for name, value in list(names.items()):
        wrapper = wrappers.get(id(value))
        if wrapper is not None:
            names[name] = wrapper


def _is_users(file: Any) -> bool:
    return isinstance(file, str) and not file.startswith(_ELSEWHERE) and "-packages" not in file


_ELSEWHERE = (
    sysconfig.get_path("stdlib"),
    sysconfig.get_path("platstdlib"),
    __file__.removesuffix("kernel/early_names.py"),
)
