"""Making a scenario's resources at an endpoint, and removing again exactly what was made."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any

from eventsim.cloud.remote import DEFAULT_REGION
from eventsim.cloud.remote_errors import brief, code_of
from eventsim.cloud.remote_resources import RemoteResources
from eventsim.errors import InputError
from eventsim.realtime.arns import Arns
from eventsim.realtime.connect import connect_buckets, connect_topics, remove_notifications
from eventsim.realtime.feeds import ATTRIBUTES, feeds_of
from eventsim.realtime.lookup import Lookup
from eventsim.realtime.state import Created

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from eventsim.cloud.remote import RemoteAccount
    from eventsim.cloud.remote_patience import Patience
    from eventsim.realtime.state import State
    from eventsim.scenarios.model import QueueSpec, Scenario
    from eventsim.scenarios.resources import BucketSpec, StreamSpec, TableSpec
    from eventsim.scenarios.trigger_specs import TopicSpec

READY_S = 60.0
"""How long a new stream or table may take to become ACTIVE."""

_REDRIVE = "RedrivePolicy"


class Provision:
    """Makes what is missing; what is there already stays as it is, and is never removed.

    Each resource that it makes is entered into *state* before anything else happens.
    """

    def __init__(self, scenario: Scenario, account: RemoteAccount, patience: Patience, state: State) -> None:
        self._scenario = scenario
        self._account = account
        self._lookup = Lookup(account, patience)
        self._state = state
        self.made: list[Created] = []

    async def run(self) -> list[Created]:
        """Make everything; InputError, with what the endpoint answered, for what it refuses."""
        scenario = self._scenario
        for queue in scenario.queues.values():
            await self._make("queue", queue.name, self._lookup.queue, partial(self._queue, queue))
        for feed in feeds_of(scenario):
            await self._make("queue", feed.queue, self._lookup.queue, partial(self._plain_queue, feed.queue))
        await self._redrive()
        for stream in scenario.streams.values():
            await self._make("stream", stream.name, self._lookup.stream, partial(self._stream, stream))
        for table in scenario.tables.values():
            await self._make("table", table.name, self._lookup.table, partial(self._table, table))
        for topic in scenario.topics.values():
            await self._make(
                "topic",
                topic.name,
                self._lookup.topic,
                partial(self._topic, topic),
            )
        for bucket in scenario.buckets.values():
            await self._make("bucket", bucket.name, self._lookup.bucket, partial(self._bucket, bucket))
        await self._connect()
        return self.made

    async def _make(
        self,
        kind: str,
        name: str,
        find: Callable[[str], Awaitable[Any]],
        make: Callable[[], Awaitable[Any]],
    ) -> None:
        if await find(name):
            return
        created = Created(kind, name)
        self._state.add_created(created)
        try:
            await make()
        except Exception as error:
            self._state.forget_created(created)
            raise InputError(f"--provision: {kind} {name}: {brief(error)}") from error
        self.made.append(created)

    def _made(self, kind: str, name: str) -> bool:
        return Created(kind, name) in self._state.created

    # -- queues ----------------------------------------------------------------------------------

    async def _queue(self, spec: QueueSpec) -> None:
        sqs = await self._account.client("sqs")
        attributes = {name: value for name, value in spec.attributes.items() if name != _REDRIVE}
        await sqs.create_queue(QueueName=spec.name, Attributes=self._arns().in_value(attributes))

    async def _plain_queue(self, name: str) -> None:
        sqs = await self._account.client("sqs")
        await sqs.create_queue(QueueName=name, Attributes=ATTRIBUTES)

    async def _redrive(self) -> None:
        """Set the redrive policies once all queues are there."""
        sqs = await self._account.client("sqs")
        for spec in self._scenario.queues.values():
            if _REDRIVE in spec.attributes and self._made("queue", spec.name):
                queue = await self._lookup.queue(spec.name)
                if queue is not None:
                    policy = self._arns().in_text(spec.attributes[_REDRIVE])
                    await sqs.set_queue_attributes(QueueUrl=queue.url, Attributes={_REDRIVE: policy})

    def _arns(self) -> Arns:
        return Arns(RemoteResources(), self._account.region, self._account.account_id)

    # -- streams, tables, buckets ----------------------------------------------------------------

    async def _stream(self, spec: StreamSpec) -> None:
        kinesis = await self._account.client("kinesis")
        await kinesis.create_stream(
            StreamName=spec.name,
            StreamModeDetails={"StreamMode": spec.mode},
            **({"ShardCount": spec.shard_count or 1} if spec.mode == "PROVISIONED" else {}),
        )

        async def status() -> str:
            answer = await kinesis.describe_stream_summary(StreamName=spec.name)
            return str(answer["StreamDescriptionSummary"]["StreamStatus"])

        await _until_active(status, f"stream {spec.name}")
        if spec.retention_hours > 24:
            await kinesis.increase_stream_retention_period(
                StreamName=spec.name, RetentionPeriodHours=spec.retention_hours
            )

    async def _table(self, spec: TableSpec) -> None:
        dynamodb = await self._account.client("dynamodb")
        await dynamodb.create_table(**spec.request)

        async def status() -> str:
            return str((await dynamodb.describe_table(TableName=spec.name))["Table"]["TableStatus"])

        await _until_active(status, f"table {spec.name}")
        if spec.ttl_attribute is not None:
            await dynamodb.update_time_to_live(
                TableName=spec.name,
                TimeToLiveSpecification={"AttributeName": spec.ttl_attribute, "Enabled": True},
            )

    async def _topic(self, spec: TopicSpec) -> None:
        sns = await self._account.client("sns")
        await sns.create_topic(Name=spec.name, Attributes=spec.attributes)

    async def _bucket(self, spec: BucketSpec) -> None:
        s3 = await self._account.client("s3")
        region = self._account.region
        where = {} if region == DEFAULT_REGION else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        await s3.create_bucket(Bucket=spec.name, **where)
        if spec.versioning is not None:
            await s3.put_bucket_versioning(Bucket=spec.name, VersioningConfiguration={"Status": spec.versioning})

    def _note(self, kind: str, name: str) -> None:
        self._state.add_created(Created(kind, name))

    # -- what connects them ----------------------------------------------------------------------

    async def _connect(self) -> None:
        scenario, account = self._scenario, self._account
        if not (scenario.topics or scenario.buckets):
            return
        try:
            await connect_topics(scenario, account, self._lookup, self._made, self._note)
            await connect_buckets(scenario, account, self._lookup, self._made, self._note)
        except InputError:
            raise
        except Exception as error:
            raise InputError(f"--provision: subscriptions and notifications: {brief(error)}") from error


async def _until_active(status: Callable[[], Awaitable[str]], what: str) -> None:
    loop = asyncio.get_running_loop()
    until_s = loop.time() + READY_S
    while await status() != "ACTIVE":
        if loop.time() > until_s:
            raise InputError(f"--provision: {what} is not ACTIVE after {READY_S:g} s")
        await asyncio.sleep(0.1)


async def tear_down(account: RemoteAccount, state: State) -> tuple[list[Created], list[str]]:
    """Remove what was created, the last first: (what was removed, what could not be, in words)."""
    removed, problems = [], []
    for created in reversed(state.created):
        try:
            await _remove(account, created, {one.name for one in state.created if one.kind == "queue"})
        except Exception as error:  # noqa: BLE001 - the others are still removed
            if (
                "NotFound" not in code_of(error)
                and "NonExistent" not in code_of(error)
                and "NoSuch" not in code_of(error)
            ):
                problems.append(f"--teardown: {created.kind} {created.name}: {brief(error)}")
                continue
        state.forget_created(created)
        removed.append(created)
    return removed, problems


async def _remove(account: RemoteAccount, created: Created, queues: set[str]) -> None:
    name = created.name
    if created.kind == "queue":
        sqs = await account.client("sqs")
        await sqs.delete_queue(QueueUrl=(await sqs.get_queue_url(QueueName=name))["QueueUrl"])
    elif created.kind == "stream":
        kinesis = await account.client("kinesis")
        await kinesis.delete_stream(StreamName=name, EnforceConsumerDeletion=True)
    elif created.kind == "table":
        await (await account.client("dynamodb")).delete_table(TableName=name)
    elif created.kind == "topic":
        arn = f"arn:aws:sns:{account.region}:{account.account_id}:{name}"
        await (await account.client("sns")).delete_topic(TopicArn=arn)
    elif created.kind == "subscription":
        await (await account.client("sns")).unsubscribe(SubscriptionArn=name)
    elif created.kind == "notifications":
        await remove_notifications(account, name, queues)
    elif created.kind == "bucket":
        await _remove_bucket(await account.client("s3"), name)


async def _remove_bucket(s3: Any, name: str) -> None:
    async for page in s3.get_paginator("list_object_versions").paginate(Bucket=name):
        for one in [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]:
            version = {} if one.get("VersionId") in (None, "null") else {"VersionId": one["VersionId"]}
            await s3.delete_object(Bucket=name, Key=one["Key"], **version)
    await s3.delete_bucket(Bucket=name)


def told(created: Created) -> str:
    """A resource in words."""
    return f"{created.kind} {created.name}"
