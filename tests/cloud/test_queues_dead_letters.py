"""Dead-letter queues, and the policies that lead to them."""

from __future__ import annotations

import json

import pytest

from tests.cloud.queue_lab import KENOBI, Lab, bodies, counts, refusal


@pytest.mark.rule("SQS-06")
def test_a_consumer_sees_a_message_maxreceivecount_times(lab: Lab) -> None:
    dlq = lab.queue("dlq")
    queue = lab.queue("orders", dlq, receives=2)
    queue.send("poison")
    for now_s, seen in ((0.0, ["poison"]), (30.0, ["poison"]), (59.999, []), (60.0, []), (60.0, [])):
        lab.now_s = now_s
        assert bodies(queue.receive()) == seen
    assert (counts(queue), counts(dlq)) == ((0, 0, 0), (1, 0, 0))
    assert lab.log() == [(60.0, "queue.redrive", "orders", "dlq")]


@pytest.mark.rule("SQS-06", "SQS-03")
def test_moving_a_message_does_not_make_the_receive_smaller(lab: Lab) -> None:
    dlq = lab.queue("dlq")
    queue = lab.queue("orders", dlq, receives=1)
    for body in "ab":
        queue.send(body)
    queue.receive(2, 0)
    for body in "cd":
        queue.send(body)
    assert bodies(queue.receive(2)) == ["c", "d"]
    assert [message.body for message in dlq.messages()] == ["a", "b"]


@pytest.mark.rule("SQS-06")
def test_without_its_dead_letter_queue_a_message_stays(lab: Lab) -> None:
    dlq = lab.queue("dlq")
    queue = lab.queue("orders", dlq, receives=1)
    queue.send("a")
    lab.queues.delete(dlq)
    assert [queue.receive(1, 0)[0].receive_count for _ in range(3)] == [1, 2, 3]


@pytest.mark.rule("SQS-07")
def test_a_moved_message_keeps_its_identity_and_its_age(lab: Lab) -> None:
    dlq = lab.queue("dlq", MessageRetentionPeriod="100")
    queue = lab.queue("orders", dlq, receives=1)
    sent = queue.send(
        "a", attributes=KENOBI, system_attributes={"AWSTraceHeader": {"DataType": "String", "StringValue": "t"}}
    )
    lab.now_s = 10.0
    first = queue.receive(1, 20)[0]
    lab.now_s = 30.0
    assert queue.receive() == []
    dlq.send("fresh")
    moved, fresh = dlq.receive(10)
    assert (moved.message.id, moved.message.sent_ms, moved.message.md5_attributes, moved.message.trace_header) == (
        sent.id,
        sent.sent_ms,
        sent.md5_attributes,
        "t",
    )
    assert (moved.first_received_ms, moved.receive_count) == (first.first_received_ms, 2)
    assert (moved.message.dlq_source_arn, fresh.message.dlq_source_arn) == (queue.arn, None)
    queue.delete(first.receipt)  # the old receipt means nothing any more
    assert counts(dlq) == (0, 2, 0)
    lab.now_s = 100.0  # the retention clock of "a" began at 0, that of "fresh" at 30
    assert [message.body for message in dlq.messages()] == ["fresh"]
    lab.now_s = 130.0
    assert dlq.messages() == []


@pytest.mark.rule("SQS-07")
def test_old_messages_expire_in_the_order_of_their_own_clocks(lab: Lab) -> None:
    dlq = lab.queue("dlq", MessageRetentionPeriod="1000")
    slow, quick = lab.queue("slow", dlq, receives=1), lab.queue("quick", dlq, receives=1)
    slow.send("sent at 0")
    lab.now_s = 50.0
    quick.send("sent at 50")
    dlq.send("sent at 50 too")
    for queue in (quick, slow):
        queue.receive(1, 0)
        queue.receive(1, 0)
    left = []
    for lab.now_s in (999.0, 1000.0, 1049.0, 1050.0):
        left.append([message.body for message in dlq.messages()])
    everything = ["sent at 50 too", "sent at 50", "sent at 0"]
    assert left == [everything, everything[:2], everything[:2], []]


@pytest.mark.rule("SQS-07", "SQS-10")
def test_a_fifo_move_renumbers_and_restarts_the_retention_clock(lab: Lab) -> None:
    dlq = lab.queue("dlq.fifo", MessageRetentionPeriod="100")
    queue = lab.queue("orders.fifo", dlq, receives=1)
    sent = queue.send("a", group_id="g", dedup_id="d")
    lab.now_s = 50.0
    queue.receive(1, 0)
    queue.receive(1, 0)
    moved = dlq.messages()[0]
    assert (moved.id, moved.dedup_id, moved.group_id) == (sent.id, sent.id, "g")
    assert moved.sequence_number != sent.sequence_number
    assert (moved.sent_ms, moved.receive_count) == (sent.sent_ms, 1)
    lab.now_s = 149.0
    assert counts(dlq) == (1, 0, 0)
    lab.now_s = 150.0
    assert counts(dlq) == (0, 0, 0)


@pytest.mark.rule("SQS-06")
@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        ('{"deadLetterTargetArn": "dummy", "maxReceiveCount": 42}', "Invalid value for deadLetterTargetArn."),
        ("nonsense", "Redrive policy is not a valid JSON map."),
        ("[]", "Redrive policy is not a valid JSON map."),
        ('{"maxReceiveCount": 1}', "Redrive policy must contain exactly deadLetterTargetArn and maxReceiveCount."),
        (
            '{"deadLetterTargetArn": "arn:aws:sqs:us-east-1:123456789012:dlq", "maxReceiveCount": 0}',
            "Invalid value for maxReceiveCount: 0, valid values are from 1 to 1000 both inclusive.",
        ),
        (
            '{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:123456789012:none","maxReceiveCount":"3"}',
            "Dead letter target does not exist.",
        ),
        (
            '{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:123456789012:dlq.fifo","maxReceiveCount":3}',
            "Dead-letter queue must be same type of queue as the source.",
        ),
        (
            '{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:123456789012:closed","maxReceiveCount":3}',
            "The RedriveAllowPolicy of the dead-letter queue does not permit this source queue.",
        ),
    ],
)
def test_a_redrive_policy_is_checked(lab: Lab, policy: str, reason: str) -> None:
    lab.queue("dlq")
    lab.queue("dlq.fifo")
    lab.queue("closed", RedriveAllowPolicy='{"redrivePermission":"denyAll"}')
    queue = lab.queue()
    for call in (
        lambda: lab.queue("new", RedrivePolicy=policy),
        lambda: queue.set_attributes({"RedrivePolicy": policy}),
    ):
        code, query_code, text = refusal(call)
        assert (code, query_code) == ("InvalidParameterValueException", "InvalidParameterValue")
        assert text.startswith("Value {" if policy.startswith("{") else f"Value {policy}")
        assert text.endswith(f" for parameter RedrivePolicy is invalid. Reason: {reason}")
    assert "RedrivePolicy" not in queue.attributes.to_strings()


@pytest.mark.rule("SQS-08")
def test_a_redrive_allow_policy_names_the_queues_that_may(lab: Lab) -> None:
    arn = lab.queues.arn_of("friend")
    dlq = lab.queue("dlq", RedriveAllowPolicy=json.dumps({"redrivePermission": "byQueue", "sourceQueueArns": [arn]}))
    lab.queue("friend", dlq)
    assert refusal(lambda: lab.queue("stranger", dlq))[1] == "InvalidParameterValue"
    for policy in (
        "x",
        '{"redrivePermission":"some"}',
        '{"redrivePermission":"byQueue"}',
        '{"redrivePermission":"byQueue","sourceQueueArns":["x"]}',
    ):
        assert refusal(dlq.set_attributes, {"RedriveAllowPolicy": policy})[0] == "InvalidAttributeValue"
    dlq.set_attributes({"RedriveAllowPolicy": ""})
    lab.queue("stranger", dlq)
