"""The steps of a scenario, carried out at an endpoint: in their order, each when its time has come."""

from __future__ import annotations

import asyncio
from binascii import a2b_base64
from typing import TYPE_CHECKING, Any, Protocol

from eventsim.cloud.remote import START_PATIENCE_S
from eventsim.cloud.remote_errors import aws_error
from eventsim.errors import AwsError, InputError
from eventsim.realtime.looking import wait_while
from eventsim.scenarios.feeding import write_parameters
from eventsim.scenarios.model import ExpectStep, RedriveStep, SendStep, Step, UpdateStep
from eventsim.scenarios.perform import Performer
from eventsim.scenarios.source_steps import PublishStep, PutStep, ReshardStep, UploadStep, WriteStep
from eventsim.scenarios.templates import render, render_value

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventsim.realtime.simulation import RemoteSimulation
    from eventsim.scenarios.expected import Expectation
    from eventsim.scenarios.model import Scenario

PATIENCE_S = 30.0
"""How long a step is tried at an endpoint that can't answer, before it is refused."""
_IDS_PER_LINE = 1000
_OPERATIONS = {"put": "put_item", "update": "update_item", "delete": "delete_item"}


class Look(Protocol):
    """Judges an expectation against the endpoint."""

    async def __call__(self, expectation: Expectation) -> None:
        """Judge it now."""


class RemotePerformer(Performer):
    """Carries out what `Performer` schedules, one step after the other, in a task of its own.

    *refused* is told the path of a step that the endpoint answered with an error. Retries are `Patience`'s.
    """

    def __init__(
        self,
        scenario: Scenario,
        simulation: RemoteSimulation,
        *,
        look: Look,
        refused: Callable[[str, AwsError], None],
    ) -> None:
        super().__init__(scenario, simulation, refused=refused)
        self._remote = simulation
        self._look = look
        self._due_steps: asyncio.Queue[tuple[Step, int]] = asyncio.Queue()
        self._waiting = len(scenario.steps)

    @property
    def done(self) -> bool:
        """Whether every item of every step was carried out."""
        return self._waiting == 0

    def _due(self, step: Step, n: int) -> None:
        self._due_steps.put_nowait((step, n))
        action: Any = step.action
        if getattr(action, "every_s", 0.0) and n + 1 < action.count:
            self._waiting += 1
            self._schedule(step, n + 1)

    async def run(self) -> None:
        """Carry out what falls due, until it is cancelled; nothing before the streams' shards are open (STR-02)."""
        loop = self._remote.world.loop
        await wait_while(self._remote.opens_shards, every_s=0.01, until_s=loop.time() + START_PATIENCE_S)
        while True:
            step, n = await self._due_steps.get()
            try:
                await self._carry_out(step, n)
            except AwsError as error:
                self._refused(f"steps[{step.index}]", error)
            except InputError:
                raise
            except Exception as error:  # noqa: BLE001 - of the client's making: the endpoint's answer to a step
                self._refused(f"steps[{step.index}]", aws_error(error))
            self._waiting -= 1

    async def _carry_out(self, step: Step, n: int) -> None:
        action = step.action
        trace = self._simulation.world.trace
        if isinstance(action, ExpectStep):
            trace.add("step.expect", step=step.index)
            await self._look(action.expectation)
        elif isinstance(action, SendStep):
            ids = [await self._send_remotely(action, item) for item in _items(action, n)]
            for start in range(0, len(ids), _IDS_PER_LINE):
                records = ids[start : start + _IDS_PER_LINE]
                trace.add("step.send", step=step.index, queue=action.queue, records=records)
        elif isinstance(action, PutStep):
            numbers = [await self._put(action, item) for item in _items(action, n)]
            trace.add("step.put", step=step.index, stream=action.stream, records=numbers[:_IDS_PER_LINE])
        elif isinstance(action, WriteStep):
            items = _items(action, n)
            for item in items:
                parameters = write_parameters(action, item)
                await self._call("dynamodb", _OPERATIONS[action.kind], f"table {action.table}", _with_bytes(parameters))
            trace.add("step.write", step=step.index, table=action.table, operation=action.kind, items=len(items))
        elif isinstance(action, UploadStep):
            for item in _items(action, n):
                await self._upload(step.index, action, item)
        elif isinstance(action, PublishStep):
            for item in _items(action, n):
                record = await self._publish(action, item)
                trace.add("step.publish", step=step.index, topic=action.topic, record=record)
        elif isinstance(action, ReshardStep):
            await self._reshard(action)
            trace.add("step.reshard", step=step.index, stream=action.stream)
        elif isinstance(action, RedriveStep):
            await self._redrive_remotely(action)
            trace.add("step.redrive", step=step.index, queue=action.queue, to=action.destination)
        elif isinstance(action, UpdateStep) and action.target == "queue":
            await self._update_queue(action)
            trace.add("step.update", step=step.index, target="queue", name=action.name, changes=action.changes)
        else:
            self._perform(step, n)

    async def _call(self, service: str, operation: str, what: str, parameters: dict[str, Any]) -> Any:
        client = await self._remote.account.client(service)
        until_s = self._remote.world.loop.time() + PATIENCE_S
        return await self._remote.patience.call(lambda: getattr(client, operation)(**parameters), what, until_s=until_s)

    # -- one item --------------------------------------------------------------------------------

    async def _send_remotely(self, action: SendStep, n: int) -> str:
        parameters = render_value(action.parameters, n) if action.parameters else {}
        queue = self._remote.resources.queues[action.queue]
        body = render(action.bodies[n % len(action.bodies)], n)
        message = {"QueueUrl": queue.url, "MessageBody": body, **_with_bytes(parameters)}
        sent = await self._call("sqs", "send_message", f"queue {action.queue}", message)
        return str(sent["MessageId"])

    async def _put(self, action: PutStep, n: int) -> str:
        record = action.records[n % len(action.records)]
        data = render(record.data, n)
        hash_key = record.explicit_hash_key
        parameters = {
            "StreamARN": self._remote.resources.streams[action.stream].arn,
            "PartitionKey": render(record.partition_key, n),
            "Data": a2b_base64(data) if record.encoded else data.encode(),
            **({} if hash_key is None else {"ExplicitHashKey": render(hash_key, n)}),
        }
        put = await self._call("kinesis", "put_record", f"stream {action.stream}", parameters)
        return str(put["SequenceNumber"])

    async def _upload(self, index: int, action: UploadStep, n: int) -> None:
        key, what = render(action.key, n), f"bucket {action.bucket}"
        where = {"Bucket": action.bucket, "Key": key}
        operation = "delete" if action.body is None else "put"
        if action.body is None:
            await self._call("s3", "delete_object", what, where)
        else:
            kind = {} if action.content_type is None else {"ContentType": action.content_type}
            await self._call("s3", "put_object", what, {**where, "Body": render(action.body, n).encode(), **kind})
        self._simulation.world.trace.add("step.upload", step=index, bucket=action.bucket, key=key, operation=operation)

    async def _publish(self, action: PublishStep, n: int) -> str:
        given = render_value(action.parameters, n)
        parameters = {_PUBLISH[name]: value for name, value in given.items()}
        topic_arn = self._remote.resources.topics[action.topic]
        message = {"TopicArn": topic_arn, "Message": render(action.message, n), **parameters}
        return str((await self._call("sns", "publish", f"topic {action.topic}", message))["MessageId"])

    # -- changes ---------------------------------------------------------------------------------

    async def _reshard(self, action: ReshardStep) -> None:
        arn, what = self._remote.resources.streams[action.stream].arn, f"stream {action.stream}"
        if action.shard_count is not None:
            await self._call(
                "kinesis",
                "update_shard_count",
                what,
                {"StreamARN": arn, "TargetShardCount": action.shard_count, "ScalingType": "UNIFORM_SCALING"},
            )
        elif action.split is not None:
            key = action.new_starting_hash_key or await self._middle(action.stream, action.split)
            more = {"ShardToSplit": action.split, "NewStartingHashKey": key}
            await self._call("kinesis", "split_shard", what, {"StreamARN": arn, **more})
        elif action.merge is not None:
            first, second = action.merge
            more = {"ShardToMerge": first, "AdjacentShardToMerge": second}
            await self._call("kinesis", "merge_shards", what, {"StreamARN": arn, **more})

    async def _middle(self, stream: str, shard_id: str) -> str:
        """The hash key that halves a shard."""
        arn = self._remote.resources.streams[stream].arn
        for shard in (await self._call("kinesis", "list_shards", f"stream {stream}", {"StreamARN": arn}))["Shards"]:
            if shard["ShardId"] == shard_id:
                span = shard["HashKeyRange"]
                return str((int(span["StartingHashKey"]) + int(span["EndingHashKey"]) + 1) // 2)
        raise AwsError("ResourceNotFoundException", f"Could not find shard {shard_id} in stream {stream}.")

    async def _redrive_remotely(self, action: RedriveStep) -> None:
        queues = self._remote.resources.queues
        parameters: dict[str, Any] = {"SourceArn": queues[action.queue].arn}
        if action.destination:
            parameters["DestinationArn"] = queues[action.destination].arn
        if action.max_per_second:
            parameters["MaxNumberOfMessagesPerSecond"] = action.max_per_second
        await self._call("sqs", "start_message_move_task", f"queue {action.queue}", parameters)

    async def _update_queue(self, action: UpdateStep) -> None:
        queue = self._remote.resources.queues[action.name]
        attributes = {name: self._remote.arns.in_text(value) for name, value in action.changes.items()}
        await self._call(
            "sqs", "set_queue_attributes", f"queue {action.name}", {"QueueUrl": queue.url, "Attributes": attributes}
        )
        if "VisibilityTimeout" in attributes:
            queue.attributes.visibility_timeout_s = int(attributes["VisibilityTimeout"])


def _items(action: Any, n: int) -> range:
    return range(n, n + 1) if action.every_s else range(action.count)


_PUBLISH = {
    "subject": "Subject",
    "structure": "MessageStructure",
    "attributes": "MessageAttributes",
    "group_id": "MessageGroupId",
    "dedup_id": "MessageDeduplicationId",
}


def _with_bytes(value: Any) -> Any:
    """A request in JSON's form as botocore takes it: binary members as bytes instead of base64 text."""
    if isinstance(value, dict):
        return {
            name: a2b_base64(inner)
            if name in ("B", "BinaryValue") and isinstance(inner, str)
            else [a2b_base64(one) for one in inner]
            if name == "BS"
            else _with_bytes(inner)
            for name, inner in value.items()
        }
    return [_with_bytes(inner) for inner in value] if isinstance(value, list) else value
