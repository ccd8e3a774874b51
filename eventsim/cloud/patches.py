"""Changes to other people's modules that can all be taken back, made at once or when the module is first imported."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType


class Patches:
    """Remembers what each changed attribute or item was; `undo` puts them back, the last change first."""

    def __init__(self) -> None:
        self._undo: list[Callable[[], None]] = []

    def attribute(self, owner: Any, name: str, value: Any) -> Any:
        """Set *owner*.*name*; returns what it was."""
        before = getattr(owner, name)
        self._undo.append(lambda: setattr(owner, name, before))
        setattr(owner, name, value)
        return before

    def item(self, owner: dict[str, Any], name: str, value: Any) -> None:
        """Set *owner*[*name*], which must be there."""
        before = owner[name]
        self._undo.append(lambda: owner.update({name: before}))
        owner[name] = value

    def undo(self) -> None:
        """Take everything back."""
        while self._undo:
            self._undo.pop()()


class ImportHook:
    """Calls a function for each of some modules: at once if it is loaded, else right after its first import.

    Nothing is imported by the hook itself.
    """

    def __init__(self, wanted: dict[str, Callable[[ModuleType], None]]) -> None:
        self._wanted = wanted

    def install(self) -> None:
        """Treat the loaded modules and watch for the others."""
        for name in [name for name in self._wanted if name in sys.modules]:
            self._wanted[name](sys.modules[name])
        sys.meta_path.insert(0, self)

    def remove(self) -> None:
        """Stop watching."""
        sys.meta_path.remove(self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec that the other finders give, its loader told to report when the module is ready."""
        if fullname not in self._wanted:
            return None
        for finder in sys.meta_path:
            if finder is self:
                continue
            spec = finder.find_spec(fullname, path, target)
            if spec is not None:
                if spec.loader is not None:
                    self._report(spec.loader, fullname)
                return spec
        return None

    def _report(self, loader: Any, name: str) -> None:
        execute = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            if module.__name__ != name:  # a loader that several modules share, as in a zip file
                execute(module)
                return
            del loader.exec_module  # the loader's own is in force again
            execute(module)
            if self in sys.meta_path:
                self._wanted[name](module)

        loader.exec_module = exec_module
