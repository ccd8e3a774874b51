"""Tests that look into moto's stores for what SNS was told, as no operation of AWS's shows it."""

from __future__ import annotations

import boto3
from moto.sns.models import sns_backends

from eventsim import Simulation

ACCOUNT, REGION = "123456789012", "us-east-1"


def test_what_was_published_is_where_moto_keeps_it() -> None:
    with Simulation() as sim:
        sns = boto3.client("sns")
        arn = sns.create_topic(Name="alerts")["TopicArn"]
        sent = sns_backends[ACCOUNT][REGION].topics[arn].sent_notifications
        assert (sent, len(sent)) == ([], 0)
        kind = {"kind": {"DataType": "String", "StringValue": "a"}}
        first = sns.publish(TopicArn=arn, Message="hello", Subject="Hi", MessageAttributes=kind)["MessageId"]
        texts = '{"default":"for all","sqs":"for queues"}'
        second = sns.publish(TopicArn=arn, Message=texts, MessageStructure="json")["MessageId"]
        assert sent == [
            (first, "hello", "Hi", {"kind": {"Type": "String", "Value": "a"}}, None),
            (second, texts, None, {}, None),
        ]
        assert sns_backends[ACCOUNT][REGION].topics[arn].sent_notifications[1][1] == texts
        text = sns.publish(PhoneNumber="+12065550100", Message="call me")["MessageId"]
        assert sns_backends[ACCOUNT][REGION].sms_messages == {text: ("+12065550100", "call me")}
        sns.delete_topic(TopicArn=arn)
        assert arn not in sns_backends[ACCOUNT][REGION].topics
        assert sim.trace


def test_nothing_of_it_is_there_before_or_afterwards() -> None:
    with Simulation():
        boto3.client("sns").create_topic(Name="alerts")
        assert list(sns_backends[ACCOUNT][REGION].topics)
    assert not sns_backends[ACCOUNT][REGION].topics
    with Simulation():
        assert not sns_backends[ACCOUNT][REGION].topics
