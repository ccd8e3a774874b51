"""What asyncio holds to be running in this thread, a loop and a task of it: hidden for a while, and put back."""

from __future__ import annotations

import asyncio
import sys
from typing import Any, TypeAlias

Running: TypeAlias = tuple[asyncio.AbstractEventLoop | None, Any]
"""A loop, and the task that is to be its current one again; the task is None where asyncio keeps it itself."""

if sys.version_info >= (3, 14):
    _swap: Any = asyncio.tasks._swap_current_task  # type: ignore[attr-defined]

    def hide_running() -> Running:
        """Let the thread have no running loop and no current task, of which it has one; returns what to put back."""
        loop = asyncio._get_running_loop()
        if loop is None:
            return None, None
        task = _swap(loop, None)
        asyncio._set_running_loop(None)
        return loop, task

    def put_back(running: Running) -> None:
        """Let the thread have again what `hide_running` returned, or a loop and a task of it."""
        loop, task = running
        asyncio._set_running_loop(loop)
        if loop is not None:
            _swap(loop, task)

else:

    def hide_running() -> Running:
        """Let the thread have no running loop; its current task stays, since each loop has its own."""
        loop = asyncio._get_running_loop()
        asyncio._set_running_loop(None)
        return loop, None

    def put_back(running: Running) -> None:
        """Let the thread have again what `hide_running` returned, or a loop."""
        asyncio._set_running_loop(running[0])
