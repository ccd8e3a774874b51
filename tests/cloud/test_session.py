from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from botocore.exceptions import ClientError, ParamValidationError

from eventsim.cloud.protocols import JsonService
from eventsim.cloud.session import call, open_client, parse_timestamp
from eventsim.errors import AwsError
from eventsim.kernel.loop import virtual_time
from tests.cloud.simulated import Cloud

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    found = Cloud()
    found.moto.start()
    yield found
    found.moto.stop()


def run(fn: Callable[[], Awaitable[Any]]) -> Any:
    return anyio.run(fn, backend="asyncio", backend_options=virtual_time())


def test_dynamodb_and_s3_work_without_real_io(cloud: Cloud) -> None:
    async def main() -> Any:
        await call(
            cloud.router,
            "dynamodb",
            "CreateTable",
            {
                "TableName": "t",
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                "BillingMode": "PAY_PER_REQUEST",
            },
        )
        async with open_client(cloud.router, "dynamodb") as dynamodb, open_client(cloud.router, "s3") as s3:
            await dynamodb.put_item(TableName="t", Item={"id": {"S": "a"}})
            await s3.create_bucket(Bucket="orders")
            await s3.put_object(Bucket="orders", Key="a b/c", Body=b"x" * 10_000)
            body = (await s3.get_object(Bucket="orders", Key="a b/c"))["Body"]
            pieces = [piece async for piece in body.iter_chunks(4096)]
            scan = await dynamodb.scan(TableName="t")
            return scan["Items"], [len(piece) for piece in pieces]

    assert run(main) == ([{"id": {"S": "a"}}], [4096, 4096, 1808])
    assert [(line["service"], line["operation"], line["status"]) for line in cloud.log()] == [
        ("dynamodb", "CreateTable", 200),
        ("dynamodb", "PutItem", 200),
        ("s3", "CreateBucket", 200),
        ("s3", "PutObject", 200),
        ("s3", "GetObject", 200),
        ("dynamodb", "Scan", 200),
    ]


def test_a_large_upload_and_a_whole_read(cloud: Cloud) -> None:
    async def main() -> int:
        async with open_client(cloud.router, "s3") as s3:
            await s3.create_bucket(Bucket="orders")
            await s3.put_object(Bucket="orders", Key="k", Body=bytes(1_000_000))
            async with (await s3.get_object(Bucket="orders", Key="k"))["Body"] as body:
                return len(await body.read())

    assert run(main) == 1_000_000


def test_errors_are_botocores_own_exceptions(cloud: Cloud) -> None:
    async def main() -> tuple[str, str]:
        async with open_client(cloud.router, "dynamodb") as dynamodb, open_client(cloud.router, "s3") as s3:
            await s3.create_bucket(Bucket="orders")
            with pytest.raises(dynamodb.exceptions.ResourceNotFoundException) as missing:
                await dynamodb.describe_table(TableName="t")
            with pytest.raises(s3.exceptions.NoSuchKey):
                await s3.get_object(Bucket="orders", Key="nothing")
            with pytest.raises(ClientError) as refused:
                await dynamodb.enable_kinesis_streaming_destination(TableName="t", StreamArn="a" * 37)
            return missing.value.response["Error"]["Code"], refused.value.response["Error"]["Code"]

    assert run(main) == ("ResourceNotFoundException", "NotImplemented")


def test_call_raises_the_services_error(cloud: Cloud) -> None:
    with pytest.raises(AwsError) as caught:
        run(lambda: call(cloud.router, "dynamodb", "DescribeTable", {"TableName": "t"}))
    assert (caught.value.code, caught.value.status) == ("ResourceNotFoundException", 400)


def test_parameters_are_validated_unless_told_otherwise(cloud: Cloud) -> None:
    async def main() -> str:
        async with open_client(cloud.router, "dynamodb") as strict:
            with pytest.raises(ParamValidationError):
                await strict.get_item(TableName="t")
        async with open_client(cloud.router, "dynamodb", parameter_validation=False) as lenient:
            with pytest.raises(ClientError) as caught:
                await lenient.get_item(TableName="t")
            return str(caught.value.response["Error"]["Code"])

    assert run(main) == "ResourceNotFoundException"


def test_a_failure_is_answered_once(cloud: Cloud) -> None:
    async def main() -> None:
        async with open_client(cloud.router, "dynamodb") as client:
            with pytest.raises(ClientError):
                await client.enable_kinesis_streaming_destination(TableName="t", StreamArn="a" * 37)

    run(main)
    assert [line["status"] for line in cloud.log()] == [501]


@pytest.mark.rule("GEN-02")
def test_waiting_is_virtual(cloud: Cloud) -> None:
    class Slow:
        async def handle(self, operation: str, params: dict[str, Any]) -> dict[str, Any]:
            await asyncio.sleep(params["WaitTimeSeconds"])
            return {}

    async def main() -> float:
        cloud.router.mount("sqs", JsonService(Slow()))
        async with open_client(cloud.router, "sqs") as sqs:
            await sqs.receive_message(QueueUrl="https://sqs.us-east-1.amazonaws.com/1/q", WaitTimeSeconds=20)
        return asyncio.get_running_loop().time()

    assert run(main) == 20.0


def test_the_machines_environment_does_not_matter(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "no-such-profile")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://localhost:1")

    async def main() -> str:
        async with open_client(cloud.router, "sns") as sns:
            return str((await sns.create_topic(Name="t"))["TopicArn"])

    assert run(main) == "arn:aws:sns:us-east-1:123456789012:t"


@pytest.mark.parametrize("value", [1767225600, "1767225600", "2026-01-01T00:00:00Z", "Thu, 01 Jan 2026 00:00:00 GMT"])
def test_timestamps_of_all_protocols_parse(value: object) -> None:
    assert parse_timestamp(value) == datetime(2026, 1, 1, tzinfo=UTC)
