"""Time jumps, exactly, and works under everything that runs asyncio programs."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

import anyio
import pytest

from eventsim.kernel.loop import VirtualEventLoop, virtual_time

if TYPE_CHECKING:
    from collections.abc import Callable


def test_time_starts_at_zero_and_a_day_of_sleep_is_one_jump(loop: VirtualEventLoop) -> None:
    began_real = time.perf_counter()
    loop.run_until_complete(asyncio.sleep(86400))
    assert (loop.time(), loop.jumps) == (86400.0, 1)
    assert time.perf_counter() - began_real < 1


def test_ten_thousand_days_of_sleep_each_take_their_second(loop: VirtualEventLoop) -> None:
    async def main() -> list[float]:
        await asyncio.sleep(10_000 * 86400)
        times = []
        for _ in range(3):
            await asyncio.sleep(1)
            times.append(loop.time())
        await asyncio.sleep(1e-12)  # less than the clock can tell
        return times

    assert loop.run_until_complete(main()) == [864000001.0, 864000002.0, 864000003.0]


def test_timeouts_of_both_libraries_are_exact(loop: VirtualEventLoop) -> None:
    async def main() -> list[float]:
        times = []
        for delay in (0.1, 0.2, 0.7):  # 0.1 + 0.2 is not 0.3: a timer may not fire before its deadline
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(asyncio.sleep(5), delay)
            with pytest.raises(TimeoutError), anyio.fail_after(delay):
                await anyio.sleep_forever()
            times.append(loop.time())
        return times

    assert loop.run_until_complete(main()) == pytest.approx([0.2, 0.6, 2.0])
    assert loop.jumps == 6


def test_anyio_runs_in_virtual_time() -> None:
    async def main(limit: float) -> tuple[str, float]:
        with anyio.move_on_after(limit) as scope:
            async with anyio.create_task_group() as group:
                for delay in (1, 2, 86400):
                    group.start_soon(anyio.sleep, delay)
        assert scope.cancelled_caught
        return type(asyncio.get_running_loop()).__name__, anyio.current_time()

    assert anyio.run(main, 3600, backend_options=virtual_time(seed=1)) == ("VirtualEventLoop", 3600.0)


def test_a_runner_runs_in_virtual_time() -> None:
    with asyncio.Runner(loop_factory=VirtualEventLoop, debug=True) as runner:
        runner.run(asyncio.sleep(60))
        assert runner.get_loop().time() == 60


def test_time_moves_on_from_one_run_to_the_next(loop: VirtualEventLoop) -> None:
    for expected in (1.5, 3.0):
        loop.run_until_complete(asyncio.sleep(1.5))
        assert loop.time() == expected


@pytest.mark.parametrize(
    "call",
    [
        lambda loop: loop.call_at(1, print),
        lambda loop: loop.call_at_step(1, (), print),
        lambda loop: loop.call_when_settled(print),
        lambda loop: loop.call_when_idle(print),
    ],
)
def test_a_closed_loop_refuses_work(call: Callable[[VirtualEventLoop], object]) -> None:
    loop = VirtualEventLoop()
    call(loop)
    loop.close()
    with pytest.raises(RuntimeError, match="closed"):
        call(loop)


def test_no_time_is_a_type_error(loop: VirtualEventLoop) -> None:
    with pytest.raises(TypeError, match="when cannot be None"):
        loop.call_at(None, print)  # type: ignore[arg-type]
