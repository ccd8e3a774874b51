"""The ``streams`` section: AWS::Kinesis::Stream with Type and Properties taken off (KIN-02, KIN-07, KIN-11)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from eventsim.errors import AwsError
from eventsim.scenarios.convert import Field, NoEffect, join, read_fields, read_whole
from eventsim.scenarios.places import Place
from eventsim.scenarios.queues import own_name
from eventsim.scenarios.resources import StreamSpec
from eventsim.scenarios.values import integer, one_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventsim.cloud.kinesis.registry import Streams
    from eventsim.scenarios.convert import Converter, Reading, Table
    from eventsim.scenarios.yaml_nodes import Node

STREAM = "AWS::Kinesis::Stream"

_NAME = re.compile(r"[a-zA-Z0-9_.-]{1,128}")


def read_stream(reading: Reading, name: str, node: Node) -> StreamSpec:
    """One stream of the section; its key is its name."""
    path = join("streams", name)
    if not _NAME.fullmatch(name):
        text = (
            f"ValidationException: 1 validation error detected: Value '{name}' at 'streamName' failed to satisfy "
            "constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+ and have a length of 1 to 128"
        )
        reading.error(node, path, text)
    values = read_fields(reading, node, path, {"Name": Field(own_name("Name", name)), **_TABLE}, STREAM, owner=name)
    mode = values.get("StreamModeDetails", "PROVISIONED")
    if mode == "ON_DEMAND" and "ShardCount" in values:
        at = join(path, "ShardCount")
        reading.error(reading.place(at), at, "found ShardCount, which a stream in the mode ON_DEMAND does not take")
    return StreamSpec(
        name=name,
        shard_count=values.get("ShardCount"),
        mode=mode,
        retention_hours=values.get("RetentionPeriodHours", 24),
        max_record_kib=values.get("MaxRecordSizeInKiB", 1_024),
        place=Place(node.line, node.column, path),
    )


def rehearse_streams(reading: Reading, specs: Mapping[str, StreamSpec], start_time_s: float) -> Streams | None:
    """The streams as the run begins with them, for checking the steps against; None without any.

    What Kinesis refuses to create is noted.
    """
    if not specs:
        return None
    from eventsim.cloud.kinesis.registry import Streams
    from eventsim.kernel.clock import Clock

    streams = Streams(Clock(lambda: 0.0, start_time_s))
    for spec in specs.values():
        try:
            create_stream(streams, spec)
        except AwsError as error:
            reading.error((spec.place.line, spec.place.column), spec.place.path, str(error))
    return streams


def create_stream(streams: Streams, spec: StreamSpec) -> None:
    """Make the stream; AwsError as CreateStream answers."""
    streams.create(
        spec.name,
        spec.shard_count,
        mode=spec.mode,
        retention_hours=spec.retention_hours,
        max_record_kib=spec.max_record_kib,
    )


def _member(name: str, path: str) -> Converter:
    """A converter for a whole number that Kinesis's service model bounds."""

    def read_member(reading: Reading, node: Node, at: str) -> int:
        from eventsim.cloud.kinesis.errors import validation
        from eventsim.cloud.kinesis.members import MEMBERS

        value = integer(reading, node, at)
        problems = MEMBERS[name].problems(value, path)
        if problems:
            reading.refuse(node, at, str(validation(*problems)))
        return value

    return read_member


def _retention(reading: Reading, node: Node, path: str) -> int:
    from eventsim.cloud.kinesis.stream import check_retention

    hours = integer(reading, node, path)
    try:
        check_retention(hours)
    except AwsError as error:
        reading.refuse(node, path, str(error))
    return hours


def _mode(reading: Reading, node: Node, path: str) -> Any:
    table: Table = {"StreamMode": Field(one_of("PROVISIONED", "ON_DEMAND"), required=True)}
    return read_whole(reading, node, path, table, "StreamModeDetails")["StreamMode"]


_TABLE: Table = {
    "ShardCount": Field(_member("ShardCount", "shardCount")),
    "RetentionPeriodHours": Field(_retention),
    "MaxRecordSizeInKiB": Field(_member("MaxRecordSizeInKiB", "maxRecordSizeInKiB")),
    "StreamModeDetails": Field(_mode),
    "DesiredShardLevelMetrics": NoEffect(),
    "StreamEncryption": NoEffect(),
    "Tags": NoEffect(),
    "WarmThroughputMiBps": NoEffect(),
}
