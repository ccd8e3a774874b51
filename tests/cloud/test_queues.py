"""What holds for every queue: settings, names, retention, counts, the registry."""

from __future__ import annotations

import pytest

from tests.cloud.queue_lab import Lab, counts, refusal

# --- settings ---


@pytest.mark.rule("SQS-01")
def test_a_new_queue_has_the_documented_defaults(lab: Lab) -> None:
    assert lab.queue().attributes.to_strings() == {
        "VisibilityTimeout": "30",
        "MaximumMessageSize": "1048576",
        "MessageRetentionPeriod": "345600",
        "DelaySeconds": "0",
        "ReceiveMessageWaitTimeSeconds": "0",
        "SqsManagedSseEnabled": "true",
    }


@pytest.mark.rule("SQS-01")
@pytest.mark.parametrize(
    ("name", "lowest", "highest"),
    [
        ("VisibilityTimeout", 0, 43_200),
        ("MessageRetentionPeriod", 60, 1_209_600),
        ("DelaySeconds", 0, 900),
        ("ReceiveMessageWaitTimeSeconds", 0, 20),
        ("MaximumMessageSize", 1_024, 1_048_576),
        ("KmsDataKeyReusePeriodSeconds", 60, 86_400),
    ],
)
def test_integer_settings_hold_within_their_range_only(lab: Lab, name: str, lowest: int, highest: int) -> None:
    queue = lab.queue()
    for value in (lowest, highest):
        queue.set_attributes({name: str(value)})
    refused = ("InvalidAttributeValue", "InvalidAttributeValue", f"Invalid value for the parameter {name}.")
    for text in (str(lowest - 1), str(highest + 1), "", "1.5", "x", " 60", "٦٠", "+60"):
        assert refusal(queue.set_attributes, {name: text}) == refused


@pytest.mark.rule("SQS-01")
@pytest.mark.parametrize("name", ["Colour", "FifoQueue", "ContentBasedDeduplication", "DeduplicationScope"])
def test_a_standard_queue_does_not_know_these_settings(lab: Lab, name: str) -> None:
    queue = lab.queue()
    expected = ("InvalidAttributeName", "InvalidAttributeName", f"Unknown Attribute {name}.")
    assert refusal(lambda: queue.set_attributes({name: "true"})) == expected


@pytest.mark.rule("SQS-01")
def test_fifo_settings_are_checked_together(lab: Lab) -> None:
    queue = lab.queue("orders.fifo")
    reason = "The perMessageGroupId value is allowed only when DeduplicationScope is messageGroup."
    assert refusal(lambda: queue.set_attributes({"FifoThroughputLimit": "perMessageGroupId"})) == (
        "InvalidAttributeValue",
        "InvalidAttributeValue",
        f"Invalid value for the parameter FifoThroughputLimit. Reason: {reason}",
    )
    queue.set_attributes({"FifoThroughputLimit": "perMessageGroupId", "DeduplicationScope": "messageGroup"})
    text = "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported."
    assert refusal(lambda: queue.set_attributes({"FifoQueue": "false"}))[2] == text
    assert queue.attributes.to_strings()["FifoQueue"] == "true"


@pytest.mark.rule("SQS-01")
def test_one_encryption_at_a_time(lab: Lab) -> None:
    queue = lab.queue()
    queue.set_attributes({"KmsMasterKeyId": "alias/key"})
    assert queue.attributes.to_strings()["SqsManagedSseEnabled"] == "false"
    assert refusal(lambda: queue.set_attributes({"SqsManagedSseEnabled": "true"}))[0] == "InvalidAttributeName"
    queue.set_attributes({"KmsMasterKeyId": "", "SqsManagedSseEnabled": "true"})


@pytest.mark.rule("SQS-01")
@pytest.mark.parametrize("name", ["", "a.b", "x" * 81, "é", "a.fifo.fifo", ".fifo", "x" * 76 + ".fifo", "a b", "a\n"])
def test_a_queue_name_has_1_to_80_of_the_allowed_characters(lab: Lab, name: str) -> None:
    text = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
    expected = ("InvalidParameterValueException", "InvalidParameterValue", text)
    assert refusal(lambda: lab.queues.create(name)) == expected


@pytest.mark.rule("SQS-01")
def test_creating_a_queue_again_needs_the_same_values(lab: Lab) -> None:
    queue = lab.queue(VisibilityTimeout="20")
    assert lab.queue() is queue
    assert lab.queue(VisibilityTimeout="20") is queue
    text = "A queue already exists with the same name and a different value for attribute DelaySeconds"
    expected = ("QueueNameExists", "QueueAlreadyExists", text)
    assert refusal(lambda: lab.queue(VisibilityTimeout="20", DelaySeconds="1")) == expected


def test_a_deleted_queue_is_gone_and_its_name_is_free_after_60_s(lab: Lab) -> None:
    queue = lab.queue()
    queue.send("a")
    lab.queues.delete(queue)
    gone = ("QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.")
    for call in (lambda: lab.queues.get("orders"), lambda: queue.send("b"), queue.receive, queue.counts):
        assert refusal(call) == gone
    lab.now_s = 59.999
    assert refusal(lab.queue)[:2] == ("QueueDeletedRecently", "AWS.SimpleQueueService.QueueDeletedRecently")
    lab.now_s = 60.0
    assert counts(lab.queue()) == (0, 0, 0)


def test_queues_are_found_by_name_url_and_arn(lab: Lab) -> None:
    first, second = lab.queue("b"), lab.queue("a")
    assert list(lab.queues) == [first, second]
    assert lab.queues.by_url("http://localhost:4566/123456789012/b") is first
    assert lab.queues.by_arn("arn:aws:sqs:us-east-1:123456789012:a") is second
    assert first.url == "https://sqs.us-east-1.amazonaws.com/123456789012/b"
    for call in (
        lambda: lab.queues.by_url("https://sqs.us-east-1.amazonaws.com/999999999999/b"),
        lambda: lab.queues.by_arn("arn:aws:sqs:eu-west-1:123456789012:a"),
        lambda: lab.queues.get("c"),
    ):
        assert refusal(call)[0] == "QueueDoesNotExist"
    text = "The address orders is not valid for this endpoint."
    assert refusal(lambda: lab.queues.by_url("orders")) == ("InvalidAddress", "InvalidAddress", text)


# --- retention ---


@pytest.mark.rule("SQS-12")
def test_a_message_vanishes_at_the_instant_it_is_too_old_in_flight_or_not(lab: Lab) -> None:
    queue = lab.queue("orders", lab.queue("dlq"), receives=1, MessageRetentionPeriod="60", VisibilityTimeout="300")
    queue.send("in flight")
    assert len(queue.receive()) == 1
    queue.send("visible")
    queue.send("delayed", delay_s=900)
    lab.now_s = 59.999
    assert counts(queue) == (1, 1, 1)
    lab.now_s = 60.0
    assert counts(queue) == (0, 0, 0)
    assert queue.messages() == []
    assert counts(lab.queues.get("dlq")) == (0, 0, 0)
    assert lab.log() == [(60.0, "queue.expire", "orders", None)] * 3


@pytest.mark.rule("SQS-12")
def test_a_shorter_retention_period_holds_for_the_messages_that_are_there(lab: Lab) -> None:
    queue = lab.queue()
    queue.send("old")
    lab.now_s = 100.0
    queue.send("new")
    queue.set_attributes({"MessageRetentionPeriod": "60"})
    assert [message.body for message in queue.messages()] == ["new"]


@pytest.mark.rule("SQS-12")
def test_the_receipt_of_a_vanished_message_is_no_error(lab: Lab) -> None:
    queue = lab.queue(MessageRetentionPeriod="60", VisibilityTimeout="300")
    queue.send("a")
    receipt = queue.receive()[0].receipt
    lab.now_s = 60.0
    queue.delete(receipt)
    assert queue.receive() == []


# --- counts and metrics ---


@pytest.mark.rule("SQS-38", "SQS-13")
def test_counts_and_metrics_follow_the_messages(lab: Lab) -> None:
    queue = lab.queue()
    for body in "abc":
        queue.send(body)
    queue.send("later", delay_s=10)
    lab.now_s = 5.0
    first = queue.receive(2)
    queue.delete(first[0].receipt)
    assert counts(queue) == (1, 1, 1)
    assert queue.oldest_age_s() == 5.0
    queue.receive(10)
    queue.receive(10)
    metrics = queue.metrics
    assert (metrics.sent, metrics.received, metrics.deleted, metrics.empty_receives) == (4, 3, 1, 1)
    lab.now_s = 10.0
    assert counts(queue) == (1, 2, 0)


def test_a_purge_takes_everything_and_has_to_wait_60_s(lab: Lab) -> None:
    queue = lab.queue()
    queue.send("a")
    delivery = queue.receive()[0]
    queue.send("b")
    queue.send("c", delay_s=5)
    queue.purge()
    assert (counts(queue), queue.messages()) == ((0, 0, 0), [])
    queue.delete(delivery.receipt)
    lab.now_s = 59.9
    assert refusal(queue.purge) == (
        "PurgeQueueInProgress",
        "AWS.SimpleQueueService.PurgeQueueInProgress",
        "Only one PurgeQueue operation on orders is allowed every 60 seconds.",
    )
    lab.now_s = 60.0
    queue.purge()


def test_the_same_seed_gives_the_same_ids_and_receipts() -> None:
    def story(seed: int) -> list[str | None]:
        lab = Lab(seed)
        queue = lab.queue("orders.fifo")
        sent = [queue.send("x", group_id="g", dedup_id=str(n)) for n in range(3)]
        receipts = [delivery.receipt for delivery in queue.receive(10)]
        return [part for message in sent for part in (message.id, message.sequence_number)] + list(receipts)

    assert story(7) == story(7)
    assert not set(story(7)) & set(story(8))


def test_receipts_are_unique_and_look_opaque(lab: Lab) -> None:
    queue = lab.queue(VisibilityTimeout="0")
    for body in "abc":
        queue.send(body)
    receipts = [delivery.receipt for _ in range(4) for delivery in queue.receive(10)]
    assert len(set(receipts)) == 12
    assert all(receipt.startswith("AQEB") and receipt.endswith("==") for receipt in receipts)
