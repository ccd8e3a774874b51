"""SNS as SDKs reach it: the operations through real clients, on a virtual loop."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import anyio
import boto3
import pytest
from botocore.exceptions import ClientError

from eventsim.cloud.queues.registry import Queues
from eventsim.cloud.router import Router
from eventsim.cloud.session import open_client
from eventsim.cloud.sns import SnsEndpoint, SnsService
from eventsim.cloud.topics import Topics
from eventsim.errors import AwsError
from eventsim.events.sns import sns_event
from eventsim.kernel.clock import Clock
from eventsim.kernel.loop import VirtualEventLoop
from eventsim.kernel.seeds import Seeds
from eventsim.kernel.trace import Trace
from tests.cloud.simulated import boto_cloud
from tests.cloud.topics_account import LAMBDA, SQS, number

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

RECORDED = "expected_event_or_destination_record"
TOPIC = "arn:aws:sns:us-east-1:123456789012:"


class Cloud:
    """SNS and queues behind a router, on a virtual loop of its own."""

    def __init__(self) -> None:
        self.loop = VirtualEventLoop()
        clock, seeds = Clock(self.loop.time), Seeds(1)
        self.trace = Trace(clock)
        self.queues = Queues(clock, seeds, lambda: self.loop)
        self.events: list[tuple[float, str, dict[str, Any]]] = []
        self.outages = 0
        self.topics = Topics(
            clock,
            seeds,
            lambda: self.loop,
            self.queues,
            make_event=sns_event,
            deliver_to_function=self._deliver,
            trace=self.trace,
        )
        self.router = Router(trace=self.trace)
        self.router.mount("sns", SnsEndpoint(SnsService(self.topics)))

    def _deliver(self, arn: str, event: dict[str, Any], *, trace_header: str | None = None) -> None:
        if self.outages:
            self.outages -= 1
            raise AwsError("ServiceException", "down", status=500)
        self.events.append((self.loop.time(), arn, event))

    def run(self, main: Callable[[Any], Awaitable[Any]], **config: Any) -> Any:
        """Run *main* with a client."""

        async def opened() -> Any:
            async with open_client(self.router, "sns", **config) as sns:
                return await main(sns)

        options = {"loop_factory": lambda: self.loop}
        return anyio.run(opened, backend="asyncio", backend_options=options)


def plain(answer: dict[str, Any]) -> dict[str, Any]:
    answer.pop("ResponseMetadata")
    return answer


async def error_of(call: Awaitable[Any]) -> tuple[str, str, int]:
    with pytest.raises(ClientError) as caught:
        await call
    response = caught.value.response
    assert response["Error"]["Type"] == "Sender"
    return response["Error"]["Code"], response["Error"]["Message"], response["ResponseMetadata"]["HTTPStatusCode"]


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


def test_topics_are_created_listed_changed_and_deleted() -> None:
    async def main(sns: Any) -> None:
        created = await sns.create_topic(Name="alerts", Tags=[{"Key": "team", "Value": "<ops> & co"}])
        arn = TOPIC + "alerts"
        assert plain(created) == {"TopicArn": arn}
        assert plain(await sns.create_topic(Name="alerts")) == {"TopicArn": arn}
        await sns.create_topic(
            Name="orders.fifo", Attributes={"FifoTopic": "true", "ContentBasedDeduplication": "true"}
        )
        assert plain(await sns.list_topics()) == {"Topics": [{"TopicArn": arn}, {"TopicArn": TOPIC + "orders.fifo"}]}
        await sns.set_topic_attributes(TopicArn=arn, AttributeName="DisplayName", AttributeValue="a < b")
        attributes = (await sns.get_topic_attributes(TopicArn=arn))["Attributes"]
        assert (attributes["DisplayName"], attributes["TopicArn"], attributes["Owner"]) == (
            "a < b",
            arn,
            "123456789012",
        )
        assert plain(await sns.list_tags_for_resource(ResourceArn=arn)) == {
            "Tags": [{"Key": "team", "Value": "<ops> & co"}]
        }
        await sns.tag_resource(ResourceArn=arn, Tags=[{"Key": "team", "Value": "x"}, {"Key": "b", "Value": ""}])
        await sns.untag_resource(ResourceArn=arn, TagKeys=["team", "absent"])
        assert (await sns.list_tags_for_resource(ResourceArn=arn))["Tags"] == [{"Key": "b", "Value": ""}]
        await sns.delete_topic(TopicArn=arn)
        await sns.delete_topic(TopicArn=arn)
        assert await error_of(sns.get_topic_attributes(TopicArn=arn)) == ("NotFound", "Topic does not exist", 404)
        assert await error_of(sns.list_tags_for_resource(ResourceArn=arn)) == (
            "ResourceNotFound",
            "Resource does not exist",
            404,
        )

    Cloud().run(main)


def test_permissions_are_statements_of_the_policy() -> None:
    async def main(sns: Any) -> None:
        arn = (await sns.create_topic(Name="alerts"))["TopicArn"]
        grant = {
            "TopicArn": arn,
            "Label": "l",
            "AWSAccountId": ["210987654321"],
            "ActionName": ["Publish", "Subscribe"],
        }
        await sns.add_permission(**grant)
        policy = json.loads((await sns.get_topic_attributes(TopicArn=arn))["Attributes"]["Policy"])
        assert policy["Statement"][1:] == [
            {
                "Sid": "l",
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::210987654321:root"},
                "Action": ["SNS:Publish", "SNS:Subscribe"],
                "Resource": arn,
            }
        ]
        start = "Invalid parameter: "
        assert await error_of(sns.add_permission(**grant)) == (
            "InvalidParameter",
            f"{start}Statement already exists",
            400,
        )
        for name in ("AWSAccountId", "ActionName"):
            text = f"{start}{name} Reason: no value for required parameter"
            nobody = {**grant, "Label": "m", name: []}
            assert await error_of(sns.add_permission(**nobody)) == ("InvalidParameter", text, 400)
        wrong = {**grant, "Label": "m", "ActionName": ["Fly"]}
        text = f"{start}Policy statement action out of service scope!"
        assert await error_of(sns.add_permission(**wrong)) == ("InvalidParameter", text, 400)
        await sns.remove_permission(TopicArn=arn, Label="l")
        policy = json.loads((await sns.get_topic_attributes(TopicArn=arn))["Attributes"]["Policy"])
        assert [statement["Sid"] for statement in policy["Statement"]] == ["__default_statement_ID"]

    Cloud().run(main)


def test_a_subscription_shows_what_was_recorded(capture: Any) -> None:
    recorded = capture("sns_test_attribute_raw_subscribe")[RECORDED]["subscription-attributes"]["Attributes"]
    filtered = capture("snsf_test_filter_policy")[RECORDED]["subscription-attributes"]["Attributes"]
    redriven = capture("sns_test_subscription_after_failure_to_deliver")[RECORDED]["subscriptions-attrs-with-redrive"]

    async def main(sns: Any) -> None:
        topic = (await sns.create_topic(Name="alerts"))["TopicArn"]
        arn = (await sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=SQS + "q"))["SubscriptionArn"]

        async def show() -> dict[str, str]:
            found: dict[str, str] = (await sns.get_subscription_attributes(SubscriptionArn=arn))["Attributes"]
            return found

        async def change(name: str, value: str) -> None:
            await sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName=name, AttributeValue=value)

        await change("RawMessageDelivery", "true")
        shown = await show()
        assert list(shown) == list(recorded)
        for name in ("ConfirmationWasAuthenticated", "PendingConfirmation", "Protocol", "RawMessageDelivery"):
            assert shown[name] == recorded[name]
        assert (shown["Endpoint"], shown["TopicArn"], shown["SubscriptionArn"]) == (SQS + "q", topic, arn)
        policy = json.dumps(filtered["FilterPolicy"])
        await change("FilterPolicy", policy)
        shown = await show()
        assert list(shown) == list(filtered)
        assert (shown["FilterPolicy"], shown["FilterPolicyScope"]) == (policy, filtered["FilterPolicyScope"])
        await change("FilterPolicy", "")
        await change("RedrivePolicy", json.dumps({"deadLetterTargetArn": SQS + "dlq"}))
        assert list(await show()) == list(redriven["Attributes"])
        await change("RedrivePolicy", "")
        assert list(await show()) == list(recorded)

    Cloud().run(main)


def test_subscriptions_are_listed_a_hundred_at_a_time() -> None:
    async def main(sns: Any) -> None:
        topic = (await sns.create_topic(Name="alerts"))["TopicArn"]
        other = (await sns.create_topic(Name="other"))["TopicArn"]
        arns = []
        for n in range(101):
            made = await sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=f"{LAMBDA}f{n}")
            arns.append(made["SubscriptionArn"])
        await sns.subscribe(TopicArn=other, Protocol="lambda", Endpoint=LAMBDA + "f")
        first = await sns.list_subscriptions_by_topic(TopicArn=topic)
        second = await sns.list_subscriptions_by_topic(TopicArn=topic, NextToken=first["NextToken"])
        assert [one["SubscriptionArn"] for one in first["Subscriptions"]] == arns[:100]
        assert plain(second) == {
            "Subscriptions": [
                {
                    "SubscriptionArn": arns[100],
                    "Owner": "123456789012",
                    "Protocol": "lambda",
                    "Endpoint": LAMBDA + "f100",
                    "TopicArn": topic,
                }
            ]
        }
        everything = [page async for page in sns.get_paginator("list_subscriptions").paginate()]
        assert [len(page["Subscriptions"]) for page in everything] == [100, 2]
        strange = await error_of(sns.list_topics(NextToken="strange"))
        assert strange == ("InvalidParameter", "Invalid parameter: NextToken", 400)
        await sns.unsubscribe(SubscriptionArn=arns[0])
        await sns.unsubscribe(SubscriptionArn=arns[0])
        assert "NextToken" not in await sns.list_subscriptions_by_topic(TopicArn=topic)

    Cloud().run(main)


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


def test_requests_that_lack_something_are_refused_in_snss_words() -> None:
    async def main(sns: Any) -> None:
        topic = (await sns.create_topic(Name="t"))["TopicArn"]

        async def refused(operation: str, **params: Any) -> str:
            return (await error_of(getattr(sns, operation)(**params)))[1].removeprefix("Invalid parameter: ")

        required = "Reason: no value for required parameter"
        assert await refused("unsubscribe") == f"SubscriptionArn {required}"
        assert await refused("create_topic") == f"Name {required}"
        assert await refused("publish", TopicArn=topic) == f"Message {required}"
        assert await refused("publish", Message="x") == f"TopicArn or TargetArn {required}"
        assert await refused("publish", TopicArn="", Message="x") == (
            "TopicArn Reason: An ARN must have at least 6 elements, not 1"
        )
        assert await refused("publish", TopicArn=topic, Message="") == "Empty message"
        assert await refused("publish", TopicArn=topic, Message="x", Subject="") == "Subject"
        assert (
            await refused("publish", PhoneNumber="+1", Message="x")
            == "PhoneNumber Reason: eventsim sends no text messages"
        )
        endpoint = "arn:aws:sns:us-east-1:123456789012:endpoint/APNS/abcdef/0f7d5971"
        assert await refused("publish", TargetArn=endpoint, Message="x") == (
            "TargetArn Reason: No endpoint found for the target arn specified"
        )
        assert (
            await refused("delete_topic", TopicArn="x")
            == "TopicArn Reason: An ARN must have at least 6 elements, not 1"
        )
        assert await refused("confirm_subscription", TopicArn=topic, Token="t") == "Token"
        assert await refused("subscribe", TopicArn=topic, Protocol="sqs") == "SQS endpoint ARN"
        duplicate = [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]
        assert await refused("create_topic", Name="u", Tags=duplicate) == "Duplicated keys are not allowed."
        assert await refused("create_topic", Name="u", DataProtectionPolicy="{}") == (
            "DataProtectionPolicy Reason: messages are not looked into in eventsim. Leave it out."
        )
        assert await refused("create_topic", Name="u", Tags=[{"Key": "x" * 129, "Value": ""}]) != ""
        unknown = await error_of(sns.create_platform_application(Name="a", Platform="GCM", Attributes={}))
        assert unknown == (
            "NotImplemented", "sns CreatePlatformApplication: this operation is not supported in eventsim.", 501
        )  # fmt: skip

    Cloud().run(main, parameter_validation=False)


def test_errors_are_botocores_own_exceptions_and_survive_strange_characters() -> None:
    async def main(sns: Any) -> None:
        topic = (await sns.create_topic(Name="t"))["TopicArn"]
        with pytest.raises(sns.exceptions.NotFoundException):
            await sns.publish(TopicArn=topic + "x", Message="x")
        with pytest.raises(sns.exceptions.InvalidParameterValueException):
            await sns.publish(TopicArn=topic, Message="x", MessageAttributes={"a^": number("1")})
        code, text, _ = await error_of(sns.subscribe(TopicArn=topic, Protocol="\x00<b>", Endpoint="x"))
        assert (code, text[-4:]) == ("InvalidParameter", "\ufffd<b>")

    Cloud().run(main)


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


def test_boto3_reaches_it_too() -> None:
    with boto_cloud() as cloud:
        queues = Queues(cloud.clock, cloud.seeds, VirtualEventLoop)
        queues.create("q")
        topics = Topics(cloud.clock, cloud.seeds, VirtualEventLoop, queues, make_event=sns_event)
        cloud.router.mount("sns", SnsEndpoint(SnsService(topics)))
        topic = boto3.resource("sns", region_name="us-east-1").create_topic(Name="t")
        subscription = topic.subscribe(Protocol="sqs", Endpoint=SQS + "q", Attributes={"FilterPolicy": '{"n": [1]}'})
        topic.publish(Message="one", MessageAttributes={"n": number("1.0")})
        topic.publish(Message="two", MessageAttributes={"n": number("2")})
        assert [json.loads(one.body)["Message"] for one in queues.get("q").messages()] == ["one"]
        assert subscription.attributes["FilterPolicy"] == '{"n": [1]}'
        assert [one.arn for one in topic.subscriptions.all()] == [subscription.arn]
