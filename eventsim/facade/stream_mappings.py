"""Mappings from streams: how they are made and changed, and what of their stream they have still to deliver."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventsim.errors import InputError
from eventsim.facade.given import names_of, node_of, read_given, read_node, resource
from eventsim.facade.mappings import free_name, json_patterns
from eventsim.mappings.common_settings import IMMUTABLE
from eventsim.mappings.refusals import stream_already_mapped, stream_missing
from eventsim.mappings.stream_settings import check_stream_mapping
from eventsim.scenarios.arns import stream_arn, table_arn
from eventsim.scenarios.convert import Field, Refused, read_whole
from eventsim.scenarios.event_settings import one_spelling
from eventsim.scenarios.places import Place
from eventsim.scenarios.stream_events import STREAM_REFUSED, stream_changes, stream_mapping, stream_properties
from eventsim.sources.embedded_stream import EmbeddedStreamSource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventsim.cloud.dynamodb.stream import TableStream
    from eventsim.cloud.kinesis.consumers import Consumer
    from eventsim.cloud.kinesis.stream import KinesisStream
    from eventsim.functions.function import Function
    from eventsim.mappings.stream_lifecycle import StreamMapping
    from eventsim.scenarios.convert import Converter
    from eventsim.scenarios.convert import Table as Fields
    from eventsim.simulation import Simulation as Core
    from eventsim.sources.embedded_stream import Backlog


def map_stream(core: Core, function: Function, given: Any, settings: Mapping[str, Any]) -> StreamMapping:
    """Make the mapping FUNCTION/STREAM from a Kinesis stream or a consumer of one (ESM-02 to ESM-11, KIN-06)."""
    arn = getattr(given, "arn", given)
    if isinstance(arn, str) and "/consumer/" in arn:
        consumer = core.services.streams.consumer_by_arn(arn)
        return _mapped(core, function, "Kinesis", consumer, consumer.stream.name, consumer.name, settings)
    if isinstance(arn, str) and all(arn not in (one.name, one.arn) for one in core.services.streams):
        wanted = arn if arn.startswith("arn:") else stream_arn(arn)
        if wanted.startswith("arn:aws:kinesis:"):
            raise stream_missing(wanted)
    _, name = resource(core, given, f"{function.name}.on_stream", "stream")
    return _mapped(core, function, "Kinesis", core.services.streams.get(name), name, name, settings)


def map_table(core: Core, function: Function, given: Any, settings: Mapping[str, Any]) -> StreamMapping:
    """Make the mapping FUNCTION/TABLE from the stream of a table: its handle, name or ARN, or the stream's ARN."""
    place = f"{function.name}.on_table"
    arn = getattr(given, "arn", given)
    streams = core.cloud().tables.streams
    if isinstance(arn, str) and arn.startswith("arn:") and "/stream/" in arn:
        stream = streams.find(arn)
        if stream is None:
            raise stream_missing(arn)
    else:
        if isinstance(arn, str) and core.cloud().tables.find(arn) is None and not arn.startswith("arn:"):
            raise stream_missing(table_arn(arn))
        _, name = resource(core, given, place, "table")
        stream = streams.of_table(name)
        if stream is None:
            hint = 'make it with StreamSpecification={"StreamViewType": "NEW_AND_OLD_IMAGES"}'
            raise InputError(f"{place}: found {name!r}, a table without a stream: {hint}")
    return _mapped(core, function, "DynamoDB", stream, stream.table_name, stream.table_name, settings)


def _mapped(
    core: Core,
    function: Function,
    kind: str,
    source: KinesisStream | Consumer | TableStream,
    stream: str,
    name: str,
    settings: Mapping[str, Any],
) -> StreamMapping:
    for other in core.mappings.values():
        if other.function is function and other.target.arn == source.arn:
            raise stream_already_mapped(source.arn, function.name, other.uuid)
    names, path = names_of(core), f"{function.name}/{name}"
    given = {**json_patterns(settings), "Stream": stream}
    properties = read_given(given, path, lambda r, node: stream_properties(r, node, path, kind, names))
    read = stream_mapping(path, kind, properties, Place(0, 0, path)).settings
    for _, error in check_stream_mapping(read, source_arn=source.arn, now_s=core.world.clock.wall_s()):
        raise error
    mapping = core.add_stream_mapping(free_name(core, path), function, source, read)
    mapping.pollers.settle_start()
    return mapping


def read_changes(core: Core, mapping: StreamMapping, changes: Mapping[str, Any]) -> dict[str, Any]:
    """The changes of an update by Lambda's names; None leaves a setting as it is."""
    kind = "DynamoDB" if mapping.target.dynamodb else "Kinesis"
    table: Fields = {
        **{
            name: Field(_or_none(field.read))
            for name, field in stream_changes(kind, names_of(core)).items()
            if isinstance(field, Field)
        },
        **STREAM_REFUSED,
        **{name: Refused(f"found {name}, which an update can't change") for name in (*IMMUTABLE, "Stream")},
    }
    what = "the update of a mapping from a stream"
    node = node_of(json_patterns(changes), mapping.name)
    return one_spelling(read_node(node, mapping.name, lambda r, n: read_whole(r, n, mapping.name, table, what)))


def backlog_of(mapping: StreamMapping) -> dict[str, Backlog]:
    """What of each shard the mapping is not done with; shards without any are left out."""
    source = mapping.pollers.source
    return source.backlog(mapping.pollers.start_of) if isinstance(source, EmbeddedStreamSource) else {}


def _or_none(read: Converter) -> Converter:
    return lambda reading, node, path: None if node.value is None else read(reading, node, path)
