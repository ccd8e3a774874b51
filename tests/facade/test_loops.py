"""A simulation inside programs that run an event loop of their own."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import anyio
import boto3
import pytest

from eventsim import InputError, Simulation
from eventsim.kernel.loop import virtual_time
from tests.facade.building import accept, busy, fail, poisoned

BACKENDS = [
    pytest.param("asyncio", {}, id="asyncio"),
    pytest.param("asyncio", virtual_time(), id="virtual time"),
    pytest.param("trio", {}, id="trio"),
]


def alone(seed: int = 5) -> str:
    with Simulation(seed=seed) as sim:
        busy(sim)
        return sim.run().trace_sha256


def run_in(backend: str, options: dict[str, Any], main: Any) -> Any:
    if backend == "trio":
        pytest.importorskip("trio")
    return anyio.run(main, backend=backend, backend_options=options)


@pytest.mark.parametrize(("backend", "options"), BACKENDS)
def test_a_synchronous_run_works_inside_a_running_loop(backend: str, options: dict[str, Any]) -> None:
    async def main() -> str:
        before = anyio.get_current_task().id
        with Simulation(seed=5) as sim:
            busy(sim)
            digest = sim.run().trace_sha256
        await anyio.sleep(0)
        assert anyio.get_current_task().id == before
        return digest

    assert run_in(backend, options, main) == alone()


@pytest.mark.parametrize(("backend", "options"), BACKENDS)
def test_an_asynchronous_run_is_the_same_run(backend: str, options: dict[str, Any]) -> None:
    async def main() -> str:
        with Simulation(seed=5) as sim:
            busy(sim)
            await sim.run_async(for_s=10)
            await sim.run_async(until=lambda: sim.now_s >= 20)
            return (await sim.run_async()).trace_sha256

    assert run_in(backend, options, main) == alone()


@pytest.mark.parametrize(("backend", "options"), BACKENDS)
def test_other_tasks_get_their_turn_while_it_runs(backend: str, options: dict[str, Any]) -> None:
    async def main() -> tuple[list[float], float]:
        seen: list[float] = []

        async def watch(sim: Simulation) -> None:
            while True:
                seen.append(sim.now_s)
                await anyio.lowlevel.checkpoint()

        with Simulation() as sim:
            orders = sim.queue("orders", VisibilityTimeout=30)
            sim.function("worker", fail).on_queue(orders)
            orders.send("never accepted")
            async with anyio.create_task_group() as group:
                group.start_soon(watch, sim)
                await sim.run_async(for_s=1200 * 30)
                group.cancel_scope.cancel()
            return seen, sim.now_s

    seen, ended = run_in(backend, options, main)
    assert ended == 36_000
    assert len(set(seen)) >= 3
    assert seen == sorted(seen)


@pytest.mark.parametrize(("backend", "options"), BACKENDS)
def test_a_cancelled_run_stops_between_two_instants_and_can_go_on(backend: str, options: dict[str, Any]) -> None:
    async def main() -> tuple[float, bytes]:
        with Simulation(seed=5) as sim:
            orders = sim.queue("orders", VisibilityTimeout=1)
            sim.function("worker", fail, Timeout=1).on_queue(orders)
            orders.send("x")
            with anyio.CancelScope() as scope:
                scope.cancel()
                await sim.run_async(for_s=1000)
            stopped_s = sim.now_s
            sim.run(for_s=1000 - stopped_s)
            return stopped_s, sim.trace.to_bytes()

    stopped_s, trace = run_in(backend, options, main)
    with Simulation(seed=5) as sim:
        orders = sim.queue("orders", VisibilityTimeout=1)
        sim.function("worker", fail, Timeout=1).on_queue(orders)
        orders.send("x")
        sim.run(for_s=1000)
        assert 0 < stopped_s < 1000
        assert trace == sim.trace.to_bytes()


@pytest.mark.parametrize(("backend", "options"), BACKENDS)
def test_a_function_can_be_invoked_from_an_asynchronous_test(backend: str, options: dict[str, Any]) -> None:
    async def slow(event: Any, context: Any) -> str:
        await asyncio.sleep(7)
        return "done"

    async def main() -> list[Any]:
        with Simulation() as sim:
            worker = sim.function("worker", slow, Timeout=10)
            first = await worker.invoke_async({})
            second = worker.invoke({})
            return [first.response, second.response, second.at, second.ended]

    assert run_in(backend, options, main) == ["done", "done", 7, 14]


@pytest.mark.parametrize(("backend", "options"), BACKENDS)
def test_handlers_may_use_their_own_event_loop_there(backend: str, options: dict[str, Any]) -> None:
    async def wait() -> float:
        await anyio.sleep(3)
        return time.monotonic()

    def handler(event: Any, context: Any) -> list[float]:
        return [asyncio.run(wait()), anyio.run(wait)]

    async def main() -> Any:
        with Simulation() as sim:
            return sim.function("worker", handler, Timeout=10).invoke().response

    assert run_in(backend, options, main) == [3, 6]


def test_async_with_on_a_foreign_loop_is_the_same_as_with() -> None:
    async def main() -> str:
        async with Simulation(seed=5) as sim:
            busy(sim)
            return (await sim.run_async()).trace_sha256

    assert asyncio.run(main()) == alone()


def test_one_task_at_a_time_can_wait_for_it() -> None:
    async def main() -> list[str]:
        refused: list[str] = []
        with Simulation() as sim:
            orders, dlq, _ = poisoned(sim)
            orders.send("a")

            async def other() -> None:
                try:
                    await sim.run_async()
                except InputError as error:
                    refused.append(str(error))
                url = dlq.url
                refused.append(
                    str(boto3.client("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=20).get("Messages"))
                )

            async with asyncio.TaskGroup() as group:
                group.create_task(sim.run_async(for_s=100_000_000))
                group.create_task(other())
        return refused

    assert asyncio.run(main()) == ["the simulation is running already: one task at a time can wait for it", "None"]


# -- async with on a virtual loop: one time for both -----------------------------------------------------


def in_virtual_time(main: Any) -> Any:
    return anyio.run(main, backend_options=virtual_time())


def test_on_a_virtual_loop_the_tests_tasks_and_the_simulation_share_one_time() -> None:
    async def main() -> list[Any]:
        async with Simulation() as sim:
            orders, dlq, worker = poisoned(sim)

            async def produce() -> None:
                for n in range(3):
                    orders.send({"n": n})
                    await asyncio.sleep(10)

            async with asyncio.TaskGroup() as group:
                group.create_task(produce())
                await sim.run_async()
            assert len(dlq.bodies) == 3
            return [(one.at, one.bodies) for one in worker.invocations]

    assert in_virtual_time(main) == [(at + 10 * n, [f'{{"n":{n}}}']) for at in (0, 30, 60) for n in range(3)]


def test_there_a_synchronous_run_is_refused_with_the_way_out() -> None:
    async def main() -> None:
        async with Simulation() as sim:
            worker = sim.function("worker", accept)
            with pytest.raises(InputError, match=r"use await sim.run_async\(\) instead"):
                sim.run()
            with pytest.raises(InputError, match="shares the event loop that runs here"):
                worker.invoke()
            assert (await worker.invoke_async()).outcome == "success"
            with pytest.raises(InputError, match="running already"):
                await asyncio.gather(sim.run_async(for_s=1), sim.run_async(for_s=1))

    in_virtual_time(main)


def test_there_it_ends_with_its_block_and_the_loop_goes_on() -> None:
    async def main() -> list[Any]:
        await asyncio.sleep(5)
        seen: list[Any] = []
        for _ in range(2):
            async with Simulation(seed=1) as sim:
                orders, _, worker = poisoned(sim)
                orders.send("a")
                await sim.run_async(for_s=40)
                seen.append((sim.now_s, [one.at for one in worker.invocations]))
            await asyncio.sleep(100)
            seen.append((len(worker.invocations), len(asyncio.all_tasks())))
        return seen

    assert in_virtual_time(main) == [(45, [5, 35]), (2, 1), (185, [145, 175]), (2, 1)]


def test_there_a_run_that_fails_and_one_that_is_cancelled_leave_it_usable() -> None:
    async def main() -> list[str]:
        async with Simulation() as sim:
            orders, dlq, _ = poisoned(sim)
            orders.send("a")
            with pytest.raises(ZeroDivisionError):
                await sim.run_async(until=lambda: 1 / 0)
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(sim.run_async(for_s=50), 10)
            assert sim.now_s == 10
            await sim.run_async()
            return list(dlq.bodies)

    assert in_virtual_time(main) == ["a"]


@pytest.mark.parametrize("shared", [False, True])
def test_a_task_that_waits_when_another_closes_it_is_told(shared: bool) -> None:
    async def main() -> float:
        simulation = Simulation()
        async with simulation as sim:
            sim.function("f", accept).on_schedule("rate(1 minute)")
            waiting = asyncio.ensure_future(sim.run_async(for_s=1e9))
            await asyncio.sleep(90 if shared else 0)
        with pytest.raises(InputError, match="was closed while another task waited for run_async"):
            await waiting
        return simulation.now_s

    if shared:
        assert in_virtual_time(main) == 90
    else:
        asyncio.run(main())
