"""Rules at the seam for faults: what a mapping, a function and a handler make of them, in a whole simulation."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from eventsim.functions.durations import Fixed
from eventsim.kernel.faults import DROP_RESPONSE, FAIL, Rule, Verdict, delay
from eventsim.kernel.loop import VirtualEventLoop
from eventsim.mappings.stream_settings import read_stream_mapping
from eventsim.simulation import Simulation
from tests.simulation.building import add_function, add_mapping

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from random import Random


def first(point: str, verdict: Verdict, times: int = 1) -> Rule:
    """A rule for the first calls at one point."""
    left = [verdict] * times

    def rule(at: str, _facts: Mapping[str, object], _chance: Random) -> Verdict | None:
        return left.pop() if at == point and left else None

    return rule


def run(build: Callable[[Simulation], object], *rules: Rule) -> list[tuple[Any, ...]]:
    """What happened, as (time, kind); a fault with its verdict."""

    async def whole() -> list[tuple[Any, ...]]:
        loop: Any = asyncio.get_running_loop()
        simulation = Simulation(loop, faults=rules)
        build(simulation)
        await simulation.run()
        return [
            (line["t"], line["kind"], *([line["verdict"]] if "verdict" in line else []))
            for line in simulation.world.trace.events()
            if line["kind"] not in SILENT
        ]

    with asyncio.Runner(loop_factory=VirtualEventLoop) as runner:
        return runner.run(whole())


SILENT = {"mapping.state", "mapping.concurrency", "environment.start", "batch.close", "shard.state", "shard.checkpoint"}


def one_message(simulation: Simulation) -> None:
    queue = simulation.queues.create("q", {"VisibilityTimeout": "30"})
    add_mapping(simulation, add_function(simulation, takes=Fixed(0.5), timeout_s=10), "q")
    queue.send("a")


DELIVERED = ["poll.receive", "invoke.start", "invoke.end", "queue.delete"]


def steps(start_s: float, kinds: list[str] = DELIVERED, takes_s: float = 0.5) -> list[tuple[Any, ...]]:
    """An invocation, and what is before and after it."""
    return [(start_s if kind in {"poll.receive", "invoke.start"} else start_s + takes_s, kind) for kind in kinds]


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        (FAIL, [(0, "fault.inject", "FAIL"), *steps(1)]),
        (DROP_RESPONSE, [(0, "fault.inject", "DROP_RESPONSE"), *steps(30)]),
        (delay(4), [(0, "fault.inject", "DELAY"), *steps(4)]),
    ],
)
def test_a_receive_is_asked_again_and_what_a_lost_answer_brought_comes_back(
    verdict: Verdict, expected: list[Any]
) -> None:
    assert run(one_message, first("queue.receive", verdict)) == expected


@pytest.mark.parametrize(
    ("verdict", "then"),
    [
        (FAIL, [(0.5, "fault.inject", "FAIL"), (0.5, "queue.delete"), *steps(30)]),
        (DROP_RESPONSE, [(0.5, "fault.inject", "DROP_RESPONSE"), (0.5, "queue.delete")]),
        (delay(4), [(0.5, "fault.inject", "DELAY"), (4.5, "queue.delete")]),
    ],
)
def test_a_message_whose_delete_fails_comes_back_and_one_whose_answer_is_lost_does_not(
    verdict: Verdict, then: list[Any]
) -> None:
    assert run(one_message, first("queue.delete", verdict)) == [*steps(0, DELIVERED[:3]), *then]


@pytest.mark.parametrize(("verdict", "ran"), [(FAIL, 1), (DROP_RESPONSE, 2)])
def test_an_invocation_fails_before_the_code_runs_or_after_it(verdict: Verdict, ran: int) -> None:
    calls: list[str] = []

    def build(simulation: Simulation) -> None:
        queue = simulation.queues.create("q", {"VisibilityTimeout": "30"})
        add_mapping(simulation, add_function(simulation, lambda one: calls.append(one.request_id)), "q")
        queue.send("a")

    assert run(build, first("invoke", verdict)) == [
        (0, "poll.receive"),
        (0, "fault.inject", verdict.name),
        (0, "invoke.start"),
        (0, "invoke.end"),
        (0, "batch.fail"),
        *steps(30, takes_s=0),
    ]
    assert len(calls) == ran


def test_a_delayed_invocation_begins_later_and_takes_no_longer() -> None:
    assert run(one_message, first("invoke", delay(4))) == [
        (0, "poll.receive"),
        (0, "fault.inject", "DELAY"),
        (4, "invoke.start"),
        (4.5, "invoke.end"),
        (4.5, "queue.delete"),
    ]


@pytest.mark.parametrize("point", ["stream.shards", "stream.open", "stream.page"])
@pytest.mark.parametrize("verdict", [FAIL, DROP_RESPONSE])
def test_a_stream_is_read_again_until_it_answers(point: str, verdict: Verdict) -> None:
    def build(simulation: Simulation) -> None:
        stream = simulation.services.streams.create("s")
        settings = read_stream_mapping({"StartingPosition": "TRIM_HORIZON"})
        simulation.add_stream_mapping("f/s", add_function(simulation), stream, settings)
        stream.put("YQ==", "k")

    found = run(build, first(point, verdict, times=3))
    assert [line for line in found if line[1] == "fault.inject"] == [
        (float(n), "fault.inject", verdict.name) for n in range(3)
    ]
    assert [line for line in found if line[1] == "poll.receive"] == [(3.0, "poll.receive")]


@pytest.mark.parametrize("seed", range(3))
def test_whatever_fails_by_chance_no_message_is_lost_and_the_run_repeats(seed: int) -> None:
    def by_chance(_point: str, _facts: Mapping[str, object], chance: Random) -> Verdict | None:
        return chance.choice([FAIL, DROP_RESPONSE, delay(2)]) if chance.random() < 0.4 else None

    def played() -> tuple[set[str], int, bytes]:
        bodies: set[str] = set()

        def build(simulation: Simulation) -> None:
            queue = simulation.queues.create("q", {"VisibilityTimeout": "30"})
            function = add_function(
                simulation, lambda one: bodies.update(record["body"] for record in one.event["Records"])
            )
            add_mapping(simulation, function, "q", BatchSize=3)
            for n in range(20):
                queue.send(f"{n}")

        async def whole() -> tuple[set[str], int, bytes]:
            loop: Any = asyncio.get_running_loop()
            simulation = Simulation(loop, seed=seed, faults=[by_chance])
            build(simulation)
            await simulation.run()
            left = simulation.queues.get("q").counts()
            trace = b"\n".join(simulation.world.trace.lines())
            return bodies, left.visible + left.in_flight, trace

        with asyncio.Runner(loop_factory=VirtualEventLoop) as runner:
            return runner.run(whole())

    first_run = played()
    assert first_run[:2] == ({f"{n}" for n in range(20)}, 0)
    assert b"fault.inject" in first_run[2]
    assert played() == first_run
