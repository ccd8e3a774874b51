"""Endpoints outside the account: what a suite with mail, web or telephone subscribers sees of them."""

from __future__ import annotations

import boto3
import pytest
from botocore.exceptions import ClientError

from eventsim import Simulation

OUTSIDE = {"email": "a@example.com", "email-json": "b@example.com", "https": "https://example.com/hook"}


def test_mail_and_web_endpoints_stay_pending_and_get_nothing() -> None:
    with Simulation() as sim:
        sns = boto3.client("sns")
        topic = sns.create_topic(Name="alerts")["TopicArn"]
        for protocol, endpoint in OUTSIDE.items():
            answer = sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=endpoint)
            assert answer["SubscriptionArn"] == "pending confirmation"
        inbox = sim.queue("inbox")
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=inbox.arn, Attributes={"RawMessageDelivery": "true"})
        sns.publish(TopicArn=topic, Message="hello")
        listed = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
        assert {one["Protocol"]: one["Endpoint"] for one in listed} == {**OUTSIDE, "sqs": inbox.arn}
        assert [one["SubscriptionArn"] for one in listed[:3]] == ["PendingConfirmation"] * 3
        shown = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
        assert [shown[f"Subscriptions{state}"] for state in ("Confirmed", "Pending", "Deleted")] == ["1", "3", "0"]
        assert inbox.bodies == ["hello"]
        assert [line["protocol"] for line in sim.trace if line["kind"] == "topic.deliver"] == ["sqs"]


def test_a_pending_subscription_can_be_looked_at_changed_and_ended() -> None:
    with Simulation():
        sns = boto3.client("sns")
        topic = sns.create_topic(Name="alerts")["TopicArn"]
        one = {"TopicArn": topic, "Protocol": "http", "Endpoint": "http://example.com/"}
        arn = sns.subscribe(**one, ReturnSubscriptionArn=True)["SubscriptionArn"]
        assert sns.subscribe(**one, ReturnSubscriptionArn=True)["SubscriptionArn"] == arn
        sns.set_subscription_attributes(
            SubscriptionArn=arn, AttributeName="FilterPolicy", AttributeValue='{"kind":["a"]}'
        )
        shown = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
        assert (shown["PendingConfirmation"], shown["SubscriptionArn"]) == ("true", arn)
        assert shown["FilterPolicy"] == '{"kind":["a"]}'
        with pytest.raises(ClientError, match="Invalid parameter: Token"):
            sns.confirm_subscription(TopicArn=topic, Token="guessed")
        sns.unsubscribe(SubscriptionArn=arn)
        assert sns.list_subscriptions()["Subscriptions"] == []


def test_text_messages_leave_the_account() -> None:
    with Simulation() as sim:
        sns = boto3.client("sns")
        topic = sns.create_topic(Name="alerts")["TopicArn"]
        arn = sns.subscribe(TopicArn=topic, Protocol="sms", Endpoint="+12065550100")["SubscriptionArn"]
        assert arn.startswith(f"{topic}:")
        ids = {sns.publish(PhoneNumber="+12065550100", Message="hi")["MessageId"] for _ in range(2)}
        ids.add(sns.publish(TopicArn=topic, Message="hi")["MessageId"])
        assert len(ids) == 3
        assert not sim.run().failures
        with pytest.raises(ClientError, match="Empty message"):
            sns.publish(PhoneNumber="+12065550100", Message="")


@pytest.mark.rule("SNS-16")
@pytest.mark.parametrize("protocol", [*OUTSIDE, "sms"])
def test_none_of_them_can_subscribe_to_a_fifo_topic(protocol: str) -> None:
    with Simulation():
        sns = boto3.client("sns")
        topic = sns.create_topic(Name="alerts.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]
        with pytest.raises(ClientError, match=f"Invalid protocol type: {protocol}"):
            sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=OUTSIDE.get(protocol, "+12065550100"))
