"""Real work outside: in virtual time the clock stands still for it, and nothing else happens."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest

from eventsim.kernel.background import Background
from eventsim.kernel.loop import VirtualEventLoop
from eventsim.kernel.real_loop import RealTimeLoop
from eventsim.kernel.standstill import run_inside, work_outside

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


def run(main: Callable[[Background], Awaitable[Any]], loop: type[VirtualEventLoop] = VirtualEventLoop) -> Any:
    async def whole() -> Any:
        background = Background.use(asyncio.get_running_loop())
        try:
            return await main(background)
        finally:
            background.leave()

    with asyncio.Runner(loop_factory=loop) as runner:
        return runner.run(whole())


async def after(real_s: float, value: Any = None) -> Any:
    await asyncio.sleep(real_s)
    return value


def test_time_stands_still_and_nobody_else_runs_until_the_work_is_done() -> None:
    async def main(background: Background) -> list[Any]:
        loop, log = asyncio.get_running_loop(), list[Any]()
        other = asyncio.create_task(after(0.0))
        other.add_done_callback(lambda _: log.append(("other", loop.time())))
        log.append((await work_outside(background, after(0.05, "done"), limit_real_s=10), loop.time()))
        await other
        return log

    assert run(main) == [("done", 0.0), ("other", 0.0)]


def test_in_real_time_the_task_waits_as_any_other() -> None:
    async def main(background: Background) -> list[str]:
        log = list[str]()
        other = asyncio.create_task(after(0.0))
        other.add_done_callback(lambda _: log.append("other"))
        log.append(await work_outside(background, after(0.05, "done"), limit_real_s=10))
        return log

    assert run(main, RealTimeLoop) == ["other", "done"]


@pytest.mark.parametrize("loop", [VirtualEventLoop, RealTimeLoop])
def test_what_takes_too_long_is_ended_and_what_fails_fails(loop: type[VirtualEventLoop]) -> None:
    ended = []

    async def endless() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(True)

    async def broken() -> None:
        raise KeyError("x")

    async def main(background: Background) -> None:
        with pytest.raises(TimeoutError):
            await work_outside(background, endless(), limit_real_s=0.05)
        with pytest.raises(KeyError):
            await work_outside(background, broken(), limit_real_s=10)

    run(main, loop)
    assert ended == [True]


def test_work_may_have_coroutines_run_in_virtual_time_one_after_the_other() -> None:
    async def main(background: Background) -> Any:
        loop = asyncio.get_running_loop()

        async def inside(virtual_s: float) -> float:
            await asyncio.sleep(virtual_s)
            return loop.time()

        async def work() -> list[float]:
            return [await run_inside(loop, lambda: inside(3.0)), await run_inside(loop, lambda: inside(4.0))]

        return await work_outside(background, work(), limit_real_s=10), loop.time()

    assert run(main) == ([3.0, 7.0], 7.0)


def test_somebody_else_may_stand_still_while_a_coroutine_waits() -> None:
    async def main(background: Background) -> Any:
        loop = asyncio.get_running_loop()

        async def task(name: str, virtual_s: float, begins_s: float) -> tuple[Any, ...]:
            await asyncio.sleep(begins_s)

            async def work() -> str:
                await run_inside(loop, lambda: asyncio.sleep(virtual_s))
                await after(0.02)
                return name

            return await work_outside(background, work(), limit_real_s=10), loop.time()

        return await asyncio.gather(task("long", 10, 0), task("short", 2, 1), task("late", 1, 9))

    assert run(main) == [("long", 10.0), ("short", 3.0), ("late", 10.0)]


def test_a_coroutine_that_waits_past_the_deadline_ends_the_work() -> None:
    async def main(background: Background) -> float:
        loop = asyncio.get_running_loop()

        async def work() -> None:
            await run_inside(loop, lambda: asyncio.sleep(60))

        with pytest.raises(TimeoutError):
            await work_outside(background, work(), limit_real_s=10, deadline_s=5.0)
        return loop.time()

    assert run(main) == 5.0


def test_whatever_wakes_the_loop_from_another_thread_is_looked_after_meanwhile() -> None:
    async def main(background: Background) -> Any:
        loop, asked = asyncio.get_running_loop(), threading.Event()

        async def work() -> str:
            threading.Thread(target=lambda: loop.call_soon_threadsafe(asked.set)).start()
            while not asked.is_set():
                await asyncio.sleep(0.001)
            return "seen"

        return await work_outside(background, work(), limit_real_s=10), loop.time()

    assert run(main) == ("seen", 0.0)


def test_nobody_runs_coroutines_once_the_work_is_done() -> None:
    async def main(background: Background) -> None:
        loop = asyncio.get_running_loop()
        await work_outside(background, after(0), limit_real_s=10)

        async def late() -> None:
            await run_inside(loop, lambda: after(0))

        with pytest.raises(asyncio.CancelledError):
            background.run(late())

    run(main)


def test_the_private_names_that_a_standstill_uses_are_still_there() -> None:
    loop: Any = VirtualEventLoop()
    assert loop._ssock.fileno() >= 0
    assert loop._poll(0) is False
    loop.call_soon_threadsafe(print)
    assert loop._poll(0) is True
    loop.close()
