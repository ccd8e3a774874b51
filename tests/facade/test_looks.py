"""What a test reads: invocations, messages, results, the trace, what is left."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest

from eventsim import InputError, Simulation
from eventsim.facade.invocations import MEMBERS
from tests.facade.building import accept, fail, poisoned

if TYPE_CHECKING:
    from pathlib import Path


def test_an_invocation_equals_a_mapping_of_some_of_its_members() -> None:
    with Simulation() as sim:
        orders, _, worker = poisoned(sim, lambda event, context: {"batchItemFailures": []})
        orders.send("a")
        orders.send({"b": 2})
        sim.run()
        (one,) = worker.invocations
        assert one == {"at": 0, "ended": 0.0, "outcome": "success", "records": 2, "bodies": ["a", '{"b":2}']}
        assert one == {
            "mapping": "worker/orders",
            "attempt": 1,
            "cold_start": True,
            "error": None,
            "invocation_type": "RequestResponse",
        }
        assert one == {"records": one.event["Records"], "record_ids": [m["messageId"] for m in one.event["Records"]]}
        assert one == {"response": {"batchItemFailures": []}, "function": "worker", "request_id": one.request_id}
        assert one == {}
        for different in ({"at": 1}, {"records": 1}, {"outcome": "error"}, {"nonsense": None}):
            assert one != different
        assert one == worker.invocations[0]
        assert hash(one) == hash(worker.invocations[0])
        assert one != "an invocation"
        assert set(MEMBERS) >= {"at", "ended", "outcome", "event", "response", "error", "records"}


def test_an_invocation_can_not_be_changed_and_its_parts_are_copies() -> None:
    with Simulation() as sim:
        orders, _, worker = poisoned(sim)
        orders.send("a")
        sim.run(for_s=1)
        (one,) = worker.invocations
        with pytest.raises(AttributeError, match="an invocation is what happened: outcome can't be set"):
            one.outcome = "success"  # type: ignore[misc]
        one.event["Records"].clear()
        assert one.error is not None
        one.error.clear()
        assert (len(one.records), one.error["errorType"]) == (1, "ValueError")


def test_an_invocation_that_runs_has_no_end_yet_and_stays_as_it_was_seen() -> None:
    with Simulation() as sim:
        orders = sim.queue("orders")
        worker = sim.function("worker", accept, takes=2)
        worker.on_queue(orders)
        orders.send("a")
        sim.run(for_s=1)
        (early,) = worker.invocations
        result = sim.result
        sim.run()
        assert (early.ended, early.outcome, repr(early)) == (
            None,
            None,
            "<invocation of worker from worker/orders at 0 s, 1 record: running>",
        )
        assert result.invocations == [early] != worker.invocations
        assert worker.invocations == [{"ended": 2, "outcome": "success"}]


def test_a_result_is_the_json_object_of_a_run_as_it_was_then() -> None:
    with Simulation(seed=4, name="orders") as sim:
        orders, dlq, _ = poisoned(sim)
        orders.send("a")
        first = sim.run(for_s=30)
        kept = copy.deepcopy(first.to_json())
        sim.run()
        dlq.send("more")
        assert first.to_json() == kept
        assert json.loads(json.dumps(kept)) == kept
        assert {name: kept[name] for name in ("name", "file", "seed", "passed", "idle", "virtual_s", "failures")} == {
            "name": "orders",
            "file": None,
            "seed": 4,
            "passed": True,
            "idle": False,
            "virtual_s": 30.0,
            "failures": [],
        }
        assert kept["queues"] == {
            "orders-dlq": {"visible": 0, "in_flight": 0, "delayed": 0, "messages": []},
            "orders": {"visible": 0, "in_flight": 1, "delayed": 0},
        }
        assert (first["functions"]["worker"]["Errors"], first.functions["worker"]["Errors"]) == (2, 2)
        assert first.mappings["worker/orders"]["PolledEventCount"] == 2
        assert [one["event"]["Records"][0]["body"] for one in kept["invocations"]] == ["a", "a"]
        assert ["event" in one for one in first.to_json("none")["invocations"]] == [False, False]


def test_the_trace_tells_everything_and_can_be_written(tmp_path: Path) -> None:
    with Simulation(trace=tmp_path / "t.jsonl") as sim:
        orders, dlq, worker = poisoned(sim)
        orders.send("a")
        worker.invoke({"a": 1})
        orders.update(DelaySeconds=1)
        worker.update(Timeout=9)
        dlq.redrive(to=orders)
        sim.mappings["worker/orders"].update(BatchSize=2)
        sim.run()
        kinds = [line["kind"] for line in sim.trace if line["kind"].startswith("step")]
        assert kinds == ["step.send", "step.invoke", *["step.update"] * 2, "step.redrive", "step.update"]
        assert [line["t"] for line in sim.trace.of("queue.redrive")] == [90.0]
        assert len(sim.trace) == len(list(sim.trace)) == len(sim.trace.to_bytes().splitlines())
        assert sim.trace.last(1)[0].startswith("          90 s  queue.redrive     queue=orders  to=orders-dlq")
        assert sim.trace.sha256 == sim.result.trace_sha256
    assert (tmp_path / "t.jsonl").read_bytes() == sim.trace.to_bytes()


def test_what_is_left_is_named_with_its_mapping() -> None:
    with Simulation() as sim:
        orders, dlq, worker = poisoned(sim)
        slow = sim.function("slow", accept, Timeout=100, takes=50)
        late = sim.queue("late", VisibilityTimeout=200)
        slow.on_queue(late)
        unread = sim.queue("unread")
        for n in range(4):
            orders.send({"n": n})
            unread.send(n)
        orders.send("later", DelaySeconds=60)
        late.send("x")
        sim.run(for_s=10)
        assert sim.left() == [
            'orders (read by worker/orders): 4 in flight and 1 delayed: {"n":0}, {"n":1}, {"n":2} and 2 more',
            "late (read by slow/late): 1 in flight: x",
            "slow: 1 invocation not ended",
        ]
        with pytest.raises(AssertionError, match=r"left at 10 s, undelivered:\n  orders \(read by worker/orders\)"):
            sim.assert_nothing_left()
        sim.run()
        sim.assert_nothing_left()
        assert (len(dlq.bodies), len(worker.invocations)) == (5, 5)


def test_messages_show_what_receivemessage_would_without_receiving() -> None:
    with Simulation() as sim:
        orders, dlq, _ = poisoned(sim, fail)
        orders.send({"id": 1}, MessageAttributes={"kind": {"DataType": "String", "StringValue": "a"}})
        sim.run()
        (message,) = dlq.messages
        found: dict[str, Any] = {name: getattr(message, name) for name in ("queue", "state", "receive_count", "sent_s")}
        assert found == {"queue": "orders-dlq", "state": "visible", "receive_count": 3, "sent_s": 0}
        assert message.attributes["DeadLetterQueueSourceArn"] == orders.arn
        assert message.message_attributes["kind"]["StringValue"] == "a"
        assert message == dlq.messages[0]
        assert dlq.counts.visible == 1


def test_some_of_the_invocations_are_invocations_and_copies_are_equal() -> None:
    with Simulation() as sim:
        worker = sim.function("worker", accept)
        for _ in range(3):
            worker.invoke()
        log = worker.invocations
        assert log[1:] == [{"response": None}, {"outcome": "success"}]
        assert type(log[1:]) is type(log)
        assert (log[-1], copy.copy(log[0])) == (log[2], log[0])
        assert copy.deepcopy(log) == log


def test_an_error_equals_a_part_of_it() -> None:
    with Simulation() as sim:
        orders, _, worker = poisoned(sim)
        orders.send("poison")
        sim.run(for_s=1)
        (one,) = worker.invocations
        assert one == {"error": {"errorType": "ValueError"}}
        assert one == {"error": one.error}
        assert one != {"error": {"errorType": "KeyError"}}
        assert one != {"error": {"errorType": "ValueError", "nonsense": 1}}
        assert one != {"error": None}
        assert one.differing({"error": {"errorType": "KeyError"}}) == {"error": {"errorType": "ValueError"}}


def test_a_message_equals_a_mapping_of_some_of_its_members() -> None:
    with Simulation() as sim:
        orders = sim.queue("orders.fifo")
        orders.send({"id": 1}, MessageGroupId="g", MessageDeduplicationId="1")
        orders.send("a", MessageGroupId="g", MessageDeduplicationId="2")
        assert orders.messages == [{"json": {"id": 1}, "group_id": "g"}, {"body": "a", "receive_count": 0}]
        first, second = orders.messages
        assert first != second
        assert first == orders.messages[0]
        assert hash(first) == hash(orders.messages[0])
        for different in ({"body": "a"}, {"json": 1}, {"receive_count": 1}, {"bodies": "a"}):
            assert first != different
        assert second != {"json": "a"}
        assert first != "a message"


def test_counts_equal_a_mapping() -> None:
    with Simulation() as sim:
        orders = sim.queue("orders")
        orders.send("a")
        orders.send("b", DelaySeconds=5)
        assert orders.counts == {"visible": 1, "in_flight": 0, "delayed": 1}
        assert orders.counts == {"visible": 1}
        assert orders.counts != {"visible": 0}
        assert orders.counts != {"seen": 1}
        assert orders.counts == orders.counts
        assert hash(orders.counts) == hash(orders.counts)
        assert orders.counts != 2


def test_a_name_alone_finds_what_is_there_also_when_all_is_over() -> None:
    with Simulation() as sim:
        made = (
            sim.queue("orders"),
            sim.stream("clicks"),
            sim.table("accounts", partition_key="id"),
            sim.bucket("uploads"),
            sim.topic("alerts"),
            sim.function("worker", accept),
        )

        def found() -> tuple[object, ...]:
            return (
                sim.queue("orders"),
                sim.stream("clicks"),
                sim.table("accounts"),
                sim.bucket("uploads"),
                sim.topic("alerts"),
                sim.function("worker"),
            )

        assert found() == made
    assert found() == made
    for attempt in (
        lambda: sim.queue("nowhere"),
        lambda: sim.queue("orders", DelaySeconds=3),
        lambda: sim.function("nobody"),
        lambda: sim.table("none"),
    ):
        with pytest.raises(InputError, match="is closed: it can be looked at, but nothing more can happen in it"):
            attempt()
