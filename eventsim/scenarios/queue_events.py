"""Events of Type SQS: mappings from queues (ESM-02 to ESM-10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventsim.mappings.refusals import STREAM_ONLY, already_mapped, unsupported_by_queues
from eventsim.mappings.settings import check_queue_mapping, read_queue_mapping
from eventsim.scenarios.arns import queue_arn
from eventsim.scenarios.convert import Field, Refused, join, read_whole
from eventsim.scenarios.event_settings import common_properties, one_spelling
from eventsim.scenarios.model import MappingSpec
from eventsim.scenarios.values import integer

if TYPE_CHECKING:
    from eventsim.scenarios.convert import Reading, Table
    from eventsim.scenarios.model import QueueSpec
    from eventsim.scenarios.names import Names
    from eventsim.scenarios.places import Place
    from eventsim.scenarios.yaml_nodes import Node


def queue_mapping(name: str, properties: dict[str, Any], place: Place) -> MappingSpec:
    """The mapping that an event's properties describe."""
    queue = properties.pop("Queue")
    return MappingSpec(
        name=name,
        function=name.split("/", 1)[0],
        queue=queue,
        settings=read_queue_mapping(one_spelling(properties)),
        place=place,
    )


def queue_properties(reading: Reading, node: Node, path: str, names: Names) -> dict[str, Any]:
    """The properties of an event of Type SQS."""
    table: Table = {"Queue": Field(names.one("queue"), required=True), **QUEUE_PROPERTIES, **QUEUE_REFUSED}
    return read_whole(reading, node, path, table, "the Properties of an SQS event")


def check_queue_spec(
    reading: Reading, spec: MappingSpec, queue: QueueSpec | None, function_timeout_s: int | None
) -> None:
    """Refuse what Lambda refuses when the mapping is created (ESM-02 to ESM-05, ESM-10)."""
    path = join(spec.place.path, "Properties")
    found = check_queue_mapping(
        spec.settings,
        fifo=spec.queue.endswith(".fifo"),
        visibility_timeout_s=visibility_timeout_s(queue) if queue else None,
        function_timeout_s=function_timeout_s,
    )
    for member, error in found:
        reading.error(reading.place(join(path, member)), join(path, member), str(error))


def refuse_second_queue(reading: Reading, spec: MappingSpec, first: str) -> None:
    """Note a second mapping of the same queue to the same function (ESM-09)."""
    path = join(spec.place.path, "Properties.Queue")
    reading.error(reading.place(path), path, str(already_mapped(queue_arn(spec.queue), spec.function, first)))


def visibility_timeout_s(queue: QueueSpec) -> int:
    """A queue's visibility timeout (SQS-01)."""
    return int(queue.attributes.get("VisibilityTimeout", "30"))


def _scaling_config(reading: Reading, node: Node, path: str) -> dict[str, Any]:
    return read_whole(reading, node, path, {"MaximumConcurrency": Field(integer)}, "ScalingConfig")


def _poller_config(reading: Reading, node: Node, path: str) -> dict[str, Any]:
    table: Table = {
        "MinimumPollers": Field(integer),
        "MaximumPollers": Field(integer),
        "PollerGroupName": Refused("found PollerGroupName, which a mapping from a queue does not have"),
    }
    return read_whole(reading, node, path, table, "ProvisionedPollerConfig")


QUEUE_PROPERTIES: Table = {
    **common_properties("sqs"),
    "ProvisionedPollerConfig": Field(_poller_config),
    "ScalingConfig": Field(_scaling_config),
}
"""What a mapping from a queue has, and an update of one may change (ESM-02, ESM-17)."""

QUEUE_REFUSED: Table = {
    name: Refused(str(unsupported_by_queues(name))) for name in sorted(STREAM_ONLY | {"DestinationConfig"})
}
