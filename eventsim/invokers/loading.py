"""Loading a handler, isolated: two functions may both be ``app.handler``, and each cold start begins afresh."""

from __future__ import annotations

import importlib
import os
import sys
from typing import TYPE_CHECKING, Any

from eventsim.invokers.failures import LoadError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from eventsim.invokers.code_folder import CodeFolder
    from eventsim.invokers.paths import TracePaths


class Modules:
    """One execution environment's copy of the modules in a code folder.

    They keep their true names and stand in `sys.modules` only between `enter` and `leave`; the folder is first on
    `sys.path` meanwhile, with the folders inside it that the code adds there. So pickle, dataclasses, relative imports
    and `importlib` work as in Lambda. A thread that outlives its invocation and imports sees the modules outside.
    """

    __slots__ = (
        "__weakref__",
        "_after",
        "_before",
        "_code",
        "_count",
        "_folder",
        "_hidden",
        "_inside",
        "_outside",
        "_own",
        "loaded",
    )

    def __init__(self, folder: CodeFolder, module: str) -> None:
        self._code = folder
        self._folder = str(folder.path)
        self._before: list[str] = []  # what the code has put on sys.path before its folder, and after it
        self._after: list[str] = []
        self._inside: list[str] = []
        self._outside: list[str] = []
        self._own = folder.own_with(module)
        self._hidden: dict[str, ModuleType] = {}
        self._count = 0
        self.loaded: dict[str, ModuleType] = {}
        """The modules by name: ``loaded["app"]`` is what a test may look into or patch."""

    def enter(self) -> None:
        """Make them visible, and hide what the process has under the same names."""
        modules = sys.modules
        names = modules.keys() & self._own
        if names:
            self._hide(names)
        modules.update(self.loaded)
        self._count = len(modules)
        self._outside = sys.path.copy()
        sys.path[:0] = [*self._before, self._folder]
        sys.path += self._after
        self._inside = sys.path.copy()

    def leave(self) -> None:
        """Take them out again, together with what was imported since `enter`."""
        modules = sys.modules
        self._leave_path()
        if len(modules) != self._count:
            own = self._own
            self.loaded.update({name: module for name, module in modules.items() if name.partition(".")[0] in own})
        for name in list(self.loaded):
            module = modules.pop(name, None)
            if module is None:
                del self.loaded[name]
            else:
                self.loaded[name] = module
        if self._hidden:
            modules.update(self._hidden)
            self._hidden = {}

    def _hide(self, names: set[str]) -> None:
        modules = sys.modules
        for name in [name for name in modules if name.partition(".")[0] in names]:
            self._hidden[name] = modules.pop(name)

    def _leave_path(self) -> None:
        path = sys.path
        if path == self._inside:
            path[:] = self._outside
            return
        own = {one for one in path if one not in self._outside and self._is_own(one)}
        place = path.index(self._folder) if self._folder in path else 0
        self._before = [self._whole(one) for one in path[:place] if one in own]
        self._after = [self._whole(one) for one in path[place:] if one in own and one != self._folder]
        for one in own.difference(self._inside):
            self._own |= {name for name in self._code.own_in(one) if self._is_from_here(name)}
        if self._folder in path:
            path.remove(self._folder)
        path[:] = [one for one in path if one not in own]  # what else the code has put there stays

    def _whole(self, path: str) -> str:
        if os.path.isabs(path):
            return path
        sys.path_importer_cache.pop(path, None)  # the next function has another folder of that name
        return os.path.join(self._folder, path)

    def _is_own(self, path: str) -> bool:
        inside = path == self._folder or path.startswith(self._folder + os.sep)
        return inside or bool(path and not os.path.isabs(path))

    def _is_from_here(self, name: str) -> bool:
        module = sys.modules.get(name)
        return module is None or (getattr(module, "__file__", None) or "").startswith(self._folder + os.sep)


def split_handler(handler: str) -> tuple[str, str]:
    """The module and the function of ``module.function``; raises LoadError for a name without a dot (FUN-11)."""
    module, dot, function = handler.rpartition(".")
    if not dot:
        reason = "not enough values to unpack (expected 2, got 1)"
        raise LoadError("Runtime.MalformedHandlerName", f"Bad handler '{handler}': {reason}")
    return module, function


def load_handler(handler: str, paths: TracePaths) -> Callable[..., Any]:
    """Import what *handler* names (``module.function``, ``dir/module.function``, ``pkg.module.function``).

    Raises LoadError with the runtime's own types and texts (FUN-11), and what the module itself raises.
    """
    module_name, function_name = split_handler(handler)
    if module_name.split(".")[0] in sys.builtin_module_names:
        raise LoadError(
            "Runtime.BuiltInModuleConflict", f"Cannot use built-in module {module_name} as a handler module"
        )
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        message = f"Unable to import module '{module_name}': {paths.in_text(str(error))}"
        raise LoadError("Runtime.ImportModuleError", message) from error
    except SyntaxError as error:
        message = f"Syntax error in module '{module_name}': {error}"
        place = f'  File "{paths.shown(error.filename or "")}" Line {error.lineno}\n    {error.text}'
        raise LoadError("Runtime.UserCodeSyntaxError", message, [place]) from error
    try:
        found: Callable[..., Any] = getattr(module, function_name)
    except AttributeError as error:
        message = f"Handler '{function_name}' missing on module '{module_name}'"
        raise LoadError("Runtime.HandlerNotFound", message) from error
    return found
