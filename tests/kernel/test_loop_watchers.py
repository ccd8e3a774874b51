"""Who watches every instant is called at its end, before time moves."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from eventsim.errors import LivelockError
from eventsim.kernel.loop import VirtualEventLoop

if TYPE_CHECKING:
    from collections.abc import Callable


def test_each_instant_is_seen_once_all_of_it_has_happened(loop: VirtualEventLoop) -> None:
    log: list[tuple[float, str]] = []

    async def main() -> None:
        for _ in range(2):
            await asyncio.sleep(5)
            log.append((loop.time(), "slept"))
            loop.call_when_settled(lambda: log.append((loop.time(), "settled")))

    watch = loop.call_each_instant(lambda: log.append((loop.time(), "seen")))
    loop.run_until_complete(main())
    watch.cancel()
    loop.run_until_complete(asyncio.sleep(1))
    assert log == [(0, "seen"), (5, "slept"), (5, "settled"), (5, "seen"), (10, "slept"), (10, "settled")]


def test_a_watcher_may_make_something_happen_at_the_same_instant(loop: VirtualEventLoop) -> None:
    log: list[tuple[float, str]] = []
    done = loop.create_future()

    def look() -> None:
        log.append((loop.time(), "seen"))
        if loop.time() == 3 and not done.done():
            done.set_result(None)

    loop.call_each_instant(look)
    loop.call_at(3, log.append, (3, "due"))
    loop.call_at(7, log.append, (7, "due"))
    loop.run_until_complete(done)
    assert (log, loop.time()) == ([(0, "seen"), (3, "due"), (3, "seen")], 3)


def test_a_watcher_can_stop_the_loop_at_the_end_of_an_instant(loop: VirtualEventLoop) -> None:
    seen: list[float] = []
    for at_s in range(1, 6):
        loop.call_at(at_s, seen.append, at_s)
    loop.call_each_instant(lambda: loop.stop() if loop.time() >= 2 else None)
    loop.run_forever()
    assert (seen, loop.time()) == ([1, 2], 2)
    loop.run_forever()
    assert (seen, loop.time()) == ([1, 2], 2)


def test_what_it_raises_ends_the_run(loop: VirtualEventLoop) -> None:
    def look() -> None:
        raise ValueError("seen")

    loop.call_each_instant(look)
    with pytest.raises(ValueError, match="seen"):
        loop.run_until_complete(asyncio.sleep(1))


def test_a_watcher_that_never_lets_time_move_is_a_livelock() -> None:
    loop = VirtualEventLoop(livelock_limit=1000)

    def nothing() -> None:
        pass

    def again() -> Callable[[], object]:
        loop.call_soon(nothing)
        return nothing

    loop.call_each_instant(again)
    with pytest.raises(LivelockError):
        loop.run_until_complete(asyncio.sleep(1))
    loop.close()
