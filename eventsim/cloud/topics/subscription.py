"""One subscription: what its endpoint gets of a message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventsim.cloud.queues.system_attributes import trace_attribute
from eventsim.cloud.topics.envelopes import queue_envelope
from eventsim.cloud.topics.outside import CONFIRMED_BY_HAND, OUTSIDE

if TYPE_CHECKING:
    from collections import deque

    from eventsim.cloud.queues.message import Message
    from eventsim.cloud.queues.queue import Queue
    from eventsim.cloud.topics.metrics import TopicMetrics
    from eventsim.cloud.topics.notification import Notification
    from eventsim.cloud.topics.subscription_attributes import Place, SubscriptionAttributes


class Subscription:
    """A queue or function that gets a topic's messages, or an endpoint outside the account.

    *endpoint* is its ARN and *target* its name; *metrics* are the topic's. *ordered* is true for a FIFO queue on a FIFO
    topic. *waiting* has, by message group, what must not overtake a message that is being retried. *outside* is true
    for mail, web servers and telephones, and *pending* for those of them that have still to confirm.
    """

    __slots__ = (
        "arn",
        "attributes",
        "ended",
        "endpoint",
        "metrics",
        "ordered",
        "outside",
        "pending",
        "place",
        "protocol",
        "target",
        "topic_name",
        "waiting",
    )

    def __init__(
        self, arn: str, endpoint: str, place: Place, attributes: SubscriptionAttributes, metrics: TopicMetrics
    ) -> None:
        self.arn = arn
        self.metrics = metrics
        self.endpoint = endpoint
        self.place = place
        self.protocol = place.protocol
        self.attributes = attributes
        self.topic_name = arn.split(":")[5]
        self.outside = self.protocol in OUTSIDE
        self.pending = self.protocol in CONFIRMED_BY_HAND
        self.target = endpoint if self.outside else endpoint.split(":", 5)[5].removeprefix("function:")
        self.ordered = place.fifo_topic and endpoint.endswith(".fifo")
        self.ended = False
        self.waiting: dict[str, deque[Notification]] = {}

    def rejection(self, notification: Notification) -> str | None:
        """What the filter policy has against a message; None when it passes (SNS-08)."""
        policy = self.attributes.filter
        return None if policy is None else policy.rejection(notification, self.protocol)

    def change(self, attributes: dict[str, str]) -> None:
        """Change settings by their AWS names and strings; AwsError InvalidParameter."""
        self.attributes = self.attributes.changed(attributes, self.place)

    def send_to(self, queue: Queue, notification: Notification) -> Message:
        """Put a message into the subscribed queue; AwsError when the queue can't take it.

        A FIFO topic's group and deduplication id go to FIFO queues only, a standard topic's group to standard queues
        (SNS-07, SNS-16, SNS-18).
        """
        group_id = notification.group_id if self.ordered or not self.place.fifo_topic else None
        return self._put(queue, notification, group_id, notification.dedup_id if self.ordered else None)

    def dead_letter_to(self, queue: Queue, notification: Notification) -> Message:
        """Put a message that could not be delivered into the dead-letter queue, as it would have been (SNS-15)."""
        ids = (notification.group_id, notification.dedup_id) if queue.fifo else (None, None)
        return self._put(queue, notification, *ids)

    def _put(self, queue: Queue, notification: Notification, group_id: str | None, dedup_id: str | None) -> Message:
        text = notification.text_for(self.protocol)
        raw = self.attributes.raw
        header = notification.trace_header
        return queue.send(
            text if raw else queue_envelope(notification, text, self.arn),
            attributes=notification.attributes if raw else None,
            system_attributes=trace_attribute(header),
            group_id=group_id,
            dedup_id=dedup_id,
        )
