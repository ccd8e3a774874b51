"""A run that can't go on ends, and says who waits where."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import threading
import time
from typing import TYPE_CHECKING

import anyio
import pytest

from eventsim.errors import DeadlockError, LivelockError, RealIOError, ThreadStallError
from eventsim.kernel.loop import VirtualEventLoop, virtual_time

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

HERE = os.path.basename(__file__)


def line_of(function: Callable[..., object], offset: int = 1) -> str:
    return f"{HERE}:{function.__code__.co_firstlineno + offset}"


async def wait_for_ever() -> None:
    await asyncio.Event().wait()


async def items() -> AsyncIterator[None]:
    await wait_for_ever()
    yield


def cancel_all(loop: VirtualEventLoop) -> None:
    for task in asyncio.all_tasks(loop):
        task.cancel()
    loop.run_until_complete(asyncio.sleep(0))


def test_a_deadlock_names_each_waiting_task_and_its_lines(loop: VirtualEventLoop) -> None:
    async def iterate() -> None:
        async for _ in items():
            pass

    async def main() -> None:
        await asyncio.sleep(2)
        tasks = [loop.create_task(wait_for_ever(), name=f"poller-{n}") for n in (10, 9)]
        tasks.append(loop.create_task(iterate(), name="iterator"))
        await asyncio.wait(tasks)

    with pytest.raises(DeadlockError) as caught:
        loop.run_until_complete(asyncio.wait_for(main(), None))
    first, *lines = re.sub(r" > locks.py:\d+| > tasks.py:\d+", "", str(caught.value)).splitlines()
    assert first == "nothing would ever happen again at t=2.0, but these tasks wait:"
    assert [line for line in lines if "Task-" not in line] == [
        f"  iterator: {line_of(iterate)} > {line_of(items)} > {line_of(wait_for_ever)}",
        f"  poller-9: {line_of(wait_for_ever)}",
        f"  poller-10: {line_of(wait_for_ever)}",
    ]
    assert any(line.endswith(line_of(main, 4)) for line in lines)
    cancel_all(loop)


def test_a_deadlock_under_anyio_comes_out_of_its_run() -> None:
    with pytest.raises(DeadlockError, match=re.escape(line_of(wait_for_ever))):
        anyio.run(wait_for_ever, backend_options=virtual_time())


def test_turns_without_time_or_progress_are_a_livelock() -> None:
    async def spin() -> None:
        while True:
            await asyncio.sleep(0)

    loop = VirtualEventLoop(livelock_limit=500)
    with pytest.raises(LivelockError, match=rf"500 turns at t=0.0 .*\n(.*\n)*.*{re.escape(line_of(spin, 2))}"):
        loop.run_until_complete(spin())
    cancel_all(loop)
    loop.close()


@pytest.mark.parametrize("limit", [500, 5000])
def test_progress_and_jumps_reset_the_livelock_limit(limit: int) -> None:
    loop = VirtualEventLoop(livelock_limit=limit)

    async def main() -> None:
        for _ in range(20):
            for _ in range(limit - 100):
                await asyncio.sleep(0)
            loop.progress()
        for _ in range(20):
            for _ in range(limit - 100):
                await asyncio.sleep(0)
            await asyncio.sleep(1)

    loop.run_until_complete(main())
    loop.close()


def test_a_thread_that_does_not_come_back_ends_the_run_and_is_named() -> None:
    loop = VirtualEventLoop(thread_patience_real_s=0.1)
    release = threading.Event()

    def hang() -> None:
        release.wait()

    try:
        with pytest.raises(ThreadStallError) as caught:
            loop.run_until_complete(asyncio.wait_for(asyncio.to_thread(hang), 10))
    finally:
        release.set()
    assert loop.time() == 0
    thread = next(line for line in str(caught.value).splitlines() if line.startswith("  thread asyncio_0: "))
    assert f" > {line_of(hang)} > " in thread
    cancel_all(loop)
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()


def test_a_socket_is_refused_with_a_remedy(loop: VirtualEventLoop) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        with pytest.raises(RealIOError, match=r"in virtual time: the simulation has no network\. Talk to the embedded"):
            loop.run_until_complete(loop.sock_accept(server))


def test_a_socket_is_waited_for_when_real_io_is_allowed() -> None:
    loop = VirtualEventLoop(allow_real_io=True)

    async def main() -> bytes:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        async with server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            found = await reader.read()
            writer.close()
            return found

    async def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello")
        writer.close()

    assert loop.run_until_complete(main()) == b"hello"
    assert loop.time() == 0
    loop.close()


async def busy() -> None:
    while True:
        await asyncio.sleep(1)


def run_in_anyio() -> None:
    anyio.run(busy, backend_options=virtual_time())


def run_in_a_runner() -> None:
    with asyncio.Runner(loop_factory=VirtualEventLoop) as runner:
        runner.run(busy())


@pytest.mark.parametrize("run", [run_in_anyio, run_in_a_runner])
def test_an_interrupt_comes_through_though_the_loop_never_polls(run: Callable[[], None]) -> None:
    timer = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    began_real = time.perf_counter()
    with pytest.raises(KeyboardInterrupt):
        run()
    assert time.perf_counter() - began_real < 5
    timer.join()


def test_a_signal_handler_of_the_loop_is_called_though_the_loop_never_waits(loop: VirtualEventLoop) -> None:
    received: list[str] = []

    async def main() -> None:
        loop.add_signal_handler(signal.SIGUSR1, received.append, "SIGUSR1")
        os.kill(os.getpid(), signal.SIGUSR1)
        while not received:
            await asyncio.sleep(1)
        loop.remove_signal_handler(signal.SIGUSR1)

    loop.run_until_complete(main())
    assert received == ["SIGUSR1"]
