"""How handlers are cut off: at their deadline, and with the task that drives them."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import greenlet
import pytest

from eventsim.kernel import greenlets as kernel
from eventsim.kernel.greenlets import FunctionTimedOut, Greenlets, wait_for, wait_s
from eventsim.kernel.loop import VirtualEventLoop
from tests.kernel.handling import NEVER_S, RecordingBracket, just_sleep

if TYPE_CHECKING:
    from collections.abc import Callable


def test_a_handler_is_cut_off_at_its_deadline_and_may_tidy_up_but_not_wait(
    loop: VirtualEventLoop, greenlets: Greenlets
) -> None:
    log: list[Any] = []

    def handler() -> str:
        try:
            while True:
                time.sleep(2)
                log.append(loop.time())
        except Exception:  # noqa: BLE001 - as careless handlers do
            log.append("a timeout is no Exception")
        finally:
            log.append(f"tidies up at {loop.time()}")
            time.sleep(1)
            log.append("never")
        return "never"

    async def main() -> None:
        await asyncio.sleep(1)
        with pytest.raises(FunctionTimedOut):
            await greenlets.call(handler, deadline_s=loop.time() + 5, bracket=RecordingBracket(log, "b"))
        assert await greenlets.call(str, 5, deadline_s=NEVER_S) == "5"

    loop.run_until_complete(main())
    assert log == [
        "enter b", "leave b", "enter b", 3.0, "leave b", "enter b", 5.0, "leave b",
        "enter b", "tidies up at 6.0", "leave b",
    ]  # fmt: skip


@pytest.mark.parametrize("wait", [wait_s, lambda seconds: wait_for(just_sleep(seconds))])
@pytest.mark.parametrize("seed", [None, 1, 2, 3])
def test_what_ends_exactly_at_the_deadline_is_in_time(wait: Callable[[float], object], seed: int | None) -> None:
    loop = VirtualEventLoop(seed=seed)
    greenlets = Greenlets(loop)

    async def main() -> None:
        await greenlets.call(lambda: wait(3), deadline_s=3)
        with pytest.raises(FunctionTimedOut):
            await greenlets.call(lambda: wait(3.001), deadline_s=loop.time() + 3)

    loop.run_until_complete(main())
    assert loop.time() == 6
    greenlets.close()
    loop.close()


def test_one_that_will_not_end_is_left_where_it_is(
    loop: VirtualEventLoop, greenlets: Greenlets, monkeypatch: pytest.MonkeyPatch
) -> None:
    abandoned: list[Any] = []
    monkeypatch.setattr(kernel, "_abandoned", abandoned)
    swallowed: list[str] = []

    def stubborn() -> None:
        while True:
            try:
                wait_for(just_sleep(10))
            except BaseException as error:  # noqa: BLE001 - as careless handlers do
                swallowed.append(type(error).__name__)

    with pytest.raises(FunctionTimedOut):
        loop.run_until_complete(greenlets.call(stubborn, deadline_s=5))
    assert (loop.time(), len(abandoned)) == (5, 1)
    assert set(swallowed) == {"FunctionTimedOut"}
    kernel_keeps_it = [abandoned[0]]  # as the module does: for ever
    vars(kernel).setdefault("_kept_by_tests", []).append(kernel_keeps_it)


def test_a_handler_that_never_waits_is_never_cut_off(loop: VirtualEventLoop, greenlets: Greenlets) -> None:
    assert loop.run_until_complete(greenlets.call(str, 1, deadline_s=-5)) == "1"


@pytest.mark.parametrize("wait", [wait_s, lambda seconds: wait_for(just_sleep(seconds))])
def test_cancelling_the_driving_task_ends_the_handler(
    loop: VirtualEventLoop, greenlets: Greenlets, wait: Callable[[float], object]
) -> None:
    log: list[str] = []

    def handler() -> None:
        try:
            wait(10)
        except BaseException as error:
            log.append(type(error).__name__)
            raise

    async def main() -> None:
        task = asyncio.ensure_future(greenlets.call(handler, deadline_s=NEVER_S))
        await asyncio.sleep(1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    loop.run_until_complete(main())
    assert log == ["GreenletExit"]
    assert loop.time() == 1


def test_an_awaitable_is_cancelled_at_the_deadline(loop: VirtualEventLoop, greenlets: Greenlets) -> None:
    log: list[str] = []

    async def slow() -> None:
        try:
            await asyncio.sleep(100)
        finally:
            log.append(f"cancelled at {loop.time()}")

    async def main() -> None:
        with pytest.raises(FunctionTimedOut):
            await greenlets.call(lambda: wait_for(slow()), deadline_s=7)
        await asyncio.sleep(1)  # nothing of the limit is left to cancel this task

    loop.run_until_complete(main())
    assert log == ["cancelled at 7.0"]


def test_a_timeout_reaches_the_handler_through_a_greenlet_of_its_own(
    loop: VirtualEventLoop, greenlets: Greenlets
) -> None:
    log: list[str] = []

    def handler() -> None:
        try:
            greenlet.greenlet(time.sleep).switch(10)
        finally:
            log.append("ended")

    with pytest.raises(FunctionTimedOut):
        loop.run_until_complete(greenlets.call(handler, deadline_s=1))
    assert log == ["ended"]
