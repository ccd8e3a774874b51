from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from eventsim.kernel.tasks import Tasks

if TYPE_CHECKING:
    from eventsim.kernel.loop import VirtualEventLoop


def test_a_failure_is_reported_when_it_happens(loop: VirtualEventLoop) -> None:
    log: list[object] = []

    async def fail(name: str) -> None:
        await asyncio.sleep(1)
        log.append(f"{name} fails")
        raise ValueError(name)

    async def main() -> None:
        tasks = Tasks(lambda name, error: log.append((name, repr(error), loop.time())))
        tasks.start(fail("a"), "poller a")
        tasks.start(fail("b"), "poller b")
        await asyncio.sleep(2)
        assert repr(tasks.failure) == "ValueError('a')"
        assert len(tasks) == 0

    loop.run_until_complete(main())
    assert log == [
        "a fails", ("poller a", "ValueError('a')", 1.0),
        "b fails", ("poller b", "ValueError('b')", 1.0),
    ]  # fmt: skip


def test_tasks_end_one_after_the_other_in_the_order_of_their_start(loop: VirtualEventLoop) -> None:
    log = []

    async def work(name: str, tasks: Tasks) -> None:
        try:
            await asyncio.sleep(100)
        finally:
            log.append(f"{name} ends")
            if name == "b":
                tasks.start(work("late", tasks), "late")
            await asyncio.sleep(1)
            log.append(f"{name} ended")

    async def main() -> None:
        tasks = Tasks()
        for name in "dcba":
            tasks.start(work(name, tasks), name)
        await asyncio.sleep(1)
        await tasks.cancel_all()
        assert len(tasks) == 0

    loop.run_until_complete(main())
    names = ["d", "c", "b", "a", "late"]
    assert log == [f"{name} {what}" for name in names for what in ("ends", "ended")]
    assert loop.time() == 6


def test_a_task_may_end_the_others(loop: VirtualEventLoop) -> None:
    async def main() -> str:
        tasks = Tasks()
        other = tasks.start(asyncio.sleep(100), "other")
        ender = tasks.start(tasks.cancel_all(), "ender")
        await asyncio.wait([ender])
        return f"{other.cancelled()} {ender.cancelled()} {ender.exception()}"

    assert loop.run_until_complete(main()) == "True False None"


def test_a_task_that_never_began_leaves_no_warning(loop: VirtualEventLoop) -> None:
    async def main() -> None:
        tasks = Tasks()
        tasks.start(asyncio.sleep(1), "never")
        await tasks.cancel_all()

    loop.run_until_complete(main())


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_is_no_failure_of_the_task(loop: VirtualEventLoop, kind: type[BaseException]) -> None:
    reported: list[str] = []

    async def interrupt() -> None:
        raise kind

    async def main() -> None:
        Tasks(lambda name, _: reported.append(name)).start(interrupt(), "interrupted")
        await asyncio.sleep(1)

    with pytest.raises(kind):
        loop.run_until_complete(main())
    assert reported == []
    for task in asyncio.all_tasks(loop):
        task.cancel()
    loop.run_until_complete(asyncio.sleep(0))
