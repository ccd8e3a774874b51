"""One topic: its settings, its subscriptions, and what is published to it."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final, Unpack

from eventsim.cloud.paid import paid_requests
from eventsim.cloud.queues.contents import DUST_S
from eventsim.cloud.queues.deduplication import Deduplication
from eventsim.cloud.topics.composing import MessageParameters, check_size, compose
from eventsim.cloud.topics.metrics import TopicMetrics
from eventsim.cloud.topics.notification import Notification, timestamp_of
from eventsim.cloud.topics.policies import default_policy
from eventsim.kernel.seeds import draw_uuid

if TYPE_CHECKING:
    from random import Random

    from eventsim.cloud.topics.deliveries import Deliveries
    from eventsim.cloud.topics.subscription import Subscription
    from eventsim.cloud.topics.topic_attributes import TopicAttributes
    from eventsim.kernel.clock import Clock

FIRST_SEQUENCE_NUMBER: Final = 10_000_000_000_000_000_000  # AWS's have 20 digits and begin like this
SEQUENCE_STEP: Final = 1_000
MOST_KEPT: Final = 1_000


class Topic:
    """A standard or FIFO topic, with its *subscriptions* by ARN in the order they were made.

    *recent* are the last messages that it took, for those who look at what was sent.
    """

    def __init__(
        self, name: str, arn: str, attributes: TopicAttributes, *, clock: Clock, stream: Random, deliveries: Deliveries
    ) -> None:
        self.name = name
        self.arn = arn
        self.fifo = attributes.fifo
        self.attributes = attributes
        self.tags: dict[str, str] = {}
        self.subscriptions: dict[str, Subscription] = {}
        self.subscriptions_deleted = 0
        self.metrics = TopicMetrics()
        self.recent: deque[Notification] = deque(maxlen=MOST_KEPT)
        self._clock = clock
        self._stream = stream
        self._deliveries = deliveries
        self._deduplication = Deduplication()
        self._sequence = FIRST_SEQUENCE_NUMBER

    def publish(self, message: str, **parameters: Unpack[MessageParameters]) -> Notification:
        """Publish a message and deliver it at once; the answer has its id and, on a FIFO topic, its sequence number.

        AwsError InvalidParameter, ParameterValueInvalid or ValidationError refuses it before anything happens;
        failures to deliver are the subscriptions' own and raise nothing. A duplicate within five minutes on a FIFO
        topic answers with the original's id and number and is not delivered (SNS-17).
        """
        made = self.compose(message, **parameters)
        check_size(made.size_bytes, self.attributes.size_limit_bytes)
        return self.accept(made)

    def compose(self, message: str, *, place: str = "", **parameters: Unpack[MessageParameters]) -> Notification:
        """The message that `publish` would accept, of whatever size; errors as there.

        *place* names it in a batch, for the errors that quote a path.
        """
        return compose(self.arn, self.attributes, message, place=place, **parameters)

    def accept(self, made: Notification) -> Notification:
        """Give a composed message its identity and deliver it, unless it is a duplicate."""
        self.metrics.published += 1
        self.metrics.publish_requests += paid_requests(made.size_bytes)
        if self.fifo and not self._number(made):
            return made
        if not made.id:
            made.id = draw_uuid(self._stream)
        made.timestamp = timestamp_of(self._clock.wall_ms())
        self.recent.append(made)
        self._deliveries.fan_out(made, tuple(one for one in self.subscriptions.values() if not one.outside))
        return made

    def _number(self, made: Notification) -> bool:
        """Give a FIFO message its id and number; False when it got those of the message that it repeats."""
        now = self._clock.now_s()
        scope = made.group_id if self.attributes.throughput_scope == "MessageGroup" else None
        key = (made.dedup_id or "", scope)
        original = self._deduplication.find(key, now + DUST_S)
        if original is not None:
            made.id, made.sequence_number = original
            return False
        made.id = draw_uuid(self._stream)
        made.sequence_number = str(self._sequence)
        self._sequence += SEQUENCE_STEP
        self._deduplication.keep(key, now, made)  # type: ignore[arg-type] # of a message it keeps what this has too
        return True

    def new_subscription_arn(self) -> str:
        """The ARN of a subscription that is about to be made."""
        return f"{self.arn}:{draw_uuid(self._stream)}"

    def show(self) -> dict[str, str]:
        """All attributes, as GetTopicAttributes shows them, by name."""
        account_id = self.arn.split(":")[4]
        pending = sum(one.pending for one in self.subscriptions.values())
        strings = {
            "Owner": account_id,
            "SubscriptionsConfirmed": str(len(self.subscriptions) - pending),
            "SubscriptionsDeleted": str(self.subscriptions_deleted),
            "SubscriptionsPending": str(pending),
            "TopicArn": self.arn,
            **self.attributes.to_strings(default_policy(self.arn)),
        }
        return dict(sorted(strings.items()))
