"""Which invocation gets a warm environment."""

from __future__ import annotations

import asyncio
from random import Random
from typing import TYPE_CHECKING

import pytest

from eventsim.functions.environments import Environments
from eventsim.invokers.base import Invocation, InvocationResult
from eventsim.kernel.clock import Clock
from eventsim.quirks import NO_QUIRKS
from tests.simulation.building import add_function, run

if TYPE_CHECKING:
    from eventsim.simulation import Simulation

IDLE_S = NO_QUIRKS.environment_idle_s


def environments(now_s: float = 0.0) -> Environments:
    return Environments(Clock(lambda: now_s), Random(1))


@pytest.mark.rule("CON-11")
def test_the_one_used_last_is_used_first() -> None:
    pool = environments()
    one, two, three = pool.cold(), pool.cold(), pool.cold()
    pool.keep(one, 1.0)
    pool.keep(three, 2.0)
    pool.keep(two, 3.0)
    assert [pool.warm(4.0), pool.warm(4.0), pool.warm(4.0), pool.warm(4.0)] == [two, three, one, None]


@pytest.mark.rule("CON-11")
def test_one_is_evicted_after_ten_idle_minutes() -> None:
    pool = environments()
    pool.keep(pool.cold(), 0.0)
    assert pool.warm(IDLE_S - 0.001) is not None
    pool.keep(pool.cold(), 0.0)
    assert pool.warm(IDLE_S) is None
    assert pool.warm(1.0) is None


@pytest.mark.rule("CON-11")
def test_dropped_ones_never_come_back_even_if_they_were_busy() -> None:
    pool = environments()
    busy, idle = pool.cold(), pool.cold()
    pool.keep(idle, 0.0)
    pool.drop_all()
    pool.keep(busy, 1.0)
    assert pool.warm(1.0) is None
    new = pool.cold()
    pool.keep(new, 2.0)
    assert (pool.warm(2.0), new.number) == (new, 3)


@pytest.mark.rule("FUN-13", "GEN-04")
def test_each_has_a_log_stream_of_its_own_on_the_day_of_its_start() -> None:
    pool = environments(now_s=40 * 86_400)
    streams = [pool.cold().log_stream for _ in range(3)]
    assert {stream[:20] for stream in streams} == {"2026/02/10/[$LATEST]"}
    assert len(set(streams)) == 3
    assert environments(now_s=40 * 86_400).cold().log_stream == streams[0]


@pytest.mark.rule("CON-01", "CON-11")
def test_concurrent_invocations_get_environments_of_their_own_and_later_ones_share_them() -> None:
    used: list[int] = []

    class Slow:
        async def invoke(self, invocation: Invocation) -> InvocationResult:
            used.append(invocation.environment.number)
            invocation.environment.state = invocation.environment.state or invocation.request_id
            await asyncio.sleep(1)
            return InvocationResult(f'"{invocation.environment.state}"')

    def build(simulation: Simulation) -> None:
        add_function(simulation).invoker = Slow()

    async def main(simulation: Simulation) -> None:
        function = simulation.functions["f"]
        await asyncio.gather(*(function.invoke({}, request_id=f"r{n}") for n in range(3)))
        await asyncio.gather(*(function.invoke({}, request_id=f"s{n}") for n in range(2)))
        await asyncio.sleep(IDLE_S)
        await function.invoke({}, request_id="t")

    simulation = run(build, main=main)
    assert used == [1, 2, 3, 3, 2, 4]
    assert [one.response for one in simulation.invocations] == ['"r0"', '"r1"', '"r2"', '"r2"', '"r1"', '"t"']
    assert simulation.functions["f"].metrics.to_json()["ColdStarts"] == 4
