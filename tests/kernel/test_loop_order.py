"""What happens at one instant, and in which order."""

from __future__ import annotations

import asyncio
import math
import os
import subprocess
import sys
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventsim.errors import DeadlockError
from eventsim.kernel.loop import VirtualEventLoop
from eventsim.kernel.timed_loop import POLL_EVERY

INSTANTS = st.sampled_from([0.0, 0.1, 0.1 + 0.2, 0.3, 1.0, 86400.0, 2.0**24, 2.0**24 + 1, 1e9])


def run_until_idle(loop: VirtualEventLoop) -> None:
    loop.call_when_idle(loop.stop)
    loop.run_forever()
    loop.close()


@given(deadlines=st.lists(INSTANTS), cancelled=st.sets(st.integers(0, 30)))
def test_timers_fire_at_exactly_their_deadline_first_set_first(deadlines: list[float], cancelled: set[int]) -> None:
    loop = VirtualEventLoop()
    fired: list[tuple[float, int]] = []

    def fire(n: int) -> None:
        fired.append((loop.time(), n))

    handles = [loop.call_at(when, fire, n) for n, when in enumerate(deadlines)]
    for n in cancelled & set(range(len(handles))):
        handles[n].cancel()
    run_until_idle(loop)
    assert fired == sorted((when, n) for n, when in enumerate(deadlines) if n not in cancelled)


@given(
    steps=st.lists(st.tuples(INSTANTS, st.tuples(st.integers(0, 3), st.integers(0, 3)))),
    timers=st.lists(INSTANTS),
    seed=st.none() | st.integers(0, 5),
)
def test_at_one_instant_all_steps_come_first_in_their_order(
    steps: list[tuple[float, tuple[int, int]]], timers: list[float], seed: int | None
) -> None:
    loop = VirtualEventLoop(seed=seed)
    fired: list[Any] = []

    def fire(phase: int, order: tuple[int, ...]) -> None:
        fired.append((loop.time(), phase, order))

    for when in timers:
        loop.call_at(when, fire, 1, ())
    for n, (when, order) in enumerate(steps):
        loop.call_at_step(when, order, partial(fire, 0, (*order, n)))
    run_until_idle(loop)
    expected: list[Any] = [(when, 0, (*order, n)) for n, (when, order) in enumerate(steps)]
    assert fired == sorted(expected + [(when, 1, ()) for when in timers])


def test_a_step_runs_before_tasks_even_when_a_step_or_a_task_sets_it_for_now(loop: VirtualEventLoop) -> None:
    log = []

    async def task(name: str) -> None:
        log.append(f"task {name}")

    def first() -> None:
        log.append("first")
        loop.create_task(task("of first"))
        loop.call_at_step(loop.time(), (3,), lambda: log.append("third"))
        loop.call_at_step(0.0, (2,), lambda: log.append("second, set for a time that has passed"))

    async def main() -> None:
        loop.call_at_step(1.0, (1,), first)
        await asyncio.sleep(1)
        log.append("timer")
        loop.call_at_step(1.0, (0,), lambda: log.append("late step"))
        loop.call_soon(log.append, "soon")
        await asyncio.sleep(0)
        log.append("main goes on")

    loop.call_at_step(0.0, (), lambda: log.append(f"before main at {loop.time():g}"))
    loop.run_until_complete(main())
    assert log == [
        "before main at 0", "first", "second, set for a time that has passed", "third", "task of first", "timer",
        "late step", "soon", "main goes on",
    ]  # fmt: skip


def test_what_a_step_raises_ends_the_run(loop: VirtualEventLoop) -> None:
    def fail() -> None:
        raise ValueError("wrong step")

    loop.call_at_step(1.0, (), fail)
    waiting = loop.create_future()
    with pytest.raises(ValueError, match="wrong step"):
        loop.run_until_complete(waiting)
    assert loop.time() == 1


def test_a_cancelled_step_does_not_run(loop: VirtualEventLoop) -> None:
    log: list[str] = []
    loop.call_at_step(1.0, (), lambda: log.append("never")).cancel()
    run_until_idle(loop)
    assert (log, loop.time()) == ([], 0.0)


def test_an_instant_is_settled_when_all_that_falls_due_at_it_has_happened(loop: VirtualEventLoop) -> None:
    log: list[Any] = []

    async def busy(name: str, turns: int) -> None:
        for _ in range(turns):
            await asyncio.sleep(0)
        log.append(name)

    def settled_first() -> None:
        log.append("first settled")
        loop.create_task(busy("what settling began", 5))

    async def main() -> None:
        await asyncio.sleep(1)
        loop.call_when_settled(lambda: log.append("cancelled")).cancel()
        loop.call_when_settled(settled_first)
        loop.call_when_settled(lambda: log.append(("second settled", loop.time())))
        loop.call_at(1.0, log.append, "timer of now")
        await loop.create_task(busy("busy", 10))
        await asyncio.sleep(1)
        log.append("a second later")

    loop.run_until_complete(main())
    assert log == [
        "timer of now", "busy", "first settled", "what settling began", ("second settled", 1.0), "a second later",
    ]  # fmt: skip


def test_idle_comes_after_all_timers_and_after_settled_and_may_begin_anew(loop: VirtualEventLoop) -> None:
    log: list[Any] = []

    def idle_first() -> None:
        log.append(("idle", loop.time()))
        loop.call_later(10, log.append, "set when idle")
        loop.call_when_idle(loop.stop)
        loop.call_when_settled(lambda: log.append("settled"))

    loop.call_when_idle(lambda: log.append("cancelled")).cancel()
    loop.call_when_idle(idle_first)
    loop.call_at(5, log.append, "timer")
    loop.run_forever()
    assert log == ["timer", ("idle", 5.0), "settled", "set when idle"]
    assert loop.time() == 15


@pytest.mark.parametrize("count", [1, 99, 5000])
def test_cancelled_timers_are_nothing_that_would_happen(loop: VirtualEventLoop, count: int) -> None:
    for handle in [loop.call_at(100 + n, print) for n in range(count)]:
        handle.cancel()
    assert len(loop._heap.entries) <= 101
    run_until_idle(loop)
    assert (loop.time(), loop.jumps) == (0.0, 0)


def test_time_is_a_float_whatever_timers_are_set_to(loop: VirtualEventLoop) -> None:
    loop.call_at(5, print)
    run_until_idle(loop)
    assert repr(loop.time()) == "5.0"


def test_a_timer_that_another_callback_cancels_at_its_own_instant_does_not_fire(loop: VirtualEventLoop) -> None:
    log: list[str] = []

    def first() -> None:
        log.append("first")
        second.cancel()

    loop.call_at(1, first)
    second = loop.call_at(1, log.append, "second")
    run_until_idle(loop)
    assert log == ["first"]


@pytest.mark.parametrize("delay", [math.inf, math.nan])
def test_waiting_for_ever_is_not_a_timer(loop: VirtualEventLoop, delay: float) -> None:
    loop.call_later(delay, print)
    with pytest.raises(DeadlockError):
        loop.run_until_complete(loop.create_future())
    assert loop.time() == 0


def draws(seed: int | None) -> list[int]:
    loop: VirtualEventLoop = VirtualEventLoop(seed=seed)
    fired: list[int] = []
    for n in range(20):
        loop.call_at(1, fired.append, n)
    run_until_idle(loop)
    return fired


def test_a_seed_draws_the_order_of_equal_deadlines_and_repeats_it() -> None:
    assert draws(None) == list(range(20))
    assert draws(1) == draws(1) != draws(2)
    assert sorted(draws(1)) == list(range(20))


def test_the_seeded_order_is_the_same_in_every_process() -> None:
    here = {seed: draws(seed) for seed in (1, 2)}
    program = "from tests.kernel.test_loop_order import draws; print({seed: draws(seed) for seed in (1, 2)})"
    there = {
        subprocess.run(
            [sys.executable, "-c", program], env={**os.environ, "PYTHONHASHSEED": hash_seed}, check=True,
            capture_output=True, text=True, cwd=os.fspath(pytest.importorskip("tests").__path__[0] + "/.."),
        ).stdout.strip()
        for hash_seed in ("1", "7")
    }  # fmt: skip
    assert there == {str(here)}


def test_a_handle_is_called_in_its_place_as_often_as_it_is_added_unless_it_is_taken_back(
    loop: VirtualEventLoop,
) -> None:
    log: list[str] = []
    handle = asyncio.Handle(log.append, ("again",), loop)

    def first() -> None:
        loop.add_ready(handle)
        loop.call_soon(log.append, "after")
        assert loop.take_back(handle), "something was added behind it: it stays, and both are still to be called"
        loop.call_soon(second)

    def second() -> None:
        loop.add_ready(handle)
        assert not loop.take_back(handle), "it was the last: it is gone, and nothing is left"

    loop.call_soon(first)
    loop.call_at(1, loop.add_ready, handle)
    run_until_idle(loop)
    assert log == ["again", "after", "again"]


def test_there_are_others_while_something_is_ready_or_due_at_this_instant(loop: VirtualEventLoop) -> None:
    handle = asyncio.Handle(print, (), loop)
    answers: list[bool] = []

    def ask() -> None:
        loop.add_ready(handle)
        answers.append(loop.take_back(handle))

    def busy() -> None:
        ask()
        later = loop.call_at(loop.time(), bool)
        ask()
        later.cancel()
        loop.call_at(loop.time() + 1, bool)

    loop.call_soon(busy)
    loop.call_at(2, loop.call_soon, ask)
    run_until_idle(loop)
    assert answers == [False, True, False]


def test_who_goes_on_alone_for_very_long_is_told_to_give_way(loop: VirtualEventLoop) -> None:
    handle = asyncio.Handle(print, (), loop)
    turns = [0]

    def alone() -> None:
        loop.add_ready(handle)
        while not loop.take_back(handle):
            loop.add_ready(handle)
            turns[0] += 1

    loop.call_soon(alone)
    run_until_idle(loop)
    assert 0 < turns[0] <= POLL_EVERY
