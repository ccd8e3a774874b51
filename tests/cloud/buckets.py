"""A simulated S3 over moto whose notifications a test can read, for the tests of notifications."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from eventsim.cloud.notifications.delivery import DeliverySettings
from eventsim.cloud.notifications.destinations import Destinations, send_to
from eventsim.cloud.notifications.endpoint import S3WithNotifications
from eventsim.cloud.queues.registry import Queues
from eventsim.cloud.session import open_client
from eventsim.events import s3 as shapes
from eventsim.kernel.loop import VirtualEventLoop
from tests.cloud.simulated import Cloud

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from eventsim.errors import AwsError

CREATED = ["s3:ObjectCreated:*"]
REFUSED = "Unable to validate the following destination configurations"

TAGS = {"TagSet": [{"Key": "k", "Value": "v"}]}

ACCOUNT = "123456789012"
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:uploads"
FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:resize"
EVERYTHING = [
    "s3:ObjectCreated:*",
    "s3:ObjectRemoved:*",
    "s3:ObjectTagging:*",
    "s3:ObjectAcl:Put",
    "s3:ObjectRestore:*",
    "s3:ObjectRetention:Put",
]


class Buckets:
    """S3 mounted in a router, with a queue ``inbox``; what topics, functions and the bus got is in lists."""

    def __init__(self, seed: int = 1, settings: DeliverySettings | None = None, **ways: Any) -> None:
        self.cloud = Cloud(seed)
        self.loop = VirtualEventLoop()
        self.cloud.time = self.loop.time
        self.queues = Queues(self.cloud.clock, self.cloud.seeds, lambda: self.loop)
        self.inbox = self.queues.create("inbox")
        self.topic_messages: list[tuple[str, str, str]] = []
        self.invocations: list[tuple[str, dict[str, Any]]] = []
        self.bus_events: list[dict[str, Any]] = []
        self.trace_headers: list[str | None] = []
        self.refusal: AwsError | None = None
        own: dict[str, Any] = {
            "to_queue": send_to(self.queues),
            "to_topic": self._to_topic,
            "to_function": self._to_function,
            "has_function": FUNCTION.__eq__,
            "to_bus": self._to_bus,
        }
        self.s3 = S3WithNotifications(
            self.cloud.moto,
            self.cloud.clock,
            self.cloud.seeds,
            destinations=Destinations(**own | ways),
            shapes=shapes,
            settings=settings or DeliverySettings(),
            timers=lambda: self.loop,
            trace=self.cloud.trace,
        )
        self.cloud.router.mount("s3", self.s3)

    def run(self, test: Callable[[Any], Awaitable[Any]]) -> Any:
        """Run *test* with an S3 client, on the virtual loop; the bucket ``uploads`` is there."""

        async def main() -> Any:
            async with self.client() as client:
                await client.create_bucket(Bucket="uploads")
                return await test(client)

        self.cloud.moto.start()
        try:
            return self.loop.run_until_complete(main())
        finally:
            self.cloud.moto.stop()
            self.loop.close()

    @asynccontextmanager
    async def client(self) -> AsyncIterator[Any]:
        async with open_client(self.cloud.router, "s3") as client:
            yield client

    async def watch(self, client: Any, *events: str, **rules: str) -> None:
        """Let the inbox get *events*, by default all, of keys with the given prefix and suffix; drop the test event."""
        await configure(client, "QueueConfigurations", QueueArn=self.inbox.arn, events=events, **rules)
        self.read()

    def read(self) -> list[dict[str, Any]]:
        """The bodies in the inbox, taken out of it."""
        deliveries = self.inbox.receive(10)
        for one in deliveries:
            self.inbox.delete(one.receipt)
        return [json.loads(one.message.body) for one in deliveries]

    def records(self) -> list[dict[str, Any]]:
        """The records in the inbox, taken out of it; each message has one."""
        found = []
        for body in self.read():
            (record,) = body["Records"]
            found.append(record)
        return found

    def notified(self) -> list[dict[str, Any]]:
        """The trace's lines about notifications, without numbers and kind."""
        lines = (line for line in self.cloud.trace.events() if line["kind"] == "bucket.notify")
        return [{key: value for key, value in line.items() if key not in ("n", "kind")} for line in lines]

    def _to_topic(self, topic_arn: str, message: str, subject: str, *, trace_header: str | None) -> str | None:
        self._maybe_refuse(trace_header)
        self.topic_messages.append((topic_arn, message, subject))
        return f"message-{len(self.topic_messages)}"

    def _to_function(self, function_arn: str, event: dict[str, Any], *, trace_header: str | None) -> str | None:
        self._maybe_refuse(trace_header)
        self.invocations.append((function_arn, event))
        return None

    def _to_bus(self, event: dict[str, Any], *, trace_header: str | None) -> str | None:
        self._maybe_refuse(trace_header)
        self.bus_events.append(event)
        return str(event["id"])

    def _maybe_refuse(self, trace_header: str | None) -> None:
        self.trace_headers.append(trace_header)
        if self.refusal is not None:
            raise self.refusal


async def configure(client: Any, section: str, *, events: tuple[str, ...] = (), **members: Any) -> None:
    """Put a configuration of one entry on ``uploads``; *members* may have prefix, suffix and id in lower case."""
    rules = [
        {"Name": name, "Value": members.pop(name)}
        for name in ("prefix", "suffix", "Prefix", "Suffix")
        if name in members
    ]
    entry = {"Events": list(events) or EVERYTHING, **members}
    if rules:
        entry["Filter"] = {"Key": {"FilterRules": rules}}
    await client.put_bucket_notification_configuration(Bucket="uploads", NotificationConfiguration={section: [entry]})


def brief(record: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """A record's event and its object without the sequencer."""
    return record["eventName"], {name: value for name, value in record["s3"]["object"].items() if name != "sequencer"}


def sequencers(records: list[dict[str, Any]]) -> list[str | None]:
    return [record["s3"]["object"].get("sequencer") for record in records]


async def refused(call: Any, **params: Any) -> tuple[int, dict[str, Any]]:
    """The status and the error of a call that is refused."""
    with pytest.raises(ClientError) as caught:
        await call(**params)
    response: Any = caught.value.response
    return response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]


async def read(s3: Any) -> dict[str, Any]:
    answer: dict[str, Any] = await s3.get_bucket_notification_configuration(Bucket="uploads")
    del answer["ResponseMetadata"]
    return answer
