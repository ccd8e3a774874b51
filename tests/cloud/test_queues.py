"""What holds for every queue: settings, names, sizes, retention, dead-letter queues, the registry."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from eventsim.cloud.queues.registry import Queues
from eventsim.errors import AwsError
from eventsim.kernel.clock import Clock
from eventsim.kernel.seeds import Seeds
from eventsim.kernel.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from eventsim.cloud.queues.message import Delivery
    from eventsim.cloud.queues.queue import Queue


class Lab:
    """An account whose time the test sets."""

    def __init__(self, seed: int = 1) -> None:
        self.now_s = 0.0
        self.clock = Clock(lambda: self.now_s)
        self.trace = Trace(self.clock)
        self.queues = Queues(self.clock, Seeds(seed), no_timers, trace=self.trace)

    def queue(self, name: str = "orders", dlq: Queue | None = None, receives: int = 3, **attributes: str) -> Queue:
        if dlq is not None:
            attributes["RedrivePolicy"] = json.dumps({"deadLetterTargetArn": dlq.arn, "maxReceiveCount": receives})
        return self.queues.create(name, attributes)

    def log(self) -> list[tuple[Any, ...]]:
        return [(line["t"], line["kind"], line["queue"], line.get("to")) for line in self.trace.events()]


def no_timers() -> Any:
    raise AssertionError("nobody waits in this test")


def bodies(deliveries: Iterable[Delivery]) -> list[str]:
    return [delivery.message.body for delivery in deliveries]


def counts(queue: Queue) -> tuple[int, int, int]:
    found = queue.counts()
    return found.visible, found.in_flight, found.delayed


def refusal(call: Callable[..., object], *args: Any, **kwargs: Any) -> tuple[str, str | None, str]:
    """Code, query code and text of the error that the call raises."""
    with pytest.raises(AwsError) as caught:
        call(*args, **kwargs)
    return caught.value.code, caught.value.query_code, caught.value.message


@pytest.fixture
def lab() -> Lab:
    return Lab()


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


# --- what a message may be ---


@pytest.mark.rule("SQS-02")
def test_the_size_counts_utf8_bytes_of_body_and_attributes(lab: Lab) -> None:
    queue = lab.queue(MaximumMessageSize="1024")
    attributes = {"size": {"DataType": "String", "StringValue": "ä"}}  # 4 + 6 + 2 bytes
    assert queue.send("é" * 506, attributes=attributes).size_bytes == 1024
    text = "One or more parameters are invalid. Reason: Message must be shorter than 1024 bytes."
    for body in ("é" * 506 + "x", "x" * 1013):
        assert refusal(queue.send, body, attributes=attributes)[2] == text
    assert counts(queue) == (1, 0, 0)


@pytest.mark.rule("SQS-02")
def test_a_message_of_1_mib_is_the_largest(lab: Lab) -> None:
    queue = lab.queue()
    queue.send("x" * 1_048_576)
    assert refusal(lambda: queue.send("x" * 1_048_577))[1] == "InvalidParameterValue"


@pytest.mark.rule("SQS-02")
@pytest.mark.parametrize("body", ["\x00", "a\x0bb", "\ufffe", "\uffff", "\ud800", "x\x1f"])
def test_characters_outside_xml_are_refused(lab: Lab, body: str) -> None:
    assert refusal(lambda: lab.queue().send(body))[:2] == ("InvalidMessageContents", "InvalidMessageContents")


@pytest.mark.rule("SQS-02")
def test_other_characters_are_kept(lab: Lab) -> None:
    body = '\t\n\r "é" \x7f\x85\u2028\ufffd\U0001f600\U0010fffd'
    lab.queue().send(body)
    assert bodies(lab.queue().receive()) == [body]


BAD_ATTRIBUTES = [
    ({"a": {"DataType": "String", "StringValue": ""}}, "must contain a non-empty value of type 'String'"),
    ({"a": {"DataType": "Binary"}}, "must contain a non-empty value of type 'Binary'"),
    ({"a": {"DataType": "Text", "StringValue": "x"}}, "prefixes: Binary, Number, String."),
    ({"a": {"StringValue": "x"}}, "must contain a non-empty attribute type"),
    ({"a": {"DataType": "Number", "StringValue": "one"}}, "Can't cast the value of message (user) attribute 'a'"),
    ({"a": {"DataType": "Binary", "BinaryValue": "not base64"}}, "must hold bytes, or base64 text"),
    ({"a": {"DataType": "String", "StringListValues": ["x"]}}, "List values are not supported."),
    ({"a": {"DataType": "String", "StringValue": 1}}, "must be a string"),
    ({"a": "x"}, "must contain a non-empty attribute type"),
    ({".a": {"DataType": "String", "StringValue": "x"}}, "Invalid attribute name '.a'"),
    ({"a..b": {"DataType": "String", "StringValue": "x"}}, "Invalid attribute name 'a..b'"),
    ({"AWS.x": {"DataType": "String", "StringValue": "x"}}, "beginning with 'AWS.'"),
    ({"n" * 257: {"DataType": "String", "StringValue": "x"}}, "Length of message (user) attribute name"),
    ({f"a{n}": {"DataType": "String", "StringValue": "x"} for n in range(11)}, "attributes [11] exceeds"),
]


@pytest.mark.rule("SQS-02", "SQS-34")
@pytest.mark.parametrize(("attributes", "text"), BAD_ATTRIBUTES)
def test_message_attributes_are_checked(lab: Lab, attributes: dict[str, Any], text: str) -> None:
    code, query_code, message = refusal(lambda: lab.queue().send("x", attributes=attributes))
    assert (code, query_code) == ("InvalidParameterValueException", "InvalidParameterValue")
    assert text in message


KENOBI = {
    "Help.Me": {"DataType": "String", "StringValue": "Me"},
    "Hello": {"DataType": "String", "StringValue": "There"},
    "General": {"DataType": "String", "StringValue": "Kenobi"},
}
TRACEPARENT = b"traceparent\x1e00-774062d6c37081a5a0b9b5b88e30627c-2d2482211f6489da-01"


@pytest.mark.rule("SQS-35")
@pytest.mark.parametrize(
    ("attributes", "digest"),
    [
        (KENOBI, "4c360f3fdafd970e05fae2f149d997f5"),
        ({"Foo": {"DataType": "String", "StringValue": "Bar"}}, "ae7155c6026991b6d54b11589678bf9c"),
        ({"attr1": {"DataType": "Binary", "BinaryValue": TRACEPARENT}}, "8cbe4db156db8a94db8b801b7addb984"),
        (None, None),
    ],
)
def test_the_digest_of_the_attributes_is_aws_s(lab: Lab, attributes: dict[str, Any] | None, digest: str | None) -> None:
    assert lab.queue().send("msg", attributes=attributes).md5_attributes == digest


@pytest.mark.rule("SQS-35")
def test_custom_types_count_in_the_digest(lab: Lab) -> None:
    plain, custom = (
        lab.queue().send("x", attributes={"a": {"DataType": kind, "StringValue": "1"}})
        for kind in ("Number", "Number.int")
    )
    assert plain.md5_attributes != custom.md5_attributes


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


# --- dead-letter queues ---


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
