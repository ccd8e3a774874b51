"""``time.sleep`` of the test itself: virtual time passes, as in a run of that length."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import threading
import time
from time import sleep as early_sleep
from typing import TYPE_CHECKING

import boto3
import pytest

from eventsim import Simulation
from eventsim.errors import DeadlockError
from eventsim.kernel.loop import VirtualEventLoop
from tests.control.lambdas import create, queue

if TYPE_CHECKING:
    from pathlib import Path

A_DAY_S = 86400


def test_a_loop_that_asks_for_a_mappings_state_ends_with_its_transition() -> None:
    with Simulation() as sim:
        lam = boto3.client("lambda")
        create("f")
        uuid = lam.create_event_source_mapping(FunctionName="f", EventSourceArn=queue()[1])["UUID"]
        states = []
        while (state := lam.get_event_source_mapping(UUID=uuid)["State"]) != "Enabled":
            states.append(state)
            time.sleep(0.4)
        assert (states, sim.now_s) == (["Creating"] * 3, 1.2)


def test_the_simulation_goes_on_meanwhile_and_a_later_run_too() -> None:
    with Simulation() as sim:
        orders = sim.queue("orders")
        worker = sim.function("worker", lambda event, context: time.sleep(5), Timeout=10)
        worker.on_queue(orders)
        orders.send("a")
        time.sleep(2)
        assert (sim.now_s, len(worker.invocations)) == (2, 1)
        early_sleep(3.5)
        assert (sim.now_s, [one.ended for one in worker.invocations]) == (5.5, [5])
        orders.send("b")
        assert [one.at for one in sim.run().invocations] == [0, 5.5]


def test_it_may_sleep_as_long_as_it_likes() -> None:
    with Simulation() as sim:
        time.sleep(A_DAY_S)
        time.sleep(True)
        assert sim.now_s == A_DAY_S + 1


def test_what_python_refuses_stays_refused() -> None:
    with Simulation() as sim:
        with pytest.raises(ValueError, match="non-negative"):
            time.sleep(-1)
        with pytest.raises(TypeError):
            time.sleep("1")  # type: ignore[arg-type]
        with pytest.raises(TypeError):
            time.sleep()  # type: ignore[call-arg]
        time.sleep(0)
        assert sim.now_s == 0


def test_other_threads_and_the_standard_library_sleep_really() -> None:
    with Simulation() as sim:
        thread = threading.Thread(target=time.sleep, args=(0.01,))
        thread.start()
        thread.join()
        assert subprocess.Popen([sys.executable, "-c", ""]).wait(timeout=60) == 0
        assert sim.now_s == 0


def test_in_an_asynchronous_test_too_unless_the_loop_is_shared() -> None:
    async def own() -> float:
        async with Simulation() as sim:
            time.sleep(60)
            return sim.now_s

    async def shared() -> float:
        async with Simulation() as sim:
            time.sleep(0.001)
            return sim.now_s

    assert asyncio.run(own()) == 60
    with asyncio.Runner(loop_factory=VirtualEventLoop) as runner:
        assert runner.run(shared()) == 0


def test_a_loop_that_waits_for_what_never_comes_ends_with_an_error() -> None:
    with Simulation() as sim:
        url, _ = queue()
        sqs = boto3.client("sqs")

        def wait() -> None:
            while "Messages" not in sqs.receive_message(QueueUrl=url):
                time.sleep(1)

        text = (
            "the test sleeps, for the 1000th time in a row, while nothing would ever happen any more (now at 1000 s): "
            "what it waits for does not come. time.sleep lets virtual time pass, which the real clocks do not show: "
            "end such a loop by a number of tries or by sim.now_s"
        )
        with pytest.raises(DeadlockError, match=re.escape(text)):
            wait()
        sqs.send_message(QueueUrl=url, MessageBody="m", DelaySeconds=5)
        before = sim.now_s
        wait()
        assert sim.now_s - before == 5


def test_afterwards_it_sleeps_really() -> None:
    before = time.sleep
    with Simulation():
        pass
    assert time.sleep is before
    began = time.perf_counter()
    time.sleep(0.002)
    assert time.perf_counter() - began >= 0.002


@pytest.mark.parametrize("waits", ["sleep", "long poll"])
def test_a_scenarios_steps_begin_with_the_first_time_that_passes(tmp_path: Path, waits: str) -> None:
    (tmp_path / "s.yaml").write_text(
        """
queues: {orders: {}, other: {}}
functions:
  worker:
    script: [{return: null}]
    Events: {Orders: {Type: SQS, Properties: {Queue: orders}}}
steps:
  - send: {queue: orders, body: a}
  - at: 5s
    send: {queue: orders, body: b}
run_for: 10
"""
    )
    with Simulation.from_scenario(tmp_path / "s.yaml") as sim:
        if waits == "sleep":
            time.sleep(3)
        else:
            boto3.client("sqs").receive_message(QueueUrl=sim.queues["other"].url, WaitTimeSeconds=3)
        assert (sim.now_s, len(sim.result.invocations)) == (3, 1)
        assert ([one.at for one in sim.run().invocations], sim.now_s) == ([0, 5], 10)
