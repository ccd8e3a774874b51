"""What the handles do and show."""

from __future__ import annotations

import functools
import logging
from typing import TYPE_CHECKING, Any
from unittest import mock

import boto3
import pytest

from eventsim import AwsError, InputError, Simulation
from eventsim.errors import NoEffectWarning
from tests.facade.building import Quick, accept, fail, poisoned

if TYPE_CHECKING:
    from pathlib import Path


def test_everything_says_what_it_is() -> None:
    sim = Simulation(seed=3, name="orders")
    before = repr(sim)
    with sim:
        orders, dlq, worker = poisoned(sim)
        orders.send({"id": 1})
        sim.queue("late").send("x", DelaySeconds=5)
        sim.run(for_s=40)
        assert (before, repr(sim)) == (
            "<Simulation 'orders' seed=3, not open>",
            "<Simulation 'orders' seed=3 at 40 s: 3 queues and 1 function>",
        )
        assert [repr(one) for one in (orders, dlq, worker, sim.mappings["worker/orders"])] == [
            "<Queue orders: 1 in flight>",
            "<Queue orders-dlq: empty>",
            "<Function worker: 2 invocations, 2 errors>",
            "<Mapping worker/orders: Enabled, batch size 10>",
        ]
        assert [repr(one) for one in (*worker.invocations, *orders.messages)] == [
            "<invocation of worker from worker/orders at 0 s, 1 record: error, ValueError: boom>",
            "<invocation of worker from worker/orders at 30 s, 1 record: error, ValueError: boom>",
            '<Message {"id":1} on orders: in_flight, sent at 0 s, received 2 times>',
        ]
        assert repr(sim.result) == "<Result stopped at 40 s, 2 invocations>"
        assert repr(sim.trace).startswith("<Timeline of ")
        boto3.client("sqs").delete_queue(QueueUrl=dlq.url)
        assert repr(dlq) == "<Queue orders-dlq: deleted>"
    assert repr(sim) == "<Simulation 'orders' seed=3 at 40 s: 2 queues and 1 function, closed>"


def test_a_queue_takes_settings_as_python_has_them() -> None:
    with Simulation() as sim:
        first = sim.queue("a-dlq")
        by_handle = sim.queue("b-dlq", RedriveAllowPolicy={"redrivePermission": "byQueue", "sourceQueueArns": ["b"]})
        made = [
            sim.queue("a", VisibilityTimeout=45, RedrivePolicy={"deadLetterTargetArn": "a-dlq", "maxReceiveCount": 3}),
            sim.queue("b", RedrivePolicy={"deadLetterTargetArn": by_handle, "maxReceiveCount": 4}),
            sim.queue(
                "c", RedrivePolicy={"deadLetterTargetArn": by_handle.arn.replace("b-", "a-"), "maxReceiveCount": 5}
            ),
            sim.queue("d", RedrivePolicy=f'{{"deadLetterTargetArn": "{first.arn}", "maxReceiveCount": 6}}'),
        ]
        assert made[0].attributes["VisibilityTimeout"] == "45"
        assert [queue.attributes["RedrivePolicy"] for queue in made] == [
            f'{{"deadLetterTargetArn":"arn:aws:sqs:us-east-1:123456789012:{name}","maxReceiveCount":{count}}}'
            for name, count in (("a-dlq", 3), ("b-dlq", 4), ("a-dlq", 5), ("a-dlq", 6))
        ]
        fifo = sim.queue("a.fifo", ContentBasedDeduplication=True, FifoThroughputLimit=None)
        assert fifo.attributes["ContentBasedDeduplication"] == "true"


def test_a_queue_of_the_same_name_is_the_same_queue() -> None:
    with Simulation() as sim:
        one = sim.queue("orders", VisibilityTimeout=40, Tags={"team": "a"})
        assert sim.queue("orders") == one == sim.queues["orders"] == sim.queue("orders", VisibilityTimeout="40")
        assert hash(one) == hash(sim.queues["orders"])
        assert boto3.client("sqs").list_queue_tags(QueueUrl=one.url)["Tags"] == {"team": "a"}
        listed = sim.queue("other", Tags=[{"Key": "team", "Value": "b"}])
        assert boto3.client("sqs").list_queue_tags(QueueUrl=listed.url)["Tags"] == {"team": "b"}


def test_bodies_are_sent_as_text_or_as_compact_json_in_their_own_order() -> None:
    with Simulation() as sim:
        queue = sim.queue("q")
        for body in ("as it is", {"b": 1, "a": [None, True, 1.5]}, [1, 2], 3, "ü"):
            queue.send(body)
        assert queue.bodies == ["as it is", '{"b":1,"a":[null,true,1.5]}', "[1,2]", "3", "ü"]
        assert queue.messages[1].json == {"b": 1, "a": [None, True, 1.5]}


def test_parameters_of_a_message_are_those_of_sendmessage() -> None:
    with Simulation(start_time="2026-03-01T12:00:00+01:00") as sim:
        queue = sim.queue("q.fifo")
        attributes = {
            "kind": {"DataType": "String", "StringValue": "a"},
            "raw": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
        }
        sent = queue.send("x", MessageGroupId="g", MessageDeduplicationId="d", MessageAttributes=attributes)
        assert (sent.group_id, sent.sent_s, sent.state, sent.receive_count) == ("g", 0, "visible", 0)
        assert sent.attributes["MessageDeduplicationId"] == "d"
        assert sent.attributes["SentTimestamp"] == "1772362800000"
        received = boto3.client("sqs").receive_message(QueueUrl=queue.url, MessageAttributeNames=["All"])["Messages"][0]
        assert received["MessageAttributes"]["raw"]["BinaryValue"] == b"\x00\xff"
        assert received["MessageId"] == sent.id == queue.messages[0].id
        assert queue.messages[0].state == "in_flight"


def test_a_queue_can_be_purged_redriven_and_changed() -> None:
    with Simulation() as sim:
        orders, dlq, worker = poisoned(sim)
        orders.send("a")
        sim.run()
        sim.mappings["worker/orders"].disable()
        sim.run()
        dlq.redrive()
        sim.run()
        assert (orders.bodies, dlq.bodies) == (["a"], [])
        orders.update(VisibilityTimeout=60, RedrivePolicy={"deadLetterTargetArn": "orders-dlq", "maxReceiveCount": 9})
        assert (orders.attributes["VisibilityTimeout"], worker.metrics["Errors"]) == ("60", 3)
        orders.purge()
        assert orders.bodies == []


def test_a_redrive_can_go_elsewhere_and_slowly() -> None:
    with Simulation() as sim:
        orders, dlq, _ = poisoned(sim)
        for n in range(4):
            orders.send(n)
        sim.run()
        other = sim.queue("other")
        dlq.redrive(to="other", MaxNumberOfMessagesPerSecond=1)
        began_s = sim.now_s
        sim.run()
        assert sorted(other.bodies) == ["0", "1", "2", "3"]
        assert sim.now_s - began_s >= 3


def test_handlers_are_callables_of_any_kind() -> None:
    class Handler:
        def __call__(self, event: Any, context: Any) -> str:
            return "object"

        def method(self, event: Any, context: Any) -> str:
            return "method"

    async def asynchronous(event: Any, context: Any) -> str:
        return "async"

    def partly(word: str, event: Any, context: Any) -> str:
        return word

    handlers: list[Any] = [
        lambda event, context: "lambda",
        Handler(),
        Handler().method,
        asynchronous,
        functools.partial(partly, "partial"),
        mock.Mock(return_value="mock"),
        mock.AsyncMock(return_value="async mock"),
    ]
    with Simulation() as sim:
        answers = [sim.function(f"f{n}", handler).invoke().response for n, handler in enumerate(handlers)]
        assert answers == ["lambda", "object", "method", "async", "partial", "mock", "async mock"]
        quick = Quick()
        assert sim.function("invoker", quick).invoke({"a": 1}).response == "done"
        assert quick.calls == [{"a": 1}]


def test_a_handler_can_be_named_and_its_code_lie_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "app.py").write_text("def handler(event, context):\n    return __file__\n")
    (tmp_path / "here.py").write_text("import os\ndef handler(event, context):\n    return os.environ['TABLE']\n")
    monkeypatch.chdir(tmp_path)
    with Simulation() as sim:
        app = sim.function("app", "app.handler", code_uri="code", MemorySize=256)
        here = sim.function("here", "here.handler", Environment={"Variables": {"TABLE": "accounts", "COUNT": 3}})
        assert app.invoke().response == str(tmp_path / "code" / "app.py")
        assert here.invoke().response == "accounts"
        here.update(Environment={"Variables": {"TABLE": "other"}}, Timeout=7)
        assert here.invoke() == {"response": "other", "cold_start": True}
        assert app == sim.functions["app"] != here


def test_a_function_that_is_not_there_fails_each_invocation_as_in_lambda(tmp_path: Path) -> None:
    with Simulation() as sim:
        found = sim.function("app", "app.handler", code_uri=tmp_path).invoke()
        assert found.error is not None
        assert found.error["errorType"] == "Runtime.ImportModuleError"


@pytest.mark.rule("ASY-01")
@pytest.mark.parametrize("event", ["hello", "", '{"a": 1}', 3, [], {"a": None}])
def test_an_event_is_the_same_value_however_the_function_is_called(event: Any) -> None:
    got: list[Any] = []
    with Simulation() as sim:
        f = sim.function("f", lambda event, _: got.append(event))
        f.invoke(event)
        f.invoke(event, InvocationType="Event")
        sim.run()
    assert got == [event, event]


@pytest.mark.rule("FUN-03", "ASY-02")
@pytest.mark.parametrize(
    ("kind", "limit_bytes"), [("RequestResponse", 6_291_456), ("Event", 1_048_576)], ids=["synchronous", "asynchronous"]
)
def test_a_call_is_refused_for_an_event_above_the_limit_of_its_kind(kind: Any, limit_bytes: int) -> None:
    largest = "x" * (limit_bytes - len('""'))
    with Simulation() as sim:
        f = sim.function("f", accept)
        f.invoke(largest, InvocationType=kind)
        with pytest.raises(AwsError, match=f"limit {limit_bytes} bytes") as refusal:
            f.invoke(largest + "x", InvocationType=kind)
        sim.run()
        assert (refusal.value.code, refusal.value.status) == ("RequestTooLargeException", 413)
        assert len(f.invocations) == 1


def test_a_mapping_takes_the_settings_of_its_event_source() -> None:
    pattern = {"body": {"kind": ["a"]}}
    with Simulation() as sim:
        orders = sim.queue("orders")
        worker = sim.function("worker", accept, Timeout=10)
        mapping = worker.on_queue(
            orders.arn,
            BatchSize=50,
            MaximumBatchingWindowInSeconds=5,
            FunctionResponseTypes=["ReportBatchItemFailures"],
            FilterCriteria={"Filters": [{"Pattern": pattern}]},
            ScalingConfig={"MaximumConcurrency": 2},
        )
        assert repr(mapping) == "<Mapping worker/orders: Enabled, batch size 50, window 5 s>"
        assert mapping.configuration["FilterCriteria"] == {"Filters": [{"Pattern": '{"body":{"kind":["a"]}}'}]}
        orders.send({"kind": "a"})
        orders.send({"kind": "b"})
        sim.run()
        assert worker.invocations == [{"at": 5, "records": 1, "mapping": "worker/orders"}]
        assert mapping.metrics["FilteredOutEventCount"] == 1
        mapping.update(BatchSize=5, MaximumBatchingWindowInSeconds=0)
        sim.run()
        assert (mapping.state, mapping.configuration["BatchSize"]) == ("Enabled", 5)
        assert mapping == sim.mappings["worker/orders"]


def test_a_mapping_that_is_changed_before_the_first_run_reads_all_the_same() -> None:
    with Simulation() as sim:
        orders = sim.queue("orders")
        worker = sim.function("worker", accept)
        mapping = worker.on_queue(orders)
        mapping.update(BatchSize=1)
        orders.send("a")
        orders.send("b")
        sim.run()
        assert (orders.bodies, len(worker.invocations)) == ([], 1)
        mapping.disable()
        orders.send("c")
        sim.run()
        orders.send("d")
        sim.run()
        assert orders.bodies == ["d"]


def test_concurrency_is_limited_as_the_account_and_the_function_say() -> None:
    with Simulation(account={"ConcurrentExecutions": 250}) as sim:
        orders = sim.queue("orders")
        worker = sim.function("worker", accept, ReservedConcurrentExecutions=0)
        worker.on_queue(orders)
        orders.send("a")
        sim.run(for_s=5)
        assert {one.outcome for one in worker.invocations} == {"throttle"}
        worker.update(ReservedConcurrentExecutions=None)
        sim.run()
        assert worker.invocations[-1].outcome == "success"


def test_a_setting_without_effect_is_warned_of_at_the_line_that_gives_it() -> None:
    with (
        Simulation() as sim,
        pytest.warns(NoEffectWarning, match="worker: without effect in a simulation: Runtime, Role") as told,
    ):
        sim.function("worker", accept, Runtime="python3.13", Role="arn:aws:iam::1:role/r")
    assert told[0].filename == __file__


def test_what_a_handler_logs_reaches_the_tests_own_handlers(caplog: pytest.LogCaptureFixture) -> None:
    def handler(event: Any, context: Any) -> None:
        logging.getLogger("orders").warning("stored %s", event["id"])

    with Simulation() as sim:
        sim.function("worker", handler).invoke({"id": 7})
    assert [record.getMessage() for record in caplog.records] == ["stored 7"]


def test_a_closed_simulation_can_be_looked_at_and_not_changed() -> None:
    with Simulation(name="orders") as sim:
        orders, dlq, worker = poisoned(sim)
        orders.send("a")
        sim.run()
    assert (dlq.bodies, len(worker.invocations), sim.now_s, sim.result.idle) == (["a"], 3, 90, True)
    assert orders.counts.visible == 0
    for change in (
        lambda: orders.send("b"),
        dlq.purge,
        lambda: sim.queue("new"),
        sim.run,
        worker.invoke,
        sim.mappings["worker/orders"].disable,
    ):
        with pytest.raises(InputError, match="Simulation 'orders' is closed: it can be looked at, but nothing more"):
            change()


def test_a_simulation_is_opened_once() -> None:
    sim = Simulation()
    with pytest.raises(InputError, match=r"is not open: open the simulation first: with Simulation\(\) as sim:"):
        sim.queue("q")
    with sim:
        sim.queue("q")
    with pytest.raises(InputError, match="was opened before: a simulation is used once"), sim:
        pass


def test_handlers_of_the_test_module_may_have_taken_sleep_by_name() -> None:
    for _ in range(2):
        with Simulation() as sim:
            found = sim.function("sleepy", sleepy, Timeout=900).invoke()
            assert (found.ended, found.response) == (600, 600)


from time import monotonic, sleep  # noqa: E402 - long before the first simulation, as at the top of a test module


def sleepy(event: Any, context: Any) -> float:
    began_s = monotonic()
    sleep(600)
    return monotonic() - began_s


def test_what_fails_outside_is_not_hidden_by_the_end_of_the_block() -> None:
    def body() -> None:
        with Simulation() as sim:
            poisoned(sim, fail)[0].send("a")
            sim.run(for_s=1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        body()
