"""Settings as Python writes them, read by what reads those of scenario files: one set of names, checks and words."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar, cast

from eventsim.errors import AwsError, InputError, NoEffectWarning
from eventsim.facade.arns import is_handle
from eventsim.facade.keywords import stack_level
from eventsim.scenarios.convert import Reading, Unreadable
from eventsim.scenarios.names import Names
from eventsim.scenarios.yaml_nodes import Node

if TYPE_CHECKING:
    from eventsim.scenarios.names import Kind
    from eventsim.simulation import Simulation as Core

_T = TypeVar("_T")
_NOWHERE = (0, 0)


def names_of(core: Core) -> Names:
    """Every resource that there is, by kind: a bare name or an ARN of any of them will do where AWS takes an ARN."""
    services, cloud = vars(core.services), core.cloud()
    by_kind = {
        "queue": [queue.name for queue in core.queues],
        "stream": [stream.name for stream in services.get("streams", ())],
        "topic": [topic.name for topic in services.get("topics", ())],
        "table": [table.name for table in cloud.tables] if cloud.has_tables else [],
        "bucket": cloud.buckets.names() if cloud.has_buckets else [],
        "function": list(core.functions),
    }
    return Names(by_kind, home="simulation")


def resource(core: Core, given: Any, path: str, *kinds: Kind) -> tuple[Kind, str]:
    """The kind and bare name of what a handle, a name or an ARN stands for; InputError where it is none of *kinds*."""
    reading = Reading("")
    try:
        kind, name = names_of(core).resolve(reading, node_of(given, path), path, kinds)
    except Unreadable:
        raise _first(reading) from None
    return cast("Kind", kind), name


def read_given(given: Mapping[str, Any], path: str, read: Callable[[Reading, Node], _T]) -> _T:
    """What *read* makes of the settings, those that are None left out; handles stand for their ARNs.

    *path* names them in messages. Raises AwsError for what the service would refuse, InputError for the rest. What has
    no effect in a simulation, and what the reader finds odd, is warned of.
    """
    return read_node(node_of({name: value for name, value in given.items() if value is not None}, path), path, read)


def read_node(node: Node, path: str, read: Callable[[Reading, Node], _T]) -> _T:
    """The same for a single value."""
    reading = Reading("")
    try:
        value = read(reading, node)
    except Unreadable:
        raise _first(reading) from None
    if reading.errors:
        raise _first(reading)
    _warn(reading, path)
    return value


def node_of(value: Any, path: str) -> Node:
    """A value as the node that a scenario file would have for it; InputError for what no file can hold."""
    if is_handle(value):
        value = value.arn
    if isinstance(value, Mapping):
        node = Node({str(name): node_of(member, f"{path}.{name}") for name, member in value.items()}, *_NOWHERE)
        node.keys = dict.fromkeys(node.value, _NOWHERE)
        return node
    if isinstance(value, list | tuple | set | frozenset):
        return Node([node_of(one, f"{path}[{n}]") for n, one in enumerate(value)], *_NOWHERE)
    if isinstance(value, date):
        value = value.isoformat()
    if value is None or isinstance(value, str | int | float):
        return Node(value, *_NOWHERE, text=str(value))
    raise InputError(
        f"{path}: found {value!r}, expected text, a number, true or false, a list, a mapping, or a resource's handle"
    )


def _first(reading: Reading) -> AwsError | InputError:
    first = reading.errors[0]
    code, colon, text = first.message.partition(": ")
    if colon and code.isalnum() and code.endswith(("Exception", "Error")) and not code.startswith("Input"):
        return AwsError(code, text)
    return InputError(f"{first.path}: {first.message}" if first.path else first.message)


def _warn(reading: Reading, path: str) -> None:
    idle = [name for keys in reading.without_effect.values() for name in keys]
    if idle:
        text = f"{path}: without effect in a simulation: {', '.join(idle)}"
        warnings.warn(text, NoEffectWarning, stacklevel=stack_level())
    for problem in reading.warnings:
        warnings.warn(f"{problem.path}: {problem.message}", UserWarning, stacklevel=stack_level())
