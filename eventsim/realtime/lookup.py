"""Finding a scenario's resources at the endpoint: all of them are there, or nothing begins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventsim.cloud.remote import START_PATIENCE_S
from eventsim.cloud.remote_errors import MISSING, code_of
from eventsim.cloud.remote_resources import RemoteQueue, RemoteQueueAttributes, RemoteResources, RemoteStream
from eventsim.errors import Problem, ScenarioError
from eventsim.realtime.feeds import feeds_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from eventsim.cloud.remote import RemoteAccount
    from eventsim.cloud.remote_patience import Patience
    from eventsim.scenarios.model import Scenario
    from eventsim.scenarios.places import Place


class Lookup:
    """Asks an endpoint about single resources; None for one that is not there."""

    def __init__(self, account: RemoteAccount, patience: Patience) -> None:
        self.account = account
        self._patience = patience

    async def queue(self, name: str) -> RemoteQueue | None:
        """A queue with its URL and ARN."""
        sqs = await self.account.client("sqs")
        found = await self.ask(lambda: sqs.get_queue_url(QueueName=name), f"queue {name}")
        if found is None:
            return None
        url: str = found["QueueUrl"]
        answer = await self.ask(lambda: sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"]), f"queue {name}")
        if answer is None:
            return None
        attributes = answer.get("Attributes", {})
        default_arn = f"arn:aws:sqs:{self.account.region}:{self.account.account_id}:{name}"
        lease_s = int(attributes.get("VisibilityTimeout", 30))
        return RemoteQueue(
            name, url, attributes.get("QueueArn", default_arn), name.endswith(".fifo"), RemoteQueueAttributes(lease_s)
        )

    async def stream(self, name: str) -> RemoteStream | None:
        """A Kinesis stream."""
        kinesis = await self.account.client("kinesis")
        answer = await self.ask(lambda: kinesis.describe_stream_summary(StreamName=name), f"stream {name}")
        if answer is None:
            return None
        summary = answer["StreamDescriptionSummary"]
        hours = summary.get("RetentionPeriodHours", 24)
        created = str(summary.get("StreamCreationTimestamp", ""))
        return RemoteStream(name, summary["StreamARN"], hours * 3_600_000, created)

    async def table(self, name: str) -> RemoteStream | None:
        """A table as its stream; without one its ARN is empty."""
        dynamodb = await self.account.client("dynamodb")
        answer = await self.ask(lambda: dynamodb.describe_table(TableName=name), f"table {name}")
        return None if answer is None else RemoteStream(name, answer["Table"].get("LatestStreamArn", ""))

    async def topic(self, name: str) -> str | None:
        """A topic's ARN."""
        sns = await self.account.client("sns")
        arn = f"arn:aws:sns:{self.account.region}:{self.account.account_id}:{name}"
        answer = await self.ask(lambda: sns.get_topic_attributes(TopicArn=arn), f"topic {name}")
        return None if answer is None else arn

    async def bucket(self, name: str) -> bool:
        """Whether there is such a bucket."""
        s3 = await self.account.client("s3")
        return await self.ask(lambda: s3.head_bucket(Bucket=name), f"bucket {name}") is not None

    async def ask(self, make: Callable[[], Awaitable[Any]], what: str) -> Any:
        """What a call brings; None where the resource is not there."""
        import asyncio

        until_s = asyncio.get_running_loop().time() + START_PATIENCE_S
        try:
            return await self._patience.call(make, what, until_s=until_s)
        except Exception as error:
            if code_of(error) in MISSING:
                return None
            raise


async def look_up(scenario: Scenario, account: RemoteAccount, patience: Patience) -> RemoteResources:
    """Everything that the scenario declares, and its feeder queues; ScenarioError names all that is missing."""
    lookup, found, missing = Lookup(account, patience), RemoteResources(), []
    where = f"at {account.target.name} in {account.region}, account {account.account_id}"

    def miss(place: Place, text: str) -> None:
        missing.append(Problem(scenario.file, place.line, place.column, place.path, text))

    remedy = "create it, or have it created with --provision"
    for spec in scenario.queues.values():
        queue = await lookup.queue(spec.name)
        if queue is None:
            miss(spec.place, f"there is no queue {spec.name} {where}: {remedy}")
        else:
            found.queues[spec.name] = queue
    for stream_spec in scenario.streams.values():
        stream = await lookup.stream(stream_spec.name)
        if stream is None:
            miss(stream_spec.place, f"there is no stream {stream_spec.name} {where}: {remedy}")
        else:
            found.streams[stream_spec.name] = stream
    for table in scenario.tables.values():
        stream = await lookup.table(table.name)
        if stream is None:
            miss(table.place, f"there is no table {table.name} {where}: {remedy}")
        elif stream.arn:
            found.table_streams[table.name] = stream
        elif table.has_stream:
            miss(table.place, f"the table {table.name} {where} has no stream: enable it, or create the table anew")
    for topic in scenario.topics.values():
        arn = await lookup.topic(topic.name)
        if arn is None:
            miss(topic.place, f"there is no topic {topic.name} {where}: {remedy}")
        else:
            found.topics[topic.name] = arn
    for bucket in scenario.buckets.values():
        if await lookup.bucket(bucket.name):
            found.buckets.add(bucket.name)
        else:
            miss(bucket.place, f"there is no bucket {bucket.name} {where}: {remedy}")
    for feed in feeds_of(scenario):
        queue = await lookup.queue(feed.queue)
        if queue is None:
            miss(
                scenario.functions[feed.function].place,
                f"events of the {feed.kind} {feed.origin} reach a function through the queue {feed.queue}, which is "
                f"not there {where}: have it made and connected with --provision",
            )
        else:
            found.queues[feed.queue] = queue
    if missing:
        raise ScenarioError(missing)
    return found
