"""A function as its callers see it: how long it takes, and how it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from eventsim.functions.durations import ZERO, Fixed
from eventsim.invokers.base import Invocation, InvocationResult
from tests.simulation.building import add_function, failed, run

if TYPE_CHECKING:
    from eventsim.functions.function import Function
    from eventsim.functions.invocations import InvocationRecord
    from eventsim.simulation import Simulation

Answer = Callable[[Invocation], InvocationResult | None]


def invoked(
    *answers: InvocationResult | None,
    gap_s: float = 0.0,
    between: Callable[[Function], object] = lambda _: None,
    takes: float = 0.0,
    cold_start: float = 0.0,
    **settings: Any,
) -> tuple[Function, list[InvocationRecord]]:
    """A function that was invoked once for each answer, one after the other, *gap_s* seconds apart."""
    coming = list(answers)

    async def main(simulation: Simulation) -> None:
        function = simulation.functions["f"]
        for _ in answers:
            await function.invoke({"n": 1}, request_id=function.new_request_id(), keep_event=True)
            await asyncio.sleep(gap_s)
            between(function)

    def build(simulation: Simulation) -> None:
        durations = (Fixed(takes) if takes else ZERO), (Fixed(cold_start) if cold_start else ZERO)
        add_function(simulation, lambda _: coming.pop(0), takes=durations[0], cold_start=durations[1], **settings)

    simulation = run(build, main=main)
    return simulation.functions["f"], simulation.invocations


def log(records: list[InvocationRecord]) -> list[tuple[Any, ...]]:
    """(at, ended, outcome, cold start) of each."""
    return [(one.at_s, one.ended_s, one.outcome and one.outcome.value, one.cold_start) for one in records]


def metrics(function: Function, *names: str) -> list[Any]:
    shown = function.metrics.to_json()
    return [shown[name] for name in names]


@pytest.mark.rule("FUN-07", "MET-03", "MET-04", "MET-06")
def test_an_invocation_takes_its_time_and_keeps_what_it_returned() -> None:
    function, records = invoked(InvocationResult('{"ok":true}'), None, takes=0.25)
    assert log(records) == [(0, 0.25, "success", True), (0.25, 0.5, "success", False)]
    assert [one.response for one in records] == ['{"ok":true}', None]
    assert [one.error for one in records] == [None, None]
    assert metrics(function, "Invocations", "Errors", "Duration") == [2, 0, {"p50": 250, "p99": 250, "max": 250}]


@pytest.mark.rule("FUN-07", "MET-04")
def test_an_error_is_kept_whole_and_counted() -> None:
    function, [record] = invoked(failed("no"))
    assert (record.outcome, record.error, record.response) == (
        "error", {"errorMessage": "no", "errorType": "ValueError"}, None,
    )  # fmt: skip
    assert metrics(function, "Invocations", "Errors", "Throttles") == [1, 1, 0]


@pytest.mark.rule("FUN-05", "FUN-06", "FUN-09", "MET-04")
def test_a_function_that_takes_too_long_is_cut_off_at_its_timeout_and_loses_its_environment() -> None:
    function, records = invoked(None, InvocationResult("1", takes_s=0.5), takes=5.0, timeout_s=2)
    assert log(records) == [(0, 2, "timeout", True), (2, 2.5, "success", True)]
    first = records[0]
    assert msgspec.json.encode(first.error).decode() == (
        '{"errorType":"Sandbox.Timedout",'
        f'"errorMessage":"RequestId: {first.request_id} Error: Task timed out after 2.00 seconds"}}'
    )
    assert metrics(function, "Invocations", "Errors", "ColdStarts") == [2, 1, 2]
    assert list(function.metrics.durations_ms) == [2000, 500]


@pytest.mark.rule("FUN-05", "FUN-09")
@pytest.mark.parametrize(("takes", "outcome"), [(2.0, "success"), (2.000001, "timeout"), (1.999999, "success")])
def test_taking_exactly_the_timeout_is_in_time(takes: float, outcome: str) -> None:
    _, [record] = invoked(None, takes=takes, timeout_s=2)
    assert record.outcome == outcome


@pytest.mark.rule("FUN-05", "GEN-02")
def test_sums_of_fractions_neither_time_out_early_nor_miss_their_instant() -> None:
    function, records = invoked(*[InvocationResult(takes_s=0.1) for _ in range(3)], InvocationResult(takes_s=3.0))
    assert [one.ended_s for one in records] == [0.1, 0.2, 0.3, 3.3]
    assert metrics(function, "Errors") == [0]


@pytest.mark.rule("FUN-05", "FUN-09")
def test_what_the_code_waited_and_what_it_takes_together_meet_the_timeout() -> None:
    class Waits:
        async def invoke(self, invocation: Invocation) -> InvocationResult:
            await asyncio.sleep(1.5)
            return InvocationResult(takes_s=0.6)

    async def main(simulation: Simulation) -> None:
        await simulation.functions["f"].invoke({}, request_id="r")

    def build(simulation: Simulation) -> None:
        add_function(simulation, timeout_s=2).invoker = Waits()

    assert log(run(build, main=main).invocations) == [(0, 2, "timeout", True)]


@pytest.mark.rule("FUN-04", "MET-06", "CON-11")
def test_a_cold_start_comes_first_and_counts_neither_in_duration_nor_in_timeout() -> None:
    function, records = invoked(None, None, takes=2.0, cold_start=0.3, timeout_s=2)
    assert log(records) == [(0, 2.3, "success", True), (2.3, 4.3, "success", False)]
    assert metrics(function, "ColdStarts", "Duration") == [1, {"p50": 2000, "p99": 2000, "max": 2000}]


@pytest.mark.rule("FUN-06")
def test_a_handled_error_keeps_the_environment_and_a_crash_does_not() -> None:
    _, records = invoked(failed(), None, InvocationResult(error={"errorType": "x"}, environment_lost=True), None)
    assert [one.cold_start for one in records] == [True, False, False, True]


@pytest.mark.rule("FUN-09")
def test_a_changed_timeout_holds_for_invocations_that_start_later() -> None:
    def build(simulation: Simulation) -> None:
        function = add_function(simulation, takes=Fixed(10.0), timeout_s=5)
        later = msgspec.structs.replace(function.settings, timeout_s=2)
        simulation.world.loop.call_at(1.0, function.update, later)

    async def main(simulation: Simulation) -> None:
        function = simulation.functions["f"]
        for _ in range(2):
            await function.invoke({}, request_id="r")

    simulation = run(build, main=main)
    assert log(simulation.invocations) == [(0, 5, "timeout", True), (5, 7, "timeout", True)]
    texts = [one.error["errorMessage"].rsplit("after ")[1] for one in simulation.invocations if one.error]
    assert texts == ["5.00 seconds", "2.00 seconds"]


@pytest.mark.rule("CON-11")
def test_a_changed_configuration_replaces_warm_and_busy_environments() -> None:
    def change(function: Function) -> None:
        function.update(msgspec.structs.replace(function.settings, memory_mb=function.settings.memory_mb + 1))

    _, records = invoked(None, None, between=change)
    assert [one.cold_start for one in records] == [True, True]

    def build(simulation: Simulation) -> None:
        function = add_function(simulation, takes=Fixed(3.0))
        simulation.world.loop.call_at(1.0, change, function)

    async def main(simulation: Simulation) -> None:
        function = simulation.functions["f"]
        for _ in range(2):
            await function.invoke({}, request_id="r")

    assert [one.cold_start for one in run(build, main=main).invocations] == [True, True]


@pytest.mark.rule("CON-05", "CON-11")
def test_a_changed_reservation_leaves_the_environments_alone() -> None:
    def change(function: Function) -> None:
        function.update(msgspec.structs.replace(function.settings, reserved_concurrency=7))

    _, records = invoked(None, None, between=change)
    assert [one.cold_start for one in records] == [True, False]


@pytest.mark.rule("MET-06")
def test_percentiles_of_the_duration_are_those_of_the_nearest_rank() -> None:
    results = [InvocationResult(takes_s=n / 1000) for n in range(1, 101)]
    function, _ = invoked(*results)
    assert metrics(function, "Duration") == [{"p50": 50, "p99": 99, "max": 100}]


@pytest.mark.rule("GEN-04")
def test_request_ids_are_drawn_from_the_seed_and_the_functions_name() -> None:
    def ids(seed: int, name: str) -> list[str]:
        made: list[str] = []

        def build(simulation: Simulation) -> None:
            function = add_function(simulation, name=name)
            made.extend(function.new_request_id() for _ in range(3))

        run(build, seed=seed, for_s=0)
        return made

    assert ids(1, "f") == ids(1, "f")
    assert len({*ids(1, "f"), *ids(2, "f"), *ids(1, "g")}) == 9
    assert all(one[14] == "4" and len(one) == 36 for one in ids(1, "f"))


@pytest.mark.rule("FUN-07", "ESM-21")
def test_the_invoker_is_told_all_that_lambda_tells_the_runtime() -> None:
    seen: list[Invocation] = []

    def look(invocation: Invocation) -> None:
        seen.append(invocation)

    def build(simulation: Simulation) -> None:
        add_function(simulation, look, memory_mb=256, timeout_s=7)

    async def main(simulation: Simulation) -> None:
        await asyncio.sleep(2)
        await simulation.functions["f"].invoke({"a": 1}, request_id="r-1")

    run(build, main=main)
    [one] = seen
    assert (one.request_id, one.event, one.function_name, one.function_version) == ("r-1", {"a": 1}, "f", "$LATEST")
    assert one.invoked_arn == "arn:aws:lambda:us-east-1:123456789012:function:f"
    assert (one.memory_mb, one.timeout_s, one.deadline_s) == (256, 7, 9)
    assert (one.environment.number, one.client_context) == (1, None)
    day, _, stream = one.environment.log_stream.rpartition("/")
    assert (day, stream[:9], len(stream)) == ("2026/01/01", "[$LATEST]", 41)
