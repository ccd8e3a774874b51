"""Event loops that synchronous handlers start."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
import time
import warnings
from asyncio import events
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread
import pytest

from eventsim.kernel.child_loop import ChildLoop
from eventsim.kernel.greenlets import FunctionTimedOut, Greenlets
from eventsim.kernel.handler_loops import MAKES_LOOPS
from eventsim.kernel.loop import VirtualEventLoop, virtual_time

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

NEVER_S = 1e6


async def program() -> str:
    await asyncio.gather(asyncio.sleep(2), anyio.sleep(3))
    return type(asyncio.get_running_loop()).__name__


def with_run() -> str:
    return asyncio.run(program())


def with_runner() -> str:
    with asyncio.Runner() as runner:
        return runner.run(program())


def with_anyio() -> str:
    return anyio.run(program)


def with_new_loop() -> str:
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(program())
    finally:
        loop.close()


def current_loop() -> asyncio.AbstractEventLoop:
    """The current loop, which programs make themselves from Python 3.14 on."""
    if not MAKES_LOOPS:
        try:
            return asyncio.get_event_loop()
        except RuntimeError:
            asyncio.set_event_loop(asyncio.new_event_loop())
    return asyncio.get_event_loop()


def with_current_loop() -> str:
    return current_loop().run_until_complete(program())


WAYS = [with_run, with_runner, with_anyio, with_new_loop, with_current_loop]


class Environment:
    """A bracket that does nothing."""

    def enter(self) -> None:
        pass

    def leave(self) -> None:
        pass


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("outer", ["loop", "anyio"])
def test_a_handlers_own_loop_takes_virtual_time(way: Callable[[], str], outer: str) -> None:
    async def main() -> tuple[list[str], float]:
        loop = asyncio.get_running_loop()
        greenlets = Greenlets(loop)
        calls = (greenlets.call(way, deadline_s=NEVER_S, bracket=Environment()) for _ in range(3))
        found = await asyncio.gather(*calls)
        greenlets.close()
        return found, loop.time()

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        if outer == "anyio":
            outcome = anyio.run(main, backend_options=virtual_time())
        else:
            with asyncio.Runner(loop_factory=VirtualEventLoop) as runner:
                outcome = runner.run(main())
    assert outcome == (["ChildLoop"] * 3, 3.0)


def test_outside_handlers_nothing_changes(loop: VirtualEventLoop, greenlets: Greenlets) -> None:
    policy = vars(events)["_event_loop_policy"]
    kinds: list[Any] = []

    def in_thread() -> None:
        kinds.append(type(asyncio.run(kind())))
        own = asyncio.new_event_loop()
        asyncio.set_event_loop(own)
        kinds.append(asyncio.get_event_loop() is own)
        asyncio.set_event_loop(None)
        own.close()

    async def kind() -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    def handler() -> None:
        vars(events)["_event_loop_policy"] = None  # what a handler sets is gone after its stretch
        thread = threading.Thread(target=in_thread)
        thread.start()
        thread.join()

    async def main() -> None:
        await greenlets.call(handler, deadline_s=NEVER_S)
        assert asyncio.get_running_loop() is loop
        assert vars(events)["_event_loop_policy"] is policy

    loop.run_until_complete(main())
    assert kinds == [asyncio.SelectorEventLoop, True]


def test_two_handlers_loops_take_turns(loop: VirtualEventLoop, greenlets: Greenlets) -> None:
    log: list[Any] = []

    async def items(name: str) -> AsyncIterator[int]:
        try:
            for n in range(2):
                await asyncio.sleep(1)
                yield n
        finally:
            log.append(f"{name} closes its generator")

    async def work(name: str) -> None:
        async for n in items(name):
            log.append((name, n, loop.time()))
            time.sleep(1)  # blocks this handler's own loop, and nobody else's
        asyncio.get_running_loop()

    def handler(name: str) -> None:
        asyncio.run(work(name))

    async def main() -> None:
        hooks = sys.get_asyncgen_hooks()
        calls = [asyncio.ensure_future(greenlets.call(handler, name, deadline_s=NEVER_S)) for name in "ab"]
        await asyncio.sleep(1.5)
        assert sys.get_asyncgen_hooks() == hooks
        await asyncio.gather(*calls)

    loop.run_until_complete(main())
    assert log == [
        ("a", 0, 1.0), ("b", 0, 1.0), ("a", 1, 3.0), ("b", 1, 3.0),
        "a closes its generator", "b closes its generator",
    ]  # fmt: skip


def test_a_loop_that_waits_for_ever_is_cut_off_at_the_deadline(loop: VirtualEventLoop, greenlets: Greenlets) -> None:
    log: list[str] = []

    async def wait_for_ever() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            log.append(f"ends at {loop.time()}")

    with pytest.raises(FunctionTimedOut):
        loop.run_until_complete(greenlets.call(lambda: asyncio.run(wait_for_ever()), deadline_s=30))
    assert log == ["ends at 30.0"]
    gc.collect()


def test_an_environment_keeps_its_current_loop_from_one_call_to_the_next(
    loop: VirtualEventLoop, greenlets: Greenlets
) -> None:
    def unset() -> None:
        asyncio.set_event_loop(None)
        with pytest.raises(RuntimeError, match="no current event loop"):
            asyncio.get_event_loop()

    async def main() -> list[Any]:
        loops = [
            await greenlets.call(current_loop, deadline_s=NEVER_S, bracket=environment)
            for environment in (one, two, one)
        ]
        await greenlets.call(unset, deadline_s=NEVER_S, bracket=two)
        return loops

    one, two = Environment(), Environment()
    first, second, again = loop.run_until_complete(main())
    assert first is again is not second
    assert isinstance(second, ChildLoop)
    greenlets.close()
    assert first.is_closed()
    assert second.is_closed()


def test_a_handler_without_a_loop_is_given_one_or_told_so_as_its_python_does(
    loop: VirtualEventLoop, greenlets: Greenlets
) -> None:
    def handler() -> str:
        try:
            return type(asyncio.get_event_loop()).__name__
        except RuntimeError as error:
            return str(error)

    told = "There is no current event loop in thread 'MainThread'."
    call = greenlets.call(handler, deadline_s=NEVER_S, bracket=Environment())
    assert loop.run_until_complete(call) == ("ChildLoop" if sys.version_info < (3, 14) else told)


def test_threads_and_processes_of_a_handlers_loop_take_no_virtual_time(
    loop: VirtualEventLoop, greenlets: Greenlets
) -> None:
    def slow(word: str) -> str:
        time.sleep(0.02)
        return word

    async def work() -> tuple[str, str, bytes]:
        first = await asyncio.wait_for(asyncio.to_thread(slow, "asyncio"), 0.001)
        second = await anyio.to_thread.run_sync(slow, "anyio")
        process = await anyio.run_process([sys.executable, "-c", "print('process')"])
        return first, second, process.stdout

    found = loop.run_until_complete(greenlets.call(lambda: asyncio.run(work()), deadline_s=NEVER_S))
    assert found == ("asyncio", "anyio", b"process\n")
    assert loop.time() == 0


def test_a_loop_that_a_handler_leaves_open_gives_no_warning(loop: VirtualEventLoop, greenlets: Greenlets) -> None:
    loop.run_until_complete(greenlets.call(lambda: str(asyncio.new_event_loop()), deadline_s=NEVER_S))
    greenlets._loops._made.clear()
    gc.collect()
