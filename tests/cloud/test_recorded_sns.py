"""Topics used through boto3 deliver what was recorded from AWS, message by message."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from eventsim import Simulation
from tests.control.lambdas import create, queue, shown
from tests.recorded import Recording

if TYPE_CHECKING:
    from collections.abc import Iterator

RECORDED = "expected_event_or_destination_record"


@pytest.fixture
def sim() -> Iterator[Simulation]:
    with Simulation() as simulation:
        yield simulation


def topic(name: str = "t", **attributes: str) -> str:
    arn: str = boto3.client("sns").create_topic(Name=name, Attributes=attributes)["TopicArn"]
    return arn


def subscribed(topic_arn: str, name: str = "q", **attributes: str) -> str:
    """The URL of a new queue that is subscribed."""
    fifo = {"FifoQueue": "true"} if name.endswith(".fifo") else {}
    url, arn = queue(name, **fifo)
    boto3.client("sns").subscribe(TopicArn=topic_arn, Protocol="sqs", Endpoint=arn, Attributes=attributes)
    return url


def publish(topic_arn: str, message: str, **members: Any) -> dict[str, Any]:
    answer = shown(boto3.client("sns").publish(TopicArn=topic_arn, Message=message, **members))
    return {name: value for name, value in answer.items() if name != "SequenceNumber"}


def received(url: str, *names: str) -> dict[str, Any]:
    asked = {"AttributeNames": ["All"], "MessageAttributeNames": ["All"]} if names else {}
    return shown(boto3.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10, **asked))


def remove(url: str, answer: dict[str, Any]) -> None:
    for message in answer.get("Messages", ()):
        boto3.client("sqs").delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


@pytest.mark.rule("SNS-03", "SNS-07")
def test_attributes_arrive_raw_and_in_the_envelope(sim: Simulation, capture: Any) -> None:
    recorded = capture("sns_test_message_attributes_not_missing")[RECORDED]
    attributes = {
        "an-attribute-key": {"DataType": "String", "StringValue": "an-attribute-value"},
        "binary-attribute": {"DataType": "Binary", "BinaryValue": b"\x02\x03\x04"},
    }
    arn = topic()
    url = subscribed(arn, RawMessageDelivery="true")
    [subscription] = boto3.client("sns").list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]
    found = {"publish-msg-raw": publish(arn, "text", MessageAttributes=attributes)}
    found["raw-delivery-msg-attrs"] = received(url, "All")
    remove(url, found["raw-delivery-msg-attrs"])
    boto3.client("sns").set_subscription_attributes(
        SubscriptionArn=subscription["SubscriptionArn"], AttributeName="RawMessageDelivery", AttributeValue="false"
    )
    found["publish-msg-json"] = publish(arn, "text", MessageAttributes=attributes)
    found["json-delivery-msg-attrs"] = received(url, "All")
    assert Recording().differences(recorded, found) == []


@pytest.mark.rule("SNS-03")
def test_letters_of_all_kinds_arrive(sim: Simulation, capture: Any) -> None:
    recorded = capture("sns_test_publish_unicode_chars")[RECORDED]
    arn = topic()
    url = subscribed(arn)
    publish(arn, 'ö§a1"_!?,. £$-')
    assert Recording().differences(recorded, {"received-message": received(url)}) == []


@pytest.mark.rule("SNS-03", "SNS-16", "SNS-17")
@pytest.mark.parametrize("content_based", [True, False])
def test_a_fifo_topic_delivers_once_to_a_fifo_queue(sim: Simulation, capture: Any, content_based: bool) -> None:
    recorded = capture(f"sns_test_message_to_fifo_sqs_{content_based}")[RECORDED]
    arn = topic("t.fifo", FifoTopic="true", ContentBasedDeduplication=str(content_based).lower())
    url = subscribed(arn, "q.fifo")
    members = {} if content_based else {"MessageDeduplicationId": "message-deduplication-id-1"}
    found = {}
    for turn in ("messages", "dedup-messages"):
        publish(arn, "Test", MessageGroupId="message-group-id-1", **members)
        found[turn] = received(url, "All")
        remove(url, found[turn])
    assert Recording().differences(recorded, found) == []


@pytest.mark.rule("SNS-17")
def test_a_topic_deduplicates_for_a_queue_that_does_not(sim: Simulation, capture: Any) -> None:
    recorded = capture("sns_test_publish_to_fifo_topic_deduplication_on_topic_level")[RECORDED]
    arn = topic("t.fifo", FifoTopic="true", ContentBasedDeduplication="true")
    url = subscribed(arn, "q.fifo")
    found = {}
    for turn in ("messages", "dedup-messages"):
        publish(arn, "Test", MessageGroupId="message-group-id-1")
        sim.run(for_s=5)
        found[turn] = received(url, "All")
        remove(url, found[turn])
    assert Recording().differences(recorded, found) == []


@pytest.mark.rule("SNS-07", "SNS-15", "SNS-16", "SNS-17")
@pytest.mark.parametrize("raw", [True, False])
def test_one_and_a_batch_carry_the_ids_of_their_contents(sim: Simulation, capture: Any, raw: bool) -> None:
    recorded = capture(f"sns_test_publish_to_fifo_topic_to_sqs_queue_no_content_dedup_{raw}")[RECORDED]
    arn = topic("t.fifo", FifoTopic="true", ContentBasedDeduplication="true")
    url = subscribed(arn, "q.fifo", RawMessageDelivery=str(raw).lower())
    publish(arn, "Test single", MessageGroupId="message-group-id-1")
    entry = {"Id": "1", "MessageGroupId": "message-group-id-1", "Message": "Test batched"}
    boto3.client("sns").publish_batch(TopicArn=arn, PublishBatchRequestEntries=[entry])
    assert Recording().differences(recorded, {"messages": received(url, "All")}) == []


@pytest.mark.rule("SNS-01", "SNS-02")
@pytest.mark.parametrize(
    ("name", "subject", "version"),
    [
        ("python_lambda_subscribe_sns_topic", "[Subject] Test subject", None),
        ("publish_lambda_verify_signature_2", "[Subject] Test subject Signature v2", "2"),
    ],
)
def test_a_function_gets_the_recorded_event(
    sim: Simulation, capture: Any, name: str, subject: str, version: str | None
) -> None:
    recorded = capture(f"sns_test_{name}")[RECORDED]
    arn = topic(**{} if version is None else {"SignatureVersion": version})
    function = create()["FunctionArn"]
    boto3.client("sns").subscribe(TopicArn=arn, Protocol="lambda", Endpoint=function)
    publish(arn, "Hello world.", Subject=subject)
    [invocation] = sim.run().invocations
    [record] = invocation.event["Records"]
    assert Recording().differences(recorded, {"notification": record["Sns"]}) == []


@pytest.mark.rule("SNS-09", "FLT-10")
@pytest.mark.parametrize("raw", [True, False])
def test_a_filter_on_the_body_lets_two_of_the_messages_through(sim: Simulation, capture: Any, raw: bool) -> None:
    recorded = capture(f"snsf_test_filter_policy_on_message_body_{raw}")[RECORDED]
    policy = {"object": {"key": [{"prefix": "auto-"}, "hardcodedvalue"]}}
    arn = topic()
    url = subscribed(
        arn,
        RawMessageDelivery=str(raw).lower(),
        FilterPolicyScope="MessageBody",
        FilterPolicy=json.dumps(policy),
    )
    found = {"recv-init": received(url)}
    for n, key in enumerate(("auto-test", "hardcodedvalue")):
        publish(arn, json.dumps({"object": {"key": key}}))
        found[f"recv-passed-msg-{n}"] = received(url)
        remove(url, found[f"recv-passed-msg-{n}"])
    assert Recording().differences(recorded, found) == []
    for other in ('{"object": {"key": "autotest"}}', '{"object": "test"}', '{"key": "auto-x"}', "no JSON", "[1]"):
        publish(arn, other)
    assert received(url) == {}
