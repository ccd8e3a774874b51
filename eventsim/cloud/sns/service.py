"""SNS's operations by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from eventsim.cloud.sns.pages import take_page
from eventsim.cloud.sns.parameters import read_parameters
from eventsim.cloud.sns.protocol import Map
from eventsim.cloud.sns.publishing import publish, publish_batch
from eventsim.cloud.topics.errors import invalid_parameter, resource_not_found
from eventsim.cloud.topics.policies import add_statement, remove_statement
from eventsim.cloud.topics.tags import check_tags, read_tags
from eventsim.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventsim.cloud.topics.registry import Topics
    from eventsim.cloud.topics.subscription import Subscription
    from eventsim.cloud.topics.topic import Topic

Json = dict[str, Any]


class SnsService:
    """The operations of SNS over an account's topics, in the shapes of its API."""

    def __init__(self, topics: Topics) -> None:
        self.topics = topics

    async def handle(self, operation: str, params: Mapping[str, Any], *, trace_header: str | None = None) -> Json:
        """Answer one request; binary values are base64 text or bytes, *trace_header* is the caller's X-Ray context.

        AwsError is SNS's own answer; NotImplemented for an operation that is not simulated.
        """
        given = read_parameters(operation, params)
        if operation == "Publish":
            return publish(self.topics, given, trace_header)
        if operation == "PublishBatch":
            return publish_batch(self.topics, given, trace_header)
        answer: Json = getattr(self, OPERATION_METHODS[operation])(given)
        return answer

    def _topic(self, given: Json) -> Topic:
        return self.topics.by_arn(given["TopicArn"])

    # --- topics ---

    def _create_topic(self, given: Json) -> Json:
        if given.get("DataProtectionPolicy"):
            raise invalid_parameter(
                "DataProtectionPolicy Reason: messages are not looked into in eventsim. Leave it out."
            )
        tags = read_tags(given.get("Tags", ()))
        return {"TopicArn": self.topics.create(given["Name"], given.get("Attributes"), tags).arn}

    def _delete_topic(self, given: Json) -> Json:
        try:
            self.topics.delete(self._topic(given))
        except AwsError as error:
            if error.code != "NotFound":
                raise
        return {}

    def _list_topics(self, given: Json) -> Json:
        page, more = take_page([topic.arn for topic in self.topics], given.get("NextToken"))
        return {"Topics": [{"TopicArn": arn} for arn in page], **more}

    def _get_topic_attributes(self, given: Json) -> Json:
        return {"Attributes": Map(self._topic(given).show())}

    def _set_topic_attributes(self, given: Json) -> Json:
        name = given["AttributeName"]
        self.topics.set_attributes(self._topic(given), {name: given.get("AttributeValue", "")})
        return {}

    def _add_permission(self, given: Json) -> Json:
        topic = self._topic(given)
        policy = add_statement(
            topic.show()["Policy"], topic.arn, given["Label"], given["AWSAccountId"], given["ActionName"]
        )
        self.topics.set_attributes(topic, {"Policy": policy})
        return {}

    def _remove_permission(self, given: Json) -> Json:
        topic = self._topic(given)
        self.topics.set_attributes(topic, {"Policy": remove_statement(topic.show()["Policy"], given["Label"])})
        return {}

    # --- subscriptions ---

    def _subscribe(self, given: Json) -> Json:
        topic = self._topic(given)
        subscription = self.topics.subscribe(
            topic, given["Protocol"], given.get("Endpoint", ""), given.get("Attributes")
        )
        if subscription.pending and given.get("ReturnSubscriptionArn") not in (True, "true"):
            return {"SubscriptionArn": "pending confirmation"}
        return {"SubscriptionArn": subscription.arn}

    def _confirm_subscription(self, given: Json) -> Json:
        """Tokens are sent to endpoints outside, which nobody here reads, so every token is wrong."""
        del given
        raise invalid_parameter("Token")

    def _unsubscribe(self, given: Json) -> Json:
        self.topics.unsubscribe(given["SubscriptionArn"])
        return {}

    def _list_subscriptions(self, given: Json) -> Json:
        return self._list(self.topics.subscriptions(), given)

    def _list_subscriptions_by_topic(self, given: Json) -> Json:
        return self._list(list(self._topic(given).subscriptions.values()), given)

    def _list(self, subscriptions: list[Subscription], given: Json) -> Json:
        page, more = take_page(subscriptions, given.get("NextToken"))
        return {"Subscriptions": [self._listed(one) for one in page], **more}

    def _listed(self, subscription: Subscription) -> Json:
        return {
            "SubscriptionArn": "PendingConfirmation" if subscription.pending else subscription.arn,
            "Owner": self.topics.account_id,
            "Protocol": subscription.protocol,
            "Endpoint": subscription.endpoint,
            "TopicArn": subscription.arn.rpartition(":")[0],
        }

    def _get_subscription_attributes(self, given: Json) -> Json:
        subscription = self.topics.subscription(given["SubscriptionArn"])
        shown = {
            "ConfirmationWasAuthenticated": "false" if subscription.pending else "true",
            "PendingConfirmation": "true" if subscription.pending else "false",
            "SubscriptionPrincipal": f"arn:aws:iam::{self.topics.account_id}:root",
            **self._listed(subscription),
            "SubscriptionArn": subscription.arn,
            **subscription.attributes.to_strings(),
        }
        return {"Attributes": Map(sorted(shown.items()))}

    def _set_subscription_attributes(self, given: Json) -> Json:
        subscription = self.topics.subscription(given["SubscriptionArn"])
        subscription.change({given["AttributeName"]: given.get("AttributeValue", "")})
        return {}

    # --- tags ---

    def _resource(self, given: Json) -> Topic:
        topic = self.topics.find(given["ResourceArn"])
        if topic is None:
            raise resource_not_found()
        return topic

    def _tag_resource(self, given: Json) -> Json:
        topic = self._resource(given)
        topic.tags.update(check_tags(read_tags(given["Tags"]), topic.tags))
        return {}

    def _untag_resource(self, given: Json) -> Json:
        topic = self._resource(given)
        for key in given["TagKeys"]:
            topic.tags.pop(key, None)
        return {}

    def _list_tags_for_resource(self, given: Json) -> Json:
        return {"Tags": [{"Key": key, "Value": value} for key, value in self._resource(given).tags.items()]}


OPERATION_METHODS: Final = {
    "AddPermission": "_add_permission",
    "ConfirmSubscription": "_confirm_subscription",
    "CreateTopic": "_create_topic",
    "DeleteTopic": "_delete_topic",
    "GetSubscriptionAttributes": "_get_subscription_attributes",
    "GetTopicAttributes": "_get_topic_attributes",
    "ListSubscriptions": "_list_subscriptions",
    "ListSubscriptionsByTopic": "_list_subscriptions_by_topic",
    "ListTagsForResource": "_list_tags_for_resource",
    "ListTopics": "_list_topics",
    "RemovePermission": "_remove_permission",
    "SetSubscriptionAttributes": "_set_subscription_attributes",
    "SetTopicAttributes": "_set_topic_attributes",
    "Subscribe": "_subscribe",
    "TagResource": "_tag_resource",
    "Unsubscribe": "_unsubscribe",
    "UntagResource": "_untag_resource",
}
