"""What a client is told when a rule loses or delays the answer to its request."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import requests
from aiobotocore.session import get_session
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError

from eventsim.cloud.session import open_client
from eventsim.kernel.faults import DROP_RESPONSE, FAIL, Verdict, delay
from eventsim.kernel.greenlets import install_clock_functions, uninstall_clock_functions
from tests.cloud.simulated import Cloud, OnLoop, boto_cloud
from tests.cloud.test_http_door import an_open_door, client

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from eventsim.kernel.faults import Rule

ONE_TRY = Config(retries={"total_max_attempts": 1})


def writes(verdict: Verdict, times: int = 1) -> Rule:
    """A rule for the first requests that create a bucket."""
    left = [verdict] * times

    def rule(_point: str, facts: Mapping[str, object], _chance: object) -> Verdict | None:
        return left.pop() if facts["operation"] == "CreateBucket" and left else None

    return rule


def buckets(s3: Any) -> list[str]:
    return [one["Name"] for one in s3.list_buckets()["Buckets"]]


@pytest.fixture
def losing() -> Iterator[Cloud]:
    with boto_cloud(rules=[writes(DROP_RESPONSE)]) as found:
        yield found


@pytest.mark.usefixtures("losing")
def test_boto3_finds_the_connection_closed_and_the_effect_there() -> None:
    s3 = boto3.client("s3", config=ONE_TRY)
    with pytest.raises(ConnectionClosedError):
        s3.create_bucket(Bucket="orders")
    assert buckets(s3) == ["orders"]


@pytest.mark.usefixtures("losing")
def test_aiobotocore_does_too() -> None:
    async def main() -> None:
        async with get_session().create_client("s3", config=ONE_TRY) as s3:
            await s3.create_bucket(Bucket="orders")

    with pytest.raises(ConnectionClosedError):
        asyncio.run(main())
    assert buckets(boto3.client("s3")) == ["orders"]


def test_a_client_on_the_router_does_too(losing: Cloud) -> None:
    async def main() -> None:
        async with open_client(losing.router, "s3") as s3:
            await s3.create_bucket(Bucket="orders")

    with pytest.raises(ConnectionClosedError):
        asyncio.run(main())


@pytest.mark.usefixtures("losing")
def test_requests_finds_the_connection_closed() -> None:
    url = boto3.client("s3").generate_presigned_url("create_bucket", Params={"Bucket": "orders"})
    with pytest.raises(requests.ConnectionError):
        requests.put(url, timeout=1)
    assert buckets(boto3.client("s3")) == ["orders"]


def test_code_in_another_process_finds_the_connection_closed() -> None:
    with an_open_door([writes(DROP_RESPONSE)]) as (door, _):
        s3 = client(door, "s3")
        with pytest.raises(ConnectionClosedError):
            s3.create_bucket(Bucket="orders")
        assert buckets(s3) == ["orders"]


def test_a_failure_is_the_services_own_error() -> None:
    with boto_cloud(rules=[writes(FAIL)]):
        s3 = boto3.client("s3", config=ONE_TRY)
        with pytest.raises(ClientError, match="InternalError"):
            s3.create_bucket(Bucket="orders")
        assert buckets(s3) == []


def test_a_client_that_tries_again_does_not_notice() -> None:
    with boto_cloud(rules=[writes(DROP_RESPONSE), writes(FAIL)]) as cloud:
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="orders")
        assert [line["status"] for line in cloud.log() if line["kind"] == "aws.request"] == [200, 500, 200]


def test_a_delay_passes_in_virtual_time_where_the_caller_can_wait() -> None:
    with boto_cloud(rules=[writes(delay(5), times=2)]) as cloud:
        boto3.client("s3").create_bucket(Bucket="orders")
        install_clock_functions()
        on_loop = OnLoop(cloud)
        on_loop.call(lambda: boto3.client("s3").create_bucket(Bucket="parcels"))
        on_loop.greenlets.close()
        on_loop.loop.close()
        uninstall_clock_functions()
        assert [(line["t"], line["kind"]) for line in cloud.trace.events()] == [
            (0.0, "aws.request"),
            (0.0, "fault.inject"),
            (5.0, "aws.request"),
        ]
