"""A topic brings each message to each of its subscriptions, in the form that the subscription asks for."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cloud.topics_account import LAMBDA, SQS, Account, number, refusal, string

RECORDED = "expected_event_or_destination_record"


@pytest.mark.rule("SNS-01", "SNS-05")
def test_a_message_goes_to_every_subscription_at_its_instant_in_the_order_they_were_made() -> None:
    account = Account()
    topic = account.topic()
    for name in ("q2", "q1"):
        account.to_queue(topic, name)
    account.to_function(topic)
    account.now_s = 5.0
    published = topic.publish("hello")
    assert account.texts("q1") == account.texts("q2") == ["hello"]
    assert [(arn, len(event["Records"])) for arn, event in account.events] == [(LAMBDA + "f", 1)]
    assert account.log("topic", "protocol", "to", "message", "outcome") == [
        (5.0, "alerts", "sqs", "q2", published.id, "delivered"),
        (5.0, "alerts", "sqs", "q1", published.id, "delivered"),
        (5.0, "alerts", "lambda", "f", published.id, "delivered"),
    ]
    assert (topic.metrics.published, topic.metrics.delivered) == (1, 3)


@pytest.mark.rule("SNS-05")
def test_more_than_a_hundred_subscriptions_get_it_all() -> None:
    account = Account()
    topic = account.topic()
    names = [f"q{n}" for n in range(120)]
    for name in names:
        account.to_queue(topic, name, RawMessageDelivery="true")
    topic.publish("hello")
    assert [account.bodies(name) for name in names] == [["hello"]] * 120


@pytest.mark.rule("SNS-05")
def test_what_was_published_before_a_subscription_never_reaches_it() -> None:
    account = Account()
    topic = account.topic()
    topic.publish("before")
    account.to_queue(topic, "q")
    topic.publish("after")
    assert account.texts("q") == ["after"]


@pytest.mark.rule("SNS-03", "SNS-04")
def test_the_envelope_of_a_queue_to_the_letter() -> None:
    account = Account()
    topic = account.topic()
    subscription = account.to_queue(topic, "q")
    account.now_s = 1.25
    binary = {"DataType": "Binary", "BinaryValue": b"\x02\x03\x04"}
    published = topic.publish('say "ö"\n', subject="Hi", attributes={"kind": string("a"), "bytes": binary})
    message = account.queues.get("q").messages()[0]
    assert message.body == (
        "{\n"
        '  "Type" : "Notification",\n'
        f'  "MessageId" : "{published.id}",\n'
        '  "TopicArn" : "arn:aws:sns:us-east-1:123456789012:alerts",\n'
        '  "Subject" : "Hi",\n'
        '  "Message" : "say \\"ö\\"\\n",\n'
        '  "Timestamp" : "2026-01-01T00:00:01.250Z",\n'
        '  "SignatureVersion" : "1",\n'
        '  "Signature" : "eventsim+does+not+sign+its+notifications",\n'
        '  "SigningCertURL" : "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-placeholder.pem",\n'
        '  "UnsubscribeURL" : "https://sns.us-east-1.amazonaws.com/?Action=Unsubscribe&SubscriptionArn='
        f'{subscription.arn}",\n'
        '  "MessageAttributes" : {\n'
        '    "kind" : {"Type":"String","Value":"a"},\n'
        '    "bytes" : {"Type":"Binary","Value":"AgME"}\n'
        "  }\n"
        "}"
    )
    assert (message.attributes, message.group_id) == (None, None)


@pytest.mark.rule("SNS-03")
@pytest.mark.parametrize(
    ("name", "key", "arguments"),
    [
        ("publish_unicode_chars", "received-message", {"message": 'ö§a1"_!?,. £$-'}),
        (
            "publish_sqs_from_sns",
            "message-raw-false",
            {"message": "Test msg", "attributes": {"attr1": number("100.12")}},
        ),
        (
            "message_attributes_not_missing",
            "json-delivery-msg-attrs",
            {
                "message": "text",
                "attributes": {
                    "an-attribute-key": string("an-attribute-value"),
                    "binary-attribute": {"DataType": "Binary", "BinaryValue": b"\x02\x03\x04"},
                },
            },
        ),
    ],
)
def test_an_envelope_has_the_members_that_were_recorded(
    capture: Any, name: str, key: str, arguments: dict[str, Any]
) -> None:
    recorded = capture(f"sns_test_{name}")[RECORDED][key]["Messages"][0]["Body"]
    account = Account()
    topic = account.topic()
    account.to_queue(topic, "q")
    topic.publish(**arguments)
    (envelope,) = account.envelopes("q")
    assert list(envelope) == list(recorded)
    for member in ("Type", "Message", "SignatureVersion", "MessageAttributes"):
        assert envelope.get(member) == recorded.get(member)


@pytest.mark.rule("SNS-02", "SNS-03")
def test_signature_version_2_shows_in_envelopes_and_not_in_events() -> None:
    account = Account()
    topic = account.topic(SignatureVersion="2")
    account.to_queue(topic, "q")
    account.to_function(topic)
    topic.publish("hello")
    assert account.envelopes("q")[0]["SignatureVersion"] == "2"
    assert account.events[0][1]["Records"][0]["Sns"]["SignatureVersion"] == "1"


@pytest.mark.rule("SNS-07")
def test_raw_delivery_is_the_message_itself_with_its_attributes(capture: Any) -> None:
    recorded = capture("sns_test_publish_sqs_from_sns")[RECORDED]["message-raw-true"]["Messages"][0]
    account = Account()
    topic = account.topic()
    account.to_queue(topic, "q", RawMessageDelivery="TrUe")
    topic.publish("Test msg", subject="not in there", attributes={"attr1": number("99.12")})
    (message,) = account.queues.get("q").messages()
    assert (message.body, message.attributes) == (recorded["Body"], recorded["MessageAttributes"])
    assert message.md5_attributes == recorded["MD5OfMessageAttributes"]


@pytest.mark.rule("SNS-07")
def test_raw_delivery_keeps_binary_attributes() -> None:
    account = Account()
    topic = account.topic()
    account.to_queue(topic, "q", RawMessageDelivery="true")
    topic.publish("x", attributes={"store": {"DataType": "Binary", "BinaryValue": b"\x02\x03\x04"}})
    assert account.queues.get("q").messages()[0].attributes == {"store": {"DataType": "Binary", "BinaryValue": "AgME"}}


@pytest.mark.rule("SNS-07", "SNS-14")
def test_a_raw_message_with_more_than_ten_attributes_is_lost_to_its_subscription_alone() -> None:
    account = Account()
    topic = account.topic()
    account.to_queue(topic, "raw", RawMessageDelivery="true")
    account.to_queue(topic, "wrapped")
    topic.publish("ten", attributes={f"a{n}": string("x") for n in range(10)})
    topic.publish("eleven", attributes={f"a{n}": string("x") for n in range(11)})
    assert (account.bodies("raw"), account.texts("wrapped")) == (["ten"], ["ten", "eleven"])
    assert account.log("to", "outcome", "reason")[2] == (0.0, "raw", "lost", "InvalidParameterValueException")


@pytest.mark.rule("SNS-06")
def test_each_protocol_gets_its_own_text_of_a_json_structure() -> None:
    account = Account()
    topic = account.topic()
    account.to_queue(topic, "q")
    account.to_queue(topic, "raw", RawMessageDelivery="true")
    account.to_function(topic)
    topic.publish('{"default": "for all", "sqs": "for queues", "lambda": {"not": "a string"}}', structure="json")
    assert (account.texts("q"), account.bodies("raw")) == (["for queues"], ["for queues"])
    assert account.events[0][1]["Records"][0]["Sns"]["Message"] == "for all"
    topic.publish('{"default": "first", "default": "last"}', structure="json")
    assert account.texts("q")[-1] == "last"


@pytest.mark.rule("SNS-06")
@pytest.mark.parametrize(
    ("message", "text"),
    [
        ('{"sqs": "Test message"}', "No default entry in JSON message body"),
        ('{"default": {"object": "test"}}', "No default entry in JSON message body"),
        ('{"default": "This is a default message"} }', "JSON message body failed to parse"),
        ('["default"]', "JSON message body failed to parse"),
    ],
)
def test_a_json_structure_needs_a_default_text(message: str, text: str) -> None:
    topic = Account().topic()
    expected = f"InvalidParameter: Invalid parameter: Message Structure - {text}"
    assert refusal(lambda: topic.publish(message, structure="json")) == expected


@pytest.mark.rule("SNS-06")
def test_json_is_the_only_structure() -> None:
    topic = Account().topic()
    text = "InvalidParameter: Invalid parameter: MessageStructure Reason: found 'xml', only json is allowed"
    assert refusal(lambda: topic.publish("<a/>", structure="xml")) == text


@pytest.mark.rule("SNS-13")
def test_message_and_attributes_count_towards_the_size_limit() -> None:
    topic = Account().topic()
    attributes = {"attr1": number("1")}  # 5 + 6 + 1 bytes
    too_long = "InvalidParameter: Invalid parameter: Message too long"
    assert topic.publish("a" * (262_144 - 12), attributes=attributes).size_bytes == 262_144
    assert refusal(lambda: topic.publish("a" * (262_144 - 11), attributes=attributes)) == too_long
    assert refusal(lambda: topic.publish("é" * 131_073)) == too_long
    assert topic.metrics.published == 1


@pytest.mark.rule("SNS-13")
def test_a_topic_may_take_other_sizes() -> None:
    account = Account()
    small, large = (
        account.topic("small", MaximumMessageSize="1024"),
        account.topic("large", MaximumMessageSize="1048576"),
    )
    assert refusal(lambda: small.publish("a" * 1025)).endswith("Message too long")
    assert large.publish("a" * 1_048_576).size_bytes == 1_048_576


@pytest.mark.rule("SNS-13")
def test_a_topic_of_large_messages_has_at_most_100_subscriptions() -> None:
    account = Account()
    topic = account.topic()
    for n in range(101):
        account.to_function(topic, f"f{n}")
    text = refusal(lambda: account.topics.set_attributes(topic, {"MaximumMessageSize": "262145"}))
    assert text.endswith("has at most 100 subscriptions, the topic has 101")
    account.topics.unsubscribe(next(iter(topic.subscriptions)))
    account.topics.set_attributes(topic, {"MaximumMessageSize": "262145"})
    assert refusal(lambda: account.to_function(topic, "more")).endswith("subscriptions, this would be one more")


@pytest.mark.rule("SNS-18")
def test_a_standard_topics_group_goes_to_standard_queues_only(capture: Any) -> None:
    recorded = capture("sns_test_publish_message_group_id")[RECORDED]["messages"]["Messages"][0]
    account = Account()
    topic = account.topic()
    account.to_queue(topic, "q")
    account.to_function(topic)
    topic.publish(recorded["Body"]["Message"], attributes={"attr1": number("1")}, group_id="my-group-id-1")
    (message,) = account.queues.get("q").messages()
    assert message.group_id == recorded["Attributes"]["MessageGroupId"]
    assert (message.dedup_id, message.sequence_number) == (None, None)
    assert list(account.envelopes("q")[0]) == list(recorded["Body"])
    assert "my-group-id-1" not in str(account.events)


@pytest.mark.rule("SNS-19")
@pytest.mark.parametrize("subject", ["", "x" * 100, "two\nlines", "bell\x07", "\x85", "\ud800"])
def test_a_subject_is_short_and_of_one_line(subject: str) -> None:
    topic = Account().topic()
    assert refusal(lambda: topic.publish("x", subject=subject)) == "InvalidParameter: Invalid parameter: Subject"


@pytest.mark.rule("SNS-19")
def test_a_subject_of_99_characters_is_fine() -> None:
    account = Account()
    topic = account.topic()
    account.to_queue(topic, "q")
    topic.publish("x", subject="ü" * 99)
    assert account.envelopes("q")[0]["Subject"] == "ü" * 99


@pytest.mark.rule("SNS-20")
def test_an_s3_event_is_a_message_like_any_other() -> None:
    account = Account()
    topic = account.topic()
    account.to_queue(topic, "q")
    event = '{"Records":[{"eventSource":"aws:s3"}]}'
    topic.publish(event, subject="Amazon S3 Notification")
    (envelope,) = account.envelopes("q")
    assert (envelope["Subject"], envelope["Message"]) == ("Amazon S3 Notification", event)


@pytest.mark.rule("SNS-21")
@pytest.mark.parametrize("raw", ["true", "false"])
def test_the_publishers_trace_header_reaches_queues(capture: Any, raw: str) -> None:
    recorded = capture("sns_test_publish_sqs_from_sns_with_xray_propagation")[RECORDED]["xray-msg"]
    header = recorded["Attributes"]["AWSTraceHeader"]
    account = Account()
    topic = account.topic()
    account.to_queue(topic, "q", RawMessageDelivery=raw)
    topic.publish("X-Ray propagation test msg", trace_header=header)
    assert account.queues.get("q").messages()[0].trace_header == header


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ("", "InvalidParameter: Invalid parameter: Empty message"),
        (5, "InvalidParameter: Invalid parameter: Message Reason: found int, it must be a string"),
        (
            "\ud800",
            "InvalidParameter: Invalid parameter: Message Reason: it holds half of a surrogate pair, which UTF-8 can't",
        ),
    ],
)
def test_what_is_no_message_is_refused(message: Any, text: str) -> None:
    topic = Account().topic()
    assert refusal(lambda: topic.publish(message)) == text


def test_the_same_seed_gives_the_same_bytes() -> None:
    def run(seed: int) -> tuple[str, list[str]]:
        account = Account(seed)
        topic = account.topic()
        account.to_queue(topic, "q")
        account.to_function(topic)
        for n in range(5):
            topic.publish(str(n))
        return account.trace.sha256(), account.bodies("q")

    assert run(1) == run(1)
    assert run(1) != run(2)


def test_without_functions_every_function_is_missing() -> None:
    from eventsim.cloud.topics import Topics
    from eventsim.events.sns import sns_event
    from eventsim.kernel.seeds import Seeds

    account = Account()
    clock = account.topics._clock
    topics = Topics(clock, Seeds(1), lambda: account, account.queues, make_event=sns_event, trace=account.trace)
    topic = topics.create("alone")
    topics.subscribe(topic, "lambda", LAMBDA + "f")
    topic.publish("x")
    assert account.log("outcome", "reason") == [(0.0, "lost", "ResourceNotFoundException")]
    assert topics.subscriptions()[0].endpoint.startswith(LAMBDA)
    assert SQS not in str(topic.metrics)
