"""What existing suites and their handlers do besides: frozen time, threads in asynchronous code, waiters, logging."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import subprocess
import sys
import time
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import requests
from botocore.exceptions import ClientError, WaiterError

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
    return [datetime.now().isoformat(), date.today().isoformat(), time.time() % 60, time.monotonic() - began]


def test_handlers_are_told_virtual_time_where_the_test_has_frozen_its_own(sim: Simulation) -> None:
    freezegun = pytest.importorskip("freezegun")
    worker = sim.function("worker", tell_the_time)
    with freezegun.freeze_time("2020-02-02"):
        assert worker.invoke().response == [f"{EPOCH}1", "2026-01-01", 1, 1]
        boto3.client("sqs").create_queue(QueueName="q")
        assert datetime.now().year == 2020
    assert worker.invoke().response == [f"{EPOCH}2", "2026-01-01", 2, 1]
    with freezegun.freeze_time("2021-03-03"), freezegun.freeze_time("2022-04-04") as frozen:
        sim.function("another", tell_the_time).invoke()
        frozen.tick(60)
        assert time.gmtime()[:5] == (2022, 4, 4, 0, 1)
    assert datetime.now().year >= 2024


def test_a_simulation_that_is_opened_in_frozen_time_leaves_it_frozen() -> None:
    freezegun = pytest.importorskip("freezegun")
    with freezegun.freeze_time("2020-02-02"):
        with Simulation() as sim:
            assert sim.function("worker", tell_the_time).invoke().response == [f"{EPOCH}1", "2026-01-01", 1, 1]
        assert datetime.now().year == 2020
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


def test_a_keyboard_interrupt_of_a_handler_ends_the_block_and_is_all_that_is_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def handler(event: dict[str, Any], context: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), Simulation() as sim:
        sim.function("worker", handler).invoke()
    gc.collect()
    assert caplog.messages == []


def test_a_simulation_that_nobody_closes_ends_with_its_process() -> None:
    program = """
import boto3
from eventsim import Simulation
sim = Simulation(name="forgotten").__enter__()
queue = sim.queue("q")
sim.function("slow", lambda event, context: None).on_queue(queue)
queue.send("a")
print(boto3.client("sqs").get_queue_url(QueueName="q")["QueueUrl"] == queue.url)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "True\n", "")


def test_what_handlers_print_reaches_the_tests_own_output_as_well(
    sim: Simulation, capsys: pytest.CaptureFixture[str]
) -> None:
    def handler(event: dict[str, Any], context: object) -> None:
        print("to out")  # noqa: T201 - as handlers do
        print("to err", file=sys.stderr)  # noqa: T201 - as handlers do
        logging.getLogger("app").warning("to the log")

    done = sim.function("worker", handler).invoke()
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("to out\n", "to err\n")
    lines = done.logs.splitlines()
    assert [lines[0], lines[1], lines[2].rpartition("\t")[2]] == ["to out", "to err", "to the log"]


def test_presigned_urls_are_answered_and_other_hosts_left_alone(sim: Simulation) -> None:
    bucket, s3 = sim.bucket("reports"), boto3.client("s3", region_name="us-east-1")

    def url(operation: str, key: str) -> str:
        signed: str = s3.generate_presigned_url(operation, Params={"Bucket": "reports", "Key": key})
        return signed

    assert requests.put(url("put_object", "a b"), data=b"content").ok
    assert bucket.read("a b") == b"content"
    assert requests.get(url("get_object", "a b")).text == "content"
    assert requests.get(url("get_object", "none")).status_code == 404
    form = s3.generate_presigned_post("reports", "posted")
    assert requests.post(form["url"], data=form["fields"], files={"file": b"of a form"}).ok
    assert bucket.read("posted") == b"of a form"
    with pytest.raises(requests.exceptions.InvalidURL):
        requests.get("http://")
    with pytest.raises(requests.exceptions.ConnectionError):
        requests.get("http://127.0.0.1:1")


def test_a_handler_gets_presigned_urls_too(sim: Simulation) -> None:
    sim.bucket("reports").upload("a", "content")

    def handler(event: dict[str, Any], context: object) -> str:
        return requests.get(event["url"]).text

    params = {"Bucket": "reports", "Key": "a"}
    event = {"url": boto3.client("s3", region_name="us-east-1").generate_presigned_url("get_object", Params=params)}
    assert sim.function("worker", handler).invoke(event).response == "content"


def test_a_suite_for_another_region_may_name_its_resources_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    mine = "arn:aws:{}:eu-west-1:123456789012:{}"
    with Simulation() as sim:
        dlq = sim.queue("orders-dlq")
        policy = {"deadLetterTargetArn": mine.format("sqs", dlq.name), "maxReceiveCount": "1"}
        sqs, elsewhere = boto3.client("sqs"), boto3.client("sns", region_name="eu-west-1")
        sqs.create_queue(QueueName="orders", Attributes={"RedrivePolicy": json.dumps(policy)})
        topic = boto3.client("sns").create_topic(Name="placed")["TopicArn"]
        boto3.client("sns").subscribe(
            TopicArn=mine.format("sns", "placed"), Protocol="sqs", Endpoint=mine.format("sqs", "orders")
        )
        sim.function("worker", lambda *_: 1 / 0)
        boto3.client("lambda").create_event_source_mapping(
            EventSourceArn=mine.format("sqs", "orders"), FunctionName=mine.format("lambda", "function:worker")
        )
        elsewhere.publish(TopicArn=mine.format("sns", "placed"), Message=mine.format("sns", "placed"))
        sim.run()
        assert [json.loads(body)["Message"] for body in dlq.bodies] == [mine.format("sns", "placed")]
        assert topic == "arn:aws:sns:us-east-1:123456789012:placed"
        with pytest.raises(ClientError, match="Invalid parameter: TopicArn"):
            elsewhere.publish(TopicArn=topic.replace("us-east-1", "ap-south-1"), Message="x")
