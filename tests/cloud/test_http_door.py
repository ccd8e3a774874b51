"""Code in other processes talks to the simulated cloud over HTTP."""

from __future__ import annotations

import asyncio
import http.client
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config

from eventsim.cloud.http_door import HttpDoor
from eventsim.cloud.http_hosts import is_loopback
from eventsim.facade.simulation import Simulation
from eventsim.invokers.runtime_api import RuntimeInvoker
from eventsim.kernel.real_loop import RealTimeLoop
from tests.cloud.simulated import Cloud
from tests.invokers.elsewhere import bootstrap

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from eventsim.kernel.faults import Rule


@contextmanager
def an_open_door(rules: Sequence[Rule] = ()) -> Iterator[tuple[HttpDoor, Cloud]]:
    """A door in real time, served by a thread of its own."""
    cloud, loop = Cloud(rules=rules), RealTimeLoop()
    door = HttpDoor(cloud.router, loop)
    cloud.moto.start()
    door.url()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield door, cloud
    finally:
        loop.call_soon_threadsafe(door.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()
        cloud.moto.stop()


def client(door: HttpDoor, service: str, **config: Any) -> Any:
    return boto3.client(
        service,
        endpoint_url=door.url(),
        region_name="us-east-1",
        aws_access_key_id="theirs",
        aws_secret_access_key="own",
        config=Config(retries={"total_max_attempts": 1}, **config),
    )


def test_sdks_reach_the_engines_and_moto_by_their_signatures() -> None:
    with an_open_door() as (door, cloud):
        s3 = client(door, "s3")
        s3.create_bucket(Bucket="orders")
        s3.put_object(Bucket="orders", Key="a b", Body=b"\x1f\x8b123", ContentEncoding="gzip")
        assert s3.head_object(Bucket="orders", Key="a b")["ContentLength"] == 5
        assert s3.get_object(Bucket="orders", Key="a b")["Body"].read() == b"\x1f\x8b123"
        assert client(door, "sts").get_caller_identity()["Account"] == "123456789012"
        with pytest.raises(s3.exceptions.NoSuchKey):
            s3.get_object(Bucket="orders", Key="missing")
        assert [line["operation"] for line in cloud.log()] == [
            "CreateBucket", "PutObject", "HeadObject", "GetObject", "GetCallerIdentity", "GetObject",
        ]  # fmt: skip


def test_an_unsigned_request_and_a_presigned_one_are_s3s() -> None:
    with an_open_door() as (door, _):
        s3 = client(door, "s3")
        s3.create_bucket(Bucket="orders")
        s3.put_object(Bucket="orders", Key="k", Body=b"text", ACL="public-read")
        signed = s3.generate_presigned_url("get_object", Params={"Bucket": "orders", "Key": "k"})
        assert ask(door, signed.removeprefix(door.url())) == (200, b"text")
        assert ask(door, "/orders/k") == (200, b"text")


def ask(door: HttpDoor, path: str, **headers: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(door.url().removeprefix("http://"), timeout=10)
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    found = response.status, response.read()
    connection.close()
    return found


def test_a_page_in_a_browser_that_calls_this_machine_by_another_name_is_refused() -> None:
    with an_open_door() as (door, cloud):
        status, body = ask(door, "/orders/k", Host="rebound.example.com:80")
        assert (status, cloud.log()) == (403, [])
        assert b"loopback" in body


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1:4566", True),
        ("localhost", True),
        ("bucket.localhost:80", True),
        ("[::1]:80", True),
        ("127.9.9.9", True),
        ("127.0.0.1.example.com", False),
        ("localhost.example.com", False),
        ("10.0.0.1", False),
        ("", False),
        (None, False),
    ],
)
def test_loopback_hosts(host: str | None, expected: bool) -> None:
    assert is_loopback(host) is expected


WORKER = """
    import urllib.request

    def sqs(operation, **members):
        headers = {"X-Amz-Target": f"AmazonSQS.{operation}", "Content-Type": "application/x-amz-json-1.0"}
        request = urllib.request.Request(os.environ["AWS_ENDPOINT_URL"], json.dumps(members).encode(), headers)
        with urllib.request.urlopen(request) as response:
            return json.loads(response.read() or b"null")

    url = sqs("GetQueueUrl", QueueName="out")["QueueUrl"]
    while True:
        request_id, event, _ = following()
        for record in event["Records"]:
            sqs("SendMessage", QueueUrl=url, MessageBody=record["body"] + os.environ["SUFFIX"])
        late = sqs("ReceiveMessage", QueueUrl=url.replace("out", "late"), WaitTimeSeconds=20)
        answer(request_id, [one["Body"] for one in late.get("Messages", [])])
"""


def run_worker(folder: Path) -> tuple[Any, ...]:
    with Simulation(seed=1) as sim:
        queue, late, out = sim.queue("in"), sim.queue("late"), sim.queue("out")
        invoker = RuntimeInvoker(bootstrap(folder, WORKER), code_folder=folder, env={"SUFFIX": "!"})
        worker = sim.function("worker", invoker, Timeout=30)
        worker.on_queue(queue)
        for n in range(3):
            queue.send(f"m{n}")
        late.send("news", DelaySeconds=7)
        sim.run()
        (invocation,) = worker.invocations
        calls = [
            (line["t"], line["operation"], line["function"]) for line in sim.trace if line["kind"] == "aws.request"
        ]
        return out.bodies, invocation.response, invocation.ended, calls, list(sim.trace)


@pytest.mark.rule("FUN-17")
def test_a_handler_in_another_process_sends_receives_and_waits_in_virtual_time(tmp_path: Path) -> None:
    bodies, response, ended, calls, _ = run_worker(tmp_path)
    assert (bodies, response, ended) == (["m0!", "m1!", "m2!"], ["news"], 7)
    assert calls == [
        (0, "GetQueueUrl", "worker"),
        *[(0, "SendMessage", "worker")] * 3,
        (7, "ReceiveMessage", "worker"),
    ]


def test_the_same_seed_gives_the_same_trace_with_code_in_other_processes(tmp_path: Path) -> None:
    assert run_worker(tmp_path / "a")[-1] == run_worker(tmp_path / "b")[-1]


def test_a_long_poll_that_outlasts_timeout_ends_the_invocation_at_its_deadline(tmp_path: Path) -> None:
    with Simulation() as sim:
        queue = sim.queue("in")
        sim.queue("late"), sim.queue("out")
        invoker = RuntimeInvoker(bootstrap(tmp_path, WORKER), code_folder=tmp_path, env={"SUFFIX": ""})
        worker = sim.function("worker", invoker, Timeout=5)
        worker.on_queue(queue)
        queue.send("x")
        sim.run(for_s=10)
        assert worker.invocations == [{"at": 0, "ended": 5, "outcome": "timeout"}]
