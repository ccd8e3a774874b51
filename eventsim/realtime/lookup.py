"""Finding a scenario's resources at the endpoint: all of them are there, or nothing begins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

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

T = TypeVar("T")


class Declared(Protocol):
    """A resource as the scenario declares it."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def place(self) -> Place:
        """Where in the file it stands."""


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

    async def bucket(self, name: str) -> str | None:
        """A bucket's name."""
        s3 = await self.account.client("s3")
        answer = await self.ask(lambda: s3.head_bucket(Bucket=name), f"bucket {name}")
        return None if answer is None else name

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

    async def find(kind: str, spec: Declared, ask: Callable[[str], Awaitable[T | None]]) -> T | None:
        it = await ask(spec.name)
        if it is None:
            remedy = "create it, or have it created with --provision"
            miss(spec.place, f"there is no {kind} {spec.name} {where}: {remedy}")
        return it

    for queue_spec in scenario.queues.values():
        if queue := await find("queue", queue_spec, lookup.queue):
            found.queues[queue_spec.name] = queue
    for stream_spec in scenario.streams.values():
        if stream := await find("stream", stream_spec, lookup.stream):
            found.streams[stream_spec.name] = stream
    for table_spec in scenario.tables.values():
        stream = await find("table", table_spec, lookup.table)
        if stream is not None and stream.arn:
            found.table_streams[table_spec.name] = stream
        elif stream is not None and table_spec.has_stream:
            text = f"the table {table_spec.name} {where} has no stream: enable it, or create the table anew"
            miss(table_spec.place, text)
    for topic_spec in scenario.topics.values():
        if arn := await find("topic", topic_spec, lookup.topic):
            found.topics[topic_spec.name] = arn
    for bucket_spec in scenario.buckets.values():
        if name := await find("bucket", bucket_spec, lookup.bucket):
            found.buckets.add(name)
    for feed in feeds_of(scenario):
        if queue := await lookup.queue(feed.queue):
            found.queues[feed.queue] = queue
            continue
        miss(
            scenario.functions[feed.function].place,
            f"events of the {feed.kind} {feed.origin} reach a function through the queue {feed.queue}, which is "
            f"not there {where}: have it made and connected with --provision",
        )
    if missing:
        raise ScenarioError(missing)
    return found
