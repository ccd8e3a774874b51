"""What a handler that is given as an object is called, and where its code lies."""

from __future__ import annotations

import functools
import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def name_of(handler: str | Callable[..., Any]) -> str:
    """The name for ``_HANDLER``: ``module.function``."""
    if isinstance(handler, str):
        return handler
    function = _function_of(handler)
    name = getattr(function, "__name__", None) or type(handler).__name__
    return f"{getattr(function, '__module__', '')}.{name}"


def folder_of(handler: str | Callable[..., Any]) -> Path:
    """The folder that stack traces show as /var/task; the current one where the code's is not known."""
    if isinstance(handler, str):
        return Path.cwd()
    file = getattr(getattr(_function_of(handler), "__code__", None), "co_filename", None)
    return Path(file).parent.resolve() if isinstance(file, str) else Path.cwd()


def _function_of(handler: Callable[..., Any]) -> Any:
    """The function behind a partial, a decorated function, or an object with ``__call__``."""
    while isinstance(handler, functools.partial):
        handler = handler.func
    handler = inspect.unwrap(handler)
    return handler if hasattr(handler, "__code__") else type(handler).__call__
