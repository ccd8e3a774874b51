"""Synchronous handlers in virtual time."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import sys
import threading
import time
import traceback
import weakref
from typing import Any

import greenlet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from eventsim.errors import DeadlockError
from eventsim.kernel.greenlets import FunctionTimedOut, Greenlets, in_handler, wait_for, wait_s
from eventsim.kernel.loop import VirtualEventLoop
from tests.kernel.handling import NEVER_S, RecordingBracket, just_sleep


def test_a_handler_returns_or_raises_through_its_call(loop: VirtualEventLoop, greenlets: Greenlets) -> None:
    def divide(a: int, b: int) -> float:
        return a / b

    async def main() -> float:
        with pytest.raises(ZeroDivisionError):
            await greenlets.call(divide, 1, 0, deadline_s=NEVER_S)
        return float(await greenlets.call(divide, 1, 4, deadline_s=NEVER_S))

    assert loop.run_until_complete(main()) == 0.25
    assert loop.jumps == 0


@pytest.mark.parametrize(
    "kind", [ValueError, StopIteration, SystemExit, asyncio.CancelledError, GeneratorExit, greenlet.GreenletExit]
)
def test_whatever_a_handler_raises_is_an_object_for_who_attempts_it(
    loop: VirtualEventLoop, greenlets: Greenlets, kind: type[BaseException]
) -> None:
    def fail() -> None:
        wait_s(1)
        raise kind(3)

    value, error = loop.run_until_complete(greenlets.attempt(fail, deadline_s=NEVER_S))
    assert (value, type(error), error and error.args) == (None, kind, (3,))
    assert error is not None
    assert [frame.name for frame in traceback.extract_tb(error.__traceback__)] == ["fail"]


def test_an_interrupt_in_a_handler_ends_the_run(loop: VirtualEventLoop, greenlets: Greenlets) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        loop.run_until_complete(greenlets.call(interrupted, deadline_s=NEVER_S))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(naps=st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=4), max_size=5))
def test_handlers_interleave_as_tasks_that_sleep_would(naps: list[list[int]], greenlets: Greenlets) -> None:
    def logs_of(in_greenlets: bool) -> list[tuple[int, float]]:
        loop, log = VirtualEventLoop(), []
        runner = Greenlets(loop)

        def handler(n: int) -> None:
            for nap in naps[n]:
                time.sleep(nap + 1)
                log.append((n, loop.time()))

        async def task(n: int) -> None:
            for nap in naps[n]:
                await asyncio.sleep(nap + 1)
                log.append((n, loop.time()))

        async def main() -> None:
            calls = (runner.call(handler, n, deadline_s=NEVER_S) if in_greenlets else task(n) for n in range(len(naps)))
            await asyncio.gather(*calls)

        loop.run_until_complete(main())
        runner.close()
        loop.close()
        return log

    assert logs_of(in_greenlets=True) == logs_of(in_greenlets=False)


class StackOfFrames:
    """Traces as coverage does: it knows the frames that it saw begin, and asks none which one it is in."""

    made: list[StackOfFrames]

    def __init__(self) -> None:
        self.frames: list[Any] = []
        self.mistaken: list[str] = []
        self.seen: list[str] = []
        self.made.append(self)

    def __call__(self, frame: Any, event: str, arg: Any) -> Any:
        if event == "call":
            self.frames.append(frame)
        elif event == "return":
            self.frames.pop()
        elif event == "line":
            self.seen.append(frame.f_code.co_name)
            if self.frames[-1] is not frame:
                self.mistaken.append(frame.f_code.co_name)
        return self

    @classmethod
    def begin(cls, frame: Any, event: str, arg: Any) -> Any:
        """What a new thread begins with."""
        own = cls()
        sys.settrace(own)
        return own(frame, event, arg)


def test_a_tracer_of_threads_takes_each_handler_for_one(loop: VirtualEventLoop, greenlets: Greenlets) -> None:
    StackOfFrames.made = []

    def deeper() -> None:
        wait_s(1)

    def handler() -> None:
        deeper()
        wait_s(1)

    async def main() -> None:
        await asyncio.gather(*(greenlets.call(handler, deadline_s=NEVER_S) for _ in range(2)))
        await greenlets.call(handler, deadline_s=NEVER_S)

    before, before_in_threads = sys.gettrace(), threading.gettrace()
    threading.settrace(StackOfFrames.begin)
    sys.settrace(own := StackOfFrames())
    try:
        loop.run_until_complete(main())
        assert sys.gettrace() is own
    finally:
        sys.settrace(before)
        threading.settrace(before_in_threads)
    assert [stack.mistaken for stack in StackOfFrames.made] == [[], [], []]
    assert [stack.seen.count("handler") for stack in StackOfFrames.made] == [0, 2, 4]


def test_greenlets_are_kept_and_keep_nothing_of_a_call(loop: VirtualEventLoop, greenlets: Greenlets) -> None:
    class Event:
        pass

    seen: list[greenlet.greenlet] = []

    def handler(event: Event) -> Event:
        seen.append(greenlet.getcurrent())
        wait_s(1)
        return event

    async def main() -> list[weakref.ref[Event]]:
        events = [Event(), Event()]
        for event in events:
            assert await greenlets.call(handler, event, deadline_s=NEVER_S) is event
        return [weakref.ref(event) for event in events]

    left = loop.run_until_complete(main())
    assert seen[0] is seen[1]
    gc.collect()
    assert [reference() for reference in left] == [None, None]


def test_the_bracket_is_in_place_only_while_the_handlers_code_runs(
    loop: VirtualEventLoop, greenlets: Greenlets
) -> None:
    log: list[Any] = []

    def handler(name: str) -> None:
        log.append(f"{name} at {loop.time():g}")
        wait_s(1)
        log.append(f"{name} at {loop.time():g}")

    async def main() -> None:
        await asyncio.gather(*(
            greenlets.call(handler, name, deadline_s=NEVER_S, bracket=RecordingBracket(log, name)) for name in "ab"
        ))  # fmt: skip

    loop.run_until_complete(main())
    assert log == [
        "enter a", "a at 0", "leave a", "enter b", "b at 0", "leave b",
        "enter a", "a at 1", "leave a", "enter b", "b at 1", "leave b",
    ]  # fmt: skip


def test_waiting_for_an_awaitable_returns_or_raises_in_the_handler(
    loop: VirtualEventLoop, greenlets: Greenlets
) -> None:
    log: list[Any] = []
    cancelled = loop.create_future()
    cancelled.cancel()

    async def fail() -> None:
        await asyncio.sleep(1)
        raise ValueError("boom")

    async def at_once() -> str:
        return "at once"

    def handler() -> None:
        for awaitable in (at_once(), just_sleep(1), fail(), cancelled, asyncio.wait_for(just_sleep(5), 1)):
            try:
                log.append((wait_for(awaitable), loop.time()))
            except (ValueError, TimeoutError, asyncio.CancelledError) as error:
                log.append((type(error).__name__, loop.time()))

    loop.run_until_complete(greenlets.call(handler, deadline_s=NEVER_S))
    assert log == [
        ("at once", 0.0), ("slept", 1.0), ("ValueError", 2.0), ("CancelledError", 2.0), ("TimeoutError", 3.0),
    ]  # fmt: skip


def test_a_handler_sees_the_context_variables_of_its_caller_and_changes_its_own(
    loop: VirtualEventLoop, greenlets: Greenlets
) -> None:
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable")

    def handler() -> tuple[str, str]:
        before = variable.get()
        variable.set("handler")
        wait_s(1)
        return before, variable.get()

    async def main() -> tuple[list[Any], str]:
        variable.set("caller")
        found = await asyncio.gather(*(greenlets.call(handler, deadline_s=NEVER_S) for _ in range(2)))
        return found, variable.get()

    assert loop.run_until_complete(main()) == ([("caller", "handler")] * 2, "caller")


def test_a_handler_may_use_greenlets_itself(loop: VirtualEventLoop, greenlets: Greenlets) -> None:
    log: list[Any] = []

    def handler(name: str) -> str:
        def inner(word: str) -> str:
            time.sleep(1)
            log.append((name, word, loop.time()))
            again = greenlet.getcurrent().parent.switch("between")
            wait_for(just_sleep(1))
            return f"{word} {again}"

        own = greenlet.greenlet(inner)
        assert own.switch("hello") == "between"
        time.sleep(1)
        return str(own.switch(name))

    async def main() -> list[str]:
        return list(await asyncio.gather(*(greenlets.call(handler, name, deadline_s=NEVER_S) for name in "ab")))

    assert loop.run_until_complete(main()) == ["hello a", "hello b"]
    assert log == [("a", "hello", 1.0), ("b", "hello", 1.0)]
    assert loop.time() == 3


def test_only_the_handlers_own_thread_is_in_the_handler(loop: VirtualEventLoop, greenlets: Greenlets) -> None:
    def handler() -> list[bool]:
        found = [in_handler()]
        thread = threading.Thread(target=lambda: found.append(in_handler()))
        thread.start()
        thread.join()
        return found

    assert loop.run_until_complete(greenlets.call(handler, deadline_s=NEVER_S)) == [True, False]
    assert not in_handler()
    with pytest.raises(RuntimeError, match="only a handler on the simulation's thread"):
        wait_s(1)


def test_a_deadlock_names_the_line_of_the_handler(loop: VirtualEventLoop, greenlets: Greenlets) -> None:
    never = loop.create_future()

    def helper() -> None:
        wait_for(never)

    def handler() -> None:
        helper()

    call = greenlets.call(handler, deadline_s=float("inf"))
    task = loop.create_task(call, name="worker/orders")
    with pytest.raises(DeadlockError) as caught:
        loop.run_until_complete(task)
    line = next(line for line in str(caught.value).splitlines() if "worker/orders" in line)
    first = helper.__code__.co_firstlineno
    assert f" > test_greenlets.py:{first + 4} > test_greenlets.py:{first + 1} > " in line
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        loop.run_until_complete(task)


def test_handlers_run_on_a_loop_in_real_time_too() -> None:
    async def main() -> tuple[str, bool]:
        loop = asyncio.get_running_loop()
        greenlets = Greenlets(loop)
        found = await greenlets.call(lambda: wait_for(just_sleep(0.001)), deadline_s=loop.time() + 60)
        with pytest.raises(FunctionTimedOut):
            await greenlets.call(lambda: wait_for(just_sleep(60)), deadline_s=loop.time() + 0.01)
        greenlets.close()
        return found, in_handler()

    assert asyncio.run(main()) == ("slept", False)
