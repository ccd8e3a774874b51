"""FIFO topics: order, numbers and deduplication, on the way to FIFO and to standard queues."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest

from tests.cloud.topics_account import Account, number, refusal

RECORDED = "expected_event_or_destination_record"


@pytest.mark.rule("SNS-03", "SNS-16", "SNS-17")
@pytest.mark.parametrize("content_based", [True, False])
def test_a_fifo_queue_gets_group_and_deduplication_id_and_an_unsigned_envelope(
    capture: Any, content_based: bool
) -> None:
    recorded = capture(f"sns_test_message_to_fifo_sqs_{content_based}")[RECORDED]["messages"]["Messages"][0]
    account = Account()
    topic = account.topic("t.fifo", ContentBasedDeduplication=str(content_based).lower())
    account.to_queue(topic, "q.fifo")
    dedup_id = None if content_based else recorded["Attributes"]["MessageDeduplicationId"]
    for _ in range(2):
        published = topic.publish("Test", group_id="message-group-id-1", dedup_id=dedup_id)
    (message,) = account.queues.get("q.fifo").messages()
    (envelope,) = account.envelopes("q.fifo")
    assert message.dedup_id == recorded["Attributes"]["MessageDeduplicationId"]
    assert message.group_id == recorded["Attributes"]["MessageGroupId"]
    assert list(envelope) == list(recorded["Body"])
    assert envelope["SequenceNumber"] == published.sequence_number != message.sequence_number


@pytest.mark.rule("SNS-03", "SNS-16", "SNS-17")
def test_a_standard_queue_gets_neither_group_nor_id_and_still_no_duplicates(capture: Any) -> None:
    recorded = capture("sns_test_fifo_topic_to_regular_sqs_False")[RECORDED]["messages"]["Messages"][0]
    account = Account()
    topic = account.topic("t.fifo", ContentBasedDeduplication="true")
    account.to_queue(topic, "q")
    topic.publish("Test", group_id="g")
    topic.publish("Test", group_id="g")
    (message,) = account.queues.get("q").messages()
    assert list(account.envelopes("q")[0]) == list(recorded["Body"])
    assert (message.group_id, message.dedup_id, message.sequence_number) == (None, None, None)


@pytest.mark.rule("SNS-07", "SNS-17")
def test_raw_messages_keep_the_topics_deduplication_id(capture: Any) -> None:
    recorded = capture("sns_test_publish_to_fifo_topic_to_sqs_queue_no_content_dedup_True")[RECORDED]["messages"]
    account = Account()
    topic = account.topic("t.fifo", ContentBasedDeduplication="true")
    account.to_queue(topic, "q.fifo", RawMessageDelivery="true")
    for text in ("Test single", "Test batched"):
        topic.publish(text, group_id="message-group-id-1")
    assert [(message.body, message.dedup_id) for message in account.queues.get("q.fifo").messages()] == [
        (message["Body"], message["Attributes"]["MessageDeduplicationId"]) for message in recorded["Messages"]
    ]


@pytest.mark.rule("SNS-17")
def test_a_duplicate_is_answered_with_the_original_for_five_minutes() -> None:
    account = Account()
    topic = account.topic("t.fifo")
    account.to_queue(topic, "q.fifo")

    def publish(text: str) -> tuple[str, str | None]:
        published = topic.publish(text, group_id="g", dedup_id="same")
        return published.id, published.sequence_number

    first = publish("first")
    account.now_s = 299.999
    assert publish("second") == first
    account.now_s = 300.0
    assert publish("third") != first
    assert account.texts("q.fifo") == ["first", "third"]
    assert [outcome for _, outcome in account.log("outcome")] == ["delivered"] * 2


@pytest.mark.rule("SNS-17")
@pytest.mark.parametrize(("scope", "texts"), [("Topic", ["a"]), ("MessageGroup", ["a", "b"])])
def test_the_scope_of_deduplication(scope: str, texts: list[str]) -> None:
    account = Account()
    topic = account.topic("t.fifo", FifoThroughputScope=scope)
    account.to_queue(topic, "q")
    topic.publish("a", group_id="g1", dedup_id="same")
    topic.publish("b", group_id="g2", dedup_id="same")
    assert account.texts("q") == texts


@pytest.mark.rule("SNS-17")
def test_the_content_is_the_message_without_its_attributes() -> None:
    account = Account()
    topic = account.topic("t.fifo", ContentBasedDeduplication="true")
    account.to_queue(topic, "q.fifo")
    topic.publish("x", group_id="g", attributes={"n": number("1")})
    topic.publish("x", group_id="g", attributes={"n": number("2")})
    topic.publish("y", group_id="g", dedup_id=sha256(b"x").hexdigest())
    assert account.texts("q.fifo") == ["x"]


@pytest.mark.rule("SNS-16")
def test_sequence_numbers_have_20_digits_and_grow() -> None:
    topic = Account().topic("t.fifo")
    numbers = [topic.publish("x", group_id="g", dedup_id=str(n)).sequence_number for n in range(5)]
    assert all(number is not None and len(number) == 20 for number in numbers)
    assert sorted(set(numbers), key=str) == numbers


@pytest.mark.rule("SNS-12", "SNS-16", "SNS-17")
def test_what_fifo_and_standard_do_not_take_from_each_other(capture: Any) -> None:
    recorded = capture("sns_test_validations_for_fifo")[RECORDED]
    account = Account()
    fifo, standard = account.topic("t.fifo"), account.topic("t")
    ordered = account.to_queue(fifo, "q.fifo")
    account.to_queue(fifo, "q")
    arn = account.queues.arn_of("q")
    texts = {
        "not-fifo-topic": refusal(lambda: account.topics.subscribe(standard, "sqs", account.queues.arn_of("q.fifo"))),
        "regular-queue-for-dlq-of-fifo-topic": refusal(
            lambda: ordered.change({"RedrivePolicy": f'{{"deadLetterTargetArn": "{arn}"}}'})
        ),
        "no-msg-group-id": refusal(lambda: fifo.publish("x", dedup_id="1")),
        "no-dedup-policy": refusal(lambda: fifo.publish("x", group_id="g")),
        "no-msg-dedup-regular-topic": refusal(lambda: standard.publish("x", dedup_id="1")),
    }
    assert texts == {name: f"{recorded[name]['Error']['Code']}: {recorded[name]['Error']['Message']}" for name in texts}


@pytest.mark.rule("SNS-16")
def test_a_function_can_not_subscribe_to_a_fifo_topic() -> None:
    account = Account()
    topic = account.topic("t.fifo")
    expected = "InvalidParameter: Invalid parameter: Invalid protocol type: lambda"
    assert refusal(lambda: account.to_function(topic)) == expected


@pytest.mark.parametrize("token", ["", "x" * 129, "with space", "ü"])
def test_groups_and_ids_are_1_to_128_letters_digits_and_punctuation(token: str) -> None:
    account = Account()
    fifo, standard = account.topic("t.fifo"), account.topic("t")
    group, dedup = (
        f"InvalidParameter: Invalid parameter: {name} Reason" for name in ("MessageGroupId", "MessageDeduplicationId")
    )
    assert refusal(lambda: standard.publish("x", group_id=token)).startswith(group)
    assert refusal(lambda: fifo.publish("x", group_id=token, dedup_id="1")).startswith(group)
    assert refusal(lambda: fifo.publish("x", group_id="g", dedup_id=token)).startswith(dedup)
