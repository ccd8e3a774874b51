"""What existing suites and their handlers do besides: frozen time, threads of asynchronous code, waiters, log levels."""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import WaiterError

from eventsim import Simulation

if TYPE_CHECKING:
    from collections.abc import Iterator

EPOCH = "2026-01-01T00:00:0"


@pytest.fixture
def sim() -> Iterator[Simulation]:
    with Simulation() as opened:
        yield opened


def tell_the_time(event: dict[str, Any], context: object) -> list[Any]:
    began = time.monotonic()
    time.sleep(1)
    return [datetime.now().isoformat(), date.today().isoformat(), time.time() % 60, time.monotonic() - began]  # noqa: DTZ005, DTZ011 - as handlers do


def test_handlers_are_told_virtual_time_where_the_test_has_frozen_its_own(sim: Simulation) -> None:
    freezegun = pytest.importorskip("freezegun")
    worker = sim.function("worker", tell_the_time)
    with freezegun.freeze_time("2020-02-02"):
        assert worker.invoke().response == [f"{EPOCH}1", "2026-01-01", 1, 1]
        boto3.client("sqs").create_queue(QueueName="q")
        assert datetime.now().year == 2020  # noqa: DTZ005 - freezegun's
    assert worker.invoke().response == [f"{EPOCH}2", "2026-01-01", 2, 1]
    with freezegun.freeze_time("2021-03-03"), freezegun.freeze_time("2022-04-04") as frozen:
        sim.function("another", tell_the_time).invoke()
        frozen.tick(60)
        assert time.gmtime()[:5] == (2022, 4, 4, 0, 1)
    assert datetime.now().year >= 2024  # noqa: DTZ005 - the machine's


def test_a_simulation_that_is_opened_in_frozen_time_leaves_it_frozen() -> None:
    freezegun = pytest.importorskip("freezegun")
    with freezegun.freeze_time("2020-02-02"):
        with Simulation() as sim:
            assert sim.function("worker", tell_the_time).invoke().response == [f"{EPOCH}1", "2026-01-01", 1, 1]
        assert datetime.now().year == 2020  # noqa: DTZ005 - freezegun's
    began = time.monotonic()
    assert time.monotonic() >= began > 0


def test_threads_of_an_asynchronous_handler_call_aws_while_it_awaits_them(sim: Simulation) -> None:
    out = sim.queue("out")
    sqs = boto3.client("sqs")

    async def handler(event: dict[str, Any], context: object) -> float:
        await asyncio.sleep(2)
        sends = [asyncio.to_thread(sqs.send_message, QueueUrl=out.url, MessageBody=str(n)) for n in range(5)]
        await asyncio.gather(*sends)
        return time.monotonic()

    assert sim.function("worker", handler).invoke().response == 2
    assert sorted(out.bodies) == ["0", "1", "2", "3", "4"]


def test_threads_of_a_test_on_the_simulations_loop_call_aws_while_it_runs() -> None:
    async def main() -> list[str]:
        async with Simulation() as sim:
            queue = sim.queue("q")
            sim.function("slow", lambda event, context: time.sleep(1)).on_queue(queue)
            queue.send("a")
            sqs = boto3.client("sqs")
            out = sim.queue("out")
            send = asyncio.to_thread(sqs.send_message, QueueUrl=out.url, MessageBody="b")
            await asyncio.gather(sim.run_async(), send)
            return out.bodies

    from eventsim.kernel.loop import VirtualEventLoop

    with asyncio.Runner(loop_factory=VirtualEventLoop) as runner:
        assert runner.run(main()) == ["b"]


def test_waiters_of_the_test_wait_in_virtual_time_and_the_rest_goes_on(sim: Simulation) -> None:
    s3 = boto3.client("s3")
    s3.create_bucket(Bucket="reports")

    def report(event: dict[str, Any], context: object) -> None:
        time.sleep(12)
        s3.put_object(Bucket="reports", Key="done")

    sim.function("reporter", report, Timeout=30).invoke(InvocationType="Event")
    s3.get_waiter("object_exists").wait(Bucket="reports", Key="done")
    assert sim.now_s == 15
    with pytest.raises(WaiterError):
        s3.get_waiter("object_exists").wait(Bucket="reports", Key="no", WaiterConfig={"Delay": 60, "MaxAttempts": 3})
    assert sim.now_s == 135


def test_handlers_log_at_the_level_that_the_test_asks_for(sim: Simulation, caplog: pytest.LogCaptureFixture) -> None:
    def handler(event: dict[str, Any], context: object) -> None:
        logging.getLogger("app").info("at %s", event["n"])

    worker = sim.function("worker", handler)
    worker.invoke({"n": 1})
    with caplog.at_level(logging.INFO):
        worker.invoke({"n": 2})
    worker.invoke({"n": 3})
    assert caplog.messages == ["at 2"]
    assert logging.root.level == logging.WARNING


def test_a_handler_keeps_the_level_that_it_has_set(sim: Simulation, caplog: pytest.LogCaptureFixture) -> None:
    def handler(event: dict[str, Any], context: object) -> None:
        if "level" in event:
            logging.getLogger().setLevel(event["level"])
        logging.getLogger("app").info("at %s", event["n"])

    worker = sim.function("worker", handler)
    for n, event in enumerate(({}, {"level": "INFO"}, {}, {"level": "ERROR"}, {})):
        worker.invoke({"n": n, **event})
    assert caplog.messages == ["at 1", "at 2"]
