"""Suites that make aiobotocore take moto's answers wrap each: the simulation's answers stand it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import aiobotocore.awsrequest
import aiobotocore.endpoint
import pytest
from aiobotocore.session import get_session
from botocore.exceptions import ClientError

from tests.cloud.simulated import boto_cloud

if TYPE_CHECKING:
    from collections.abc import Iterator


class Wrapped(aiobotocore.awsrequest.AioAWSResponse):  # type: ignore[misc]
    """Takes the inner answer for one of botocore's, whose content is there at once."""

    def __init__(self, inner: Any) -> None:
        self.status_code = inner.status_code
        self.headers = inner.headers
        self.raw = inner.raw
        self.inner = inner

    async def _content_prop(self) -> bytes:
        content: bytes = self.inner.content
        return content

    async def _text_prop(self) -> str:
        text: str = self.inner.text
        return text


@pytest.fixture(params=["as it is", "wrapped"])
def cloud(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if request.param == "wrapped":
        before = aiobotocore.endpoint.convert_to_response_dict

        def convert(response: Any, model: Any) -> Any:
            return before(Wrapped(response), model)

        monkeypatch.setattr(aiobotocore.endpoint, "convert_to_response_dict", convert)
    with boto_cloud():
        yield


async def told() -> dict[str, Any]:
    async with get_session().create_client("sqs") as sqs:
        url = (await sqs.create_queue(QueueName="orders"))["QueueUrl"]
        await sqs.send_message(QueueUrl=url, MessageBody="one")
        found = (await sqs.receive_message(QueueUrl=url))["Messages"][0]["Body"]
        with pytest.raises(ClientError) as error:
            await sqs.get_queue_url(QueueName="none")
    async with get_session().create_client("s3") as s3:
        await s3.create_bucket(Bucket="letters")
        await s3.put_object(Bucket="letters", Key="a", Body=b"one")
        async with (await s3.get_object(Bucket="letters", Key="a"))["Body"] as body:
            read = await body.read()
    return {"body": found, "error": error.value.response["Error"]["Code"], "object": read}


@pytest.mark.usefixtures("cloud")
def test_bodies_and_errors_are_told_either_way() -> None:
    assert asyncio.run(told()) == {
        "body": "one",
        "error": "AWS.SimpleQueueService.NonExistentQueue",
        "object": b"one",
    }


def test_content_and_text_are_plain_when_awaited() -> None:
    from eventsim.cloud.boto_settled import SettledBytes, SettledText

    async def awaited() -> tuple[bytes, str]:
        return await SettledBytes(b"a"), await SettledText("b")

    content, text = asyncio.run(awaited())
    assert (type(content), content, type(text), text) == (bytes, b"a", str, "b")
