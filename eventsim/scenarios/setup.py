"""The streams, tables and buckets that a scenario declares, made before its run begins."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventsim.scenarios.streams import create_stream

if TYPE_CHECKING:
    from eventsim.cloud.dynamodb.stream import TableStream
    from eventsim.cloud.kinesis.stream import KinesisStream
    from eventsim.scenarios.model import Scenario, StreamMappingSpec
    from eventsim.scenarios.resources import TableSpec
    from eventsim.simulation import Simulation


def add_sources(simulation: Simulation, scenario: Scenario) -> None:
    """Make them in the file's order, before the functions that read them."""
    for stream in scenario.streams.values():
        create_stream(simulation.services.streams, stream)
    if scenario.tables or scenario.buckets:
        simulation.cloud().begin()
    for table in scenario.tables.values():
        _add_table(simulation, table)
    for bucket in scenario.buckets.values():
        simulation.cloud().buckets.create(bucket.name, versioning=bucket.versioning)


def stream_of(simulation: Simulation, spec: StreamMappingSpec) -> KinesisStream | TableStream:
    """What a mapping reads: the stream, or that of the table."""
    if spec.kind == "stream":
        return simulation.services.streams.get(spec.source)
    found = simulation.cloud().tables.streams.of_table(spec.source)
    assert found is not None, "a table without a stream was refused"
    return found


def _add_table(simulation: Simulation, spec: TableSpec) -> None:
    from eventsim.cloud.dynamodb.calls import write_now

    router = simulation.cloud().inside
    write_now(router, "CreateTable", spec.request)
    if spec.ttl_attribute is not None:
        specification = {"AttributeName": spec.ttl_attribute, "Enabled": True}
        write_now(router, "UpdateTimeToLive", {"TableName": spec.name, "TimeToLiveSpecification": specification})
