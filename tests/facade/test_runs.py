"""How far a simulation runs, and that stopping changes nothing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eventsim import InputError, Simulation
from tests.facade.building import Quick, accept, busy, fail, poisoned

LENGTH_S = 90.0


def whole_trace(stops_s: list[float]) -> bytes:
    """The trace of 90 busy seconds, run in pieces that end at these times, then until idle."""
    with Simulation(seed=7) as sim:
        busy(sim)
        for stop_s in [*sorted(stops_s), LENGTH_S]:
            sim.run(for_s=stop_s - sim.now_s)
        sim.run()
        return sim.trace.to_bytes()


@pytest.fixture(scope="module")
def uninterrupted() -> bytes:
    with Simulation(seed=7) as sim:
        busy(sim)
        sim.run()
        return sim.trace.to_bytes()


@settings(max_examples=20, deadline=None)
@given(stops_s=st.lists(st.floats(0, LENGTH_S).map(lambda s: round(s, 3)), max_size=6))
def test_many_short_runs_are_one_long_run(uninterrupted: bytes, stops_s: list[float]) -> None:
    assert whole_trace(stops_s) == uninterrupted


def test_runs_that_end_when_something_holds_are_one_long_run(uninterrupted: bytes) -> None:
    with Simulation(seed=7) as sim:
        busy(sim)
        ends = []
        for count in range(1, 9):
            sim.run(until=lambda wanted=count: len(sim.functions["relay"].invocations) >= wanted)  # type: ignore[misc]
            ends.append(len(sim.functions["relay"].invocations))
        assert ends == sorted(ends)
        sim.run()
        assert sim.trace.to_bytes() == uninterrupted


def test_a_run_ends_when_nothing_would_happen_any_more() -> None:
    with Simulation() as sim:
        orders, dlq, worker = poisoned(sim)
        orders.send({"id": 1})
        result = sim.run()
        assert [one.at for one in worker.invocations] == [0, 30, 60]
        assert dlq.bodies == ['{"id":1}']
        assert (sim.now_s, result.virtual_s, result.idle) == (90, 90, True)


def test_a_run_of_given_length_ends_exactly_then_after_what_falls_due() -> None:
    with Simulation() as sim:
        orders, _, worker = poisoned(sim)
        orders.send("a")
        seen = [(sim.run(for_s=30).idle, sim.now_s, len(worker.invocations)) for _ in range(4)]
        assert seen == [(False, 30, 2), (False, 60, 3), (True, 90, 3), (True, 120, 3)]


def test_a_run_ends_at_the_end_of_the_first_instant_at_which_until_is_true() -> None:
    with Simulation() as sim:
        orders, _, worker = poisoned(sim)
        orders.send("a")
        orders.send("b", DelaySeconds=10)
        seen = [
            (sim.run(until=lambda: orders.counts.in_flight == 2).idle, sim.now_s),
            (sim.run(until=lambda: orders.counts.in_flight == 2).idle, sim.now_s),  # holds already: no time passes
            (sim.run(until=lambda: len(worker.invocations) == 4).idle, sim.now_s),
            (sim.run(until=lambda: False).idle, sim.now_s),
        ]
        assert seen == [(False, 10), (False, 10), (False, 40), (True, 100)]


def test_until_and_a_length_end_a_run_whichever_comes_first() -> None:
    with Simulation() as sim:
        orders, _, worker = poisoned(sim)
        orders.send("a")
        sim.run(for_s=100, until=lambda: len(worker.invocations) == 2)
        first = sim.now_s
        sim.run(for_s=5, until=lambda: len(worker.invocations) == 3)
        assert (first, sim.now_s) == (30, 35)


def test_what_until_raises_ends_the_run_and_the_next_one_goes_on() -> None:
    with Simulation() as sim:
        orders, dlq, _ = poisoned(sim)
        orders.send("a")
        with pytest.raises(ZeroDivisionError):
            sim.run(until=lambda: 1 / 0)
        sim.run()
        assert dlq.bodies == ["a"]


def test_what_is_added_between_runs_begins_with_the_next_one() -> None:
    with Simulation() as sim:
        orders = sim.queue("orders")
        orders.send("early")
        sim.run(for_s=5)
        worker = sim.function("worker", accept)
        worker.on_queue(orders)
        orders.send("late")
        sim.run()
        assert worker.invocations == [{"at": 5, "records": 2, "bodies": ["early", "late"], "outcome": "success"}]


def test_messages_sent_after_a_run_are_delivered_at_its_end() -> None:
    with Simulation() as sim:
        orders, _, worker = poisoned(sim, accept)
        orders.send("a")
        sim.run(for_s=12)
        orders.send("b")
        sim.run()
        assert [(one.at, one.bodies) for one in worker.invocations] == [(0, ["a"]), (12, ["b"])]


def test_a_mapping_can_be_disabled_and_enabled_between_runs() -> None:
    with Simulation() as sim:
        orders = sim.queue("orders")
        mapping = sim.function("worker", accept).on_queue(orders)
        mapping.disable()
        states = [mapping.state]
        sim.run()
        states.append(mapping.state)
        orders.send("a")
        sim.run()
        assert (orders.counts.visible, sim.now_s) == (1, 1)
        mapping.enable()
        states.append(mapping.state)
        sim.run()
        assert states == ["Disabling", "Disabled", "Enabling"]
        assert sim.functions["worker"].invocations == [{"at": 2}]


def test_an_invocation_takes_its_time_and_the_rest_goes_on_meanwhile() -> None:
    with Simulation() as sim:
        orders, _, worker = poisoned(sim)
        slow = sim.function("slow", accept, Timeout=100, takes="45s", cold_start=5)
        orders.send("a")
        done = slow.invoke({"id": 1})
        assert (done.at, done.ended, done.outcome, done.cold_start, sim.now_s) == (0, 50, "success", True, 50)
        assert worker.invocations == [{"at": 0}, {"at": 30}]


def test_an_invocation_that_fails_is_a_result() -> None:
    with Simulation() as sim:
        found = sim.function("worker", fail).invoke({"Records": []})
        assert found.outcome == "error"
        assert found.error is not None
        assert (found.error["errorType"], found.error["errorMessage"]) == ("ValueError", "boom")
        assert (found.response, found.mapping, found.attempt) == (None, None, 1)


def test_an_event_is_any_json_value_and_stays_the_tests_own() -> None:
    event = {"items": [1]}

    def change(given: Any, context: object) -> Any:
        given["items"].append(2)
        return given

    with Simulation() as sim:
        worker = sim.function("worker", change)
        assert worker.invoke(event).response == {"items": [1, 2]}
        assert worker.invocations[0].event == {"items": [1]} == event
        quick = Quick()
        sim.function("quick", quick).invoke("text")
        sim.functions["quick"].invoke()
        assert quick.calls == ["text", {}]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"for_s": -1}, "for_s: found -1, expected a number of seconds of 0 or more"),
        ({"for_s": "1m"}, "for_s: found '1m'"),
        ({"for_s": float("nan")}, "for_s: found nan"),
        ({"until": True}, "until: found True, expected a function without arguments"),
    ],
)
def test_what_is_no_length_and_no_condition_is_refused(arguments: dict[str, Any], says: str) -> None:
    with Simulation() as sim, pytest.raises(InputError, match=says):
        sim.run(**arguments)


def test_a_handler_can_not_run_the_simulation_it_is_in() -> None:
    with Simulation() as sim:
        worker = sim.function("worker", lambda event, context: sim.run())
        found = worker.invoke()
        assert found.error is not None
        assert found.error["errorType"] == "InputError"
        assert "running already" in found.error["errorMessage"]


def test_two_runs_of_one_seed_are_the_same_and_of_another_are_not() -> None:
    def digest(seed: int) -> str:
        with Simulation(seed=seed) as sim:
            busy(sim)
            return sim.run().trace_sha256

    assert digest(1) == digest(1) != digest(2)


def test_only_the_thread_that_opened_it_runs_it() -> None:
    import threading

    refused: list[str] = []

    def run(sim: Simulation) -> None:
        try:
            sim.run()
        except InputError as error:
            refused.append(str(error))

    with Simulation() as sim:
        thread = threading.Thread(target=run, args=(sim,))
        thread.start()
        thread.join()
    assert refused == ["the simulation was opened in another thread: only that one can run it"]


@pytest.mark.rule("SQS-12")
def test_looking_again_finds_the_same_trace_where_messages_expired() -> None:
    with Simulation() as sim:
        sim.queue("old", MessageRetentionPeriod=60).send("x")
        first = sim.run(for_s=90)
        assert sim.result.trace_sha256 == first.trace_sha256
        assert [(event["t"], event["kind"]) for event in sim.trace][-1] == (90, "queue.expire")
