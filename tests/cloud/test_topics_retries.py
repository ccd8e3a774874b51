"""What fails on the way is tried again, or goes to the dead-letter queue, and is never lost silently."""

from __future__ import annotations

from typing import Any

import pytest

from eventsim.cloud.topics import RetryPolicy
from eventsim.errors import AwsError
from tests.cloud.topics_account import SQS, Account, number, refusal

RECORDED = "expected_event_or_destination_record"
ENOUGH = 16


def redrive(name: str) -> str:
    return f'{{"deadLetterTargetArn": "{SQS}{name}"}}'


@pytest.mark.rule("SNS-14")
def test_a_server_side_error_is_tried_again_100_015_times_over_23_days() -> None:
    policy = RetryPolicy()
    delays = [policy.delay_s(attempts) for attempts in range(1, 100_016)]
    assert delays[:5] == [0.0, 0.0, 1.0, 1.0, 1.0]
    assert [round(delay or 0, 3) for delay in delays[4:15]] == [
        *(1.0, 1.395, 1.946, 2.714, 3.786, 5.282, 7.368, 10.278, 14.337, 20.0), 20.0
    ]  # fmt: skip
    assert delays[15:-1] == [20.0] * 99_999
    assert delays[-1] is None
    assert sum(delay or 0 for delay in delays) // 86_400 == 23


@pytest.mark.rule("SNS-14")
def test_the_first_three_attempts_are_one_instant_and_the_next_a_second_apart() -> None:
    account = Account()
    topic = account.topic()
    account.to_queue(topic, "q")
    account.outages = 5
    topic.publish("hello")
    assert account.bodies("q") == []
    account.run()
    assert account.texts("q") == ["hello"]
    assert account.log("outcome", "attempt", "delay_s", "reason") == [
        (0.0, "retry", 1, 0.0, "ServiceUnavailable"),
        (0.0, "retry", 2, 0.0, "ServiceUnavailable"),
        (0.0, "retry", 3, 1.0, "ServiceUnavailable"),
        (1.0, "retry", 4, 1.0, "ServiceUnavailable"),
        (2.0, "retry", 5, 1.0, "ServiceUnavailable"),
        (3.0, "delivered", None, None, None),
    ]


@pytest.mark.rule("SNS-01", "SNS-14")
def test_a_function_that_lambda_can_not_take_now_is_tried_again() -> None:
    account = Account()
    topic = account.topic()
    account.to_function(topic)
    account.refusal = AwsError("TooManyRequestsException", "Rate Exceeded.", status=429)
    topic.publish("hello")
    account.refusal = None
    account.run()
    assert [event["Records"][0]["Sns"]["Message"] for _, event in account.events] == ["hello"]
    assert (topic.metrics.delivered, topic.metrics.failed) == (1, 0)


@pytest.mark.rule("SNS-14", "SNS-15")
def test_when_the_last_attempt_fails_the_message_goes_to_the_dead_letter_queue() -> None:
    account = Account(retries=RetryPolicy(long=1))
    topic = account.topic()
    account.to_function(topic, RedrivePolicy=redrive("dlq"))
    account.queue("dlq")
    account.outages = ENOUGH
    topic.publish("hello")
    account.run()
    outcomes = [outcome for _, outcome in account.log("outcome")]
    assert outcomes == ["retry"] * (ENOUGH - 1) + ["dead-letter"]
    assert account.texts("dlq") == ["hello"]
    metrics = topic.metrics
    assert (metrics.delivered, metrics.failed, metrics.redriven, metrics.failed_to_redrive) == (0, 1, 1, 0)


@pytest.mark.rule("SNS-14", "SNS-15")
@pytest.mark.parametrize("raw", ["true", "false"])
def test_a_missing_queue_is_final_and_the_message_goes_to_the_dead_letter_queue_as_it_would_have_been(
    capture: Any, raw: str
) -> None:
    recorded = capture("sns_test_redrive_policy_sqs_queue_subscription_False")[RECORDED]["messages"]["Messages"][0]
    account = Account()
    topic = account.topic()
    account.to_queue(topic, "q", RawMessageDelivery=raw, RedrivePolicy=redrive("dlq"))
    account.queue("dlq")
    account.queues.delete(account.queues.get("q"))
    attributes = {"attr2": {"DataType": "Binary", "BinaryValue": b"\x02\x03\x04"}, "attr1": number("111")}
    topic.publish("test_dlq_after_sqs_endpoint_deleted", attributes=attributes, group_id="g")
    (message,) = account.queues.get("dlq").messages()
    if raw == "true":
        assert message.body == recorded["Body"]["Message"]
        assert message.attributes == {**attributes, "attr2": {"DataType": "Binary", "BinaryValue": "AgME"}}
    else:
        (envelope,) = account.envelopes("dlq")
        assert list(envelope) == list(recorded["Body"])
        assert envelope["MessageAttributes"] == recorded["Body"]["MessageAttributes"]
    assert message.group_id is None
    assert account.log("outcome", "reason", "dead_letter", "record") == [
        (0.0, "dead-letter", "QueueDoesNotExist", "dlq", message.id)
    ]


@pytest.mark.rule("SNS-15")
def test_a_functions_dead_letter_is_the_envelope_of_a_queue() -> None:
    account = Account()
    topic = account.topic()
    subscription = account.to_function(topic, RedrivePolicy=redrive("dlq"))
    account.queue("dlq")
    account.refusal = AwsError("ResourceNotFoundException", "Function not found", status=404)
    topic.publish('{"default": "d", "lambda": "for functions"}', structure="json")
    (envelope,) = account.envelopes("dlq")
    assert (envelope["Type"], envelope["Message"]) == ("Notification", "for functions")
    assert envelope["UnsubscribeURL"].endswith(subscription.arn)


@pytest.mark.rule("SNS-15")
def test_a_subscription_survives_its_failures(capture: Any) -> None:
    recorded = capture("sns_test_subscription_after_failure_to_deliver")[RECORDED]
    account = Account()
    topic = account.topic()
    subscription = account.to_queue(topic, "q")
    account.queue("dlq")
    topic.publish("test_dlq_before_sqs_endpoint_deleted")
    account.queues.delete(account.queues.get("q"))
    topic.publish("lost, there is no dead-letter queue yet")
    subscription.change({"RedrivePolicy": redrive("dlq")})
    for n in range(2):
        topic.publish(f"test_dlq_after_sqs_endpoint_deleted_{n}")
    expected = [recorded[f"message-{n}-after-delete"]["Messages"][0]["Body"]["Message"] for n in range(2)]
    assert account.texts("dlq") == expected
    assert [outcome for _, outcome in account.log("outcome")] == ["delivered", "lost", "dead-letter", "dead-letter"]


@pytest.mark.rule("SNS-15", "SNS-16")
@pytest.mark.parametrize("raw", ["true", "false"])
def test_a_fifo_dead_letter_keeps_group_and_id(capture: Any, raw: str) -> None:
    recorded = capture("sns_test_publish_fifo_messages_to_dlq_True")[RECORDED]["messages-in-dlq"]["Messages"][0]
    account = Account()
    topic = account.topic("t.fifo")
    account.to_queue(topic, "q.fifo", RawMessageDelivery=raw, RedrivePolicy=redrive("dlq.fifo"))
    account.queue("dlq.fifo")
    account.queues.delete(account.queues.get("q.fifo"))
    published = topic.publish("test-message", group_id="message-group-id-1", dedup_id="message-deduplication-id-1")
    (message,) = account.queues.get("dlq.fifo").messages()
    assert message.group_id == recorded["Attributes"]["MessageGroupId"]
    assert message.dedup_id == recorded["Attributes"]["MessageDeduplicationId"]
    if raw == "true":
        assert message.body == recorded["Body"]
    else:
        assert account.envelopes("dlq.fifo")[0]["SequenceNumber"] == published.sequence_number


@pytest.mark.rule("SNS-15")
def test_a_dead_letter_queue_that_is_missing_loses_the_message_and_says_so() -> None:
    account = Account()
    topic = account.topic()
    account.to_function(topic, RedrivePolicy=redrive("dlq"))
    account.refusal = AwsError("ResourceNotFoundException", "Function not found", status=404)
    topic.publish("hello")
    assert account.log("outcome", "reason", "dead_letter", "dead_letter_reason") == [
        (0.0, "lost", "ResourceNotFoundException", "dlq", "QueueDoesNotExist")
    ]
    assert (topic.metrics.failed, topic.metrics.failed_to_redrive) == (1, 1)


@pytest.mark.rule("SNS-16")
def test_nothing_overtakes_a_message_of_its_group_that_is_being_retried() -> None:
    account = Account()
    topic = account.topic("t.fifo")
    account.to_queue(topic, "q.fifo")
    account.outages = 4
    topic.publish("a1", group_id="a", dedup_id="1")
    account.outages = 0
    topic.publish("b1", group_id="b", dedup_id="2")
    topic.publish("a2", group_id="a", dedup_id="3")
    topic.publish("a3", group_id="a", dedup_id="4")
    assert account.texts("q.fifo") == ["b1"]
    account.outages = 1
    account.run()
    assert account.texts("q.fifo") == ["b1", "a1", "a2", "a3"]
    topic.publish("a4", group_id="a", dedup_id="5")
    assert account.texts("q.fifo")[-1] == "a4"
    assert not next(iter(topic.subscriptions.values())).waiting


@pytest.mark.rule("SNS-16")
def test_a_group_goes_on_after_a_message_that_was_given_up() -> None:
    account = Account(retries=RetryPolicy(growing=0, long=0))
    topic = account.topic("t.fifo")
    account.to_queue(topic, "q.fifo")
    account.outages = 5
    topic.publish("1", group_id="g", dedup_id="1")
    topic.publish("2", group_id="g", dedup_id="2")
    account.run()
    assert account.texts("q.fifo") == ["2"]
    assert [outcome for _, outcome in account.log("outcome")][-2:] == ["lost", "delivered"]


@pytest.mark.parametrize("fifo", [False, True])
def test_what_waits_for_a_deleted_subscription_is_lost_and_says_so(fifo: bool) -> None:
    account = Account()
    topic = account.topic("t.fifo" if fifo else "t")
    subscription = account.to_queue(topic, "q.fifo" if fifo else "q")
    ids: list[dict[str, Any]] = [{"group_id": "g", "dedup_id": str(n)} if fifo else {} for n in range(2)]
    for one in ids:
        account.outages = 3
        topic.publish("x", **one)
    account.topics.unsubscribe(subscription.arn)
    account.run()
    ends = [end for end in account.log("outcome", "reason") if end[1] != "retry"]
    assert ends == [(1.0, "lost", "Unsubscribed")] * 2
    assert (topic.metrics.delivered, topic.metrics.failed) == (0, 2)


def test_deleting_a_topic_ends_its_retries() -> None:
    account = Account()
    topic = account.topic()
    account.to_queue(topic, "q")
    account.outages = 3
    topic.publish("x")
    account.topics.delete(topic)
    account.run()
    assert account.bodies("q") == []
    assert account.log("outcome", "reason")[-1] == (1.0, "lost", "Unsubscribed")


@pytest.mark.rule("SNS-12", "SNS-15")
@pytest.mark.parametrize(
    ("policy", "text"),
    [
        ('{"deadLetterTargetArn": "fake-arn"}', "deadLetterTargetArn is an invalid arn"),
        ("{}", "deadLetterTargetArn is an invalid arn"),
        ("[]", "deadLetterTargetArn is an invalid arn"),
        ("{invalidjson}", "failed to parse JSON. "),
        (redrive("dlq.fifo"), "must use a standard queue as DLQ for a Subscription to a standard Topic."),
        (redrive("q").replace("us-east-1", "eu-west-1"), "deadLetterTargetArn must be in account 123456789012"),
        (redrive("q").replace("123456789012", "210987654321"), "deadLetterTargetArn must be in account 123456789012"),
        (redrive("q").replace("}", ', "maxReceiveCount": 3}'), "found maxReceiveCount, only deadLetterTargetArn is"),
    ],
)  # fmt: skip
def test_what_is_no_redrive_policy(policy: str, text: str) -> None:
    account = Account()
    topic = account.topic()
    subscription = account.to_queue(topic, "q")
    start = f"RedrivePolicy: {text}"
    assert refusal(lambda: subscription.change({"RedrivePolicy": policy})).startswith(
        f"InvalidParameter: Invalid parameter: {start}"
    )
    assert refusal(lambda: account.to_function(topic, "f", RedrivePolicy=policy)).startswith(
        f"InvalidParameter: Invalid parameter: Attributes Reason: {start}"
    )
