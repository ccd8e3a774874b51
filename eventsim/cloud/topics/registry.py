"""The topics and subscriptions of one account and region."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Final

from eventsim.cloud.topics.arns import FUNCTION_ARN, QUEUE_ARN, check_topic_name, is_in, split_arn
from eventsim.cloud.topics.deliveries import Deliveries, DeliverToFunction, MakeEvent, no_functions
from eventsim.cloud.topics.errors import invalid_parameter, subscription_not_found, topic_not_found
from eventsim.cloud.topics.outside import OUTSIDE, check_number, check_outside
from eventsim.cloud.topics.retries import RetryPolicy
from eventsim.cloud.topics.subscription import Subscription
from eventsim.cloud.topics.subscription_attributes import Place, SubscriptionAttributes
from eventsim.cloud.topics.tags import check_tags
from eventsim.cloud.topics.topic import MOST_KEPT, Topic
from eventsim.cloud.topics.topic_attributes import DEFAULT_SIZE_BYTES, TopicAttributes
from eventsim.kernel.seeds import draw_uuid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from eventsim.cloud.queues.registry import Queues
    from eventsim.cloud.queues.waiters import Timers
    from eventsim.kernel.clock import Clock
    from eventsim.kernel.seeds import Seeds
    from eventsim.kernel.trace import Trace

OTHER_PROTOCOLS: Final = frozenset({"application", "firehose"})
MOST_LARGE_SUBSCRIPTIONS: Final = 100
DEFAULT_RETRIES: Final = RetryPolicy()


class Topics:
    """All topics, in the order of their creation.

    Messages go to the queues of *queues*, whose account and region are the topics' too, and to functions through
    *deliver_to_function* with the event that *make_event* builds (``eventsim.events.sns.sns_event``). *timers* gives
    the event loop when a failed delivery has to wait; *trace* gets ``topic.deliver``. Ids come from one random stream
    per topic.
    """

    def __init__(
        self,
        clock: Clock,
        seeds: Seeds,
        timers: Callable[[], Timers],
        queues: Queues,
        *,
        make_event: MakeEvent,
        deliver_to_function: DeliverToFunction = no_functions,
        retries: RetryPolicy = DEFAULT_RETRIES,
        trace: Trace | None = None,
    ) -> None:
        self.account_id = queues.account_id
        self.region = queues.region
        self._clock = clock
        self._seeds = seeds
        self._deliveries = Deliveries(
            clock,
            timers,
            queues,
            deliver_to_function=deliver_to_function,
            make_event=make_event,
            retries=retries,
            trace=trace,
        )
        self._topics: dict[str, Topic] = {}
        self.text_messages: deque[tuple[str, str, str]] = deque(maxlen=MOST_KEPT)
        """The last ones: id, number and text."""

    def __iter__(self) -> Iterator[Topic]:
        return iter(tuple(self._topics.values()))

    def __len__(self) -> int:
        return len(self._topics)

    # --- topics ---

    def create(
        self, name: str, attributes: Mapping[str, str] | None = None, tags: Mapping[str, str] | None = None
    ) -> Topic:
        """The topic of that name, new unless it exists with the same values for *attributes* and *tags*.

        FifoTopic ``true`` and a name that ends in ``.fifo`` make a FIFO topic. AwsError InvalidParameter.
        """
        given = attributes or {}
        fifo = check_topic_name(name, given)
        parsed = TopicAttributes.parse(given, fifo=fifo)
        check_tags(tags or {})
        existing = self._topics.get(name)
        if existing is not None:
            if existing.attributes.differing(parsed, given):
                raise invalid_parameter("Attributes Reason: Topic already exists with different attributes")
            if not (tags or {}).items() <= existing.tags.items():
                raise invalid_parameter("Tags Reason: Topic already exists with different tags")
            return existing
        stream = self._seeds.stream(f"sns:{name}")
        topic = Topic(name, self.arn_of(name), parsed, clock=self._clock, stream=stream, deliveries=self._deliveries)
        topic.tags.update(tags or {})
        self._topics[name] = topic
        return topic

    def delete(self, topic: Topic) -> None:
        """Delete a topic with its subscriptions; deliveries that were to be tried again are lost."""
        if self._topics.pop(topic.name, None) is not None:
            for subscription in topic.subscriptions.values():
                subscription.ended = True
            topic.subscriptions.clear()

    def set_attributes(self, topic: Topic, attributes: Mapping[str, str]) -> None:
        """Change a topic's settings by their AWS names and strings; AwsError InvalidParameter."""
        changed = topic.attributes.changed(attributes)
        if changed.size_limit_bytes > DEFAULT_SIZE_BYTES and len(topic.subscriptions) > MOST_LARGE_SUBSCRIPTIONS:
            raise too_many_for_large(f"the topic has {len(topic.subscriptions)}")
        topic.attributes = changed

    def get(self, name: str) -> Topic:
        """The topic of that name; AwsError NotFound."""
        found = self._topics.get(name)
        if found is None:
            raise topic_not_found()
        return found

    def find(self, arn: str) -> Topic | None:
        """The topic with that ARN, or None."""
        topic = self._topics.get(arn.rpartition(":")[2])
        return topic if topic is not None and topic.arn == arn else None

    def by_arn(self, arn: str, parameter: str = "TopicArn") -> Topic:
        """The topic with that ARN; AwsError NotFound, or InvalidParameter for what is no topic's ARN here."""
        found = self.find(arn)
        if found is None:
            parts = split_arn(arn, parameter)
            if parts[2] != "sns" or parts[3] != self.region or len(parts) != 6:
                raise invalid_parameter(parameter)
            raise topic_not_found()
        return found

    def arn_of(self, name: str) -> str:
        """The ARN of a topic of that name."""
        return f"arn:aws:sns:{self.region}:{self.account_id}:{name}"

    def send_text_message(self, number: str, message: str) -> str:
        """The id of a text message, which leaves the account; AwsError InvalidParameter."""
        check_number(number)
        if not message:
            raise invalid_parameter("Empty message")
        message_id = draw_uuid(self._seeds.stream("sns"))
        self.text_messages.append((message_id, number, message))
        return message_id

    # --- subscriptions ---

    def subscribe(
        self, topic: Topic, protocol: str, endpoint: str, attributes: Mapping[str, str] | None = None
    ) -> Subscription:
        """The subscription of that endpoint; new unless it exists with these *attributes*.

        Queues, functions and telephones are confirmed at once, the others never: nobody here reads the message that
        asks for it. The endpoint need not exist until something is delivered. AwsError InvalidParameter, also for the
        protocols ``application`` and ``firehose``.
        """
        self._check_endpoint(topic, protocol, endpoint)
        place = Place(protocol, topic.fifo, self.account_id, self.region)
        parsed = SubscriptionAttributes.parse(attributes or {}, place)
        for one in topic.subscriptions.values():
            if one.protocol == protocol and one.endpoint == endpoint:
                if one.attributes.differing(parsed, attributes or {}):
                    raise invalid_parameter("Attributes Reason: Subscription already exists with different attributes")
                return one
        large = topic.attributes.size_limit_bytes > DEFAULT_SIZE_BYTES
        if large and len(topic.subscriptions) >= MOST_LARGE_SUBSCRIPTIONS:
            raise too_many_for_large("this would be one more")
        subscription = Subscription(topic.new_subscription_arn(), endpoint, place, parsed, topic.metrics)
        topic.subscriptions[subscription.arn] = subscription
        return subscription

    def unsubscribe(self, arn: str) -> None:
        """End a subscription; one that is not there is no error. AwsError InvalidParameter for another kind of ARN."""
        topic = self._topic_of(arn)
        subscription = topic.subscriptions.pop(arn, None) if topic else None
        if topic is not None and subscription is not None:
            subscription.ended = True
            topic.subscriptions_deleted += 1

    def subscription(self, arn: str) -> Subscription:
        """The subscription with that ARN; AwsError NotFound or InvalidParameter."""
        topic = self._topic_of(arn)
        found = topic.subscriptions.get(arn) if topic else None
        if found is None:
            raise subscription_not_found()
        return found

    def subscriptions(self) -> list[Subscription]:
        """All subscriptions, topic by topic."""
        return [subscription for topic in self for subscription in topic.subscriptions.values()]

    def _topic_of(self, arn: str) -> Topic | None:
        parts = split_arn(arn, "SubscriptionArn")
        if len(parts) != 7:
            raise invalid_parameter("SubscriptionId")
        return self.find(":".join(parts[:6]))

    def _check_endpoint(self, topic: Topic, protocol: str, endpoint: object) -> None:
        if protocol in OTHER_PROTOCOLS:
            raise invalid_parameter(f"Protocol Reason: eventsim does not deliver to {protocol}")
        if protocol in OUTSIDE:
            check_outside(protocol, endpoint, fifo=topic.fifo)
            return
        if protocol not in ("lambda", "sqs"):
            raise invalid_parameter(f"Amazon SNS does not support this protocol string: {protocol}")
        pattern, kind = (QUEUE_ARN, "SQS") if protocol == "sqs" else (FUNCTION_ARN, "Lambda")
        if not isinstance(endpoint, str) or not pattern.fullmatch(endpoint):
            raise invalid_parameter(f"{kind} endpoint ARN")
        if topic.fifo and protocol == "lambda":
            raise invalid_parameter("Invalid protocol type: lambda")
        if not topic.fifo and protocol == "sqs" and endpoint.endswith(".fifo"):
            reason = "Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics"
            raise invalid_parameter(f"Invalid parameter: {reason}")
        if not is_in(endpoint, pattern, self.region, self.account_id):
            where = f"account {self.account_id} and region {self.region}"
            raise invalid_parameter(f"Endpoint Reason: {endpoint} is elsewhere, eventsim has {where} only")


def too_many_for_large(found: str) -> Exception:
    """A topic of messages over 256 KiB can't have that many subscriptions (SNS-13)."""
    reason = f"a topic with a MaximumMessageSize above {DEFAULT_SIZE_BYTES} has at most {MOST_LARGE_SUBSCRIPTIONS}"
    return invalid_parameter(f"MaximumMessageSize Reason: {reason} subscriptions, {found}")
