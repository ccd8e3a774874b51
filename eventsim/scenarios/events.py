"""A function's ``Events``: its mappings from queues and streams, and what else invokes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventsim.functions.settings import check_function
from eventsim.scenarios.cloudformation import FOREIGN_EVENT_TYPES, STREAM_TYPES, TRIGGER_TYPES
from eventsim.scenarios.convert import Field, Unreadable, join, mapping, read_whole, shown, suggest
from eventsim.scenarios.model import MappingSpec, StreamMappingSpec
from eventsim.scenarios.places import Place
from eventsim.scenarios.queue_events import check_queue_spec, queue_mapping, queue_properties, refuse_second_queue
from eventsim.scenarios.values import text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventsim.scenarios.convert import Reading, Table
    from eventsim.scenarios.model import FunctionSpec, QueueSpec
    from eventsim.scenarios.names import Names
    from eventsim.scenarios.resources import TableSpec
    from eventsim.scenarios.trigger_specs import Trigger
    from eventsim.scenarios.yaml_nodes import Node

SUPPORTED = ("SQS", *STREAM_TYPES, *TRIGGER_TYPES)


def read_events(
    reading: Reading, function: str, node: Node, path: str, names: Names
) -> list[MappingSpec | StreamMappingSpec | Trigger]:
    """The mappings and triggers of one function; each is named FUNCTION/EVENT."""
    read = []
    for event, member in mapping(reading, node, path).items():
        reading.places[join(path, event)] = (member.line, member.column)
        try:
            read.append(_event(reading, member, join(path, event), f"{function}/{event}", names))
        except Unreadable:
            continue
    return read


def _event(
    reading: Reading, node: Node, path: str, name: str, names: Names
) -> MappingSpec | StreamMappingSpec | Trigger:
    kind_node = mapping(reading, node, path).get("Type")
    if kind_node is None:
        reading.refuse(node, path, f"Type is missing, an event needs it: {', '.join(SUPPORTED)}")
    _check_type(reading, kind_node, join(path, "Type"))
    kind: str = kind_node.value

    def read_properties(reading: Reading, node: Node, path: str) -> dict[str, Any]:
        if kind == "SQS":
            return queue_properties(reading, node, path, names)
        if kind in STREAM_TYPES:
            from eventsim.scenarios.stream_events import stream_properties

            return stream_properties(reading, node, path, kind, names)
        from eventsim.scenarios.function_events import trigger_properties

        return trigger_properties(reading, node, path, kind, names)

    table: Table = {"Type": Field(text), "Properties": Field(read_properties, required=True)}
    properties = read_whole(reading, node, path, table, "an event")["Properties"]
    place = Place(node.line, node.column, path)
    if kind == "SQS":
        return queue_mapping(name, properties, place)
    if kind in STREAM_TYPES:
        from eventsim.scenarios.stream_events import stream_mapping

        return stream_mapping(name, kind, properties, place)
    from eventsim.scenarios.function_events import trigger

    return trigger(name, kind, properties, place)


def check_mappings(
    reading: Reading,
    functions: Mapping[str, FunctionSpec],
    queues: Mapping[str, QueueSpec],
    tables: Mapping[str, TableSpec],
    *,
    names: Names,
    start_time_s: float,
) -> None:
    """Refuse what Lambda refuses when the mappings are created (ESM-02 to ESM-11)."""
    for function in functions.values():
        refused = {member for member, _ in check_function(function.settings)}
        timeout_s = None if "Timeout" in refused else function.settings.timeout_s
        first: dict[tuple[str, str], str] = {}
        for spec in function.mappings:
            source = ("queue", spec.queue) if isinstance(spec, MappingSpec) else (spec.kind, spec.source)
            known = first.setdefault(source, spec.name)
            if isinstance(spec, MappingSpec):
                if known != spec.name:
                    refuse_second_queue(reading, spec, known)
                check_queue_spec(reading, spec, queues.get(spec.queue), timeout_s)
            else:
                from eventsim.scenarios.stream_events import check_stream_spec, refuse_second_stream

                if known != spec.name:
                    refuse_second_stream(reading, spec, known, names)
                check_stream_spec(reading, spec, tables, names, start_time_s)


def _check_type(reading: Reading, node: Node, path: str) -> None:
    listed = ", ".join(SUPPORTED)
    if not isinstance(node.value, str):
        reading.refuse(node, path, f"found {shown(node)}, expected the type of an event source: {listed}")
    if node.value in SUPPORTED:
        return
    if node.value in FOREIGN_EVENT_TYPES:
        reading.refuse(node, path, f"found {node.value!r}, which eventsim does not simulate; allowed: {listed}")
    hint = suggest(node.value, SUPPORTED, SUPPORTED)
    reading.refuse(node, path, f"found {node.value!r}, unknown as the Type of an event{hint}")
