"""SNS as SDKs reach it: the operations through real clients, on a virtual loop."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

from eventsim.cloud.queues.registry import Queues
from eventsim.cloud.sns import SnsEndpoint, SnsService
from eventsim.cloud.topics import Topics
from eventsim.events.sns import sns_event
from eventsim.kernel.loop import VirtualEventLoop
from tests.cloud.simulated import boto_cloud
from tests.cloud.sns_cloud import RECORDED, Cloud, error_of, plain
from tests.cloud.topics_account import LAMBDA, SQS, number

TOPIC = "arn:aws:sns:us-east-1:123456789012:"


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
            await refused("publish", PhoneNumber="mum", Message="x")
            == "PhoneNumber Reason: mum is not valid to publish to"
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
