"""The private names of asyncio and anyio that the kernel uses: an upgrade that drops one fails here, by name."""

from __future__ import annotations

import asyncio
import inspect
import threading
from asyncio import base_events, events
from collections import deque
from typing import Any

import anyio
import anyio.to_thread
import pytest

from eventsim.kernel.loop import VirtualEventLoop, virtual_time
from eventsim.kernel.running import hide_running, put_back


def test_asyncios_loop_still_has_the_parts_that_a_turn_is_made_of() -> None:
    loop: Any = asyncio.SelectorEventLoop()
    assert type(loop._ready) is deque
    assert loop._stopping is False
    loop._check_closed()
    loop._process_events([])
    assert not inspect.signature(loop._run_once).parameters
    assert list(inspect.signature(loop._timer_handle_cancelled).parameters) == ["handle"]
    loop.close()
    with pytest.raises(RuntimeError):
        loop._check_closed()
    assert "self._run_once()" in inspect.getsource(base_events.BaseEventLoop.run_forever) + inspect.getsource(
        base_events.BaseEventLoop
    )


def test_asyncio_still_puts_what_is_ready_into_the_ready_queue(loop: VirtualEventLoop) -> None:
    asyncios: Any = loop
    handle = loop.call_soon(print)
    threadsafe = loop.call_soon_threadsafe(print)
    assert list(asyncios._ready) == [handle, threadsafe]
    loop.stop()
    assert asyncios._stopping is True
    handle.cancel()
    threadsafe.cancel()


def test_asyncios_handles_still_have_their_parts(loop: VirtualEventLoop) -> None:
    calls: list[int] = []
    timer: Any = asyncio.TimerHandle(1.0, calls.append, (7,), loop)
    assert (timer._callback, timer._args, timer._cancelled, timer._scheduled) == (calls.append, (7,), False, False)
    timer._run()
    timer._context.run(timer._callback, 8)
    assert calls == [7, 8]
    timer.cancel()
    assert timer._cancelled is True


def test_cancelling_a_timer_still_tells_the_loop() -> None:
    told = []

    class Loop(VirtualEventLoop):
        def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
            told.append(handle)
            super()._timer_handle_cancelled(handle)

    loop = Loop()
    handle = loop.call_at(1, print)
    handle.cancel()
    handle.cancel()
    assert told == [handle]
    assert loop._heap._cancelled == 1
    loop.close()


def test_the_running_loop_can_still_be_hidden_and_another_one_be_run() -> None:
    async def inner() -> asyncio.AbstractEventLoop:
        await asyncio.sleep(0)
        return asyncio.get_running_loop()

    async def main() -> None:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        running = hide_running()
        with pytest.raises(RuntimeError, match="no running event loop"):
            asyncio.get_running_loop()
        with asyncio.Runner() as runner:
            assert runner.run(inner()) is not loop
        put_back(running)
        assert (asyncio.get_running_loop(), asyncio.current_task()) == (loop, task)

    asyncio.run(main())


def test_the_policy_is_still_that_global_name(monkeypatch: pytest.MonkeyPatch) -> None:
    mark: Any = object()
    monkeypatch.setattr(events, "_event_loop_policy", mark)
    ask: Any = getattr(events, "_get_event_loop_policy", events.get_event_loop_policy)  # the former from 3.14 on
    assert ask() is mark


def test_anyios_workers_still_tell_their_loop_and_whether_they_rest() -> None:
    async def main() -> list[tuple[bool, bool, bool]]:
        await anyio.to_thread.run_sync(int)
        workers: list[Any] = [thread for thread in threading.enumerate() if type(thread).__name__ == "WorkerThread"]
        loop = asyncio.get_running_loop()
        return [(worker.loop is loop, worker in worker.idle_workers, worker.stopping) for worker in workers]

    assert anyio.run(main, backend_options=virtual_time()) == [(True, True, False)]
