"""How many requests a second are served: ten for each unit of concurrency (CON-04).

The rate counts synchronous requests of functions whose invocations may be shorter than 100 ms: longer ones reach the
limit of concurrency first. A function whose duration is nothing at all (``takes: 0``) models no duration, and its rate
means nothing: it is not limited.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from eventsim.functions.durations import Fixed

if TYPE_CHECKING:
    from eventsim.functions.durations import Duration

REQUESTS_PER_S: Final = 10
"""Requests a second for each unit of concurrency."""

LONG_S: Final = 1.0 / REQUESTS_PER_S
"""Invocations that last as long as this never come near the rate."""


class RequestRate:
    """The requests of one second: a bucket of ten for each unit of *limit*, full at the start and after a second."""

    __slots__ = ("_at_s", "_used", "limit")

    def __init__(self, limit: int = 0) -> None:
        self.limit = limit
        self._used = 0.0
        self._at_s = 0.0

    def take(self, now_s: float) -> bool:
        """Count one more request, if there is room for it now."""
        most = self.limit * REQUESTS_PER_S
        if now_s > self._at_s:
            self._used = max(0.0, self._used - (now_s - self._at_s) * most)
            self._at_s = now_s
        if math.floor(most - self._used + 1e-9) < 1:
            return False
        self._used += 1
        return True


def is_limited(takes: Duration) -> bool:
    """Whether invocations that take so long are held to a rate."""
    return not isinstance(takes, Fixed) or 0 < takes.seconds < LONG_S
