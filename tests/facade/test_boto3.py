"""boto3 reaches the simulation, wherever its clients come from, and never anything else."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.httpsession import URLLib3Session
from moto import mock_aws

from eventsim import InputError, Simulation
from eventsim.invokers.base import Invocation, InvocationResult
from tests.facade.building import accept, poisoned

if TYPE_CHECKING:
    from pathlib import Path

EARLY = boto3.Session(aws_access_key_id="real", aws_secret_access_key="real", region_name="eu-west-1").client("sqs")


@pytest.fixture(autouse=True)
def default_session(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave none behind: mock_aws makes one outside of any simulation."""
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)


def test_clients_made_before_inside_and_by_a_handlers_module_reach_it(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(
        "import boto3\nsqs = boto3.resource('sqs')\n"
        "def handler(event, context):\n    sqs.get_queue_by_name(QueueName='out').send_message(MessageBody='module')\n"
    )
    with Simulation() as sim:
        out = sim.queue("out")
        EARLY.send_message(QueueUrl=out.url, MessageBody="before")
        boto3.client("sqs").send_message(QueueUrl=out.url, MessageBody="inside")
        boto3.Session(profile_name=None, region_name="ap-south-1").client("sqs").send_message(
            QueueUrl=out.url, MessageBody="session"
        )
        sim.function("app", "app.handler", code_uri=tmp_path).invoke()
        assert out.bodies == ["before", "inside", "session", "module"]


def test_a_client_of_before_needs_no_credentials_and_its_own_are_not_asked_for() -> None:
    program = """
import os
for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]
os.environ.update(HOME="/nonexistent", AWS_EC2_METADATA_DISABLED="true")
import asyncio, boto3
from aiobotocore.session import get_session
from botocore.credentials import RefreshableCredentials
from datetime import datetime, UTC
without = boto3.client("dynamodb", region_name="eu-west-1")
def refresh():
    raise SystemExit("asked for real credentials")
session = boto3.Session(region_name="eu-west-1")
session._session._credentials = RefreshableCredentials("a", "b", "c", datetime(2020, 1, 1, tzinfo=UTC), refresh, "test")
expired = session.client("sqs")
async def asynchronous():
    async with get_session().create_client("sqs", region_name="eu-west-1") as client:
        opening.append(client)
        with Simulation() as sim:
            sim.queue("q")
            return (await client.list_queues())["QueueUrls"]
opening = []
from eventsim import Simulation
with Simulation() as sim:
    sim.queue("q")
    print(without.list_tables()["TableNames"], expired.list_queues()["QueueUrls"])
    print("AKIAEVENTSIM" in boto3.client("s3").generate_presigned_url("get_object", Params={"Bucket": "b", "Key": "k"}))
print(asyncio.run(asynchronous()))
"""
    printed = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout
    url = "https://sqs.us-east-1.amazonaws.com/123456789012/q"
    assert printed.splitlines() == [f"[] ['{url}']", "True", f"['{url}']"]


def test_a_handlers_other_services_are_there_in_virtual_time() -> None:
    def handler(event: Any, context: Any) -> dict[str, Any]:
        s3 = boto3.client("s3")
        s3.create_bucket(Bucket="photos")
        time.sleep(90)
        s3.put_object(Bucket="photos", Key="k", Body=b"x")
        return {"modified": str(s3.head_object(Bucket="photos", Key="k")["LastModified"])}

    with Simulation() as sim:
        assert sim.function("f", handler, Timeout=900).invoke().response == {"modified": "2026-01-01 00:01:30+00:00"}
        assert boto3.client("s3").list_objects_v2(Bucket="photos")["KeyCount"] == 1
    with Simulation():
        assert boto3.client("s3").list_buckets()["Buckets"] == []


def surroundings() -> list[Any]:
    clock = (time.sleep, time.monotonic, time.perf_counter, time.time)
    return [URLLib3Session.send, dict(os.environ), list(sys.meta_path), time.tzname, boto3.DEFAULT_SESSION, clock]


def test_afterwards_everything_is_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://localhost:9")
    before = surroundings()
    with Simulation() as sim:
        poisoned(sim, accept)[0].send("x")
        sim.run()
        assert surroundings()[0] is not before[0]
    assert surroundings() == before


def test_two_simulations_one_after_the_other_share_nothing() -> None:
    def story() -> tuple[Any, ...]:
        with Simulation(seed=1) as sim:
            orders, _, worker = poisoned(sim)
            sim.queue("a.fifo").send("x", MessageGroupId="g", MessageDeduplicationId="d")
            boto3.client("ssm").put_parameter(Name="n", Value="v", Type="String")
            orders.send("a")
            sim.run()
            return sim.result.trace_sha256, [one.request_id for one in worker.invocations], list(sim.queues)

    assert story() == story()


def test_nested_ones_are_refused_by_their_names_and_the_outer_one_goes_on() -> None:
    with Simulation(name="outer") as sim:
        with (
            pytest.raises(InputError, match="Simulation 'inner' can't be opened while Simulation 'outer' is open: "),
            Simulation(name="inner"),
        ):
            pass
        with (
            pytest.raises(InputError, match=r"the Simulation of .*test_boto3.py:\d+ can't be opened while"),
            Simulation(),
        ):
            pass
        orders, dlq, _ = poisoned(sim)
        orders.send("a")
        sim.run()
        assert dlq.bodies == ["a"]
    with Simulation(name="inner"):
        pass


def test_a_simulation_that_can_not_be_opened_leaves_room_for_the_next(tmp_path: Path) -> None:
    with pytest.raises(InputError), Simulation(trace=tmp_path):
        pass
    with Simulation():
        pass


def test_mock_aws_keeps_its_own_before_around_and_after() -> None:
    def queues() -> list[str]:
        return list(boto3.client("sqs", region_name="us-east-1").list_queues().get("QueueUrls", []))

    with mock_aws():
        boto3.client("sqs", region_name="us-east-1").create_queue(QueueName="mocked")
        with Simulation() as sim:
            sim.queue("simulated")
            assert [url.rpartition("/")[2] for url in queues()] == ["simulated"]
        assert [url.rpartition("/")[2] for url in queues()] == ["mocked"]
    with mock_aws():
        assert queues() == []


def test_mock_aws_that_ends_inside_or_only_begins_there_leaves_nothing_of_either(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "machine")
    before = surroundings()
    ends_inside, begins_inside = mock_aws(), mock_aws()
    ends_inside.start()
    boto3.client("sqs", region_name="us-east-1").create_queue(QueueName="mocked")
    with Simulation() as sim:
        sim.queue("simulated")
        os.environ["AWS_DEFAULT_REGION"] = "eu-west-1"
        ends_inside.stop()
        begins_inside.start()
        session = boto3.Session()
        assert session.region_name == "eu-west-1"
        assert [url.rpartition("/")[2] for url in session.client("sqs").list_queues()["QueueUrls"]] == ["simulated"]
    assert os.environ["AWS_ACCESS_KEY_ID"] == "FOOBARKEY"
    assert "QueueUrls" not in boto3.client("sqs", region_name="us-east-1").list_queues()
    begins_inside.stop()
    assert surroundings() == before


@mock_aws
def test_mock_aws_as_a_decorator_does_not_come_between() -> None:
    with Simulation() as sim:
        orders, dlq, _ = poisoned(sim)
        boto3.client("sqs").send_message(QueueUrl=orders.url, MessageBody="a")
        sim.run()
        assert dlq.bodies == ["a"]


def test_requests_are_answered_by_the_simulations_own_refusals() -> None:
    with Simulation(), pytest.raises(ClientError, match="The specified queue does not exist"):
        boto3.client("sqs").get_queue_url(QueueName="nowhere")


# -- long polls ----------------------------------------------------------------------------------------


def receive(url: str, wait_s: int | None = None) -> list[str]:
    options: dict[str, Any] = {} if wait_s is None else {"WaitTimeSeconds": wait_s}
    answer = boto3.client("sqs").receive_message(QueueUrl=url, MaxNumberOfMessages=10, **options)
    return [message["Body"] for message in answer.get("Messages", [])]


def test_a_long_poll_of_the_test_waits_in_virtual_time_and_the_rest_goes_on() -> None:
    with Simulation() as sim:
        orders, dlq, _ = poisoned(sim)
        orders.send("a")
        polls = [(receive(dlq.url, 20), sim.now_s) for _ in range(6)]
        assert polls == [([], 20), ([], 40), ([], 60), ([], 80), (["a"], 90), ([], 110)]


def test_a_short_poll_is_answered_at_once_and_nothing_else_happens() -> None:
    with Simulation() as sim:
        orders, dlq, worker = poisoned(sim)
        orders.send("a")
        assert (receive(dlq.url), receive(dlq.url, 0), receive(orders.url), sim.now_s) == ([], [], ["a"], 0)
        assert worker.invocations == []


def test_a_queue_may_ask_for_long_polls_itself() -> None:
    with Simulation() as sim:
        queue = sim.queue("q", ReceiveMessageWaitTimeSeconds=7)
        queue.send("x", DelaySeconds=5)
        assert [(receive(queue.url), sim.now_s), (receive(queue.url), sim.now_s)] == [(["x"], 5), ([], 12)]


def test_a_long_poll_is_answered_at_once_where_nobody_can_wait_for_it() -> None:
    answers: list[tuple[list[str], float]] = []
    with Simulation() as sim:
        orders, dlq, _ = poisoned(sim)
        orders.send("a")

        def poll() -> bool:
            answers.append((receive(dlq.url, 20), sim.now_s))
            return sim.now_s >= 30

        sim.run(until=poll)
        thread = threading.Thread(target=poll)
        thread.start()
        thread.join()
        assert answers == [([], 0), ([], 30), ([], 30)]


def test_a_long_poll_of_an_asynchronous_client_waits_in_virtual_time_too() -> None:
    from aiobotocore.session import get_session

    async def poll(url: str) -> list[str]:
        async with get_session().create_client("sqs", region_name="us-east-1") as client:
            answer = await client.receive_message(QueueUrl=url, WaitTimeSeconds=20)
            return [message["Body"] for message in answer.get("Messages", [])]

    with Simulation() as sim:
        queue = sim.queue("q")
        queue.send("x", DelaySeconds=15)
        assert (asyncio.run(poll(queue.url)), sim.now_s) == (["x"], 15)


# -- invokers and processes ----------------------------------------------------------------------------


def test_an_invokers_own_boto3_calls_reach_it_too() -> None:
    class Storing:
        async def invoke(self, invocation: Invocation) -> InvocationResult:
            boto3.client("sqs").send_message(QueueUrl=invocation.event["to"], MessageBody="from the invoker")
            return InvocationResult()

    with Simulation() as sim:
        out = sim.queue("out")
        sim.function("storing", Storing()).invoke({"to": out.url})
        assert out.bodies == ["from the invoker"]


def test_a_simulation_without_boto3_loads_neither_botocore_nor_moto() -> None:
    program = """
import sys
from eventsim import Simulation
def handler(event, context):
    raise ValueError
with Simulation() as sim:
    orders = sim.queue("orders", RedrivePolicy={"deadLetterTargetArn": sim.queue("dlq"), "maxReceiveCount": 3})
    sim.function("worker", handler).on_queue(orders)
    orders.send("x")
    sim.run()
    print(sim.queues["dlq"].bodies)
print([name for name in ("boto3", "botocore", "moto", "aiobotocore", "yaml", "pytest") if name in sys.modules])
"""
    printed = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout
    assert printed == "['x']\n[]\n"
