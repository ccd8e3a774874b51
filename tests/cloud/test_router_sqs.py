"""SQS's own engine behind all the entrances."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import boto3
import pytest
from botocore.exceptions import ClientError

from eventsim.cloud.protocols import JsonService
from eventsim.cloud.queues.registry import Queues
from eventsim.cloud.requests import identify
from eventsim.cloud.session import call, open_client
from eventsim.cloud.sqs.service import SqsService
from eventsim.errors import AwsError
from eventsim.kernel.greenlets import FunctionTimedOut, Greenlets
from eventsim.kernel.loop import VirtualEventLoop
from tests.cloud.simulated import Cloud, at_once, boto_cloud

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

URL = "https://sqs.us-east-1.amazonaws.com/123456789012/orders"


class WithQueues:
    """A cloud with SQS on a virtual loop."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.loop = VirtualEventLoop()
        self.greenlets = Greenlets(self.loop)
        self.queues = Queues(cloud.clock, cloud.seeds, lambda: self.loop, trace=cloud.trace)
        cloud.time = self.loop.time
        cloud.router.mount("sqs", JsonService(SqsService(self.queues)))

    def run(self, *handlers: Callable[[], Any], timeout_s: float = 900.0) -> list[Any]:
        """Run synchronous handlers concurrently."""

        async def main() -> list[Any]:
            deadline_s = self.loop.time() + timeout_s
            calls = [self.greenlets.call(fn, deadline_s=deadline_s) for fn in handlers]
            return await asyncio.gather(*calls)

        return self.loop.run_until_complete(main())


@pytest.fixture
def sqs() -> Iterator[WithQueues]:
    with boto_cloud() as cloud:
        found = WithQueues(cloud)
        yield found
        found.greenlets.close()
        found.loop.close()


def test_boto3_sends_receives_and_deletes(sqs: WithQueues) -> None:
    client = boto3.client("sqs")
    url = client.create_queue(QueueName="orders", Attributes={"VisibilityTimeout": "30"})["QueueUrl"]
    sent = client.send_message(
        QueueUrl=url, MessageBody="héllo", MessageAttributes={"kind": {"DataType": "String", "StringValue": "a"}}
    )
    [message] = client.receive_message(
        QueueUrl=url, AttributeNames=["All"], MessageAttributeNames=["All"], MaxNumberOfMessages=10
    )["Messages"]
    client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert url == URL
    assert message["MessageId"] == sent["MessageId"]
    assert (message["Body"], message["MessageAttributes"]) == (
        "héllo",
        {"kind": {"DataType": "String", "StringValue": "a"}},
    )
    assert message["Attributes"]["SentTimestamp"] == "1767225600000"
    assert sqs.queues.get("orders").messages() == []
    assert [(line["operation"], line["status"]) for line in sqs.cloud.log()] == [
        ("CreateQueue", 200),
        ("SendMessage", 200),
        ("ReceiveMessage", 200),
        ("DeleteMessage", 200),
    ]


def test_the_resource_interface_and_batches_work(sqs: WithQueues) -> None:
    resource = boto3.resource("sqs", region_name="eu-west-1")
    queue = resource.create_queue(QueueName="orders")
    answer = queue.send_messages(Entries=[{"Id": str(n), "MessageBody": f"m{n}"} for n in range(10)])
    assert [one["Id"] for one in answer["Successful"]] == [str(n) for n in range(10)]
    received = queue.receive_messages(MaxNumberOfMessages=10)
    queue.delete_messages(Entries=[{"Id": str(n), "ReceiptHandle": m.receipt_handle} for n, m in enumerate(received)])
    assert (len(received), queue.attributes["ApproximateNumberOfMessages"]) == (10, "0")
    assert queue.attributes["QueueArn"] == "arn:aws:sqs:us-east-1:123456789012:orders"


def test_errors_are_the_clients_own_exceptions(sqs: WithQueues) -> None:
    client = boto3.client("sqs")
    with pytest.raises(client.exceptions.QueueDoesNotExist) as missing:
        client.get_queue_url(QueueName="nothing")
    assert missing.value.response["Error"]["Code"] == "AWS.SimpleQueueService.NonExistentQueue"
    assert missing.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    client.create_queue(QueueName="orders")
    with pytest.raises(client.exceptions.QueueNameExists):
        client.create_queue(QueueName="orders", Attributes={"DelaySeconds": "5"})
    with pytest.raises(client.exceptions.ReceiptHandleIsInvalid):
        client.delete_message(QueueUrl=URL, ReceiptHandle="nonsense")
    with pytest.raises(ClientError, match="InvalidAttributeValue"):
        client.create_queue(QueueName="other", Attributes={"DelaySeconds": "soon"})
    assert [line.get("error") for line in sqs.cloud.log()] == [
        "QueueDoesNotExist",
        None,
        "QueueNameExists",
        "ReceiptHandleIsInvalid",
        "InvalidAttributeValue",
    ]


@pytest.mark.rule("GEN-02", "SQS-03")
def test_a_handlers_long_poll_waits_in_virtual_time_until_a_message_comes(sqs: WithQueues) -> None:
    def receive() -> tuple[float, list[str]]:
        found = boto3.client("sqs").receive_message(QueueUrl=URL, WaitTimeSeconds=20)
        return sqs.loop.time(), [one["Body"] for one in found.get("Messages", [])]

    sqs.queues.create("orders").send("late", delay_s=7)
    assert sqs.run(receive) == [(7.0, ["late"])]
    assert sqs.run(receive) == [(27.0, [])]


def test_a_long_poll_ends_with_the_function(sqs: WithQueues) -> None:
    sqs.queues.create("orders")
    with pytest.raises(FunctionTimedOut):
        sqs.run(lambda: boto3.client("sqs").receive_message(QueueUrl=URL, WaitTimeSeconds=20), timeout_s=3.0)
    assert sqs.loop.time() == 3.0


def test_outside_a_run_nothing_waits(sqs: WithQueues) -> None:
    sqs.queues.create("orders", {"ReceiveMessageWaitTimeSeconds": "20"})
    client = boto3.client("sqs")
    assert "Messages" not in client.receive_message(QueueUrl=URL)
    assert "Messages" not in client.receive_message(QueueUrl=URL, WaitTimeSeconds=20)
    assert sqs.loop.time() == 0.0


def test_aiobotocore_long_polls_too(sqs: WithQueues) -> None:
    async def main() -> tuple[float, str, str]:
        async with open_client(sqs.cloud.router, "sqs") as client:
            await client.create_queue(QueueName="orders")
            await client.send_message(QueueUrl=URL, MessageBody="late", DelaySeconds=7)
            answer = await client.receive_message(QueueUrl=URL, WaitTimeSeconds=20)
            with pytest.raises(client.exceptions.QueueDoesNotExist) as missing:
                await client.purge_queue(QueueUrl=URL + "-dlq")
            return sqs.loop.time(), answer["Messages"][0]["Body"], missing.value.response["Error"]["Code"]

    assert sqs.loop.run_until_complete(main()) == (7.0, "late", "AWS.SimpleQueueService.NonExistentQueue")


def test_call_tells_the_older_code(sqs: WithQueues) -> None:
    with pytest.raises(AwsError) as caught:
        sqs.loop.run_until_complete(call(sqs.cloud.router, "sqs", "PurgeQueue", {"QueueUrl": URL}))
    assert caught.value.code == "AWS.SimpleQueueService.NonExistentQueue"


def test_old_sdks_speak_the_query_protocol(sqs: WithQueues) -> None:
    def ask(action: str, **fields: str) -> tuple[int, str]:
        body = urlencode({"Action": action, "Version": "2012-11-05", **fields}).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = at_once(
            sqs.cloud.router.send(
                identify("POST", URL if action != "CreateQueue" else URL.rpartition("/1")[0], headers, body)
            )
        )
        return answer.status, answer.body.decode()

    redrive = json.dumps({"deadLetterTargetArn": sqs.queues.create("dlq").arn, "maxReceiveCount": 3})
    attribute = {"Attribute.1.Name": "RedrivePolicy", "Attribute.1.Value": redrive}
    created = ask("CreateQueue", QueueName="orders", **attribute)
    sent = ask("SendMessage", MessageBody="a<b", DelaySeconds="0")
    received = ask("ReceiveMessage", **{"AttributeName.1": "ApproximateReceiveCount", "WaitTimeSeconds": "0"})
    assert [one[0] for one in (created, sent, received)] == [200, 200, 200]
    assert f"<QueueUrl>{URL}</QueueUrl>" in created[1]
    assert "<Body>a&lt;b</Body>" in received[1]
    assert "<Attribute><Name>ApproximateReceiveCount</Name><Value>1</Value></Attribute>" in received[1]
