"""AWS Lambda's event sources on your own machine: faithful, instant and deterministic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eventsim.errors import AwsError, EventSimError, InputError, ScenarioError, VirtualTimeError
    from eventsim.facade.simulation import Simulation
    from eventsim.invokers.base import Invocation, InvocationResult, Invoker

__all__ = [
    "AwsError",
    "EventSimError",
    "InputError",
    "Invocation",
    "InvocationResult",
    "Invoker",
    "ScenarioError",
    "Simulation",
    "VirtualTimeError",
]

_HOMES = {
    "Invocation": "eventsim.invokers.base",
    "InvocationResult": "eventsim.invokers.base",
    "Invoker": "eventsim.invokers.base",
    "Simulation": "eventsim.facade.simulation",
}


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used: ``import eventsim`` alone costs nothing."""
    if name not in __all__:
        raise AttributeError(f"module 'eventsim' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES.get(name, "eventsim.errors")), name)
