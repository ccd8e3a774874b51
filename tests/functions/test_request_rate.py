"""Ten requests a second for each unit of concurrency."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from eventsim.functions.durations import ZERO, Fixed, Lognormal, Uniform
from eventsim.functions.request_rate import RequestRate, is_limited
from tests.simulation.building import add_function, run

if TYPE_CHECKING:
    from eventsim.functions.durations import Duration
    from eventsim.simulation import Simulation


@pytest.mark.rule("CON-04")
def test_a_second_has_ten_requests_for_each_unit() -> None:
    rate = RequestRate(2)
    taken = []
    for now_s in (0.0, 0.0, 0.05, 0.1, 1.1, 50.0):
        count = 0
        while rate.take(now_s):
            count += 1
        taken.append(count)
    assert taken == [20, 0, 1, 1, 20, 20]


@pytest.mark.rule("CON-04")
@pytest.mark.parametrize(
    ("takes", "limited"),
    [
        (ZERO, False),  # no duration at all is no model of one
        (Fixed(0.001), True),
        (Fixed(0.0999), True),
        (Fixed(0.1), False),  # concurrency is reached first
        (Uniform(0.01, 1.0), True),
        (Lognormal(1.0, 2.0), True),
    ],
)
def test_only_functions_that_may_be_faster_than_a_tenth_of_a_second_are_held_to_it(
    takes: Duration, limited: bool
) -> None:
    assert is_limited(takes) is limited


def one_after_the_other(calls: int, takes: Duration, *, kind: str = "RequestResponse", **settings: Any) -> Simulation:
    """So many calls, each after the one before."""

    async def main(simulation: Simulation) -> None:
        function = simulation.functions["f"]
        for _ in range(calls):
            await function.invoke({}, request_id="r", invocation_type=kind)  # type: ignore[arg-type]

    return run(lambda one: add_function(one, takes=takes, **settings), main=main)


def throttles(simulation: Simulation) -> Counter[str]:
    return Counter(line["reason"] for line in simulation.world.trace.events() if line["kind"] == "function.throttle")


@pytest.mark.rule("CON-04", "CON-06", "CON-13")
def test_a_fast_function_is_throttled_by_its_rate_before_its_concurrency() -> None:
    simulation = one_after_the_other(15, Fixed(0.001), reserved_concurrency=1)
    assert throttles(simulation) == {"ReservedFunctionInvocationRateLimitExceeded": 5}
    assert simulation.functions["f"].metrics.concurrent_max == 1


@pytest.mark.rule("CON-04")
def test_asynchronous_requests_and_functions_without_a_duration_have_no_rate() -> None:
    assert not throttles(one_after_the_other(15, Fixed(0.001), kind="Event", reserved_concurrency=1))
    assert not throttles(one_after_the_other(15, ZERO, reserved_concurrency=1))


@pytest.mark.rule("CON-04", "CON-12")
def test_functions_without_a_reservation_share_the_accounts_rate() -> None:
    async def main(simulation: Simulation) -> None:
        for name in ("f", "g") * 60:
            await simulation.functions[name].invoke({}, request_id="r")

    def build(simulation: Simulation) -> None:
        for name in "fg":
            add_function(simulation, name=name, takes=Fixed(0.00001))

    simulation = run(build, main=main, account_concurrency=10)
    assert throttles(simulation) == {"FunctionInvocationRateLimitExceeded": 20}


@pytest.mark.rule("CON-04", "CON-09")
def test_provisioned_environments_have_a_rate_of_their_own_and_the_rest_spills_over() -> None:
    async def main(simulation: Simulation) -> None:
        function = simulation.functions["f"]
        function.versions.publish()
        function.provisioned.put("1", 1, at_once=True)
        for _ in range(12):
            await function.invoke({}, request_id="r", qualifier="1")

    records = run(lambda one: add_function(one, takes=Fixed(0.00001)), main=main).invocations
    assert [one.provisioned for one in records] == [True] * 10 + [False] * 2


@pytest.mark.rule("CON-03", "CON-07")
def test_a_synchronous_burst_starts_a_thousand_environments_and_a_hundred_more_each_second() -> None:
    async def main(simulation: Simulation) -> None:
        function = simulation.functions["f"]
        calls = [asyncio.ensure_future(function.invoke({}, request_id="r")) for _ in range(3000)]
        await asyncio.sleep(3)
        calls += [asyncio.ensure_future(function.invoke({}, request_id="r")) for _ in range(500)]
        await asyncio.gather(*calls)

    simulation = run(
        lambda one: add_function(one, takes=Fixed(60), timeout_s=900), main=main, account_concurrency=10_000
    )
    ends = Counter((one.at_s, str(one.outcome), one.cold_start) for one in simulation.invocations)
    assert ends == {
        (0, "success", True): 1000,
        (0, "throttle", False): 2000,
        (3, "success", True): 300,
        (3, "throttle", False): 200,
    }
