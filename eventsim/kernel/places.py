"""Where tasks wait: the text of a deadlock or livelock."""

from __future__ import annotations

import asyncio
import gc
import os
import re
from collections.abc import Callable, Iterable, Iterator
from types import FrameType
from typing import Any

StackSource = Callable[[FrameType], Iterable[FrameType]]
"""Tells, for a frame of a task, the frames (outermost first) of code that it drives but does not await."""

_AWAITED = (("cr_frame", "cr_await"), ("gi_frame", "gi_yieldfrom"), ("ag_frame", "ag_await"))


def place_of(frame: FrameType) -> str:
    """``file.py:12`` of the line that *frame* is at."""
    return f"{os.path.basename(frame.f_code.co_filename)}:{frame.f_lineno}"


def describe_waiters(loop: asyncio.AbstractEventLoop, sources: Iterable[StackSource] = ()) -> str:
    """One line per unfinished task of *loop*, by name: the lines that it waits at, outermost first."""
    lines = []
    for task in sorted(asyncio.all_tasks(loop), key=_by_name):
        places = [
            place_of(inner)
            for frame in _frames(task.get_coro())
            for inner in [frame, *(driven for source in sources for driven in source(frame))]
        ]
        lines.append(f"  {task.get_name()}: {' > '.join(places) or 'not started'}")
    return "\n".join(lines) or "  no task is left"


def _frames(awaited: Any) -> Iterator[FrameType]:
    """The frames of a chain of coroutines and generators, each awaiting the next."""
    while awaited is not None:
        for frame_name, next_name in _AWAITED:
            frame = getattr(awaited, frame_name, None)
            if frame is not None:
                yield frame
                awaited = getattr(awaited, next_name)
                break
        else:
            awaited = _generator_behind(awaited)


def _generator_behind(step: Any) -> Any:
    """The asynchronous generator that *step* is one ``anext`` of, if it is one: it doesn't tell by any attribute."""
    if "async_generator" not in type(step).__name__:
        return None
    return next((found for found in gc.get_referents(step) if hasattr(found, "ag_frame")), None)


def _by_name(task: asyncio.Task[Any]) -> list[tuple[int, str]]:
    """Task-2 before Task-10."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", task.get_name())]
