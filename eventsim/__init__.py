"""AWS Lambda's event sources on your own machine: faithful, instant and deterministic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eventsim.errors import AwsError, DeadlockError, EventSimError, InputError, ScenarioError, VirtualTimeError
    from eventsim.facade.buckets import Bucket
    from eventsim.facade.functions import Function
    from eventsim.facade.queues import Queue
    from eventsim.facade.result import Result
    from eventsim.facade.simulation import Simulation
    from eventsim.facade.streams import Stream
    from eventsim.facade.tables import Table
    from eventsim.facade.topics import Topic
    from eventsim.invokers.base import Invocation, InvocationResult, Invoker

__all__ = [
    "AwsError",
    "Bucket",
    "DeadlockError",
    "EventSimError",
    "Function",
    "InputError",
    "Invocation",
    "InvocationResult",
    "Invoker",
    "Queue",
    "Result",
    "ScenarioError",
    "Simulation",
    "Stream",
    "Table",
    "Topic",
    "VirtualTimeError",
]

_HOMES = {
    "Bucket": "eventsim.facade.buckets",
    "Function": "eventsim.facade.functions",
    "Invocation": "eventsim.invokers.base",
    "InvocationResult": "eventsim.invokers.base",
    "Invoker": "eventsim.invokers.base",
    "Queue": "eventsim.facade.queues",
    "Result": "eventsim.facade.result",
    "Simulation": "eventsim.facade.simulation",
    "Stream": "eventsim.facade.streams",
    "Table": "eventsim.facade.tables",
    "Topic": "eventsim.facade.topics",
}


def __getattr__(name: str) -> Any:
    """Load a public name when it is first used: ``import eventsim`` alone costs nothing."""
    if name not in __all__:
        raise AttributeError(f"module 'eventsim' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES.get(name, "eventsim.errors")), name)


def __dir__() -> list[str]:
    """The public names, loaded or not."""
    return sorted({*globals(), *__all__})
