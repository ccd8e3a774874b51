"""FIFO queues: order, locks, deduplication, receive attempts."""

from __future__ import annotations

import hashlib

import pytest

from tests.cloud.queue_lab import Lab, bodies, counts, refusal


def sent(lab: Lab, *messages: str, **attributes: str) -> None:
    """Send "group:text" messages to orders.fifo."""
    queue = lab.queues.create("orders.fifo", attributes)
    for message in messages:
        queue.send(message, group_id=message.partition(":")[0], dedup_id=message)


@pytest.mark.rule("SQS-09", "SQS-19")
def test_one_receive_takes_the_oldest_over_all_groups_in_order(lab: Lab) -> None:
    sent(lab, "a:1", "b:1", "a:2", "c:1", "b:2")
    assert bodies(lab.queue("orders.fifo").receive(4)) == ["a:1", "b:1", "a:2", "c:1"]


@pytest.mark.rule("SQS-09")
def test_a_group_with_a_message_in_flight_gives_nothing(lab: Lab) -> None:
    sent(lab, "a:1", "a:2", "b:1")
    queue = lab.queue("orders.fifo")
    first = queue.receive(1)
    assert bodies(queue.receive(10)) == ["b:1"]
    queue.send("a:3", group_id="a", dedup_id="a:3")
    assert queue.receive(10) == []
    queue.delete(first[0].receipt)
    assert bodies(queue.receive(10)) == ["a:2", "a:3"]


@pytest.mark.rule("SQS-09")
@pytest.mark.parametrize("end", ["expiry", "visibility 0"])
def test_a_batch_that_returns_comes_whole_and_in_order(lab: Lab, end: str) -> None:
    sent(lab, "a:1", "a:2", "a:3", "a:4")
    queue = lab.queue("orders.fifo")
    for n in range(1, 4):
        batch = queue.receive(3)
        assert [(one.message.body, one.receive_count) for one in batch] == [("a:1", n), ("a:2", n), ("a:3", n)]
        if end == "expiry":
            lab.now_s += 30.0
        else:
            for delivery in reversed(batch):
                queue.change_visibility(delivery.receipt, 0)


@pytest.mark.rule("SQS-09")
def test_the_group_stays_locked_until_none_is_in_flight(lab: Lab) -> None:
    sent(lab, "a:1", "a:2", "a:3")
    queue = lab.queue("orders.fifo")
    first, second = queue.receive(2)
    queue.change_visibility(first.receipt, 0)
    assert queue.receive(10) == []
    queue.delete(second.receipt)
    assert bodies(queue.receive(10)) == ["a:1", "a:3"]


@pytest.mark.rule("SQS-09", "SQS-12")
def test_expiry_unlocks_the_group(lab: Lab) -> None:
    sent(lab, "a:1", MessageRetentionPeriod="60", VisibilityTimeout="3600")
    queue = lab.queue("orders.fifo")
    queue.receive(1)
    lab.now_s = 30.0
    sent(lab, "a:2")
    lab.now_s = 60.0
    assert bodies(queue.receive(10)) == ["a:2"]


@pytest.mark.rule("SQS-12", "SQS-19")
def test_a_group_whose_first_message_expired_takes_its_new_place(lab: Lab) -> None:
    for lab.now_s, message in ((0.0, "a:1"), (10.0, "b:1"), (20.0, "a:2")):
        sent(lab, message, MessageRetentionPeriod="60")
    lab.now_s = 60.0
    assert bodies(lab.queue("orders.fifo").receive(10)) == ["b:1", "a:2"]


@pytest.mark.rule("SQS-06", "SQS-09")
def test_a_poison_message_leaves_its_group_and_the_next_comes_in_the_same_receive(lab: Lab) -> None:
    dlq = lab.queue("dlq.fifo")
    queue = lab.queue("orders.fifo", dlq, receives=2)
    sent(lab, "a:1", "a:2", "b:1")
    for lab.now_s in (0.0, 30.0):
        assert bodies(queue.receive(1)) == ["a:1"]
    lab.now_s = 60.0
    assert bodies(queue.receive(10)) == ["a:2", "b:1"]
    assert [message.body for message in dlq.messages()] == ["a:1"]


@pytest.mark.rule("SQS-10")
def test_sequence_numbers_have_20_digits_and_grow(lab: Lab) -> None:
    queue = lab.queue("orders.fifo")
    numbers = [queue.send("x", group_id=f"g{n % 3}", dedup_id=str(n)).sequence_number or "" for n in range(100)]
    assert numbers == sorted(set(numbers))
    assert {len(number) for number in numbers} == {20}
    assert all(number.isdigit() for number in numbers)


@pytest.mark.rule("SQS-10")
def test_a_duplicate_answers_with_the_original_for_5_minutes_from_the_original(lab: Lab) -> None:
    queue = lab.queue("orders.fifo")
    lab.now_s = 50.0
    original = queue.send("first", group_id="a", dedup_id="d")
    queue.delete(queue.receive()[0].receipt)
    for lab.now_s in (51.0, 349.999):
        duplicate = queue.send("other", group_id="b", dedup_id="d")
        assert (duplicate.id, duplicate.sequence_number) == (original.id, original.sequence_number)
    assert (counts(queue), queue.metrics.sent) == ((0, 0, 0), 1)
    lab.now_s = 350.0
    assert queue.send("again", group_id="a", dedup_id="d").id != original.id
    assert counts(queue) == (1, 0, 0)


@pytest.mark.rule("SQS-10")
@pytest.mark.parametrize(("scope", "kept"), [("queue", 1), ("messageGroup", 2)])
def test_the_scope_of_deduplication(lab: Lab, scope: str, kept: int) -> None:
    queue = lab.queue("orders.fifo", DeduplicationScope=scope)
    for group in "aabb":
        queue.send("x", group_id=group, dedup_id="d")
    assert len(queue.messages()) == kept


@pytest.mark.rule("SQS-10")
def test_the_body_makes_the_deduplication_id_when_the_queue_says_so(lab: Lab) -> None:
    queue = lab.queue("orders.fifo", ContentBasedDeduplication="true")
    first = queue.send("é", group_id="a")
    assert first.dedup_id == hashlib.sha256("é".encode()).hexdigest()
    attributes = {"n": {"DataType": "String", "StringValue": "other"}}
    assert queue.send("é", group_id="a", attributes=attributes).id == first.id
    assert queue.send("é", group_id="a", dedup_id="own").id != first.id
    assert queue.send("e", group_id="a").id != first.id


@pytest.mark.rule("SQS-10")
def test_what_a_fifo_queue_needs_to_be_sent(lab: Lab) -> None:
    queue = lab.queue("orders.fifo")
    assert refusal(lambda: queue.send("x", dedup_id="d")) == (
        "MissingRequiredParameterException",
        "MissingParameter",
        "The request must contain the parameter MessageGroupId.",
    )
    assert refusal(lambda: queue.send("x", group_id="g")) == (
        "InvalidParameterValueException",
        "InvalidParameterValue",
        "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
    )
    for parameters in ({"group_id": "x" * 129, "dedup_id": "d"}, {"group_id": "g", "dedup_id": "d d"}):
        assert refusal(queue.send, "x", **parameters)[1] == "InvalidParameterValue"


@pytest.mark.rule("SQS-13")
def test_a_fifo_message_has_no_delay_of_its_own(lab: Lab) -> None:
    queue = lab.queue("orders.fifo", DelaySeconds="10")
    reason = "The request include parameter that is not valid for this queue type."
    expected = f"Value 2 for parameter DelaySeconds is invalid. Reason: {reason}"
    assert refusal(lambda: queue.send("x", group_id="g", dedup_id="d", delay_s=2))[2] == expected
    queue.send("x", group_id="g", dedup_id="d", delay_s=0)
    assert counts(queue) == (0, 0, 1)


@pytest.mark.rule("SQS-13")
def test_a_changed_delay_of_a_fifo_queue_holds_for_delayed_messages_too(lab: Lab) -> None:
    sent(lab, "a:1", "a:2", DelaySeconds="100")
    queue = lab.queue("orders.fifo")
    lab.now_s = 10.0
    queue.set_attributes({"DelaySeconds": "15"})
    lab.now_s = 14.999
    assert counts(queue) == (0, 0, 2)
    lab.now_s = 15.0
    assert bodies(queue.receive(10)) == ["a:1", "a:2"]


@pytest.mark.rule("SQS-05")
def test_an_expired_receipt_fails_to_delete(lab: Lab) -> None:
    sent(lab, "a:1")
    queue = lab.queue("orders.fifo")
    first = queue.receive()[0].receipt
    lab.now_s = 30.0
    expected = (
        "InvalidParameterValueException",
        "InvalidParameterValue",
        f"Value {first} for parameter ReceiptHandle is invalid. Reason: The receipt handle has expired.",
    )
    assert refusal(lambda: queue.delete(first)) == expected
    second = queue.receive()[0].receipt
    assert refusal(lambda: queue.delete(first)) == expected
    assert refusal(lambda: queue.change_visibility(first, 1))[1] == "InvalidParameterValue"
    queue.delete(second)
    for receipt in (first, second):
        queue.delete(receipt)  # it is gone: nothing to complain of
    assert counts(queue) == (0, 0, 0)


@pytest.mark.rule("SQS-03")
def test_a_receive_attempt_can_be_repeated_while_nothing_has_changed(lab: Lab) -> None:
    sent(lab, "a:1", "a:2", "b:1")
    queue = lab.queue("orders.fifo")
    first = queue.receive(2, attempt_id="try")
    lab.now_s = 20.0
    again = queue.receive(2, attempt_id="try")
    assert [one.receipt for one in again] == [one.receipt for one in first]
    assert [(one.receive_count, one.expires_s) for one in again] == [(1, 50.0), (1, 50.0)]
    lab.now_s = 49.999
    assert counts(queue) == (1, 2, 0)
    queue.delete(first[0].receipt)
    assert bodies(queue.receive(2, attempt_id="try")) == ["b:1"]


@pytest.mark.rule("SQS-03")
def test_an_attempt_is_forgotten_after_5_minutes_or_when_its_leases_ended(lab: Lab) -> None:
    sent(lab, "a:1", "b:1")
    queue = lab.queue("orders.fifo")
    queue.receive(1, 600, attempt_id="long")
    lab.now_s = 300.0
    assert bodies(queue.receive(1, 10, attempt_id="long")) == ["b:1"]
    lab.now_s = 310.0
    assert [(one.message.body, one.receive_count) for one in queue.receive(1, attempt_id="long")] == [("b:1", 2)]


def test_groups_that_are_empty_are_forgotten(lab: Lab) -> None:
    queue = lab.queue("orders.fifo")
    for n in range(5_000):
        queue.send("x", group_id=f"g{n}", dedup_id=str(n))
        queue.delete(queue.receive()[0].receipt)
    assert len(queue._groups) == 0  # type: ignore[attr-defined]


def test_a_purged_fifo_queue_still_knows_its_duplicates(lab: Lab) -> None:
    sent(lab, "a:1")
    queue = lab.queue("orders.fifo")
    queue.receive()
    queue.purge()
    sent(lab, "a:1", "a:2")
    assert bodies(queue.receive(10)) == ["a:2"]
