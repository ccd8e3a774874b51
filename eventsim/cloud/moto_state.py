"""moto's backends, which are global to the process: put aside while a simulation's own are in their place."""

from __future__ import annotations

from functools import cache
from typing import Any

_OWN_ATTRIBUTES = ("bucket_accounts", "master_accounts")  # what some backend dicts know besides their content
_Contents = list[tuple[Any, dict[str, Any], dict[str, dict[str, Any]]]]


class Backends:
    """The backends of one simulation. Between `enter` and `leave` moto sees these, at all other times the others'.

    So a ``mock_aws`` before, around, inside or after the simulation neither sees nor clears them.
    """

    def __init__(self) -> None:
        self._ours: _Contents = []
        self._others: _Contents = []
        self._tracked: dict[type, int] = {}

    def enter(self) -> None:
        """Put the others' backends aside and ours in their place."""
        self._others = _take_out()
        _put_in(self._ours)

    def leave(self) -> None:
        """The reverse of `enter`."""
        self._ours = _take_out()
        _put_in(self._others)
        self._others = []

    def start(self) -> None:
        """Remember what moto's own tracking of objects held before."""
        self._tracked = {model: len(model.instances_tracked) for model in _models()}

    def drop(self) -> None:
        """Release what the backends hold (temporary files of objects) and forget them."""
        self.enter()
        try:
            for backends, _, _ in _present():
                for _, _, backend in backends.iter_backends():
                    if "reset" in _names(type(backend)):
                        backend.reset()
        finally:
            self.leave()
            self._ours = []
            for model in _models():
                del model.instances_tracked[self._tracked.get(model, 0) :]


def _take_out() -> _Contents:
    present = _present()
    for backends, _, own in present:
        dict.clear(backends)
        for name in own:
            setattr(backends, name, {})
    _instances().clear()
    return present


def _put_in(contents: _Contents) -> None:
    instances = _instances()
    for backends, content, own in contents:
        dict.update(backends, content)
        for name, value in own.items():
            setattr(backends, name, value)
        instances.append(backends)


def _present() -> _Contents:
    return [
        (one, dict(dict.items(one)), {name: one.__dict__[name] for name in _OWN_ATTRIBUTES if name in one.__dict__})
        for one in _instances()
    ]


@cache
def _instances() -> list[Any]:
    from moto.core.base_backend import BackendDict

    found: list[Any] = vars(BackendDict)["_instances"]  # its only list of the backends in use
    return found


def _models() -> list[Any]:
    from moto.core.model_instances import model_data

    return [model for models in model_data.values() for model in models.values()]


def _names(backend: type) -> set[str]:
    """What a backend's classes define themselves, below moto's base class."""
    return {name for one in backend.__mro__ if one.__name__ not in ("BaseBackend", "object") for name in vars(one)}
