"""Handlers in real time: what waits in them keeps nobody else, and their own loops have sockets that work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.remote.conftest import clients

if TYPE_CHECKING:
    from pathlib import Path

    from tests.remote.running import Runner

CONCURRENT = """
name: handlers that wait
queues: {ordersNN: {VisibilityTimeout: 60}}
functions:
  worker:
    Handler: HANDLER
    Timeout: 10
    Events: {orders: {Type: SQS, Properties: {Queue: ordersNN, BatchSize: 1}}}
steps: [{send: {queue: ordersNN, count: 4, body: "{n}"}}]
expect: {functions: {worker: {Invocations: 4, Errors: 0}}}
"""

SLEEPING = """
import time
def handler(event, context):
    began = time.time()
    time.sleep(0.4)
    assert 0.3 < time.time() - began < 3
"""

WITH_A_LOOP = """
import asyncio

async def talk():
    async def answer(reader, writer):
        writer.write(await reader.readline())
        writer.close()
    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(b"hello\\n")
        answered = await asyncio.wait_for(reader.readline(), 60)
        writer.close()
        return answered.decode() + await asyncio.to_thread(str, 1)

def handler(event, context):
    return asyncio.run(talk())
"""

ASYNCHRONOUS = """
import asyncio

async def handler(event, context):
    async def answer(reader, writer):
        await asyncio.to_thread(__import__("time").sleep, 0.2)
        writer.write(b"late\\n")
        writer.close()
    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        answered = await reader.readline()
        writer.close()
    return answered.decode()
"""

CALLING = """
import os, boto3
sqs = boto3.client("sqs")

def handler(event, context):
    assert os.environ["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1:")
    return sqs.list_queues()["QueueUrls"]
"""


def run(runner: Runner, folder: Path, name: str, code: str, url: str | None) -> Any:
    (folder / f"{name}.py").write_text(code)
    result = runner.real(runner.load(CONCURRENT.replace("HANDLER", f"{name}.handler")), url)
    assert result.failures == []
    return result.to_json()["invocations"]


def test_handlers_that_sleep_do_so_at_once_in_real_time(runner: Runner, tmp_path: Path) -> None:
    invocations = run(runner, tmp_path, "sleeping", SLEEPING, None)
    assert all(0.4 <= one["ended"] - one["at"] < 2 for one in invocations)
    assert invocations[-1]["at"] < invocations[0]["ended"]


def test_a_loop_of_a_handlers_own_has_sockets_and_threads(runner: Runner, tmp_path: Path) -> None:
    invocations = run(runner, tmp_path, "with_a_loop", WITH_A_LOOP, None)
    assert [one["response"] for one in invocations] == ["hello\n1"] * 4


def test_a_run_is_not_idle_while_a_handler_waits_for_a_socket(runner: Runner, tmp_path: Path) -> None:
    invocations = run(runner, tmp_path, "asynchronous", ASYNCHRONOUS, None)
    assert [one["response"] for one in invocations] == ["late\n"] * 4


def test_boto3_in_a_handler_reaches_the_endpoint(runner: Runner, tmp_path: Path, ministack_url: str) -> None:
    clients(ministack_url)("sqs").create_queue(QueueName="there-before")
    invocations = run(runner, tmp_path, "calling", CALLING, ministack_url)
    assert all(any(url.endswith("/there-before") for url in one["response"]) for one in invocations)
