"""Events of the Types Kinesis and DynamoDB: mappings from streams (ESM-02, ESM-07 to ESM-09, ESM-11, STR-19)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventsim.mappings.refusals import QUEUE_ONLY, stream_already_mapped, unsupported_by_streams
from eventsim.scenarios.arns import stream_arn, table_arn
from eventsim.scenarios.convert import Field, Refused, join, read_whole, shown
from eventsim.scenarios.durations import instant
from eventsim.scenarios.event_settings import common_properties, one_spelling
from eventsim.scenarios.model import StreamMappingSpec
from eventsim.scenarios.values import boolean, integer, one_of, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventsim.scenarios.convert import Reading, Table
    from eventsim.scenarios.names import Names
    from eventsim.scenarios.places import Place
    from eventsim.scenarios.resources import TableSpec
    from eventsim.scenarios.yaml_nodes import Node


def stream_mapping(name: str, kind: str, properties: dict[str, Any], place: Place) -> StreamMappingSpec:
    """The mapping that the properties of an event of Type *kind* describe."""
    from eventsim.mappings.stream_settings import read_stream_mapping

    source = properties.pop("Stream")
    return StreamMappingSpec(
        name=name,
        function=name.split("/", 1)[0],
        kind="stream" if kind == "Kinesis" else "table",
        source=source,
        settings=read_stream_mapping(one_spelling(properties)),
        place=place,
    )


def stream_properties(reading: Reading, node: Node, path: str, kind: str, names: Names) -> dict[str, Any]:
    """The properties of an event of Type *kind*."""
    stream = Field(names.one("stream") if kind == "Kinesis" else names.table_stream, required=True)
    article = "a Kinesis" if kind == "Kinesis" else "a DynamoDB"
    table: Table = {"Stream": stream, **_POSITION, **stream_changes(kind, names), **STREAM_REFUSED}
    return read_whole(reading, node, path, table, f"the Properties of {article} event")


def stream_changes(kind: str, names: Names) -> Table:
    """What a mapping from a stream has, and an update of one may change (ESM-02, ESM-17)."""
    return {
        **common_properties("kinesis" if kind == "Kinesis" else "dynamodb"),
        "BisectBatchOnFunctionError": Field(boolean),
        "DestinationConfig": Field(lambda r, n, p: _destination_config(r, n, p, names)),
        "MaximumRecordAgeInSeconds": Field(integer),
        "MaximumRetryAttempts": Field(integer),
        "ParallelizationFactor": Field(integer),
        "TumblingWindowInSeconds": Field(integer),
    }


def check_stream_spec(
    reading: Reading, spec: StreamMappingSpec, tables: Mapping[str, TableSpec], names: Names, start_time_s: float
) -> None:
    """Refuse what Lambda refuses when the mapping is created."""
    from eventsim.mappings.stream_settings import check_stream_mapping

    path = join(spec.place.path, "Properties")
    table = tables.get(spec.source) if spec.kind == "table" else None
    if table is not None and not table.has_stream:
        at = join(path, "Stream")
        hint = "give it a StreamSpecification: {StreamViewType: NEW_AND_OLD_IMAGES}"
        reading.error(reading.place(at), at, f"found {spec.source!r}, a table without a stream: {hint}")
    for member, error in check_stream_mapping(spec.settings, source_arn=source_arn(spec, names), now_s=start_time_s):
        reading.error(reading.place(join(path, member)), join(path, member), str(error))


def refuse_second_stream(reading: Reading, spec: StreamMappingSpec, first: str, names: Names) -> None:
    """Note a second mapping of the same stream to the same function (ESM-09)."""
    path = join(spec.place.path, "Properties.Stream")
    error = stream_already_mapped(source_arn(spec, names), spec.function, first)
    reading.error(reading.place(path), path, str(error))


def source_arn(spec: StreamMappingSpec, names: Names) -> str:
    """The ARN of what a mapping reads."""
    if spec.kind == "stream":
        return stream_arn(spec.source)
    return f"{table_arn(spec.source)}/stream/{names.stream_label}"


def _destination_config(reading: Reading, node: Node, path: str, names: Names) -> dict[str, Any]:
    """DestinationConfig; that OnSuccess can't stand there is said later, with the other settings."""
    one = Field(lambda r, n, p: _destination(r, n, p, names))
    return read_whole(reading, node, path, {"OnFailure": one, "OnSuccess": one}, "DestinationConfig")


def _destination(reading: Reading, node: Node, path: str, names: Names) -> dict[str, Any]:
    """A destination by name or ARN; SAM writes its type beside it, and "" stands for none."""

    def read_arn(reading: Reading, node: Node, path: str) -> str:
        return "" if node.value == "" else str(names.arn("queue", "topic", "bucket")(reading, node, path))

    table: Table = {"Destination": Field(read_arn), "Type": Field(one_of("SQS", "SNS", "S3"))}
    values = read_whole(reading, node, path, table, "a destination")
    arn, kind = values.get("Destination", ""), values.pop("Type", None)
    if kind and arn and not arn.startswith(f"arn:aws:{kind.lower()}:"):
        at = join(path, "Type")
        reading.refuse(reading.place(at), at, f"found {kind}, but the destination is {arn}")
    return values


def _timestamp(reading: Reading, node: Node, path: str) -> float:
    """Unix seconds, or a date and time."""
    if isinstance(node.value, int | float) and not isinstance(node.value, bool):
        if not 0 <= node.value < 2**53:
            reading.refuse(node, path, f"found {shown(node)}, expected Unix seconds or a date and time in ISO 8601")
        return float(node.value)
    return instant(reading, node, path)


_POSITION: Table = {"StartingPosition": Field(text), "StartingPositionTimestamp": Field(_timestamp)}

STREAM_REFUSED: Table = {name: Refused(str(unsupported_by_streams(name))) for name in sorted(QUEUE_ONLY)}
