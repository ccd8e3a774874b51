"""The event loop that may be running around a simulation: pytest-asyncio's, anyio's, IPython's, trio's."""

from __future__ import annotations

import asyncio
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from eventsim.kernel.running import hide_running, put_back

if TYPE_CHECKING:
    from collections.abc import Iterator


def running_loop() -> asyncio.AbstractEventLoop | None:
    """The asyncio loop that runs in this thread, or None."""
    return asyncio._get_running_loop()


@contextmanager
def hidden_host() -> Iterator[None]:
    """Let this thread run another loop for a while, as if none were running around it."""
    # sniffio is how anyio learns what is running; trio tells it by this thread-local.
    sniffio: Any = sys.modules.get("sniffio")
    library = None if sniffio is None else sniffio.thread_local.name
    running = hide_running()
    if library is not None:
        sniffio.thread_local.name = None
    try:
        yield
    finally:
        if library is not None:
            sniffio.thread_local.name = library
        put_back(running)


async def give_way() -> None:
    """Let the other tasks of the program around the simulation go on; cancellation arrives here."""
    if running_loop() is not None:
        await asyncio.sleep(0)
        return
    from anyio.lowlevel import checkpoint

    await checkpoint()
