"""Steps that an endpoint carries out: FIFO queues, shards that are split, redrives, and what an endpoint lacks."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from eventsim.realtime import quiet, remote_run, steps
from tests.remote.running import Runner, deliveries

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FIFO = """
name: two groups
queues:
  ordersNN.fifo:
    FifoQueue: true
    ContentBasedDeduplication: true
    VisibilityTimeout: 1
    RedrivePolicy: {deadLetterTargetArn: deadNN.fifo, maxReceiveCount: 2}
  deadNN.fifo: {FifoQueue: true}
functions:
  worker:
    script: [{raise_if: {body: {poison: [true]}}}]
    Timeout: 1
    Events: {orders: {Type: SQS, Properties: {Queue: ordersNN.fifo, BatchSize: 1}}}
steps:
  - send: {queue: ordersNN.fifo, count: 3, body: {n: "{n}"}, MessageGroupId: a}
  - send: {queue: ordersNN.fifo, body: {n: "2"}, MessageGroupId: a}
  - send: {queue: ordersNN.fifo, body: {poison: true}, MessageGroupId: b}
  - send: {queue: ordersNN.fifo, body: {n: after}, MessageGroupId: b}
expect:
  queues: {ordersNN.fifo: {visible: 0, in_flight: 0}, deadNN.fifo: {visible: 1, bodies: ['{"poison":true}']}}
  functions: {worker: {Invocations: 6, Errors: 2}}
"""


@pytest.mark.rule("SQS-19")
def test_a_fifo_queue_keeps_the_order_of_its_groups(runner: Runner, url: str) -> None:
    result = runner.real(runner.load(FIFO), url)
    seen = [body for one in deliveries(result.to_json())["worker/orders"] for body, _ in one[2]]
    assert result.failures == []
    groups = {False: ['{"n":"0"}', '{"n":"1"}', '{"n":"2"}'], True: [*['{"poison":true}'] * 2, '{"n":"after"}']}
    assert {later: [one for one in seen if ("poison" in one or "after" in one) is later] for later in groups} == groups


RESHARD = """
name: a split
streams: {clicksNN: {ShardCount: 1}}
functions:
  worker:
    script: [{return: null}]
    Events: {clicks: {Type: Kinesis, Properties: {Stream: clicksNN, StartingPosition: TRIM_HORIZON}}}
steps:
  - put: {stream: clicksNN, PartitionKey: "k{n}", data: "before{n}", count: 4}
  - {after: 1500ms, reshard: {stream: clicksNN, split: shardId-000000000000}}
  - {after: 100ms, put: {stream: clicksNN, PartitionKey: "k{n}", data: "after{n}", count: 4}}
expect:
  mappings: {worker/clicks: {PolledEventCount: 8}}
"""


@pytest.mark.rule("KIN-11")
def test_the_shards_of_a_split_are_found_and_read(
    runner: Runner, moto_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quiet, "QUIET_S", 1.3)  # a stream is polled once a second
    assert runner.real(runner.load(RESHARD), moto_url).failures == []


REDRIVE = """
name: back from the dead
queues:
  ordersNN: {VisibilityTimeout: 1, RedrivePolicy: {deadLetterTargetArn: deadNN, maxReceiveCount: 1}}
  deadNN: {}
functions:
  worker:
    script: [{raise: {errorType: Boom}}, {return: null}]
    Timeout: 1
    Events: {orders: {Type: SQS, Properties: {Queue: ordersNN, BatchSize: 1}}}
steps:
  - send: {queue: ordersNN, body: x}
  - {after: 2s, redrive: {queue: deadNN}}
expect:
  queues: {ordersNN: {visible: 0, in_flight: 0}, deadNN: {visible: 0}}
  functions: {worker: {Invocations: 2, Errors: 1}}
"""


def test_a_step_that_an_endpoint_lacks_fails_the_run_and_ends_it(
    runner: Runner, moto_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_run, "SETTLES_S", 0)
    monkeypatch.setattr(steps, "PATIENCE_S", 0.5)  # moto answers with status 500, as if it were worth another try
    failures = [(one.path, one.expected) for one in runner.real(runner.load(REDRIVE), moto_url).failures]
    assert failures[0] == ("steps[1]", "accepted")


@pytest.fixture
def door_url(tmp_path: Path) -> Iterator[str]:
    """The endpoint of an eventsim that serves nothing."""
    (tmp_path / "nothing.yaml").write_text("name: nothing\nqueues: {unused: {}}\n")
    served = subprocess.Popen(
        [sys.executable, "-m", "eventsim", "serve", "nothing.yaml"], stderr=subprocess.PIPE, text=True
    )
    assert served.stderr is not None
    for line in served.stderr:
        if "AWS_ENDPOINT_URL=" in line:
            break
    yield line.strip().rpartition("=")[2]
    served.terminate()
    served.communicate(timeout=30)


@pytest.mark.rule("SQS-08")
def test_a_redrive_brings_messages_back(runner: Runner, door_url: str) -> None:
    assert runner.real(runner.load(REDRIVE), door_url).failures == []
