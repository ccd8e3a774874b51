"""``time.sleep`` and the monotonic clocks: virtual in a handler, real elsewhere."""

from __future__ import annotations

import copy
import pickle
import threading
import time
from typing import TYPE_CHECKING
from unittest import mock

import pytest

from eventsim.kernel.greenlets import install_clock_functions, uninstall_clock_functions

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventsim.kernel.greenlets import Greenlets
    from eventsim.kernel.loop import VirtualEventLoop

NEVER_S = 1e6
NAMES = ["sleep", "monotonic", "monotonic_ns", "perf_counter", "perf_counter_ns"]


def test_a_handler_reads_the_loops_time(loop: VirtualEventLoop, greenlets: Greenlets) -> None:
    def handler() -> tuple[float, float, int, int]:
        time.sleep(86400)
        time.sleep(1)
        return time.monotonic(), time.perf_counter(), time.monotonic_ns(), time.perf_counter_ns()

    found = loop.run_until_complete(greenlets.call(handler, deadline_s=NEVER_S))
    assert found == (86401.0, 86401.0, 86401 * 10**9, 86401 * 10**9)


def test_everywhere_else_they_are_real(loop: VirtualEventLoop, greenlets: Greenlets) -> None:
    began = time.monotonic()
    assert abs(time.monotonic_ns() / 1e9 - began) < 60
    slept = []

    def in_thread() -> None:
        before = time.perf_counter()
        time.sleep(0.01)
        slept.append(time.perf_counter() - before)

    def handler() -> None:
        thread = threading.Thread(target=in_thread)
        thread.start()
        thread.join()

    handler()
    loop.run_until_complete(greenlets.call(handler, deadline_s=NEVER_S))
    assert all(real >= 0.009 for real in slept)
    assert (len(slept), loop.time()) == (2, 0.0)


def test_a_handler_that_sleeps_badly_gets_pythons_errors(loop: VirtualEventLoop, greenlets: Greenlets) -> None:
    def handler() -> None:
        for bad, kind in ((-1, ValueError), (float("nan"), ValueError), ("1", TypeError), (None, TypeError)):
            with pytest.raises(kind):
                time.sleep(bad)  # type: ignore[arg-type]
        time.sleep(0)
        time.sleep(True)

    loop.run_until_complete(greenlets.call(handler, deadline_s=NEVER_S))
    assert loop.time() == 1


def test_they_are_wrapped_once_and_given_back() -> None:
    uninstall_clock_functions()  # a run of another test may have left them
    real = [getattr(time, name) for name in NAMES]
    install_clock_functions()
    wrapped = [getattr(time, name) for name in NAMES]
    install_clock_functions()
    assert [getattr(time, name) for name in NAMES] == wrapped
    assert set(wrapped).isdisjoint(real)
    kept = time.monotonic
    uninstall_clock_functions()
    assert [getattr(time, name) for name in NAMES] == real
    assert abs(kept() - time.monotonic()) < 60
    uninstall_clock_functions()


def test_what_a_test_puts_in_their_place_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    def own(seconds: float) -> None:
        """A sleep that a test has written."""

    install_clock_functions()
    try:
        with mock.patch("time.sleep") as sleep, mock.patch("time.monotonic") as monotonic:
            install_clock_functions()
            assert (time.sleep, time.monotonic) == (sleep, monotonic)
        with monkeypatch.context() as patching:
            patching.setattr(time, "sleep", own)
            install_clock_functions()
            assert time.sleep is own
        assert hasattr(time.sleep, "real")
    finally:
        uninstall_clock_functions()
    with mock.patch("time.sleep") as sleep:
        install_clock_functions()
        assert time.sleep is sleep
        uninstall_clock_functions()
    install_clock_functions()
    assert hasattr(time.sleep, "real")


def test_they_behave_like_the_builtins_that_they_replace(greenlets: Greenlets) -> None:
    class Timer:
        clock: Callable[[], float] = time.monotonic

    assert isinstance(Timer().clock(), float)
    assert (time.sleep.__name__, time.sleep.__module__) == ("sleep", "time")
    assert copy.deepcopy(time.sleep) is time.sleep
    assert pickle.loads(pickle.dumps(time.monotonic)) is time.monotonic
