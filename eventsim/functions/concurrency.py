"""How many invocations may run at once: the account's pool, reserved shares, and the scaling rate."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import Protocol

from eventsim.functions.request_rate import RequestRate

SCALING_BURST = 1000
"""New execution environments that a function may start at one instant (CON-03)."""

SCALING_PER_S = 100.0
"""How fast that allowance refills (CON-03: 1,000 every 10 s)."""


class ThrottleReason(StrEnum):
    """Why Lambda answers 429 ``Rate Exceeded.`` (CON-06)."""

    RESERVED = "ReservedFunctionConcurrentInvocationLimitExceeded"
    ACCOUNT = "ConcurrentInvocationLimitExceeded"
    SCALING = "FunctionInvocationRateLimitExceeded"
    RESERVED_RATE = "ReservedFunctionInvocationRateLimitExceeded"


class Permit(Protocol):
    """What an admitted invocation holds until it ends."""

    def give_back(self) -> None:
        """Let the next invocation in."""


class _NoPool:
    """The permit of a function that reserves its own concurrency: the shared pool is not touched."""

    def give_back(self) -> None:
        """Nothing to return."""


NO_POOL = _NoPool()


class AccountConcurrency:
    """The account's concurrency in one region, shared by all functions that reserve none (CON-02, CON-12)."""

    __slots__ = ("_free", "_reserved", "limit", "request_rate")

    def __init__(self, limit: int = 1000) -> None:
        self.limit = limit
        self.request_rate = RequestRate(limit)
        self._reserved: dict[str, int] = {}
        self._free = limit

    def reserve(self, function: str, amount: int | None) -> None:
        """Set what *function* reserves; None gives its share back to the pool."""
        self._free += self._reserved.pop(function, 0)
        if amount is not None:
            self._reserved[function] = amount
            self._free -= amount

    @property
    def claimed(self) -> int:
        """What functions hold for themselves, used or not (MET-07)."""
        return sum(self._reserved.values())

    def unreserved(self, *, without: str = "") -> int:
        """What is left beside the reservations, leaving out the one of the name *without*."""
        return self.limit - sum(amount for name, amount in self._reserved.items() if name != without)

    def take(self) -> bool:
        """Take one of the unreserved pool, if one is left."""
        if self._free <= 0:
            return False
        self._free -= 1
        return True

    def give_back(self) -> None:
        """Return what `take` took."""
        self._free += 1


class ScalingRate:
    """A function's allowance of new execution environments: a bucket, full at the start (CON-03)."""

    __slots__ = ("_at_s", "_tokens")

    def __init__(self) -> None:
        self._tokens = float(SCALING_BURST)
        self._at_s = 0.0

    def take(self, now_s: float) -> bool:
        """Take the allowance for one new environment, if there is one now."""
        self._tokens = min(float(SCALING_BURST), self._tokens + (now_s - self._at_s) * SCALING_PER_S)
        self._at_s = now_s
        if math.floor(self._tokens + 1e-9) < 1:
            return False
        self._tokens -= 1
        return True
