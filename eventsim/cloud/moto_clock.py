"""moto's clock, chance and environment while it works for a simulation: the names in its modules that stand for them.

Nearly all of moto reads the time through ``moto.core.utils.utcnow``, which looks ``datetime`` up in that module; many
modules read the clock, the system's random bytes or ``uuid4`` directly. All call them by the names below.
"""

from __future__ import annotations

import datetime as dt
import os
import random
import sys
import time
import types
import uuid
from functools import cache
from typing import TYPE_CHECKING, Any

from eventsim.cloud.patches import ImportHook

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

NAMES = ("datetime", "os", "random", "time", "uuid", "uuid4")
"""The global names in moto's modules that are clocks and chance, or may be modules that hold them."""
COUNTERS = (("moto.logs.models", "LogEvent", "_event_id"), ("moto.logs.models", "LogStream", "_log_ids"))
"""Module, class and attribute of what moto counts over the whole process, from 0."""
_PREFIX = "moto."
_NOT = "moto.core.base_backend"  # it numbers stores, which nobody sees, also while a module is imported


class Stand:
    """Stands in for the clock and chance in moto's modules between `enter` and `leave`.

    Modules that are first imported meanwhile get the stand-ins too: one service of moto's may call another.
    """

    def __init__(self, wall_s: Callable[[], float], stream: Random) -> None:
        self._stream = stream
        self._stand_ins = _StandIns(wall_s, stream)
        self._modules = -1
        self._loaded: list[tuple[types.ModuleType, str, Any]] = []
        self._counters: list[types.ModuleType] = []
        self._saved: list[tuple[Any, str, Any]] = []
        self._counted: dict[tuple[type, str], int] = {}
        self._counting: list[tuple[type, str]] = []
        self._hook = ImportHook(_AllOfMoto(self._treat))

    def enter(self) -> None:
        """Put the stand-ins in; moto's own generator of ids draws from the simulation's stream."""
        if self._modules != len(sys.modules):
            self._modules = len(sys.modules)
            of_moto = [module for name, module in sys.modules.copy().items() if _is_treated(name)]
            self._loaded = [found for module in of_moto for found in self._stand_ins.of(module)]
            self._counters = [module for module in of_moto if any(module.__name__ == one for one, _, _ in COUNTERS)]
        for module, name, stand_in in self._loaded:
            self._replace(module, name, stand_in)
        for module in self._counters:
            self._count(module)
        sys.meta_path.insert(0, self._hook)
        _generator().update(random=self._stream.random, getrandbits=self._stream.getrandbits)

    def leave(self) -> None:
        """Put everything back as `enter` found it, also where an interrupt has cut that short."""
        for name in ("random", "getrandbits"):
            _generator().pop(name, None)
        self._hook.remove()
        self._counted.update({(owner, name): getattr(owner, name) for owner, name in self._counting})
        self._counting.clear()
        while self._saved:
            found, name, value = self._saved.pop()
            setattr(found, name, value)

    def _treat(self, module: types.ModuleType) -> None:
        for found, name, stand_in in self._stand_ins.of(module):
            self._replace(found, name, stand_in)
        self._count(module)

    def _count(self, module: types.ModuleType) -> None:
        """Go on with the simulation's own counts."""
        for where, class_name, name in COUNTERS:
            if where == module.__name__:
                owner = getattr(module, class_name)
                self._counting.append((owner, name))
                self._replace(owner, name, self._counted.get((owner, name), 0))

    def _replace(self, owner: Any, name: str, stand_in: Any) -> None:
        self._saved.append((owner, name, getattr(owner, name)))
        setattr(owner, name, stand_in)


def _is_treated(name: str) -> bool:
    return name.startswith(_PREFIX) and name != _NOT


class _AllOfMoto(dict[str, "Callable[[types.ModuleType], None]"]):
    """For an `ImportHook`: the same treatment for each of moto's modules."""

    def __init__(self, treat: Callable[[types.ModuleType], None]) -> None:
        super().__init__()
        self._treat = treat

    def __contains__(self, name: object) -> bool:
        return _is_treated(str(name))

    def __missing__(self, name: str) -> Callable[[types.ModuleType], None]:
        return self._treat


@cache
def _generator() -> dict[str, Any]:
    """The attributes of the one generator that all of moto draws from."""
    from moto.moto_api._internal import mock_random

    return vars(mock_random)


class _StandIns:
    """What stands for each of `NAMES`, by what it is: a module, a class or a function."""

    def __init__(self, wall_s: Callable[[], float], stream: Random) -> None:
        clock_class = _datetime_class(wall_s)

        def uuid4() -> uuid.UUID:
            return uuid.UUID(int=stream.getrandbits(128), version=4)

        def uuid1(*_: object) -> uuid.UUID:
            return uuid.UUID(int=stream.getrandbits(128), version=1)

        def urandom(size: int, /) -> bytes:
            return stream.randbytes(size)

        drawn = {name: getattr(stream, name) for name in random.__all__ if name[0].islower()}
        self._modules: dict[str, Any] = {
            "datetime": _copy(dt, datetime=clock_class),
            "os": _copy(os, urandom=urandom),
            "random": _copy(random, **drawn),
            "time": _copy(time, time=wall_s),
            "uuid": _copy(uuid, uuid1=uuid1, uuid4=uuid4),
        }
        self._others: dict[str, Any] = {"datetime": clock_class, "time": wall_s, "uuid4": uuid4}

    def of(self, module: types.ModuleType) -> list[tuple[types.ModuleType, str, Any]]:
        """Each name of *module* that has one here: the module, the name, and what stands for it."""
        inside = vars(module)
        found = []
        for name in NAMES:
            value = inside.get(name)
            if isinstance(value, types.ModuleType):
                if value.__name__ in self._modules:
                    found.append((module, name, self._modules[value.__name__]))
            elif callable(value) and name in self._others:  # freezegun's, perhaps
                found.append((module, name, self._others[name]))
        return found


def _copy(module: types.ModuleType, **changed: Any) -> types.ModuleType:
    copy = types.ModuleType(module.__name__)
    copy.__dict__.update(module.__dict__)
    copy.__dict__.update(changed)
    return copy


def _datetime_class(wall_s: Callable[[], float]) -> type:
    real = dt.datetime

    class Meta(type):
        """Everything but the present is the real class's: what it makes are plain datetimes."""

        def __getattr__(cls, name: str) -> Any:
            return getattr(real, name)

        def __instancecheck__(cls, instance: object) -> bool:
            return isinstance(instance, real)

        def __call__(cls, *args: Any, **kwargs: Any) -> Any:
            return real(*args, **kwargs)

    class VirtualDatetime(metaclass=Meta):
        @staticmethod
        def now(tz: dt.tzinfo | None = None) -> dt.datetime:
            found = real.fromtimestamp(wall_s(), tz or dt.UTC)
            return found if tz else found.replace(tzinfo=None)

        @staticmethod
        def utcnow() -> dt.datetime:
            return real.fromtimestamp(wall_s(), dt.UTC).replace(tzinfo=None)

    return VirtualDatetime
