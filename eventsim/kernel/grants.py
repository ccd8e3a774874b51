"""What the task that drives a handler does while the handler waits: let time pass, await something, watch the limit."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator


class FunctionTimedOut(BaseException):
    """Thrown into a handler at its deadline; a BaseException, so that ``except Exception`` lets it pass."""


async def grant(
    loop: asyncio.AbstractEventLoop, wish: float | Awaitable[Any], deadline_s: float
) -> tuple[Any, BaseException | None]:
    """Wait until the time *wish*, or for the awaitable *wish*: (its result, None) or (None, what it raised).

    Raises FunctionTimedOut when that lasts beyond *deadline_s*, and what is meant for the driving task itself: its
    cancellation, KeyboardInterrupt, SystemExit.
    """
    if not isinstance(wish, float):
        return await _await(loop, wish, deadline_s)
    await _sleep_until(loop, min(wish, deadline_s))
    if wish > deadline_s:
        raise FunctionTimedOut
    return None, None


async def _sleep_until(loop: asyncio.AbstractEventLoop, when: float) -> None:
    if when <= loop.time():
        return
    reached = loop.create_future()
    timer = loop.call_at(when, reached.set_result, None)
    try:
        await reached
    finally:
        timer.cancel()


async def _await(
    loop: asyncio.AbstractEventLoop, awaitable: Awaitable[Any], deadline_s: float
) -> tuple[Any, BaseException | None]:
    task = asyncio.current_task()
    assert task is not None
    cancelled_before = task.cancelling()
    limit = asyncio.timeout(None)
    try:
        async with limit:
            with _reach(loop, deadline_s, limit):
                return await awaitable, None
    except asyncio.CancelledError as error:
        if task.cancelling() > cancelled_before:
            raise  # the driving task is cancelled, not what it awaits
        return None, error
    except Exception as error:  # noqa: BLE001 - it is the handler's
        if limit.expired():
            raise FunctionTimedOut from None
        return None, error


@contextmanager
def _reach(loop: asyncio.AbstractEventLoop, deadline_s: float, limit: asyncio.Timeout) -> Iterator[None]:
    """Let *limit* expire when *deadline_s* has passed: what is done at that very instant is in time."""
    waiting = True

    def expire() -> None:
        if waiting:
            limit.reschedule(loop.time())

    later: Callable[..., object] = getattr(loop, "call_when_settled", loop.call_soon)
    timer = loop.call_at(deadline_s, later, expire)
    try:
        yield
    finally:
        waiting = False
        timer.cancel()
