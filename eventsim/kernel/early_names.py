"""Code that took ``time.sleep`` and its like by name before they were wrapped: it gets the wrappers afterwards."""

from __future__ import annotations

import sys
import sysconfig
import time
from types import ModuleType
from weakref import ref

from eventsim.kernel.handler_clock import ClockFunction, wrapped_names

_seen: dict[str, ref[ModuleType]] = {}
_count = 0


def replace_early_names(handlers_module: str) -> None:
    """Put the wrappers where a user's module has done ``from time import sleep`` too early, as a test module does.

    *handlers_module* is the name of the one that matters most; the others are looked through when there are new ones.
    Modules of the standard library, of what is installed and of eventsim itself are left alone.
    """
    global _count  # noqa: PLW0603 - what is replaced is the process's own too
    found = [getattr(time, name) for name in wrapped_names()]
    wrappers = {id(one.real): one for one in found if isinstance(one, ClockFunction)}
    names = [handlers_module] if len(sys.modules) == _count else list(sys.modules)
    _count = len(sys.modules)
    for name in names:
        module = sys.modules.get(name)
        # Not isinstance: some objects only claim to be modules.
        if module is not None and issubclass(type(module), ModuleType) and not _was_seen(name, module):
            _seen[name] = ref(module)
            if _is_users(module):
                _replace(module, wrappers)


def _was_seen(name: str, module: ModuleType) -> bool:
    return name in _seen and _seen[name]() is module


def _replace(module: ModuleType, wrappers: dict[int, ClockFunction]) -> None:
    names = vars(module)
    for name, value in list(names.items()):
        wrapper = wrappers.get(id(value))
        if wrapper is not None:
            names[name] = wrapper


def _is_users(module: ModuleType) -> bool:
    file = getattr(module, "__file__", None)
    return isinstance(file, str) and not file.startswith(_ELSEWHERE) and "-packages" not in file


_ELSEWHERE = (
    sysconfig.get_path("stdlib"),
    sysconfig.get_path("platstdlib"),
    __file__.removesuffix("kernel/early_names.py"),
)
