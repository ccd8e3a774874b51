"""The event of an SQS batch, byte for byte."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from eventsim.cloud.queues.registry import Queues
from eventsim.events.sqs import SqsBatch, sqs_event
from eventsim.kernel.clock import Clock
from eventsim.kernel.loop import VirtualEventLoop
from eventsim.kernel.seeds import Seeds

if TYPE_CHECKING:
    from eventsim.cloud.queues.queue import Queue


class Account:
    """Queues whose time the test sets."""

    def __init__(self) -> None:
        self.now_s = 0.0
        clock = Clock(lambda: self.now_s)
        self.queues = Queues(clock, Seeds(1), VirtualEventLoop)

    def queue(self, name: str, **attributes: str) -> Queue:
        return self.queues.create(name, attributes)


@pytest.fixture
def account() -> Account:
    return Account()


def event_text(queue: Queue, *, with_window: bool = False, limit: int = 10) -> str:
    """The event of what a receive brings, with its ids and receipts masked."""
    deliveries = queue.receive(limit)
    text = msgspec.json.encode(sqs_event(deliveries, queue.arn, with_window=with_window)).decode()
    for n, one in enumerate(deliveries):
        text = text.replace(one.message.id, f"<id {n}>").replace(one.receipt, f"<receipt {n}>")
    return text


PLAIN = (
    '{"messageId":"<id 0>","receiptHandle":"<receipt 0>","body":"hello","attributes":'
    '{"ApproximateReceiveCount":"1","SentTimestamp":"1767225600000","SenderId":"AIDAIENQZJOLO23YVJ4VO",'
    '"ApproximateFirstReceiveTimestamp":"1767225601500"},"messageAttributes":{},%s'
    '"md5OfBody":"5d41402abc4b2a76b9719d911017c592","eventSource":"aws:sqs",'
    '"eventSourceARN":"arn:aws:sqs:us-east-1:123456789012:q","awsRegion":"us-east-1"}'
)


@pytest.mark.rule("SQS-32", "SQS-35")
@pytest.mark.parametrize(("with_window", "md5"), [(False, ""), (True, '"md5OfMessageAttributes":null,')])
def test_a_plain_record_is_these_bytes(account: Account, with_window: bool, md5: str) -> None:
    queue = account.queue("q")
    queue.send("hello")
    account.now_s = 1.5
    assert event_text(queue, with_window=with_window) == '{"Records":[' + PLAIN % md5 + "]}"


@pytest.mark.rule("SQS-32", "SQS-03", "SQS-24")
def test_a_second_receive_keeps_the_first_time_and_counts_on(account: Account) -> None:
    queue = account.queue("q", VisibilityTimeout="30")
    queue.send("hello")
    account.now_s = 1.5
    [first] = queue.receive()
    account.now_s = 31.5
    [second] = queue.receive()
    one, other = (sqs_event([delivery], queue.arn)["Records"][0] for delivery in (first, second))
    assert one["attributes"] | {"ApproximateReceiveCount": "2"} == other["attributes"]
    assert one["receiptHandle"] != other["receiptHandle"]
    assert one["messageId"] == other["messageId"]


@pytest.mark.rule("SQS-34", "SQS-35")
@pytest.mark.parametrize("with_window", [False, True])
def test_message_attributes_are_in_lambdas_spelling(account: Account, with_window: bool) -> None:
    queue = account.queue("q")
    queue.send(
        "hello",
        attributes={
            "text": {"DataType": "String", "StringValue": "a"},
            "number": {"DataType": "Number.int", "StringValue": "6"},
            "bytes": {"DataType": "Binary", "BinaryValue": "AAH/"},
        },
    )
    [record] = sqs_event(queue.receive(), queue.arn, with_window=with_window)["Records"]
    empty: dict[str, list[str]] = {"stringListValues": [], "binaryListValues": []}
    assert record["messageAttributes"] == {
        "text": {"stringValue": "a", **empty, "dataType": "String"},
        "number": {"stringValue": "6", **empty, "dataType": "Number.int"},
        "bytes": {"binaryValue": "AAH/", **empty, "dataType": "Binary"},
    }
    keys = ["Value", "stringListValues", "binaryListValues", "dataType"]
    for name, value in record["messageAttributes"].items():
        kind = "binary" if name == "bytes" else "string"
        assert list(value) == [kind + keys[0], *keys[1:]]
    assert len(record["md5OfMessageAttributes"]) == 32
    names = list(record)
    assert names[names.index("messageAttributes") + 1] == "md5OfMessageAttributes"


@pytest.mark.rule("SQS-33", "SQS-36")
def test_a_fifo_record_has_its_group_its_deduplication_id_and_its_sequence_number(account: Account) -> None:
    queue = account.queue("q.fifo", FifoQueue="true")
    sent = [queue.send(f"b{n}", group_id="g", dedup_id=f"d{n}") for n in range(3)]
    records = sqs_event(queue.receive(10), queue.arn)["Records"]
    shown = [
        {name: record["attributes"][name] for name in ("SequenceNumber", "MessageGroupId", "MessageDeduplicationId")}
        for record in records
    ]
    assert shown == [
        {"SequenceNumber": one.sequence_number, "MessageGroupId": "g", "MessageDeduplicationId": f"d{n}"}
        for n, one in enumerate(sent)
    ]
    assert [one["SequenceNumber"] for one in shown] == sorted(one["SequenceNumber"] for one in shown)


@pytest.mark.rule("SQS-11", "SQS-33")
def test_a_standard_queues_tenant_is_its_group_without_the_rest_of_fifo(account: Account) -> None:
    queue = account.queue("q")
    queue.send("hello", group_id="tenant")
    [record] = sqs_event(queue.receive(), queue.arn)["Records"]
    assert record["attributes"]["MessageGroupId"] == "tenant"
    assert not {"SequenceNumber", "MessageDeduplicationId"} & set(record["attributes"])


@pytest.mark.rule("SQS-33")
def test_a_trace_header_is_shown(account: Account) -> None:
    queue = account.queue("q")
    header = "Root=1-5759e988-bd862e3fe1be46a994272793"
    queue.send("hello", system_attributes={"AWSTraceHeader": {"DataType": "String", "StringValue": header}})
    [record] = sqs_event(queue.receive(), queue.arn)["Records"]
    assert record["attributes"]["AWSTraceHeader"] == header


@pytest.mark.rule("SQS-07", "SQS-33")
def test_a_message_of_a_dead_letter_queue_names_its_source_and_keeps_its_past(account: Account) -> None:
    dead = account.queue("dlq")
    policy = msgspec.json.encode({"deadLetterTargetArn": dead.arn, "maxReceiveCount": 1}).decode()
    queue = account.queue("q", RedrivePolicy=policy, VisibilityTimeout="10")
    sent = queue.send("hello")
    account.now_s = 1.0
    queue.receive()
    account.now_s = 11.0
    assert queue.receive() == []
    account.now_s = 20.0
    [record] = sqs_event(dead.receive(), dead.arn)["Records"]
    assert record["messageId"] == sent.id
    assert record["attributes"] == {
        "ApproximateReceiveCount": "2",
        "SentTimestamp": "1767225600000",
        "SenderId": "AIDAIENQZJOLO23YVJ4VO",
        "ApproximateFirstReceiveTimestamp": "1767225601000",
        "DeadLetterQueueSourceArn": queue.arn,
    }
    assert record["eventSourceARN"] == dead.arn


@pytest.mark.rule("SQS-37")
def test_a_body_is_passed_on_as_the_text_it_is(account: Account) -> None:
    queue = account.queue("q")
    bodies = ['{"a": 1}', "not JSON", '"quoted"', "ünïcode \N{SNOWMAN} \U0001f600", " \t\n"]
    for body in bodies:
        queue.send(body)
    assert [record["body"] for record in sqs_event(queue.receive(10), queue.arn)["Records"]] == bodies


@pytest.mark.rule("SQS-32")
def test_a_batch_builds_an_event_that_is_new_each_time(account: Account) -> None:
    queue = account.queue("q")
    queue.send("hello", attributes={"a": {"DataType": "String", "StringValue": "b"}})
    batch = SqsBatch(tuple(queue.receive()), queue.arn, True)
    first = batch.event()
    first["Records"][0]["messageAttributes"]["a"]["stringValue"] = "changed"
    first["Records"].append("more")
    assert batch.event()["Records"][0]["messageAttributes"]["a"]["stringValue"] == "b"
    assert (len(batch), batch.ids()) == (1, [batch.event()["Records"][0]["messageId"]])
