"""The steps that feed streams, tables, buckets and topics, carried out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventsim.scenarios.publishes import publish
from eventsim.scenarios.puts import put_record, reshard
from eventsim.scenarios.templates import render, render_value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eventsim.scenarios.source_steps import PublishStep, PutStep, ReshardStep, UploadStep, WriteStep
    from eventsim.simulation import Simulation

IDS_PER_LINE = 1000
"""How many records one line of the trace names at most."""

_OPERATIONS = {"put": "PutItem", "update": "UpdateItem", "delete": "DeleteItem"}


def perform_put(simulation: Simulation, index: int, step: PutStep, items: Iterable[int]) -> None:
    """Put the *items* of a step; AwsError as Kinesis answers."""
    streams, trace = simulation.services.streams, simulation.world.trace
    numbers = [put_record(streams, step, n) for n in items]
    for start in range(0, len(numbers), IDS_PER_LINE):
        trace.add("step.put", step=index, stream=step.stream, records=numbers[start : start + IDS_PER_LINE])


def perform_reshard(simulation: Simulation, index: int, step: ReshardStep) -> None:
    """Change the shards of a stream; AwsError as Kinesis answers."""
    streams = simulation.services.streams
    reshard(streams, step)
    shards = [shard.id for shard in streams.get(step.stream).open_shards]
    simulation.world.trace.add("step.reshard", step=index, stream=step.stream, open_shards=shards)


def perform_upload(simulation: Simulation, index: int, step: UploadStep, items: Iterable[int]) -> None:
    """Put or delete the *items* of a step; AwsError as S3 answers."""
    buckets, trace = simulation.cloud().buckets, simulation.world.trace
    for n in items:
        key = render(step.key, n)
        trace.add("step.upload", step=index, bucket=step.bucket, key=key, operation=_upload_operation(step))
        if step.body is None:
            buckets.delete(step.bucket, key)
        else:
            buckets.put(step.bucket, key, render(step.body, n).encode(), step.content_type)


def _upload_operation(step: UploadStep) -> str:
    return "delete" if step.body is None else "put"


def perform_publish(simulation: Simulation, index: int, step: PublishStep, items: Iterable[int]) -> None:
    """Publish the *items* of a step; AwsError as SNS answers."""
    topic, trace = simulation.services.topics.get(step.topic), simulation.world.trace
    for n in items:
        trace.add("step.publish", step=index, topic=step.topic, record=publish(topic, step, n))


def perform_write(simulation: Simulation, index: int, step: WriteStep, items: Iterable[int]) -> None:
    """Write the *items* of a step; AwsError as DynamoDB answers."""
    from eventsim.cloud.dynamodb.calls import write_now

    router, trace = simulation.cloud().inside, simulation.world.trace
    done = 0
    try:
        for n in items:
            write_now(router, _OPERATIONS[step.kind], write_parameters(step, n))
            done += 1
    finally:
        if done:
            trace.add("step.write", step=index, table=step.table, operation=step.kind, items=done)


def write_parameters(step: WriteStep, n: int) -> dict[str, Any]:
    """Item *n* of a step as DynamoDB's operation takes it."""
    if step.kind == "put":
        return {"TableName": step.table, "Item": render_value(step.item, n)}
    parameters = {"TableName": step.table, "Key": render_value(step.key, n)}
    if step.changes is None:
        return parameters
    names = {f"#n{place}": name for place, name in enumerate(step.changes)}
    values = {f":v{place}": render_value(value, n) for place, value in enumerate(step.changes.values())}
    expression = ", ".join(f"#n{place} = :v{place}" for place in range(len(names)))
    return parameters | {
        "UpdateExpression": f"SET {expression}",
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": values,
    }
