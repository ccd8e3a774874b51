"""Messages published through clients of SNS, to queues and functions."""

from __future__ import annotations

import json
from typing import Any

import anyio
import pytest

from tests.cloud.sns_cloud import RECORDED, Cloud, error_of, plain
from tests.cloud.topics_account import LAMBDA, SQS


@pytest.mark.rule("SNS-01", "SNS-04", "SNS-05", "SNS-07")
def test_from_publish_to_queues_and_a_function() -> None:
    cloud = Cloud()
    cloud.queues.create("raw")
    cloud.queues.create("wrapped")

    async def main(sns: Any) -> Any:
        topic = (await sns.create_topic(Name="alerts"))["TopicArn"]
        raw = {"RawMessageDelivery": "true", "FilterPolicy": json.dumps({"kind": ["a"]})}
        await sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=SQS + "raw", Attributes=raw)
        await sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=SQS + "wrapped", ReturnSubscriptionArn=True)
        await sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=LAMBDA + "f")
        attributes = {
            "kind": {"DataType": "String", "StringValue": "a"},
            "bytes": {"DataType": "Binary", "BinaryValue": b"\x02\x03\x04"},
        }
        await anyio.sleep(30)
        published = await sns.publish(
            TopicArn=topic, Message="hello <ö> & more", Subject="Hi", MessageAttributes=attributes
        )
        await sns.publish(TargetArn=topic, Message="other")
        return published["MessageId"]

    message_id = cloud.run(main)
    (raw,) = cloud.queues.get("raw").messages()
    assert (raw.body, raw.attributes) == (
        "hello <ö> & more",
        {
            "kind": {"DataType": "String", "StringValue": "a"},
            "bytes": {"DataType": "Binary", "BinaryValue": "AgME"},
        },
    )
    wrapped = [json.loads(one.body) for one in cloud.queues.get("wrapped").messages()]
    assert [one["Message"] for one in wrapped] == ["hello <ö> & more", "other"]
    assert wrapped[0]["MessageId"] == message_id
    assert wrapped[0]["Timestamp"] == "2026-01-01T00:00:30.000Z"
    assert [(at, arn, event["Records"][0]["Sns"]["Message"]) for at, arn, event in cloud.events] == [
        (30.0, LAMBDA + "f", "hello <ö> & more"),
        (30.0, LAMBDA + "f", "other"),
    ]
    lines = [line for line in cloud.trace.events() if line["kind"] == "topic.deliver"]
    outcomes = ["delivered", "delivered", "delivered", "filtered", "delivered", "delivered"]
    assert [line["outcome"] for line in lines] == outcomes


@pytest.mark.rule("SNS-14")
def test_retries_wait_in_virtual_time() -> None:
    cloud = Cloud()
    cloud.outages = 14

    async def main(sns: Any) -> None:
        topic = (await sns.create_topic(Name="alerts"))["TopicArn"]
        await sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=LAMBDA + "f")
        await sns.publish(TopicArn=topic, Message="hello")
        await anyio.sleep(3600)

    cloud.run(main)
    ((at, _, _),) = cloud.events
    assert round(at, 3) == round(2 + sum(20 ** (n / 9) for n in range(10)), 3)


@pytest.mark.rule("SNS-16", "SNS-17")
def test_a_batch_is_numbered_deduplicated_and_delivered_as_recorded(capture: Any) -> None:
    recorded = capture("sns_test_publish_batch_messages_from_fifo_topic_to_fifo_queue_False")[RECORDED]
    expected = recorded["messages"]["Messages"]
    cloud = Cloud()
    cloud.queues.create("q.fifo", {"FifoQueue": "true"})
    entries = [
        {
            "Id": str(n),
            "Message": message["Body"],
            "MessageAttributes": message.get("MessageAttributes", {}),
            "MessageGroupId": message["Attributes"]["MessageGroupId"],
            "MessageDeduplicationId": message["Attributes"]["MessageDeduplicationId"],
        }
        for n, message in enumerate(expected, 1)
    ]

    async def main(sns: Any) -> Any:
        topic = (await sns.create_topic(Name="t.fifo", Attributes={"FifoTopic": "true"}))["TopicArn"]
        raw = {"RawMessageDelivery": "true"}
        await sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=SQS + "q.fifo", Attributes=raw)
        return [plain(await sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)) for _ in range(2)]

    first, again = cloud.run(main)
    assert first == again
    assert [list(entry) for entry in first["Successful"]] == [
        list(entry) for entry in recorded["publish-batch-response-fifo"]["Successful"]
    ]
    assert first["Failed"] == []
    arrived = cloud.queues.get("q.fifo").messages()
    assert [(one.body, one.attributes or {}, one.dedup_id, one.md5_attributes) for one in arrived] == [
        (
            message["Body"],
            message.get("MessageAttributes", {}),
            message["Attributes"]["MessageDeduplicationId"],
            message.get("MD5OfMessageAttributes"),
        )
        for message in expected
    ]


@pytest.mark.rule("SNS-06", "SNS-13", "SNS-16", "SNS-17")
def test_a_batch_is_published_whole_or_not_at_all() -> None:
    cloud = Cloud()
    cloud.queues.create("q")
    half = 262_144 // 2
    attribute = {"a": {"StringValue": "x"}}
    needs_type = (
        "1 validation error detected: Value null at 'publishBatchRequestEntries.1.member.messageAttributes.a.member."
        "dataType' failed to satisfy constraint: Member must not be null"
    )

    async def main(sns: Any) -> None:
        topic = (await sns.create_topic(Name="t"))["TopicArn"]
        await sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=SQS + "q")

        async def refused(*entries: dict[str, Any], to: str = topic) -> tuple[str, str]:
            call = sns.publish_batch(TopicArn=to, PublishBatchRequestEntries=list(entries))
            return (await error_of(call))[:2]

        good = {"Id": "1", "Message": "good"}
        assert await refused(good, to=topic + "x") == ("NotFound", "Topic does not exist")
        assert await refused() == ("EmptyBatchRequest", "The batch request doesn't contain any entries.")
        eleven = [{"Id": str(n), "Message": "x"} for n in range(11)]
        text = "The batch request contains more entries than permissible."
        assert await refused(*eleven) == ("TooManyEntriesInBatchRequest", text)
        text = "Two or more batch entries in the request have the same Id."
        assert await refused(good, good) == ("BatchEntryIdsNotDistinct", text)
        text = "The Id of a batch entry in a batch request doesn't abide by the specification."
        assert await refused({"Id": "a b", "Message": "x"}) == ("InvalidBatchEntryId", text)
        text = "The length of all the messages put together is more than the limit."
        long = [{"Id": "1", "Message": "a" * half}, {"Id": "2", "Message": "b" * (half + 1)}]
        assert await refused(*long) == ("BatchRequestTooLong", text)
        text = "Invalid parameter: Message Structure - No default entry in JSON message body"
        structured = {"Id": "2", "Message": '{"sqs": "x"}', "MessageStructure": "json"}
        assert await refused(good, structured) == ("InvalidParameter", text)
        assert await refused({**good, "MessageAttributes": attribute}) == ("ValidationError", needs_type)
        await sns.publish_batch(
            TopicArn=topic, PublishBatchRequestEntries=[long[0], {**long[1], "Message": "b" * half}]
        )
        fifo = (await sns.create_topic(Name="t.fifo", Attributes={"FifoTopic": "true"}))["TopicArn"]
        text = "Invalid parameter: The MessageGroupId parameter is required for FIFO topics"
        assert await refused(good, to=fifo) == ("InvalidParameter", text)

    cloud.run(main, parameter_validation=False)
    assert [json.loads(one.body)["Message"][0] for one in cloud.queues.get("q").messages()] == ["a", "b"]


@pytest.mark.rule("SNS-21")
def test_the_trace_header_of_a_request_reaches_queues() -> None:
    cloud = Cloud()
    cloud.queues.create("q")
    header = "Root=1-3152b799-8954dae64eda91bc9a23a7e8;Parent=7fa8c0f79203be72;Sampled=1"

    async def main(sns: Any) -> None:
        topic = (await sns.create_topic(Name="t"))["TopicArn"]
        await sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=SQS + "q")
        sns.meta.events.register(
            "before-call.sns.Publish", lambda params, **_: params["headers"].update({"X-Amzn-Trace-Id": header})
        )
        await sns.publish(TopicArn=topic, Message="x")

    cloud.run(main)
    assert cloud.queues.get("q").messages()[0].trace_header == header
