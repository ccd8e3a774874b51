"""Asynchronous events of an endpoint: what a feeder queue brings is delivered, and deleted at the event's end."""

from __future__ import annotations

import asyncio
from functools import partial
from math import inf
from typing import TYPE_CHECKING, Any

import msgspec

from eventsim.errors import AwsError
from eventsim.realtime.looking import wait_while

if TYPE_CHECKING:
    from eventsim.cloud.queues.message import Delivery
    from eventsim.realtime.feeds import Feed
    from eventsim.realtime.simulation import RemoteSimulation
    from eventsim.sources.remote_patient import PatientQueueSource

LEASE_S = 120
_RENEW_EVERY_S = 40.0
_MOST_UNFINISHED = 1000


class Feeder:
    """Reads one feeder queue for one function; its messages are kept as long as their events are tried."""

    def __init__(self, feed: Feed, source: PatientQueueSource, simulation: RemoteSimulation) -> None:
        self._feed = feed
        self._source = source
        self._simulation = simulation
        self._unfinished: dict[str, Delivery] = {}
        self._deleting: set[asyncio.Task[Any]] = set()

    @property
    def busy(self) -> bool:
        """Whether an event that came in is not at its end yet."""
        return bool(self._unfinished or self._deleting)

    async def run(self) -> None:
        """Take events until it is cancelled."""
        renewing = asyncio.ensure_future(self._renew())
        try:
            while True:
                await wait_while(lambda: len(self._unfinished) >= _MOST_UNFINISHED, every_s=0.1)
                for delivery in await self._source.receive(10, lambda: LEASE_S, inf):
                    self._take(delivery)
        finally:
            renewing.cancel()

    async def finish(self) -> None:
        """Wait for the deletes that are under way."""
        if self._deleting:
            await asyncio.wait(self._deleting)

    def _take(self, delivery: Delivery) -> None:
        event = self._event(delivery.message.body)
        if event is None:  # a test event of S3, or nothing that a service sends
            self._done(delivery)
            return
        self._unfinished[delivery.receipt] = delivery
        try:
            self._simulation.asynchronous().enqueue(
                self._feed.function,
                event,
                source="sns" if self._feed.kind == "topic" else "s3",
                trace_header=delivery.message.trace_header,
                on_done=partial(self._done, delivery),
            )
        except AwsError:  # too large, or stopped in a loop: it would never be taken
            self._done(delivery)

    def _done(self, delivery: Delivery) -> None:
        self._unfinished.pop(delivery.receipt, None)
        task = asyncio.ensure_future(self._source.delete([delivery]))
        self._deleting.add(task)
        task.add_done_callback(self._deleting.discard)

    def _event(self, body: str) -> dict[str, Any] | None:
        try:
            message = msgspec.json.decode(body)
        except msgspec.DecodeError:
            return None
        if not isinstance(message, dict):
            return None
        if self._feed.kind == "bucket":
            return message if message.get("Records") else None
        if message.get("Type") != "Notification":
            return None
        resources = self._simulation.resources
        return sns_event_of(message, resources.subscriptions.get(self._feed.queue))

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(_RENEW_EVERY_S)
            held = list(self._unfinished.values())
            if held:
                await self._source.lengthen(held, LEASE_S)


def sns_event_of(envelope: dict[str, Any], subscription_arn: str | None) -> dict[str, Any]:
    """The event of a function for what a topic sent to a queue; it spells two members otherwise (SNS-01, SNS-02)."""
    topic_arn = envelope.get("TopicArn", "")
    return {
        "Records": [
            {
                "EventSource": "aws:sns",
                "EventVersion": "1.0",
                "EventSubscriptionArn": subscription_arn or topic_arn,
                "Sns": {
                    "Type": "Notification",
                    "MessageId": envelope.get("MessageId"),
                    "TopicArn": topic_arn,
                    "Subject": envelope.get("Subject"),
                    "Message": envelope.get("Message"),
                    "Timestamp": envelope.get("Timestamp"),
                    "SignatureVersion": envelope.get("SignatureVersion", "1"),
                    "Signature": envelope.get("Signature"),
                    "SigningCertUrl": envelope.get("SigningCertURL"),
                    "UnsubscribeUrl": envelope.get("UnsubscribeURL"),
                    "MessageAttributes": envelope.get("MessageAttributes", {}),
                },
            }
        ]
    }
