"""A topic's handle, and its subscriptions'."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from eventsim.errors import InputError
from eventsim.facade.deployments import event_arn
from eventsim.facade.given import names_of, node_of, read_given, read_node, resource
from eventsim.facade.handle import Handle
from eventsim.facade.keywords import check_keywords, text_of
from eventsim.facade.words import counted, shortened
from eventsim.scenarios.convert import read_whole
from eventsim.scenarios.publishes import plain_attributes
from eventsim.scenarios.topics import subscription_table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventsim.cloud.topics.subscription import Subscription as EngineSubscription
    from eventsim.cloud.topics.topic import Topic as Engine
    from eventsim.facade.scope import Scope

_PARAMETERS = {
    "Subject": "subject",
    "MessageStructure": "structure",
    "MessageAttributes": "attributes",
    "MessageGroupId": "group_id",
    "MessageDeduplicationId": "dedup_id",
}


class Published(msgspec.Struct, frozen=True):
    """A message that a topic has accepted; *sequence_number* is a FIFO topic's."""

    topic: str
    id: str
    message: str
    sequence_number: str | None

    def __repr__(self) -> str:
        return f"<message {shortened(self.message)} of {self.topic}>"


class Subscription:
    """A queue or function that gets a topic's messages."""

    def __init__(self, scope: Scope, engine: EngineSubscription) -> None:
        self._scope = scope
        self._engine = engine

    @property
    def arn(self) -> str:
        """Its ARN."""
        return self._engine.arn

    @property
    def endpoint(self) -> str:
        """The ARN of the queue or function."""
        return self._engine.endpoint

    def unsubscribe(self) -> None:
        """End it."""
        self._scope.writable().services.topics.unsubscribe(self.arn)

    def __repr__(self) -> str:
        ended = ", ended" if self._engine.ended else ""
        return f"<Subscription of {self._engine.target} to {self._engine.topic_name}{ended}>"


class Topic(Handle):
    """An SNS topic of a simulation."""

    _engine: Engine

    # -- what can be done ------------------------------------------------------------------------

    def publish(self, message: Any, *, attributes: Mapping[str, Any] | None = None, **parameters: Any) -> Published:
        """Publish a message: text as it is, anything else as compact JSON (SNS-06, SNS-13, SNS-16 to SNS-19).

        *attributes* are message attributes as plain values: text, a number or a list. *parameters* are Publish's own:
        ``Subject``, ``MessageAttributes``, ``MessageStructure``, ``MessageGroupId``, ``MessageDeduplicationId``.
        Raises AwsError with SNS's own text for what SNS refuses.
        """
        core = self._scope.writable()
        check_keywords(parameters, _PARAMETERS, "Publish")
        if attributes is not None and "MessageAttributes" in parameters:
            raise InputError(f"{self.name}: found attributes and MessageAttributes, expected one of them")
        given = {_PARAMETERS[name]: value for name, value in parameters.items()}
        if attributes is not None:
            given["attributes"] = _attributes(attributes, f"{self.name}.attributes")
        made = self._engine.publish(text_of(message, f"a message for {self.name}"), **given)
        core.world.trace.add("step.publish", topic=self.name, record=made.id)
        return Published(self.name, made.id, made.message, made.sequence_number or None)

    def subscribe(self, target: Any, **settings: Any) -> Subscription:
        """Let a queue or function get its messages from now on; the subscription is confirmed at once (SNS-07, SNS-08).

        *target* is a handle, a name or an ARN. *settings* are those of AWS::SNS::Subscription: ``FilterPolicy`` (a
        mapping), ``FilterPolicyScope``, ``RawMessageDelivery``, ``RedrivePolicy``.
        """
        core = self._scope.writable()
        kind, name = resource(core, target, f"{self.name}.subscribe", "queue", "function")
        table = subscription_table(names_of(core))
        what = "a subscription (AWS::SNS::Subscription)"
        attributes = read_given(settings, self.name, lambda r, node: read_whole(r, node, self.name, table, what))
        protocol = "sqs" if kind == "queue" else "lambda"
        made = core.services.topics.subscribe(self._engine, protocol, event_arn(core, kind, name), attributes)
        return Subscription(self._scope, made)

    # -- what can be seen ------------------------------------------------------------------------

    @property
    def subscriptions(self) -> list[Subscription]:
        """Its subscriptions, in the order they were made."""
        return [Subscription(self._scope, one) for one in self._engine.subscriptions.values()]

    @property
    def metrics(self) -> dict[str, int]:
        """What CloudWatch would count: messages published, notifications delivered, failed and filtered out."""
        counts = self._engine.metrics
        return {
            "NumberOfMessagesPublished": counts.published,
            "NumberOfNotificationsDelivered": counts.delivered,
            "NumberOfNotificationsFailed": counts.failed,
            "NumberOfNotificationsFilteredOut": counts.filtered_out,
            "NumberOfNotificationsRedrivenToDlq": counts.redriven,
        }

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Topic) and other._engine is self._engine

    def __hash__(self) -> int:
        return hash(self.arn)

    def __repr__(self) -> str:
        published = self._engine.metrics.published
        subscriptions = counted(len(self._engine.subscriptions), "subscription")
        return f"<Topic {self.name}: {subscriptions}, {counted(published, 'message')} published>"


def _attributes(given: Mapping[str, Any], path: str) -> dict[str, Any]:
    return read_node(node_of(given, path), path, lambda reading, node: plain_attributes(reading, node, path))
