"""Topics and subscriptions: names, settings, identity; each setting is honoured or refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cloud.topics_account import LAMBDA, SQS, Account, refusal

START = "InvalidParameter: Invalid parameter: "
RECORDED = "expected_event_or_destination_record"
PREFIXES = "the set of supported type prefixes is Binary, Number, and String."
NOT_LOGGED = "deliveries are not logged in eventsim. Leave it out."
ATTRIBUTE, VALUE = "The message attribute 'a'", "message attribute value for message attribute type"


@pytest.mark.parametrize("name", ["", "x" * 257, "a:b", "a b", "a.b", "ä", "t.fifo", None])
def test_a_name_is_1_to_256_letters_digits_hyphens_and_underscores(name: Any) -> None:
    account = Account()
    assert refusal(lambda: account.topics.create(name)) == f"{START}Topic Name"
    assert account.topics.create("x" * 256).name == "x" * 256


@pytest.mark.rule("SNS-16")
@pytest.mark.parametrize("name", ["t", "t.fif", ".fifo", "a b.fifo", "x" * 252 + ".fifo"])
def test_a_fifo_topics_name_ends_in_fifo(name: str) -> None:
    text = refusal(lambda: Account().topics.create(name, {"FifoTopic": "true"}))
    assert text.startswith(f"{START}Fifo Topic names must end with .fifo and must be made up of only uppercase and")


def test_creating_a_topic_again_gives_the_same_one() -> None:
    topics = Account().topics
    topic = topics.create("t", {"DisplayName": "shown", "FifoTopic": "false"}, {"k1": "v1", "k2": "v2"})
    assert topics.create("t") is topic
    assert topics.create("t", {"DisplayName": "shown"}, {"k2": "v2"}) is topic
    different = "Topic already exists with different"
    assert (
        refusal(lambda: topics.create("t", {"DisplayName": "x"})) == f"{START}Attributes Reason: {different} attributes"
    )
    assert refusal(lambda: topics.create("t", tags={"k3": "v"})) == f"{START}Tags Reason: {different} tags"
    assert [one.name for one in topics] == ["t"]
    assert len(topics) == 1


def test_a_topic_shows_its_attributes_as_recorded(capture: Any) -> None:
    name = "sns_test_publish_batch_messages_from_fifo_topic_to_fifo_queue_False"
    recorded = capture(name)[RECORDED]["topic-attrs"]["Attributes"]
    shown = Account().topic("t.fifo").show()
    assert list(shown) == list(recorded)
    assert json.loads(shown["EffectiveDeliveryPolicy"]) == recorded["EffectiveDeliveryPolicy"]
    policy = json.dumps(recorded["Policy"]).replace("111111111111", "123456789012")
    policy = policy.replace("arn:<partition>:sns:<region>:123456789012:<resource:1>", shown["TopicArn"])
    assert json.loads(shown["Policy"]) == json.loads(policy)
    for attribute in ("ContentBasedDeduplication", "DisplayName", "FifoTopic", "SubscriptionsConfirmed"):
        assert shown[attribute] == recorded[attribute]


def test_a_topic_shows_what_was_set_and_counts_its_subscriptions() -> None:
    account = Account()
    settings = {
        "DisplayName": "shown",
        "KmsMasterKeyId": "alias/key",
        "MaximumMessageSize": "2048",
        "Policy": '{"Version": "2012-10-17"}',
        "SignatureVersion": "2",
        "TracingConfig": "PassThrough",
    }
    topic = account.topic(**settings)
    account.to_function(topic, "a")
    account.topics.unsubscribe(account.to_function(topic, "b").arn)
    shown = topic.show()
    assert {name: shown[name] for name in settings} == settings
    assert [shown[f"Subscriptions{state}"] for state in ("Confirmed", "Deleted", "Pending")] == ["1", "1", "0"]
    account.topics.set_attributes(topic, {"KmsMasterKeyId": "", "Policy": "", "TracingConfig": ""})
    assert topic.attributes.kms_key_id is topic.attributes.policy is topic.attributes.tracing is None


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("Nonsense", "x", "Unknown attribute Nonsense"),
        ("DisplayName", "x" * 101, "DisplayName: found 101 characters, at most 100"),
        ("Policy", "no policy", "Policy Error: found something else than a JSON object"),
        ("MaximumMessageSize", "1023", "MaximumMessageSize: Invalid value [1023]. Must be 1024 to 1048576."),
        ("MaximumMessageSize", "1048577", "MaximumMessageSize: Invalid value [1048577]. Must be 1024 to 1048576."),
        ("MaximumMessageSize", "1e4", "MaximumMessageSize: Invalid value [1e4]. Must be 1024 to 1048576."),
        ("SignatureVersion", "3", "SignatureVersion: Invalid value [3]. Please use either 1 or 2"),
        ("ContentBasedDeduplication", "true", "ContentBasedDeduplication can only be set for FIFO topics"),
        ("FifoThroughputScope", "Topic", "FifoThroughputScope can only be set for FIFO topics"),
        ("FifoTopic", "maybe", "FifoTopic: Invalid value [maybe]. Must be true or false."),
        (
            "TracingConfig",
            "Active",
            ("TracingConfig: Invalid value [Active]: eventsim passes trace headers on and keeps no X-Ray segments. "
            "Must be PassThrough."),
        ),
        ("ArchivePolicy", "{}", "ArchivePolicy: messages are not archived in eventsim. Leave it out."),
        ("DataProtectionPolicy", "{}", "DataProtectionPolicy: messages are not looked into in eventsim. Leave it out."),
        (
            "DeliveryPolicy",
            "{}",
            "DeliveryPolicy: it is about HTTP endpoints, which nothing is delivered to in eventsim. Leave it out.",
        ),
        ("SQSSuccessFeedbackRoleArn", "arn", f"SQSSuccessFeedbackRoleArn: {NOT_LOGGED}"),
        ("LambdaSuccessFeedbackSampleRate", "9", f"LambdaSuccessFeedbackSampleRate: {NOT_LOGGED}"),
        ("DisplayName", 5, "DisplayName: Invalid value [5]. It must be a string."),
    ],
)  # fmt: skip
def test_a_topics_setting_is_honoured_or_refused(name: str, value: Any, text: str) -> None:
    account = Account()
    assert refusal(lambda: account.topics.create("t", {name: value})) == f"{START}Attributes Reason: {text}"
    topic = account.topic("other")
    if name != "FifoTopic":
        later = "AttributeName" if name == "Nonsense" else text
        assert refusal(lambda: account.topics.set_attributes(topic, {name: value})) == f"{START}{later}"
    assert refusal(lambda: account.topics.set_attributes(topic, {"FifoTopic": "false"})) == f"{START}AttributeName"


def test_an_empty_setting_of_what_is_not_simulated_sets_nothing() -> None:
    account = Account()
    topic = account.topic(DeliveryPolicy="", SQSFailureFeedbackRoleArn="")
    subscription = account.to_queue(topic, "q", DeliveryPolicy="", ReplayPolicy="")
    assert "DeliveryPolicy" not in topic.show()
    assert subscription.attributes.to_strings() == {"RawMessageDelivery": "false"}


@pytest.mark.parametrize(
    ("tags", "text"),
    [
        ({"": "x"}, "Invalid parameter: Tag key '' must be 1 to 128 characters and not begin with 'aws:'."),
        ({"AWS:x": "x"}, "Invalid parameter: Tag key 'AWS:x' must be 1 to 128 characters and not begin with 'aws:'."),
        ({"k": "x" * 257}, "Invalid parameter: The value of tag 'k' must be a string of at most 256 characters."),
        ({str(n): "x" for n in range(51)}, "Could not complete request: tag quota of 50 per resource exceeded"),
    ],
)
def test_a_topic_has_at_most_50_tags_of_limited_length(tags: dict[str, str], text: str) -> None:
    account = Account()
    assert refusal(lambda: account.topics.create("t", tags=tags)).partition(": ")[2] == text


@pytest.mark.parametrize(
    ("arn", "text"),
    [
        ("", "InvalidParameter: Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 1"),
        ("a:1", "InvalidParameter: Invalid parameter: TopicArn Reason: An ARN must have at least 6 elements, not 2"),
        ("arn:aws:sns:eu-west-1:123456789012:t", "InvalidParameter: Invalid parameter: TopicArn"),
        ("arn:aws:sqs:us-east-1:123456789012:t", "InvalidParameter: Invalid parameter: TopicArn"),
        ("arn:aws:sns:us-east-1:123456789012:t:id", "InvalidParameter: Invalid parameter: TopicArn"),
        ("arn:aws:sns:us-east-1:123456789012:t2", "NotFound: Topic does not exist"),
        ("arn:aws:sns:us-east-1:210987654321:t", "NotFound: Topic does not exist"),
    ],
)  # fmt: skip
def test_a_topic_is_found_by_its_arn(arn: str, text: str) -> None:
    account = Account()
    topic = account.topic("t")
    assert account.topics.by_arn(topic.arn) is account.topics.get("t") is topic
    assert refusal(lambda: account.topics.by_arn(arn)) == text
    assert refusal(lambda: account.topics.get("t2")) == "NotFound: Topic does not exist"


def test_a_subscription_is_found_by_its_arn_until_it_ends() -> None:
    account = Account()
    topic = account.topic("t")
    subscription = account.to_function(topic)
    assert account.topics.subscription(subscription.arn) is subscription
    account.topics.unsubscribe(subscription.arn)
    account.topics.unsubscribe(subscription.arn)
    missing = "NotFound: Subscription does not exist"
    assert refusal(lambda: account.topics.subscription(subscription.arn)) == missing
    subscription = account.to_function(topic)
    account.topics.delete(topic)
    account.topics.delete(topic)
    assert refusal(lambda: account.topics.subscription(subscription.arn)) == missing
    assert account.topics.subscriptions() == []
    assert refusal(lambda: account.topics.unsubscribe(topic.arn)) == f"{START}SubscriptionId"
    assert refusal(lambda: account.topics.unsubscribe("x")).endswith("An ARN must have at least 6 elements, not 1")


@pytest.mark.parametrize(
    ("protocol", "endpoint", "text"),
    [
        ("nonsense", SQS + "q", "Amazon SNS does not support this protocol string: nonsense"),
        ("http", "https://example.com/", "Endpoint must match the specified protocol"),
        ("https", None, "Endpoint must match the specified protocol"),
        ("email", "example.com", "Email address"),
        ("sms", "call me", "Invalid SMS endpoint: call me"),
        ("firehose", "arn:aws:firehose:x", "Protocol Reason: eventsim does not deliver to firehose"),
        ("application", "arn:aws:sns:x", "Protocol Reason: eventsim does not deliver to application"),
        ("sqs", "https://sqs.us-east-1.amazonaws.com/123456789012/q", "SQS endpoint ARN"),
        ("sqs", LAMBDA + "f", "SQS endpoint ARN"),
        ("sqs", None, "SQS endpoint ARN"),
        ("lambda", "f", "Lambda endpoint ARN"),
        (
            "sqs",
            "arn:aws:sqs:eu-west-1:123456789012:q",
            (
                "Endpoint Reason: arn:aws:sqs:eu-west-1:123456789012:q is elsewhere, eventsim has account 123456789012 "
                "and region us-east-1 only"
            ),
        ),
    ],
)
def test_an_endpoint_is_a_queue_or_a_function_of_this_account(protocol: str, endpoint: Any, text: str) -> None:
    account = Account()
    topic = account.topic()
    assert refusal(lambda: account.topics.subscribe(topic, protocol, endpoint)) == f"{START}{text}"


def test_an_endpoint_need_not_exist_yet() -> None:
    account = Account()
    topic = account.topic()
    account.topics.subscribe(topic, "sqs", SQS + "later")
    account.topics.subscribe(topic, "lambda", LAMBDA + "f:live")
    topic.publish("too early")
    account.queue("later")
    topic.publish("in time")
    assert account.texts("later") == ["in time"]
    assert account.events[0][0] == LAMBDA + "f:live"


def test_subscribing_again_gives_the_same_subscription() -> None:
    account = Account()
    topic = account.topic()
    subscription = account.to_queue(topic, "q", RawMessageDelivery="True")

    def again(**attributes: str) -> Any:
        return account.topics.subscribe(topic, "sqs", SQS + "q", attributes)

    same: tuple[dict[str, str], ...] = ({}, {"RawMessageDelivery": "true"}, {"FilterPolicyScope": "MessageAttributes"})
    assert all(again(**attributes) is subscription for attributes in same)
    text = refusal(lambda: again(RawMessageDelivery="false", FilterPolicyScope="MessageBody"))
    assert text == f"{START}Attributes Reason: Subscription already exists with different attributes"


@pytest.mark.rule("SNS-07", "SNS-12")
@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("RawMessageDelivery", "test-ValUe", "RawMessageDelivery: Invalid value [test-ValUe]. Must be true or false."),
        ("RawMessageDelivery", "", "RawMessageDelivery: Invalid value []. Must be true or false."),
        ("RawMessageDelivery", "true", "Delivery protocol [lambda] does not support raw message delivery."),
        (
            "FilterPolicyScope",
            "x",
            "FilterPolicyScope: Invalid value [x]. Please use either MessageBody or MessageAttributes",
        ),
        ("ReplayPolicy", "{}", "ReplayPolicy: messages are not archived in eventsim. Leave it out."),
        ("FilterPolicy", 5, "FilterPolicy: Invalid value [5]. It must be a string."),
        ("Nonsense", "x", "Unknown attribute Nonsense"),
    ],
)  # fmt: skip
def test_a_subscriptions_setting_is_honoured_or_refused(name: str, value: Any, text: str) -> None:
    account = Account()
    topic = account.topic()
    assert refusal(lambda: account.to_function(topic, **{name: value})) == f"{START}Attributes Reason: {text}"
    subscription = account.to_function(topic, RawMessageDelivery="false")
    later = "AttributeName" if name == "Nonsense" else text
    assert refusal(lambda: subscription.change({name: value})) == f"{START}{later}"


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("n" * 256, {}, "Length of message attribute name must be less than 256 bytes."),
        (
            "a^b",
            {},
            (
                "Invalid non-alphanumeric character '#x5E' was found in the message attribute name. Can only include "
                "alphanumeric characters, hyphens, underscores, or dots."
            ),
        ),
        (".a", {}, "Invalid message attribute name starting with character '.' was found."),
        ("a.", {}, "Invalid message attribute name ending with character '.' was found."),
        ("a..b", {}, "Message attribute name can not have successive '.' character."),
        ("a", {"DataType": "String"}, f"{ATTRIBUTE} must contain non-empty {VALUE} 'String'."),
        ("a", {"DataType": "Binary", "BinaryValue": b""}, f"{ATTRIBUTE} must contain non-empty {VALUE} 'Binary'."),
        ("a", {"DataType": "String", "BinaryValue": b"x"}, f"{ATTRIBUTE} with type 'String' must use field 'String'."),
        ("a", {"DataType": "Number", "BinaryValue": b"x"}, f"{ATTRIBUTE} with type 'Number' must use field 'String'."),
        ("a", {"DataType": "Binary", "StringValue": "x"}, f"{ATTRIBUTE} with type 'Binary' must use field 'Binary'."),
        (
            "a",
            {"DataType": "String", "StringValue": "x", "BinaryValue": b"x"},
            f"{ATTRIBUTE} with type 'String' has both StringValue and BinaryValue.",
        ),
        (
            "a",
            {"DataType": "Stringish", "StringValue": "x"},
            f"{ATTRIBUTE} has an invalid message attribute type, {PREFIXES}",
        ),
        ("a", {"DataType": "Number", "StringValue": "ten"}, "Could not cast message attribute 'a' value to number."),
        ("a", {"DataType": "String", "StringValue": 5}, "The value of message attribute 'a' must be a string."),
        (
            "a",
            {"DataType": "Binary", "BinaryValue": "no base64!"},
            "The value of message attribute 'a' must be bytes, or base64 text.",
        ),
    ],
)
def test_message_attributes_are_checked_in_snss_words(name: str, value: Any, text: str) -> None:
    topic = Account().topic()
    assert refusal(lambda: topic.publish("x", attributes={name: value})) == f"ParameterValueInvalid: {text}"


@pytest.mark.parametrize("value", [{"StringValue": "x"}, "text", None])
def test_an_attribute_needs_its_type(value: Any) -> None:
    topic = Account().topic()
    path = "messageAttributes.a.member.dataType"
    text = f"1 validation error detected: Value null at '{path}' failed to satisfy constraint: Member must not be null"
    assert refusal(lambda: topic.publish("x", attributes={"a": value})) == f"ValidationError: {text}"
    assert "must be a map" in refusal(lambda: topic.publish("x", attributes=["a"]))  # type: ignore[arg-type]
