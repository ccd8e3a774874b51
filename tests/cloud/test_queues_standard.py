"""Standard queues: leases, delays, order, stale receipts."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest

from eventsim.cloud.queues import contents, fifo, leases, standard
from tests.cloud.queue_lab import Lab, bodies, counts, refusal

if TYPE_CHECKING:
    from eventsim.cloud.queues.queue import Queue


@pytest.mark.rule("SQS-03")
def test_a_receive_returns_all_that_it_may_oldest_first(lab: Lab) -> None:
    queue = lab.queue()
    for n in range(25):
        queue.send(str(n))
    assert [len(queue.receive(limit)) for limit in (1, 10, 10_000)] == [1, 10, 14]
    assert queue.receive(10) == []


@pytest.mark.rule("SQS-03")
def test_each_receive_leases_anew_and_counts(lab: Lab) -> None:
    queue = lab.queue()
    queue.send("a")
    seen = []
    for lab.now_s in (0.0, 1.0, 30.0):
        seen += [(lab.now_s, one.receive_count, one.first_received_ms, one.expires_s) for one in queue.receive()]
    assert seen == [(0.0, 1, 1767225600000, 30.0), (30.0, 2, 1767225600000, 60.0)]


@pytest.mark.rule("SQS-05")
@pytest.mark.parametrize("timeout_s", [1, 30, 43_200])
def test_a_message_is_visible_again_at_exactly_the_end_of_its_lease(lab: Lab, timeout_s: int) -> None:
    lab.now_s = 0.1 + 0.2
    queue = lab.queue()
    queue.send("a")
    queue.receive(1, timeout_s)
    lab.now_s = 0.3 + timeout_s - 0.001
    assert queue.receive() == []
    lab.now_s = 0.3 + timeout_s  # the same instant, though not the same sum
    assert bodies(queue.receive()) == ["a"]


@pytest.mark.rule("SQS-36")
def test_a_returned_message_comes_before_younger_ones(lab: Lab) -> None:
    queue = lab.queue()
    for body in "abc":
        queue.send(body)
    queue.receive(2)
    lab.now_s = 30.0
    queue.send("d")
    assert bodies(queue.receive(10)) == ["a", "b", "c", "d"]


@pytest.mark.rule("SQS-13", "SQS-36")
def test_a_delay_hides_a_new_message_until_exactly_its_end(lab: Lab) -> None:
    queue = lab.queue(DelaySeconds="10")
    queue.send("queue's delay")
    queue.send("own delay", delay_s=5)
    queue.send("none", delay_s=0)
    seen = []
    for lab.now_s in (0.0, 4.999, 5.0, 9.999, 10.0):
        seen.append((lab.now_s, counts(queue), bodies(queue.receive(10, 3600))))
    assert seen == [
        (0.0, (1, 0, 2), ["none"]),
        (4.999, (0, 1, 2), []),
        (5.0, (1, 1, 1), ["own delay"]),
        (9.999, (0, 2, 1), []),
        (10.0, (1, 2, 0), ["queue's delay"]),
    ]


@pytest.mark.rule("SQS-13")
def test_a_changed_delay_leaves_delayed_messages_of_a_standard_queue_alone(lab: Lab) -> None:
    queue = lab.queue(DelaySeconds="10")
    queue.send("a")
    queue.set_attributes({"DelaySeconds": "0"})
    assert counts(queue) == (0, 0, 1)


@pytest.mark.rule("SQS-13")
@pytest.mark.parametrize("delay_s", [-1, 901])
def test_a_delay_is_0_to_900(lab: Lab, delay_s: int) -> None:
    text = f"Value {delay_s} for parameter DelaySeconds is invalid. Reason: DelaySeconds must be >= 0 and <= 900."
    assert refusal(lambda: lab.queue().send("a", delay_s=delay_s))[2] == text


@pytest.mark.rule("SQS-05")
def test_a_changed_visibility_counts_from_the_call(lab: Lab) -> None:
    queue = lab.queue()
    queue.send("a")
    delivery = queue.receive()[0]
    lab.now_s = 20.0
    queue.change_visibility(delivery.receipt, 100)
    assert delivery.expires_s == 120.0
    lab.now_s = 119.999
    assert counts(queue) == (0, 1, 0)
    lab.now_s = 120.0
    assert counts(queue) == (1, 0, 0)


@pytest.mark.rule("SQS-05")
def test_visibility_zero_gives_a_message_back_at_once(lab: Lab) -> None:
    queue = lab.queue()
    queue.send("a")
    queue.change_visibility(queue.receive()[0].receipt, 0)
    assert counts(queue) == (1, 0, 0)
    assert [queue.receive(1, 0)[0].receive_count for _ in range(3)] == [2, 3, 4]


@pytest.mark.rule("SQS-05")
def test_a_lease_can_be_prolonged_to_12_hours_after_its_receive(lab: Lab) -> None:
    queue = lab.queue()
    queue.send("a")
    receipt = queue.receive(1, 43_200)[0].receipt
    lab.now_s = 43_000.0
    reason = "Total VisibilityTimeout for the message is beyond the limit [43200 seconds]"
    assert refusal(lambda: queue.change_visibility(receipt, 201)) == (
        "InvalidParameterValueException",
        "InvalidParameterValue",
        f"Value 201 for parameter VisibilityTimeout is invalid. Reason: {reason}",
    )
    queue.change_visibility(receipt, 200)
    lab.now_s = 43_200.0
    again = queue.receive(1)[0]  # a new lease has 12 hours of its own
    queue.change_visibility(again.receipt, 43_200)
    assert again.expires_s == 86_400.0


@pytest.mark.rule("SQS-05")
@pytest.mark.parametrize("timeout_s", [-1, 43_201])
def test_a_visibility_timeout_is_0_to_12_hours(lab: Lab, timeout_s: int) -> None:
    queue = lab.queue()
    queue.send("a")
    receipt = queue.receive()[0].receipt
    for call in (lambda: queue.receive(1, timeout_s), lambda: queue.change_visibility(receipt, timeout_s)):
        assert refusal(call)[1] == "InvalidParameterValue"


@pytest.mark.rule("SQS-05")
def test_an_old_receipt_deletes_until_the_message_is_received_again(lab: Lab) -> None:
    queue = lab.queue()
    queue.send("a")
    first = queue.receive()[0].receipt
    lab.now_s = 30.0
    second = queue.receive()[0].receipt
    queue.delete(first)
    assert counts(queue) == (0, 1, 0)
    lab.now_s = 60.0
    queue.delete(second)  # the lease has ended, but nobody has the message since
    assert counts(queue) == (0, 0, 0)
    queue.delete(second)
    assert queue.receive() == []


@pytest.mark.rule("SQS-05")
def test_changing_the_visibility_by_an_old_receipt(lab: Lab) -> None:
    queue = lab.queue()
    queue.send("a")
    receipt = queue.receive()[0].receipt
    lab.now_s = 30.0
    queue.change_visibility(receipt, 100)  # accepted without effect
    assert counts(queue) == (1, 0, 0)
    queue.receive()
    reason = "Message does not exist or is not available for visibility timeout change."
    expected = f"Value {receipt} for parameter ReceiptHandle is invalid. Reason: {reason}"
    assert refusal(lambda: queue.change_visibility(receipt, 1))[2] == expected


@pytest.mark.rule("SQS-05")
@pytest.mark.parametrize("name", ["orders", "orders.fifo"])
def test_what_is_no_receipt_of_this_queue_is_refused(lab: Lab, name: str) -> None:
    queue, other = lab.queue(name), lab.queue("other")
    other.send("x")
    for receipt in ("", "nonsense", other.receive()[0].receipt):
        expected = (
            "ReceiptHandleIsInvalid",
            "ReceiptHandleIsInvalid",
            f'The input receipt handle "{receipt}" is not a valid receipt handle.',
        )
        assert refusal(queue.delete, receipt) == expected
        assert refusal(queue.change_visibility, receipt, 1) == expected


def test_several_receipts_are_deleted_in_one_call_each_with_its_own_answer(lab: Lab) -> None:
    queue = lab.queue()
    queue.send("a")
    queue.send("b")
    first, second = (delivery.receipt for delivery in queue.receive(2))
    answers = queue.delete_batch([first, "x", second, first])
    assert [answer and answer.code for answer in answers] == [None, "ReceiptHandleIsInvalid", None, None]
    assert (counts(queue), queue.metrics.deleted) == ((0, 0, 0), 2)


@pytest.mark.rule("SQS-04")
def test_120_000_messages_in_flight_are_the_most(lab: Lab) -> None:
    queue = lab.queue()
    for _ in range(120_001):
        queue.send("x")
    assert [len(queue.receive(limit)) for limit in (119_995, 10, 10)] == [119_995, 5, 0]
    assert queue.is_full


@pytest.mark.rule("SQS-04")
@pytest.mark.parametrize("name", ["orders", "orders.fifo"])
def test_below_the_limit_there_is_room_again(lab: Lab, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    for module in (contents, leases, standard, fifo):
        monkeypatch.setattr(module, "MAXIMUM_IN_FLIGHT", 12)
    queue = lab.queue(name)
    for n in range(20):
        queue.send("x", group_id=str(n), dedup_id=str(n) if queue.fifo else None)
    first, second = queue.receive(10), queue.receive(10)
    assert (len(first), len(second), queue.receive(10)) == (10, 2, [])
    queue.delete(first[0].receipt)
    queue.change_visibility(first[1].receipt, 0)
    assert len(queue.receive(10)) == 2


@pytest.mark.rule("SQS-11")
def test_a_standard_queue_carries_a_group_id_and_nothing_else(lab: Lab) -> None:
    queue = lab.queue()
    for n in range(3):
        queue.send(str(n), group_id="tenant")
    first = queue.receive(1)[0].message
    assert (first.group_id, first.sequence_number, first.dedup_id) == ("tenant", None, None)
    assert bodies(queue.receive(10)) == ["1", "2"]  # no lock
    for parameters in ({"group_id": ""}, {"group_id": "x" * 129}, {"group_id": "a b"}, {"dedup_id": "d"}):
        assert refusal(queue.send, "x", **parameters)[1] == "InvalidParameterValue"


def test_a_receive_attempt_id_is_for_fifo_queues(lab: Lab) -> None:
    reason = "The request include parameter that is not valid for this queue type."
    expected = f"Value a for parameter ReceiveRequestAttemptId is invalid. Reason: {reason}"
    assert refusal(lambda: lab.queue().receive(attempt_id="a"))[2] == expected


def test_messages_are_listed_in_order_of_arrival_whatever_their_state(lab: Lab) -> None:
    queue = lab.queue()
    queue.send("delayed", delay_s=10)
    for body in ("in flight", "deleted", "visible"):
        queue.send(body)
    queue.delete(queue.receive(2)[1].receipt)
    assert [message.body for message in queue.messages()] == ["delayed", "in flight", "visible"]


# --- nothing is kept for longer than needed ---


def work(queue: Queue, rounds: int, kept: int) -> None:
    """Send and delete while *kept* messages stay in flight."""
    for _ in range(kept):
        queue.send("kept")
    queue.receive(kept, 43_200)
    for n in range(rounds):
        queue.send(str(n))
        queue.delete(queue.receive()[0].receipt)


def held(queue: Queue) -> int:
    """How many entries the queue's own containers hold."""
    deadlines, arrivals = queue._deadlines, queue._arrivals
    return sum(
        (
            deadlines.kept,
            len(deadlines._heap),
            sum(len(messages) for _, messages in deadlines._runs),
            len(arrivals.messages),
            len(queue._deliveries),
        )
    )


def test_entries_of_deleted_messages_are_dropped(lab: Lab) -> None:
    queue = lab.queue()
    work(queue, 20_000, 5)
    assert held(queue) < 4 * (4 * 5 + 1100)


def test_prolonging_leases_for_ever_keeps_no_old_deadlines(lab: Lab) -> None:
    queue = lab.queue()
    queue.send("a")
    delivery = queue.receive()[0]
    for n in range(10_000):
        queue.change_visibility(delivery.receipt, 100 + n)
    assert held(queue) < 3000


def test_a_queued_message_is_small(lab: Lab) -> None:
    queue = lab.queue()
    queue.send("x")
    message = queue.messages()[0]
    gc.collect()
    assert not hasattr(message, "__dict__")
    assert message.__sizeof__() <= 200


def test_the_engine_needs_no_wire_and_no_other_service() -> None:
    for module in (contents, leases, fifo, standard):
        assert not {"moto", "botocore"} & set(vars(module))
