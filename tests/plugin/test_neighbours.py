"""Beside the plugins and libraries that people have: xdist, pytest-asyncio, anyio's, hypothesis, moto."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.plugin.conftest import Run

pytest_plugins = ["pytester"]

POISON = """
from building import poisoned

def test_fixture(eventsim):
    orders, dlq, worker = poisoned(eventsim)
    orders.send("a")
    eventsim.run()
    assert dlq.bodies == ["a"]
"""


def test_xdist_runs_them_and_shows_their_failures(run: Run, pytester: pytest.Pytester) -> None:
    pytest.importorskip("xdist")
    (pytester.path / "a.scenario.yaml").write_text("queues: {q: {}}\nexpect: {queues: {q: {visible: 1}}}\n")
    text = f"""{POISON}
import pytest

@pytest.mark.parametrize("n", range(6))
def test_failing(eventsim, n):
    eventsim.queue("q").send("a")
    assert eventsim.queues["q"].bodies == ["b"]
"""
    arguments = ("-n", "2", "--eventsim-seed", "5", "--eventsim-trace", "traces")
    result = run(text, *arguments, process=True, beside=["xdist"])
    result.assert_outcomes(passed=1, failed=7)
    result.stdout.fnmatch_lines_random(
        [
            "E*[[]0] <Message a on q: visible, sent at 0 s, never received>",
            "repeat: pytest 'test_it.py::test_failing[[]3]' --eventsim-seed 5",
            "repeat: eventsim run a.scenario.yaml --seed 5",
        ]
    )
    assert len(list((pytester.path / "traces").iterdir())) == 8


@pytest.mark.parametrize("mode", ["strict", "auto"])
def test_pytest_asyncio_runs_asynchronous_tests_with_it(run: Run, pytester: pytest.Pytester, mode: str) -> None:
    pytest.importorskip("pytest_asyncio")
    pytester.makeini(f"[pytest]\nasyncio_mode = {mode}\nasyncio_default_fixture_loop_scope = function\n")
    text = f"""{POISON}
import asyncio
import pytest
from eventsim import Simulation

@pytest.mark.asyncio
async def test_asynchronous(eventsim):
    orders, dlq, worker = poisoned(eventsim)
    orders.send("a")
    await eventsim.run_async(for_s=40)
    eventsim.run()
    assert dlq.bodies == ["a"]
    assert asyncio.get_running_loop().time() > 0

@pytest.mark.asyncio
async def test_own():
    async with Simulation() as sim:
        assert (await sim.run_async()).idle
"""
    run(text, process=True, beside=["asyncio"]).assert_outcomes(passed=3)


def test_anyios_plugin_runs_asynchronous_tests_with_it(run: Run, pytester: pytest.Pytester) -> None:
    pytest.importorskip("trio")
    text = f"""{POISON}
import anyio
import pytest
from eventsim.kernel.loop import virtual_time

pytestmark = pytest.mark.anyio

@pytest.fixture(params=["asyncio", "trio", ("asyncio", virtual_time())], ids=["asyncio", "trio", "virtual"])
def anyio_backend(request):
    return request.param

async def test_asynchronous(eventsim):
    orders, dlq, worker = poisoned(eventsim)
    orders.send("a")
    with anyio.fail_after(60):
        await eventsim.run_async()
    assert dlq.bodies == ["a"]
"""
    run(text, process=True, beside=["anyio"]).assert_outcomes(passed=1 + 3)


def test_hypothesis_draws_simulations_and_their_steps(run: Run) -> None:
    text = """
import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from building import accept, poisoned
from eventsim import Simulation

@settings(max_examples=30)
@given(st.lists(st.text(alphabet="abc", min_size=1), max_size=5), st.integers(0, 2**31))
def test_nothing_is_lost(bodies, seed):
    with Simulation(seed=seed) as sim:
        orders, dlq, worker = poisoned(sim)
        for body in bodies:
            orders.send(body)
        sim.run()
        assert sorted(dlq.bodies) == sorted(bodies)

@settings(max_examples=20)
@given(st.integers(0, 9))
def test_fails(n):
    with Simulation() as sim:
        queue = sim.queue("q")
        queue.send(n)
        assert int(queue.bodies[0]) < 7

class Machine(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.sim = Simulation(name="a machine").__enter__()
        self.queue = self.sim.queue("q")
        self.worker = self.sim.function("f", accept)
        self.worker.on_queue(self.queue)
        self.sent = 0

    @rule(body=st.text(alphabet="ab", min_size=1))
    def send(self, body):
        self.queue.send(body)
        self.sent += 1

    @rule(length=st.floats(0, 100))
    def run(self, length):
        self.sim.run(for_s=length)

    @invariant()
    def nothing_is_lost(self):
        delivered = sum(len(one.records) for one in self.worker.invocations)
        assert delivered + self.queue.counts.visible == self.sent

    def teardown(self):
        self.sim.__exit__(None, None, None)

TestMachine = Machine.TestCase
TestMachine.settings = settings(max_examples=10, stateful_step_count=10, deadline=None)
"""
    result = run(text, process=True, beside=["hypothesispytest"])
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["*n=7,*", "*- eventsim -*", "repeat: pytest *test_fails"])


def test_mock_aws_in_other_tests_keeps_its_own(run: Run) -> None:
    text = f"""{POISON}
import boto3
import pytest
from moto import mock_aws

CLIENT = boto3.client("sqs", region_name="us-east-1")

@pytest.fixture
def mocked():
    with mock_aws():
        yield boto3.client("sqs", region_name="us-east-1")

def test_mocked_1(mocked):
    mocked.create_queue(QueueName="mocked")
    assert len(mocked.list_queues()["QueueUrls"]) == 1

def test_simulated(eventsim):
    eventsim.queue("simulated")
    assert [url.rpartition("/")[2] for url in CLIENT.list_queues()["QueueUrls"]] == ["simulated"]

def test_mocked_2(mocked):
    assert "QueueUrls" not in mocked.list_queues()

def test_both(mocked, eventsim):
    eventsim.queue("simulated")
    assert [url.rpartition("/")[2] for url in mocked.list_queues()["QueueUrls"]] == ["simulated"]

def test_both_the_other_way(eventsim, mocked):
    eventsim.queue("simulated")
    assert [url.rpartition("/")[2] for url in mocked.list_queues()["QueueUrls"]] == ["simulated"]
"""
    run(text, process=True).assert_outcomes(passed=6)


def test_a_suite_with_a_handler_and_its_tests_runs_as_it_is_but_for_the_fixture(
    run: Run, pytester: pytest.Pytester
) -> None:
    pytester.makepyfile(
        shop="""
import json
import os

import boto3

table = boto3.resource("dynamodb", region_name="us-east-1").Table(os.environ.get("TABLE", "orders"))
sqs = boto3.client("sqs", region_name="us-east-1")


def handler(event, context):
    failures = []
    for record in event["Records"]:
        order = json.loads(record["body"])
        try:
            table.put_item(Item={"id": order["id"], "total": order["total"]})
            if order["total"] < 0:
                raise ValueError(order)
        except ValueError:
            failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}
"""
    )
    text = """
import json
import time
import boto3
import pytest
from shop import handler, table

@pytest.fixture
def aws(eventsim):
    boto3.client("dynamodb").create_table(
        TableName="orders", BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
    yield eventsim

def test_the_handler_alone(aws):
    event = {"Records": [{"messageId": "m", "body": json.dumps({"id": "a", "total": 3})}]}
    assert handler(event, None) == {"batchItemFailures": []}
    assert table.get_item(Key={"id": "a"})["Item"]["total"] == 3

def test_with_a_queue_of_boto3s(aws):
    sqs = boto3.client("sqs")
    dlq = sqs.create_queue(QueueName="dlq")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dlq, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": "2"})
    url = sqs.create_queue(QueueName="orders", Attributes={"RedrivePolicy": policy})["QueueUrl"]
    aws.function("worker", handler).on_queue("orders", FunctionResponseTypes=["ReportBatchItemFailures"])
    for n in range(3):
        sqs.send_message(QueueUrl=url, MessageBody=json.dumps({"id": str(n), "total": 1 - n}))
    for _ in range(20):
        found = sqs.receive_message(QueueUrl=dlq, WaitTimeSeconds=20).get("Messages")
        if found:
            break
    assert json.loads(found[0]["Body"])["id"] == "2"
    assert table.scan()["Count"] == 3
"""
    run(text, process=True).assert_outcomes(passed=2)


# -- what the plugin loads -----------------------------------------------------------------------------

HEAVY = ("aiobotocore", "anyio", "boto3", "botocore", "greenlet", "moto", "msgspec", "time_machine", "yaml")


def test_it_loads_nothing_until_a_test_uses_it(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_it=f"""
import sys

def test_it():
    assert [name for name in {HEAVY!r} if name in sys.modules] == []
    assert "asyncio" not in sys.modules or sys.version_info >= (3, 14)  # whose debugger, which pytest loads, needs it
    assert sorted(name for name in sys.modules if name.startswith("eventsim")) == ["eventsim", "eventsim.pytest_plugin"]
"""
    )
    (pytester.path / "other.yaml").write_text("a: 1")
    run("", "-pno:time_machine", process=True).assert_outcomes(passed=1)
    assert "eventsim.pytest_plugin" in sys.modules


def test_mock_aws_keeps_its_own_tables_and_buckets(run: Run) -> None:
    text = """
import boto3
import pytest
from moto import mock_aws

S3 = boto3.client("s3", region_name="us-east-1")
TABLES = boto3.client("dynamodb", region_name="us-east-1")

@pytest.fixture
def mocked(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    with mock_aws():
        boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="mocked")
        yield boto3.client("s3", region_name="us-east-1")

def test_mocked_1(mocked):
    assert [one["Name"] for one in mocked.list_buckets()["Buckets"]] == ["mocked"]

def test_simulated(eventsim):
    bucket, table = eventsim.bucket("simulated"), eventsim.table("orders", partition_key="id")
    S3.put_object(Bucket="simulated", Key="a", Body=b"b")
    TABLES.put_item(TableName="orders", Item={"id": {"S": "a"}})
    assert (bucket.read("a"), table.items) == (b"b", [{"id": "a"}])
    assert [one["Name"] for one in S3.list_buckets()["Buckets"]] == ["simulated"]

def test_mocked_2(mocked):
    assert [one["Name"] for one in mocked.list_buckets()["Buckets"]] == ["mocked"]

def test_both(mocked, eventsim):
    table = eventsim.table("orders", partition_key="id")
    eventsim.stream("clicks").put(1, "a")
    assert TABLES.list_tables()["TableNames"] == ["orders"]
    assert boto3.client("kinesis", region_name="us-east-1").list_streams()["StreamNames"] == ["clicks"]
"""
    run(text, process=True).assert_outcomes(passed=4)
