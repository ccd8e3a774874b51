"""The modules of a function's code, as a test looks into them and patches them.

Each execution environment has its own copy of the code. A patch is put into all of them, those to come included.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

from eventsim.errors import InputError
from eventsim.invokers.base import Environment, Invocation
from eventsim.invokers.python import INIT_LIMIT_S, PythonInvoker

if TYPE_CHECKING:
    from types import ModuleType

    from eventsim.facade.scope import Scope
    from eventsim.functions.function import Function as Engine
    from eventsim.invokers.loading import Modules

_ABSENT: Final = object()
_Name = tuple[str, str]  # module, attribute


class Patches:
    """The attributes that a test has set, and what each copy of the code had in their place."""

    def __init__(self) -> None:
        self._values: dict[_Name, Any] = {}
        self._originals: WeakKeyDictionary[Modules, dict[_Name, Any]] = WeakKeyDictionary()

    def set(self, name: _Name, value: Any) -> None:
        """Patch; what a copy had before takes the patch back."""
        if name in self._values and any(
            originals.get(name, _ABSENT) is value for originals in self._originals.values()
        ):
            self._values.pop(name, None)
        else:
            self._values[name] = value

    def remove(self, name: _Name) -> None:
        """Take a patch back, as ``mock.patch`` does in the end; without one, delete the attribute."""
        if name in self._values:
            del self._values[name]
        else:
            self._values[name] = _ABSENT

    def apply(self, modules: Modules) -> None:
        """Put the patches into one copy of the code, and take out those that were taken back."""
        originals = self._originals.setdefault(modules, {})
        for name in [name for name in originals if name not in self._values]:
            _put(modules, name, originals.pop(name))
        for name, value in self._values.items():
            module = modules.loaded.get(name[0])
            if module is not None:
                originals.setdefault(name, getattr(module, name[1], _ABSENT))
                _put(modules, name, value)


def _put(modules: Modules, name: _Name, value: Any) -> None:
    module = modules.loaded.get(name[0])
    if module is None:
        return
    if value is not _ABSENT:
        setattr(module, name[1], value)
    elif hasattr(module, name[1]):
        delattr(module, name[1])


class FunctionModules(Mapping[str, Any]):
    """A function's own modules by name: ``worker.modules["app"]`` reads the copy that was used last.

    Setting an attribute, by ``monkeypatch.setattr`` or ``mock.patch.object`` too, sets it in every copy. Code that no
    invocation has loaded yet is loaded now; the first invocation still counts as a cold start.
    """

    def __init__(self, scope: Scope, engine: Engine) -> None:
        if not isinstance(engine.invoker, PythonInvoker) or not engine.invoker.loads:
            raise InputError(
                f"{engine.name} has no modules of its own: its handler is not named by text, as in 'app.handler'. "
                "Patch the modules of the test's process as usual"
            )
        self._scope = scope
        self._engine = engine
        self._invoker = engine.invoker
        self._patches = Patches()
        self._invoker.before_call = self._patches.apply

    def __getitem__(self, name: str) -> Any:
        loaded = self._current().loaded
        if name not in loaded:
            raise KeyError(
                f"{name!r}: {self._engine.name} has loaded {', '.join(sorted(loaded)) or 'no module of its own'}"
            )
        return PatchableModule(self, name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._current().loaded)

    def __len__(self) -> int:
        return len(self._current().loaded)

    def __repr__(self) -> str:
        return f"<modules of {self._engine.name}: {', '.join(sorted(self))}>"

    @property
    def owner(self) -> str:
        """The function's name."""
        return self._engine.name

    def module(self, name: str) -> ModuleType:
        """The module itself, of the copy that was used last."""
        return self._current().loaded[name]

    def patch(self, name: _Name, value: Any) -> None:
        """Set an attribute in every copy."""
        self._current()
        self._apply()  # so that each copy knows what it had
        self._patches.set(name, value)
        self._apply()

    def unpatch(self, name: _Name) -> None:
        """Take that back, or delete the attribute."""
        self._patches.remove(name)
        self._apply()

    def _apply(self) -> None:
        for modules in self._copies():
            self._patches.apply(modules)

    def _copies(self) -> list[Modules]:
        """Every copy that is loaded and idle, the one used last at the end."""
        prepared = self._invoker.prepared
        kept = [environment.state.bracket.modules for environment in self._engine.environments.kept()]
        return kept if prepared is None else [prepared, *kept]

    def _current(self) -> Modules:
        copies = self._copies()
        if not copies:
            self._load()
            copies = self._copies()
        return copies[-1]

    def _load(self) -> None:
        core, engine = self._scope.writable(), self._engine
        invocation = Invocation(
            "", None, engine.name, "$LATEST", engine.arn, engine.settings.memory_mb, engine.settings.timeout_s,
            core.world.loop.time() + INIT_LIMIT_S, Environment(0, ""),
        )  # fmt: skip
        failure = self._scope.driver.settle(self._invoker.prepare(invocation), f"loading the code of {engine.name}")
        if failure is not None:
            error = failure.error or {"errorType": "Sandbox.Timedout", "errorMessage": "loading takes too long"}
            raise InputError(f"{engine.name}: {error['errorType']}: {error['errorMessage']}")


class PatchableModule:
    """One module of a function's code, in all copies of it."""

    def __init__(self, modules: FunctionModules, name: str) -> None:
        object.__setattr__(self, "_PatchableModule__at", (modules, name))

    def __getattribute__(self, name: str) -> Any:
        if name in {"__class__", "__setattr__", "__delattr__", "_PatchableModule__at"}:
            return object.__getattribute__(self, name)
        modules, module = object.__getattribute__(self, "_PatchableModule__at")
        return getattr(modules.module(module), name)

    def __setattr__(self, name: str, value: Any) -> None:
        modules, module = self.__at
        modules.patch((module, name), value)

    def __delattr__(self, name: str) -> None:
        modules, module = self.__at
        modules.unpatch((module, name))

    def __dir__(self) -> list[str]:
        modules, module = self.__at
        return dir(modules.module(module))

    def __repr__(self) -> str:
        modules, module = self.__at
        return f"<module {module} of the function {modules.owner}>"
