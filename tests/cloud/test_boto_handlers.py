from __future__ import annotations

import asyncio
import io
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError

from eventsim.cloud.gate import ThreadGate
from eventsim.cloud.protocols import JsonService
from eventsim.errors import AwsError
from tests.cloud.simulated import Cloud, OnLoop, create_table

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from eventsim.cloud.requests import AwsRequest, AwsResponse


class Failing:
    """A service that is not well."""

    async def handle_request(self, request: AwsRequest) -> AwsResponse:
        raise AwsError("InternalServerError", "We are sorry.", status=500, fault="Receiver")


def failed_to_get_a_parameter() -> str:
    with pytest.raises(ClientError) as caught:
        boto3.client("ssm").get_parameter(Name="x")
    return str(caught.value.response["Error"]["Code"])


@pytest.mark.rule("GEN-02", "GEN-04")
def test_a_failure_is_retried_in_virtual_time_with_seeded_jitter(cloud: Cloud, on_loop: OnLoop) -> None:
    cloud.router.mount("ssm", Failing())
    assert on_loop.call(failed_to_get_a_parameter) == ["InternalServerError"]
    rolls = random.Random("1:botocore")
    waits, at_s = [rolls.random() * 2**n for n in range(4)], [0.0]
    for wait_s in waits:
        at_s.append(at_s[-1] + wait_s)
    assert [(line["t"], line["status"]) for line in cloud.trace.events()] == [(round(one, 6), 500) for one in at_s]


def test_a_failure_of_moto_is_told_at_once(cloud: Cloud, on_loop: OnLoop, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError("x")

    monkeypatch.setattr(import_module("moto.ssm.responses").SimpleSystemManagerResponse, "get_parameter", broken)
    assert on_loop.call(failed_to_get_a_parameter) == ["InternalFailure"]
    assert [(line["t"], line["status"]) for line in cloud.trace.events()] == [(0.0, 501)]


def test_transfers_stay_in_the_callers_thread(cloud: Cloud, on_loop: OnLoop) -> None:
    def transfer() -> tuple[int, int]:
        client = boto3.client("s3")
        client.create_bucket(Bucket="orders")
        client.upload_fileobj(io.BytesIO(bytes(20_000_000)), "orders", "big")
        out = io.BytesIO()
        client.download_fileobj("orders", "big", out)
        return len(out.getvalue()), threading.active_count()

    threads = threading.active_count()
    assert on_loop.call(transfer) == [(20_000_000, threads)]
    assert [line["operation"] for line in cloud.log()] == [
        "CreateBucket",
        "CreateMultipartUpload",
        "UploadPart",
        "UploadPart",
        "UploadPart",
        "CompleteMultipartUpload",
        "HeadObject",
        "GetObject",
        "GetObject",
        "GetObject",
    ]
    assert not [line for line in cloud.log() if "thread" in line]


def test_threads_of_a_handler_call_at_once_and_are_marked(cloud: Cloud, on_loop: OnLoop) -> None:
    create_table()
    client = boto3.client("dynamodb")

    def add(_: int) -> None:
        client.update_item(
            TableName="accounts",
            Key={"id": {"S": "a"}},
            UpdateExpression="ADD n :one",
            ExpressionAttributeValues={":one": {"N": "1"}},
        )

    def threaded() -> None:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(add, range(20)))

    on_loop.call(threaded, threaded)
    assert client.get_item(TableName="accounts", Key={"id": {"S": "a"}})["Item"]["n"] == {"N": "40"}
    assert [line.get("thread") for line in cloud.log() if line["operation"] == "UpdateItem"] == [True] * 40


@pytest.mark.rule("GEN-02")
def test_handlers_interleave_where_they_sleep(cloud: Cloud, on_loop: OnLoop) -> None:
    create_table()
    client = boto3.client("dynamodb")

    def worker(name: str, pause_s: float) -> Callable[[], None]:
        def work() -> None:
            for _ in range(2):
                time.sleep(pause_s)
                client.put_item(TableName="accounts", Item={"id": {"S": name}})

        return work

    before = cloud.trace.count
    on_loop.call(worker("a", 3.0), worker("b", 2.0))
    assert [line["t"] for line in list(cloud.trace.events())[before:]] == [2.0, 3.0, 4.0, 6.0]


def test_an_asyncio_program_in_a_handler_may_use_aiobotocore(cloud: Cloud, on_loop: OnLoop) -> None:
    from aiobotocore.session import get_session

    create_table()

    async def inner() -> Any:
        async with get_session().create_client("dynamodb") as client:
            return (await client.list_tables())["TableNames"]

    assert on_loop.call(lambda: asyncio.run(inner())) == [["accounts"]]
    assert cloud.log()[-1] == {
        "kind": "aws.request",
        "service": "dynamodb",
        "operation": "ListTables",
        "function": "worker",
        "status": 200,
    }


def test_an_asynchronous_handler_may_use_both(cloud: Cloud, on_loop: OnLoop) -> None:
    from aiobotocore.session import get_session

    create_table()

    async def main() -> Any:
        async with get_session().create_client("dynamodb") as client:
            names = (await client.list_tables())["TableNames"]
        return names + boto3.client("dynamodb").list_tables()["TableNames"]

    assert on_loop.loop.run_until_complete(main()) == ["accounts", "accounts"]


def test_a_call_that_would_have_to_wait_outside_a_handler_says_so(cloud: Cloud) -> None:
    class Waiting:
        async def handle(self, operation: str, params: dict[str, Any]) -> dict[str, Any]:
            await Pause()
            return {}

    class Pause:
        def __await__(self) -> Generator[None]:
            yield

    cloud.router.mount("sqs", JsonService(Waiting()))
    client = boto3.client("sqs", config=boto3.session.Config(retries={"total_max_attempts": 1}))
    with pytest.raises(ClientError, match="has to wait in virtual time"):
        client.list_queues()


def test_a_handlers_threads_wait_while_the_loops_thread_works() -> None:
    lock = threading.RLock()
    gate = ThreadGate(lock)
    order: list[str] = []

    def call() -> None:
        with lock:
            order.append("thread")

    thread = threading.Thread(target=call)
    with gate.closed(SimpleNamespace()):
        thread.start()
        order.append("loop")
        gate.enter()
        thread.join()
        order.append("handler")
        gate.leave()
        order.append("loop")
    gate.enter()
    gate.leave()
    assert order == ["loop", "thread", "handler", "loop"]
