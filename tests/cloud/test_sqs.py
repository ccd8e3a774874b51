"""The SQS operations on queues: shapes, attributes, errors."""

from __future__ import annotations

import json

import pytest

from tests.cloud.sqs_service import FIFO_URL, URL, Sqs, invalid, missing


def test_a_queue_that_is_not_there(sqs: Sqs) -> None:
    gone = ("QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue", "The specified queue does not exist.")
    assert sqs.refused("GetQueueUrl", QueueName="none") == gone
    assert sqs.refused("SendMessage", QueueUrl=f"{URL}x", MessageBody="x") == gone
    assert sqs.refused("GetQueueUrl", QueueName="orders", QueueOwnerAWSAccountId="999999999999") == gone


def test_a_fifo_queue_is_asked_for_by_name_and_attribute(sqs: Sqs) -> None:
    text = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length"
    assert sqs.refused("CreateQueue", QueueName="a.fifo") == invalid(text)
    text = (
        "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end with "
        ".fifo suffix and be 1 to 80 in length."
    )
    assert sqs.refused("CreateQueue", QueueName="a", Attributes={"FifoQueue": "true"}) == invalid(text)


@pytest.mark.rule("SQS-01", "SQS-38")
def test_attributes_are_strings_and_all_of_them(sqs: Sqs) -> None:
    sqs("SendMessage", QueueUrl=URL, MessageBody="x")
    sqs("SendMessage", QueueUrl=URL, MessageBody="x", DelaySeconds=9)
    shown = sqs("GetQueueAttributes", QueueUrl=URL, AttributeNames=["All"])
    assert shown == {
        "Attributes": {
            "QueueArn": "arn:aws:sqs:us-east-1:123456789012:orders",
            "ApproximateNumberOfMessages": "1",
            "ApproximateNumberOfMessagesNotVisible": "0",
            "ApproximateNumberOfMessagesDelayed": "1",
            "CreatedTimestamp": "1767225600",
            "LastModifiedTimestamp": "1767225600",
            "VisibilityTimeout": "30",
            "MaximumMessageSize": "1048576",
            "MessageRetentionPeriod": "345600",
            "DelaySeconds": "0",
            "ReceiveMessageWaitTimeSeconds": "0",
            "SqsManagedSseEnabled": "true",
        }
    }
    fifo = sqs("GetQueueAttributes", QueueUrl=FIFO_URL, AttributeNames=["All"])["Attributes"]
    assert set(fifo) - set(shown["Attributes"]) == {
        "FifoQueue",
        "ContentBasedDeduplication",
        "DeduplicationScope",
        "FifoThroughputLimit",
    }
    sqs.wait(5)
    sqs("SetQueueAttributes", QueueUrl=URL, Attributes={"VisibilityTimeout": "60"})
    names = ["VisibilityTimeout", "LastModifiedTimestamp", "Policy"]
    changed = {"VisibilityTimeout": "60", "LastModifiedTimestamp": "1767225605"}
    assert sqs("GetQueueAttributes", QueueUrl=URL, AttributeNames=names) == {"Attributes": changed}
    assert sqs("GetQueueAttributes", QueueUrl=URL) == {}
    expected = ("InvalidAttributeName", "InvalidAttributeName", "Unknown Attribute Colour.")
    assert sqs.refused("GetQueueAttributes", QueueUrl=URL, AttributeNames=["Colour"]) == expected


def test_policies_are_kept_and_changing_one_attribute_leaves_the_others(sqs: Sqs) -> None:
    policy = {"deadLetterTargetArn": sqs.queues.arn_of("dlq"), "maxReceiveCount": "4"}
    dlq = sqs("CreateQueue", QueueName="dlq")["QueueUrl"]
    sqs("SetQueueAttributes", QueueUrl=URL, Attributes={"RedrivePolicy": json.dumps(policy), "Policy": '{"a":1}'})
    sqs("SetQueueAttributes", QueueUrl=URL, Attributes={"DelaySeconds": "1"})
    shown = sqs("GetQueueAttributes", QueueUrl=URL, AttributeNames=["RedrivePolicy", "Policy", "DelaySeconds"])
    redrive = shown["Attributes"].pop("RedrivePolicy")
    assert json.loads(redrive) == {**policy, "maxReceiveCount": 4}
    assert shown["Attributes"] == {"Policy": '{"a":1}', "DelaySeconds": "1"}
    assert sqs("ListDeadLetterSourceQueues", QueueUrl=dlq) == {"queueUrls": [URL]}
    sqs("SetQueueAttributes", QueueUrl=URL, Attributes={"RedrivePolicy": "", "Policy": ""})
    assert sqs("GetQueueAttributes", QueueUrl=URL, AttributeNames=["RedrivePolicy", "Policy"]) == {}
    assert sqs("ListDeadLetterSourceQueues", QueueUrl=dlq) == {"queueUrls": []}


def test_queues_are_listed_by_prefix_and_page(sqs: Sqs) -> None:
    for name in ("c", "a", "b"):
        sqs("CreateQueue", QueueName=name)
    every = [
        f"https://sqs.us-east-1.amazonaws.com/123456789012/{name}" for name in ("a", "b", "c", "orders", "orders.fifo")
    ]
    assert sqs("ListQueues") == {"QueueUrls": every}
    assert sqs("ListQueues", QueueNamePrefix="ord") == {"QueueUrls": every[3:]}
    assert sqs("ListQueues", QueueNamePrefix="x") == {}
    pages, token = [], None
    while True:
        page = sqs("ListQueues", MaxResults=2, **({"NextToken": token} if token else {}))
        pages.append(page["QueueUrls"])
        if (token := page.get("NextToken")) is None:
            break
    assert pages == [every[:2], every[2:4], every[4:]]
    assert sqs.refused("ListQueues", MaxResults=0)[1] == "InvalidParameterValue"
    assert sqs.refused("ListQueues", MaxResults=2, NextToken="?")[2] == "Invalid or expired next token."


def test_tags_come_and_go(sqs: Sqs) -> None:
    assert sqs("ListQueueTags", QueueUrl=URL) == {}
    sqs("TagQueue", QueueUrl=URL, Tags={"team": "a", "cost": ""})
    sqs("TagQueue", QueueUrl=URL, Tags={"team": "b"})
    assert sqs("ListQueueTags", QueueUrl=URL) == {"Tags": {"team": "b", "cost": ""}}
    sqs("UntagQueue", QueueUrl=URL, TagKeys=["cost", "none"])
    assert sqs("ListQueueTags", QueueUrl=URL) == {"Tags": {"team": "b"}}
    assert sqs.refused("TagQueue", QueueUrl=URL, Tags={f"k{n}": "" for n in range(50)})[1] == "InvalidParameterValue"
    assert sqs.refused("TagQueue", QueueUrl=URL, Tags={"aws:x": ""})[1] == "InvalidParameterValue"


def test_permissions_are_statements_of_the_policy(sqs: Sqs) -> None:
    add = {"QueueUrl": URL, "Label": "one", "AWSAccountIds": ["111111111111"], "Actions": ["ReceiveMessage"]}
    arn = sqs.queues.arn_of("orders")
    sqs("AddPermission", **add)
    sqs("AddPermission", **{**add, "Label": "two", "AWSAccountIds": ["1", "2"], "Actions": ["*", "SendMessage"]})
    policy = json.loads(sqs("GetQueueAttributes", QueueUrl=URL, AttributeNames=["Policy"])["Attributes"]["Policy"])
    assert policy == {
        "Version": "2008-10-17",
        "Id": f"{arn}/SQSDefaultPolicy",
        "Statement": [
            {
                "Sid": "one",
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::111111111111:root"},
                "Action": "SQS:ReceiveMessage",
                "Resource": arn,
            },
            {
                "Sid": "two",
                "Effect": "Allow",
                "Principal": {"AWS": ["arn:aws:iam::1:root", "arn:aws:iam::2:root"]},
                "Action": ["SQS:*", "SQS:SendMessage"],
                "Resource": arn,
            },
        ],
    }
    text = "Value one for parameter Label is invalid. Reason: Already exists."
    assert sqs.refused("AddPermission", **add) == invalid(text)
    sqs("RemovePermission", QueueUrl=URL, Label="one")
    sqs("RemovePermission", QueueUrl=URL, Label="two")
    assert sqs("GetQueueAttributes", QueueUrl=URL, AttributeNames=["Policy"]) == {}
    text = "Value two for parameter Label is invalid. Reason: can't find label."
    assert sqs.refused("RemovePermission", QueueUrl=URL, Label="two") == invalid(text)
    assert sqs.refused("AddPermission", **{**add, "Actions": ["SendMessage"] * 8})[0] == "OverLimit"
    assert sqs.refused("AddPermission", **{**add, "Actions": ["Fly"]})[1] == "InvalidParameterValue"
    assert sqs.refused("AddPermission", **{**add, "Actions": []}) == missing("Actions")


def test_purge_and_delete(sqs: Sqs) -> None:
    sqs("SendMessage", QueueUrl=URL, MessageBody="x")
    assert sqs("PurgeQueue", QueueUrl=URL) == {}
    assert sqs("ReceiveMessage", QueueUrl=URL) == {}
    assert sqs.refused("PurgeQueue", QueueUrl=URL)[0] == "PurgeQueueInProgress"
    assert sqs("DeleteQueue", QueueUrl=URL) == {}
    assert sqs.refused("CreateQueue", QueueName="orders")[0] == "QueueDeletedRecently"
    sqs.wait(60)
    assert sqs("CreateQueue", QueueName="orders", tags={"a": "b"}) == {"QueueUrl": URL}
    assert sqs("ListQueueTags", QueueUrl=URL) == {"Tags": {"a": "b"}}


@pytest.mark.rule("SQS-08")
def test_move_tasks_over_the_wire(sqs: Sqs) -> None:
    sqs("CreateQueue", QueueName="dlq")
    source, target = sqs.queues.arn_of("dlq"), sqs.queues.arn_of("orders")
    policy = json.dumps({"deadLetterTargetArn": source, "maxReceiveCount": 1})
    sqs("SetQueueAttributes", QueueUrl=URL, Attributes={"RedrivePolicy": policy})
    dlq = sqs.queues.get("dlq")
    for _ in range(3):
        dlq.send("x")
    params = {"SourceArn": source, "DestinationArn": target, "MaxNumberOfMessagesPerSecond": 1}
    handle = sqs("StartMessageMoveTask", **params)["TaskHandle"]
    running = {
        "TaskHandle": handle,
        "Status": "RUNNING",
        **params,
        "ApproximateNumberOfMessagesMoved": 0,
        "ApproximateNumberOfMessagesToMove": 3,
        "StartedTimestamp": 1767225600000,
    }
    assert sqs("ListMessageMoveTasks", SourceArn=source) == {"Results": [running]}
    sqs.wait(1)
    assert sqs("CancelMessageMoveTask", TaskHandle=handle) == {"ApproximateNumberOfMessagesMoved": 1}
    del running["TaskHandle"]
    ended = {**running, "Status": "CANCELLED", "ApproximateNumberOfMessagesMoved": 1}
    sqs("StartMessageMoveTask", SourceArn=source, DestinationArn=target)
    results = sqs("ListMessageMoveTasks", SourceArn=source, MaxResults=10)["Results"]
    assert [result["Status"] for result in results] == ["COMPLETED", "CANCELLED"]
    assert results[1] == ended
    assert sqs.refused("ListMessageMoveTasks", SourceArn=source, MaxResults=11)[1] == "InvalidParameterValue"
    assert sqs("ReceiveMessage", QueueUrl=URL, MaxNumberOfMessages=10)["Messages"][2]["Body"] == "x"
