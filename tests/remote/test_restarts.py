"""Runs that are stopped and continued, and endpoints that come and go: nothing is lost, nothing is done twice."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from eventsim.realtime import quiet
from eventsim.realtime.state import FOLDER, State, state_file
from tests.remote.conftest import clients
from tests.remote.emulators import Emulator, find
from tests.remote.running import Runner, bodies

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

STREAM = """
name: a stream
streams: {clicksNN: {ShardCount: 1}}
functions:
  worker:
    script: [{return: null}]
    Events:
      clicks: {Type: Kinesis, Properties: {Stream: clicksNN, StartingPosition: LATEST}}
steps:
  - put: {stream: clicksNN, PartitionKey: a, data: first}
"""


def data_of(result: Any) -> list[Any]:
    return [one for invocation in result.to_json()["invocations"] for one in bodies(invocation)]


@pytest.mark.rule("STR-03")
def test_a_restart_continues_where_the_run_before_stopped(
    runner: Runner, ministack_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quiet, "QUIET_S", 1.3)  # a stream is polled once a second
    scenario = runner.load(STREAM)
    stream = next(iter(scenario.streams))
    first = runner.real(scenario, ministack_url, teardown=False)
    kinesis = clients(ministack_url)("kinesis")
    kinesis.put_record(StreamName=stream, PartitionKey="a", Data=b"between")  # LATEST alone would never see it
    second = runner.real(scenario, ministack_url, with_steps=False)
    assert (data_of(first), data_of(second)) == (["Zmlyc3Q="], ["YmV0d2Vlbg=="])
    assert (tmp_path / FOLDER / "scenario.sqlite").exists()
    assert stream not in kinesis.list_streams()["StreamNames"]


QUEUE = """
name: a queue
queues: {ordersNN: {VisibilityTimeout: 30}}
functions:
  worker:
    Handler: slow.handler
    Timeout: 5
    Events:
      orders: {Type: SQS, Properties: {Queue: ordersNN, BatchSize: 1, ScalingConfig: {MaximumConcurrency: 2}}}
"""


SLOW = """
import pathlib, time
def handler(event, context):
    pathlib.Path(__file__).with_name("started-" + event["Records"][0]["body"]).touch()
    time.sleep(2)
"""


@pytest.mark.rule("ESM-23")
def test_a_stopped_run_finishes_what_runs_and_gives_back_the_rest(
    runner: Runner, ministack_url: str, tmp_path: Path
) -> None:
    (tmp_path / "slow.py").write_text(SLOW)
    scenario = runner.load(QUEUE)
    name = next(iter(scenario.queues))
    sqs = clients(ministack_url)("sqs")
    url = sqs.create_queue(QueueName=name, Attributes={"VisibilityTimeout": "30"})["QueueUrl"]
    for n in range(6):
        sqs.send_message(QueueUrl=url, MessageBody=str(n))
    result = served(runner, scenario, ministack_url, lambda: len(list(tmp_path.glob("started-*"))) == 2)
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    outcomes = [one["outcome"] for one in result.to_json()["invocations"]]
    assert outcomes == ["success", "success"]
    assert counts == {"ApproximateNumberOfMessages": "4", "ApproximateNumberOfMessagesNotVisible": "0"}


def served(
    runner: Runner, scenario: Any, url: str, enough: Callable[[], bool], meanwhile: Callable[[], object] = bool
) -> Any:
    """A served scenario that gets SIGTERM when *meanwhile* was done and then *enough* is true, or after 30 s."""
    over = threading.Event()

    def stop() -> None:
        until_s = time.monotonic() + 30
        try:
            meanwhile()
            while not (over.is_set() or enough() or time.monotonic() > until_s):
                time.sleep(0.02)
        finally:
            if not over.is_set():
                os.kill(os.getpid(), signal.SIGTERM)

    stopping = threading.Thread(target=stop)
    stopping.start()
    try:
        return runner.real(scenario, url, serve=True, with_steps=False)
    finally:
        over.set()
        stopping.join()


def test_the_state_of_a_scenario_belongs_to_one_process_at_a_time(runner: Runner, ministack_url: str) -> None:
    scenario = runner.load(QUEUE)
    with State(state_file(scenario.file, None), ministack_url), pytest.raises(Exception, match="another eventsim"):
        runner.real(scenario, ministack_url)


@pytest.mark.rule("ESM-25")
def test_an_endpoint_that_restarts_costs_no_message(runner: Runner, tmp_path: Path) -> None:
    if find("ministack") is None:
        pytest.skip("ministack is not installed")
    text = QUEUE.replace("Handler: slow.handler", "script: [{return: null}]").replace("Timeout: 5", "Timeout: 1")
    scenario = runner.load(text.replace("VisibilityTimeout: 30", "VisibilityTimeout: 2"))
    name = next(iter(scenario.queues))
    running = Emulator("ministack", tmp_path / "kept").start()
    try:
        sqs = clients(running.url)("sqs")
        url = sqs.create_queue(QueueName=name, Attributes={"VisibilityTimeout": "2"})["QueueUrl"]
        result = served(
            runner, scenario, running.url, lambda: is_empty(sqs, url), lambda: feed_and_restart(running, sqs, url)
        )
    finally:
        running.stop()
    got = {body for invocation in result.to_json()["invocations"] for body, _ in bodies(invocation)}
    assert got == {str(n) for n in range(10)}
    assert any("does not answer, trying again" in line for line in runner.told)
    assert any("answers again" in line for line in runner.told)


def feed_and_restart(running: Emulator, sqs: Any, url: str) -> None:
    """Ten messages, and a restart of the endpoint between them."""
    time.sleep(0.7)
    send(sqs, url, range(5))
    running.stop()
    time.sleep(0.3)
    running.start()
    send(sqs, url, range(5, 10))


def is_empty(sqs: Any, url: str) -> bool:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    counts = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return all(count == "0" for count in counts.values())


def send(sqs: Any, url: str, numbers: range) -> None:
    for n in numbers:
        sqs.send_message(QueueUrl=url, MessageBody=str(n))
