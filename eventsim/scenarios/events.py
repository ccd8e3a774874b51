"""A function's ``Events``: the mappings from queues (ESM-02 to ESM-10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from eventsim.errors import AwsError
from eventsim.functions.settings import check_function
from eventsim.mappings.refusals import STREAM_ONLY, already_mapped, unsupported_by_queues
from eventsim.mappings.settings import QueueMappingSettings, check_queue_mapping, read_queue_mapping
from eventsim.scenarios.cloudformation import EVENT_TYPES, FOREIGN_EVENT_TYPES
from eventsim.scenarios.convert import (
    MISSING,
    Field,
    Later,
    Refused,
    Unreadable,
    items,
    join,
    list_of,
    mapping,
    read_whole,
    shown,
    suggest,
)
from eventsim.scenarios.model import MappingSpec, Place, queue_arn
from eventsim.scenarios.scripts import check_pattern
from eventsim.scenarios.values import boolean, integer, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventsim.scenarios.convert import Reading, Table
    from eventsim.scenarios.model import FunctionSpec, QueueSpec
    from eventsim.scenarios.names import Names
    from eventsim.scenarios.yaml_nodes import Node

SUPPORTED = ("SQS",)


def read_events(reading: Reading, function: str, node: Node, path: str, names: Names) -> list[MappingSpec]:
    """The mappings of one function; each is named FUNCTION/EVENT."""
    read = []
    for event, member in mapping(reading, node, path).items():
        reading.places[join(path, event)] = (member.line, member.column)
        try:
            read.append(_event(reading, member, join(path, event), f"{function}/{event}", names))
        except Unreadable:
            continue
    return read


def _event(reading: Reading, node: Node, path: str, name: str, names: Names) -> MappingSpec:
    kind = mapping(reading, node, path).get("Type")
    if kind is None:
        reading.refuse(node, path, "Type is missing, an event needs it: SQS")
    _check_type(reading, kind, join(path, "Type"))
    table: Table = {
        "Type": Field(text),
        "Properties": Field(lambda r, n, p: _properties(r, n, p, names), required=True),
    }
    properties = read_whole(reading, node, path, table, "an event")["Properties"]
    queue = properties.pop("Queue")
    return MappingSpec(
        name=name,
        function=name.split("/", 1)[0],
        queue=queue,
        settings=_settings(properties),
        place=Place(node.line, node.column, path),
    )


def check_mappings(reading: Reading, functions: Mapping[str, FunctionSpec], queues: Mapping[str, QueueSpec]) -> None:
    """Refuse what Lambda refuses when the mappings are created (ESM-02 to ESM-10)."""
    for function in functions.values():
        sources: dict[str, str] = {}
        refused = {member for member, _ in check_function(function.settings)}
        for spec in function.mappings:
            path = join(spec.place.path, "Properties")
            if spec.queue in sources:
                message = f"{already_mapped(queue_arn(spec.queue), function.name, sources[spec.queue])}"
                reading.error(reading.place(join(path, "Queue")), join(path, "Queue"), message)
            sources.setdefault(spec.queue, spec.name)
            queue = queues.get(spec.queue)
            found = check_queue_mapping(
                spec.settings,
                fifo=spec.queue.endswith(".fifo"),
                visibility_timeout_s=visibility_timeout_s(queue) if queue else None,
                function_timeout_s=None if "Timeout" in refused else function.settings.timeout_s,
            )
            for member, error in found:
                reading.error(reading.place(join(path, member)), join(path, member), str(error))


def visibility_timeout_s(queue: QueueSpec) -> int:
    """A queue's visibility timeout (SQS-01)."""
    return int(queue.attributes.get("VisibilityTimeout", "30"))


def _check_type(reading: Reading, node: Node, path: str) -> None:
    if not isinstance(node.value, str):
        reading.refuse(node, path, f"found {shown(node)}, expected the type of an event source: SQS")
    if node.value in SUPPORTED:
        return
    later = EVENT_TYPES.get(node.value)
    if isinstance(later, Later):
        reading.refuse(node, path, f"{later.what} is not supported yet")
    if node.value in FOREIGN_EVENT_TYPES:
        reading.refuse(node, path, f"found {node.value!r}, which eventsim does not simulate; allowed: SQS")
    known = {*SUPPORTED, *EVENT_TYPES}
    reading.refuse(
        node, path, f"found {node.value!r}, unknown as the Type of an event{suggest(node.value, known, SUPPORTED)}"
    )


def _properties(reading: Reading, node: Node, path: str, names: Names) -> dict[str, Any]:
    table: Table = {"Queue": Field(names.one("queue"), required=True), **PROPERTIES, **REFUSED}
    return read_whole(reading, node, path, table, "the Properties of an SQS event")


def _settings(properties: dict[str, Any]) -> QueueMappingSettings:
    if "KmsKeyArn" in properties:
        properties["KMSKeyArn"] = properties.pop("KmsKeyArn")
    return read_queue_mapping(properties)


def _filter_criteria(reading: Reading, node: Node, path: str) -> dict[str, Any]:
    return read_whole(reading, node, path, {"Filters": Field(_filters)}, "FilterCriteria")


def _filters(reading: Reading, node: Node, path: str) -> list[dict[str, str]]:
    from eventsim.patterns.filter_criteria import MOST_FILTERS, compile_filters

    found = items(reading, node, path)
    if len(found) > MOST_FILTERS:
        try:
            compile_filters(["{}"] * len(found), "sqs")
        except AwsError as error:
            reading.refuse(node, path, str(error))
    read = [reading.attempt(_filter, item, f"{path}[{n}]") for n, item in enumerate(found)]
    if MISSING in read:
        raise Unreadable
    return read


def _filter(reading: Reading, node: Node, path: str) -> dict[str, Any]:
    return read_whole(reading, node, path, {"Pattern": Field(_pattern, required=True)}, "a filter")


def _pattern(reading: Reading, node: Node, path: str) -> str:
    if isinstance(node.value, dict):
        written = msgspec.json.encode(node.plain()).decode()
        reading.refuse(
            node, path, f"found a mapping, expected the pattern as a JSON text, as CloudFormation takes it: '{written}'"
        )
    check_pattern(reading, node, path, node.value if node.value is None else text(reading, node, path))
    from eventsim.patterns.filter_criteria import lint

    for warning in lint([node.value], "sqs"):
        reading.warn(node, path, warning)
    return str(node.value)


def _scaling_config(reading: Reading, node: Node, path: str) -> dict[str, Any]:
    return read_whole(reading, node, path, {"MaximumConcurrency": Field(integer)}, "ScalingConfig")


def _poller_config(reading: Reading, node: Node, path: str) -> dict[str, Any]:
    table: Table = {
        "MinimumPollers": Field(integer),
        "MaximumPollers": Field(integer),
        "PollerGroupName": Refused("found PollerGroupName, which a mapping from a queue does not have"),
    }
    return read_whole(reading, node, path, table, "ProvisionedPollerConfig")


def _metrics_config(reading: Reading, node: Node, path: str) -> dict[str, Any]:
    return read_whole(reading, node, path, {"Metrics": Field(list_of(text))}, "MetricsConfig")


def _key_arn(reading: Reading, node: Node, path: str) -> str:
    section, _, rest = path.partition(".")
    owner, _, key = rest.replace(".Events.", "/").replace(".Properties.", ".").rpartition(".")
    reading.note_without_effect(section, key, owner, (node.line, node.column))
    return text(reading, node, path)


PROPERTIES: Table = {
    "BatchSize": Field(integer),
    "Enabled": Field(boolean),
    "FilterCriteria": Field(_filter_criteria),
    "FunctionResponseTypes": Field(list_of(text)),
    "MaximumBatchingWindowInSeconds": Field(integer),
    "MetricsConfig": Field(_metrics_config),
    "ProvisionedPollerConfig": Field(_poller_config),
    "ScalingConfig": Field(_scaling_config),
    "KMSKeyArn": Field(_key_arn),
    "KmsKeyArn": Field(_key_arn),
}
"""What a mapping from a queue has, and an update of one may change (ESM-02, ESM-17)."""

REFUSED: Table = {
    name: Refused(str(unsupported_by_queues(name))) for name in sorted(STREAM_ONLY | {"DestinationConfig"})
}
