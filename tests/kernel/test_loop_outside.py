"""Threads and child processes: virtual time stands still while they work."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread
import pytest

from eventsim.kernel.loop import VirtualEventLoop, virtual_time

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

REAL_S = 0.05


def work() -> str:
    time.sleep(REAL_S)
    return "done"


@pytest.mark.parametrize("start", [asyncio.to_thread, anyio.to_thread.run_sync])
def test_time_stands_still_while_a_thread_works(start: Callable[..., Coroutine[None, None, str]]) -> None:
    async def main() -> tuple[str, float]:
        return await asyncio.wait_for(start(work), 0.001), anyio.current_time()

    assert anyio.run(main, backend_options=virtual_time()) == ("done", 0.0)


def test_time_moves_on_when_threads_rest_or_stop() -> None:
    async def main() -> list[float]:
        times = []
        for _ in range(3):
            await anyio.sleep(3600)  # anyio stops workers that have rested for ten seconds of the loop's time
            async with anyio.create_task_group() as group:
                for _ in range(3):
                    group.start_soon(anyio.to_thread.run_sync, time.sleep, 0.01)
            times.append(anyio.current_time())
        return times

    assert anyio.run(main, backend_options=virtual_time()) == [3600, 7200, 10800]


def test_what_settles_or_is_idle_waits_for_threads(loop: VirtualEventLoop) -> None:
    log: list[str] = []

    async def in_thread() -> None:
        log.append(await asyncio.to_thread(work))

    def idle() -> None:
        log.append("idle")
        loop.stop()

    task = loop.create_task(in_thread())
    loop.call_when_settled(lambda: log.append("settled"))
    loop.call_when_idle(idle)
    loop.run_forever()
    assert (log, task.done()) == (["done", "settled", "idle"], True)
    loop.run_until_complete(loop.shutdown_default_executor())


def test_a_hold_keeps_time_from_moving(loop: VirtualEventLoop) -> None:
    async def main() -> float:
        with loop.hold():
            waiter = loop.create_task(asyncio.sleep(1))
            loop.run_in_executor(None, work).add_done_callback(lambda _: waiter.cancel())
            with pytest.raises(asyncio.CancelledError):
                await waiter
        await asyncio.sleep(1)
        await loop.shutdown_default_executor()
        return loop.time()

    assert loop.run_until_complete(main()) == 1


@pytest.mark.parametrize("allow_real_io", [False, True])
def test_time_stands_still_while_a_child_process_runs(allow_real_io: bool) -> None:
    program = f"import sys, time; time.sleep({REAL_S}); sys.stdout.write(sys.stdin.read() * 50_000)"

    async def main() -> tuple[int, int, bytes, float]:
        with anyio.fail_after(0.001):
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-c", program, stdin=subprocess.PIPE, stdout=subprocess.PIPE
            )
            found, _ = await process.communicate(b"hello")
            shell = await asyncio.create_subprocess_shell("exit 3")
            status = await shell.wait()
            other = await anyio.run_process([sys.executable, "-c", "print('hi')"])
        return len(found), status, other.stdout, anyio.current_time()

    outcome = anyio.run(main, backend_options=virtual_time(allow_real_io=allow_real_io))
    assert outcome == (250_000, 3, b"hi\n", 0.0)


def test_a_loop_needs_no_socket_class_that_a_test_suite_has_blocked(monkeypatch: pytest.MonkeyPatch) -> None:
    class Blocked(socket.socket):
        def __init__(self, *_: object, **__: object) -> None:
            raise AssertionError("a socket was made")

    monkeypatch.setattr(socket, "socket", Blocked)
    assert anyio.run(asyncio.to_thread, work, backend_options=virtual_time()) == "done"


def test_a_thread_may_call_into_the_loop(loop: VirtualEventLoop) -> None:
    async def answer() -> str:
        return "answer"

    def ask() -> str:
        return asyncio.run_coroutine_threadsafe(answer(), loop).result()

    async def main() -> str:
        found = await asyncio.to_thread(ask)
        await loop.shutdown_default_executor()
        return found

    assert loop.run_until_complete(main()) == "answer"
