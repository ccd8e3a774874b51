"""moto's clock, chance and environment while it works for a simulation: the names in its modules that stand for them.

Nearly all of moto reads the time through ``moto.core.utils.utcnow``, which looks ``datetime`` up in that module;
the other modules below read the clock, the system's random bytes or ``uuid4`` directly.
"""

from __future__ import annotations

import datetime as dt
import os
import sys
import time
import types
from functools import cache
from typing import TYPE_CHECKING, Any

from eventsim.cloud.patches import ImportHook

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

REBINDS: tuple[tuple[str, str, str], ...] = (
    ("moto.core.utils", "datetime", "datetime module"),
    ("moto.cloudwatch.models", "datetime", "datetime class"),
    ("moto.cloudwatch.models", "uuid4", "uuid4"),
    ("moto.dynamodb.models.table_export", "uuid4", "uuid4"),
    ("moto.dynamodb.models.table_import", "uuid4", "uuid4"),
    ("moto.dynamodbstreams.models", "os", "os module"),
    ("moto.iam.models", "os", "os module"),
    ("moto.kms.models", "os", "os module"),
    ("moto.kms.responses", "os", "os module"),
    ("moto.kms.utils", "os", "os module"),
    ("moto.s3.models", "datetime", "datetime module"),
    ("moto.s3.models", "os", "os module"),
    ("moto.secretsmanager.models", "time", "time module"),
    ("moto.ssm.models", "uuid4", "uuid4"),
    ("moto.sts.utils", "os", "os module"),
)
"""Module, name in it, and what the name stands for."""


class Stand:
    """Stands in for the clock and chance in moto's modules between `enter` and `leave`.

    Modules that are first imported meanwhile get the stand-ins too: one service of moto's may call another.
    """

    def __init__(self, wall_s: Callable[[], float], stream: Random) -> None:
        self._stream = stream
        self._kinds: dict[str, Any] = _stand_ins(wall_s, stream)
        self._modules = -1
        self._loaded: list[tuple[types.ModuleType, str, Any]] = []
        self._saved: list[tuple[types.ModuleType, str, Any]] = []
        self._hook = ImportHook({module: self._treat for module, _, _ in REBINDS})

    def enter(self) -> None:
        """Put the stand-ins in; moto's own generator of ids draws from the simulation's stream."""
        if self._modules != len(sys.modules):
            self._modules = len(sys.modules)
            self._loaded = [(sys.modules[m], name, self._kinds[k]) for m, name, k in REBINDS if m in sys.modules]
        for module, name, stand_in in self._loaded:
            self._replace(module, name, stand_in)
        sys.meta_path.insert(0, self._hook)
        _generator().update(random=self._stream.random, getrandbits=self._stream.getrandbits)

    def leave(self) -> None:
        """Put everything back as `enter` found it."""
        generator = _generator()
        del generator["random"], generator["getrandbits"]
        self._hook.remove()
        while self._saved:
            module, name, value = self._saved.pop()
            setattr(module, name, value)

    def _treat(self, module: types.ModuleType) -> None:
        for owner, name, kind in REBINDS:
            if owner == module.__name__:
                self._replace(module, name, self._kinds[kind])

    def _replace(self, module: types.ModuleType, name: str, stand_in: Any) -> None:
        self._saved.append((module, name, getattr(module, name)))
        setattr(module, name, stand_in)


@cache
def _generator() -> dict[str, Any]:
    """The attributes of the one generator that all of moto draws from."""
    from moto.moto_api._internal import mock_random

    return vars(mock_random)


def _stand_ins(wall_s: Callable[[], float], stream: Random) -> dict[str, Any]:
    clock_class = _datetime_class(wall_s)

    def urandom(size: int, /) -> bytes:
        return stream.randbytes(size)

    def uuid4() -> Any:
        from uuid import UUID

        return UUID(int=stream.getrandbits(128), version=4)

    return {
        "datetime class": clock_class,
        "datetime module": _copy(dt, datetime=clock_class),
        "os module": _copy(os, urandom=urandom),
        "time module": _copy(time, time=wall_s),
        "uuid4": uuid4,
    }


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
