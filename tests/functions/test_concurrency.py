"""How many invocations may run at once."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from eventsim.functions.concurrency import AccountConcurrency, ScalingRate, ThrottleReason
from eventsim.functions.durations import Fixed
from tests.simulation.building import add_function, run

if TYPE_CHECKING:
    from eventsim.simulation import Simulation


def burst(simulation: Simulation, name: str, calls: int) -> Any:
    """Invoke so many times at once."""
    function = simulation.functions[name]
    return asyncio.gather(*(function.invoke({}, request_id=function.new_request_id()) for _ in range(calls)))


def outcomes(simulation: Simulation) -> Counter[tuple[float, str, str]]:
    """How many of each (at, function, outcome)."""
    return Counter((one.at_s, one.function, str(one.outcome and one.outcome.value)) for one in simulation.invocations)


def reasons(simulation: Simulation) -> Counter[str]:
    return Counter(line["reason"] for line in simulation.world.trace.events() if line["kind"] == "function.throttle")


@pytest.mark.rule("CON-03")
def test_the_allowance_of_new_environments_is_full_at_first_and_refills_by_a_hundred_a_second() -> None:
    rate = ScalingRate()
    taken = []
    for now_s in (0.0, 0.0099, 0.01, 3.01, 1000.0):
        count = 0
        while rate.take(now_s):
            count += 1
        taken.append(count)
    assert taken == [1000, 0, 1, 300, 1000]


@pytest.mark.rule("CON-12")
def test_the_pool_is_the_account_less_what_is_reserved() -> None:
    account = AccountConcurrency(10)
    account.reserve("a", 4)
    account.reserve("b", 3)
    assert [account.take() for _ in range(4)] == [True, True, True, False]
    account.reserve("b", None)
    assert [account.take() for _ in range(4)] == [True, True, True, False]
    account.give_back()
    assert account.take()


@pytest.mark.rule("CON-03", "CON-06", "CON-07", "CON-13")
def test_a_burst_beyond_the_scaling_rate_is_throttled(request: pytest.FixtureRequest) -> None:
    async def main(simulation: Simulation) -> None:
        first = asyncio.ensure_future(burst(simulation, "f", 3000))
        await asyncio.sleep(3)
        await burst(simulation, "f", 500)
        await first

    simulation = run(
        lambda simulation: add_function(simulation, takes=Fixed(60.0), timeout_s=100),
        account_concurrency=10_000,
        main=main,
    )
    assert outcomes(simulation) == {
        (0, "f", "success"): 1000, (0, "f", "throttle"): 2000, (3, "f", "success"): 300, (3, "f", "throttle"): 200,
    }  # fmt: skip
    assert reasons(simulation) == {ThrottleReason.SCALING.value: 2200}
    shown = simulation.functions["f"].metrics.to_json()
    assert [shown[name] for name in ("Invocations", "Throttles", "ConcurrentExecutions", "ColdStarts")] == [
        1300, 2200, 1300, 1300,
    ]  # fmt: skip


@pytest.mark.rule("CON-03", "CON-11")
def test_warm_environments_take_nothing_of_the_allowance() -> None:
    async def main(simulation: Simulation) -> None:
        for _ in range(3):
            await burst(simulation, "f", 1000)

    simulation = run(
        lambda simulation: add_function(simulation, takes=Fixed(0.5)), account_concurrency=10_000, main=main
    )
    assert outcomes(simulation) == {(at, "f", "success"): 1000 for at in (0, 0.5, 1)}


@pytest.mark.rule("CON-05", "CON-06", "CON-07", "CON-12", "CON-13", "MET-05")
def test_a_reservation_is_a_cap_and_a_guarantee() -> None:
    def build(simulation: Simulation) -> None:
        add_function(simulation, name="own", takes=Fixed(1.0), reserved_concurrency=3)
        add_function(simulation, name="other", takes=Fixed(1.0))

    async def main(simulation: Simulation) -> None:
        await asyncio.gather(burst(simulation, "other", 8), burst(simulation, "own", 5))

    simulation = run(build, account_concurrency=8, main=main)
    assert outcomes(simulation) == {
        (0, "other", "success"): 5, (0, "other", "throttle"): 3, (0, "own", "success"): 3, (0, "own", "throttle"): 2,
    }  # fmt: skip
    assert reasons(simulation) == {ThrottleReason.ACCOUNT.value: 3, ThrottleReason.RESERVED.value: 2}
    assert simulation.functions["own"].metrics.to_json()["Throttles"] == 2
    assert all(one.ended_s == one.at_s for one in simulation.invocations if one.outcome == "throttle")


@pytest.mark.rule("CON-05")
def test_running_invocations_are_not_interrupted_by_a_lower_reservation() -> None:
    async def main(simulation: Simulation) -> None:
        function = simulation.functions["f"]
        running = asyncio.ensure_future(burst(simulation, "f", 3))
        await asyncio.sleep(1)
        function.update(msgspec.structs.replace(function.settings, reserved_concurrency=0))
        await burst(simulation, "f", 1)
        await running
        function.update(msgspec.structs.replace(function.settings, reserved_concurrency=1))
        await burst(simulation, "f", 2)

    simulation = run(lambda simulation: add_function(simulation, takes=Fixed(2.0)), main=main)
    assert outcomes(simulation) == {
        (0, "f", "success"): 3, (1, "f", "throttle"): 1, (2, "f", "success"): 1, (2, "f", "throttle"): 1,
    }  # fmt: skip


@pytest.mark.rule("CON-13")
def test_a_throttle_by_the_scaling_rate_gives_its_place_in_the_pool_back() -> None:
    def build(simulation: Simulation) -> None:
        add_function(simulation, name="a", takes=Fixed(1.0))
        add_function(simulation, name="b", takes=Fixed(1.0))

    async def main(simulation: Simulation) -> None:
        await asyncio.gather(burst(simulation, "a", 1500), burst(simulation, "b", 500))

    simulation = run(build, account_concurrency=1500, main=main)
    assert outcomes(simulation) == {
        (0, "a", "success"): 1000, (0, "a", "throttle"): 500, (0, "b", "success"): 500,
    }  # fmt: skip


@pytest.mark.rule("CON-01", "MET-07")
def test_a_cold_start_is_a_request_in_flight() -> None:
    async def main(simulation: Simulation) -> None:
        first = asyncio.ensure_future(burst(simulation, "f", 1))
        await asyncio.sleep(1)
        await burst(simulation, "f", 1)
        await first

    simulation = run(
        lambda simulation: add_function(simulation, cold_start=Fixed(5.0), reserved_concurrency=1), main=main
    )
    assert outcomes(simulation) == {(0, "f", "success"): 1, (1, "f", "throttle"): 1}
