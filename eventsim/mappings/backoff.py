"""How long a throttled batch waits before the invoke is tried again (SQS-27, SQS-28)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventsim.kernel.instants import after

if TYPE_CHECKING:
    from random import Random

FIRST_S = 1.0
LONGEST_S = 30.0
JITTER = 0.2


def throttle_wait_s(throttles: int, chance: Random) -> float:
    """The wait after the batch's throttle number *throttles*, from 1: 1 s, doubling to 30 s, each ±20 % (SQS-28)."""
    wait_s = min(LONGEST_S, FIRST_S * 2.0 ** min(throttles - 1, 16))
    return wait_s * chance.uniform(1 - JITTER, 1 + JITTER)


def retry_at_s(now_s: float, throttles: int, lease_ends_s: float, chance: Random) -> float | None:
    """When to try again, or None: then the batch is given up at *lease_ends_s*, the earliest of its leases (SQS-27)."""
    at_s = after(now_s, throttle_wait_s(throttles, chance))
    return at_s if at_s < lease_ends_s else None
