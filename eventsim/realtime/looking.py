"""Waiting for what nobody reports: looked at again and again, in real time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


async def wait_while(holds: Callable[[], bool], *, every_s: float, until_s: float = float("inf")) -> None:
    """Return when *holds* is false, looking every *every_s* seconds, or at loop time *until_s*."""
    loop = asyncio.get_running_loop()
    while holds() and loop.time() < until_s:  # noqa: ASYNC110 - there is no event: counts of several parts are looked at
        await asyncio.sleep(every_s)
