"""How long a throttled batch waits before the invoke is tried again (SQS-27, SQS-28)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventsim.kernel.instants import after
from eventsim.quirks import NO_QUIRKS

if TYPE_CHECKING:
    from random import Random

    from eventsim.quirks import Quirks


def throttle_wait_s(throttles: int, chance: Random, quirks: Quirks = NO_QUIRKS) -> float:
    """The wait after the batch's throttle number *throttles*, from 1: 1 s, doubling to 30 s, each ±20 % (SQS-28)."""
    wait_s = min(quirks.throttle_longest_s, quirks.throttle_first_s * 2.0 ** min(throttles - 1, 16))
    return wait_s * chance.uniform(1 - quirks.throttle_jitter, 1 + quirks.throttle_jitter)


def retry_at_s(
    now_s: float, throttles: int, lease_ends_s: float, chance: Random, quirks: Quirks = NO_QUIRKS
) -> float | None:
    """When to try again, or None: then the batch is given up at *lease_ends_s*, the earliest of its leases (SQS-27)."""
    at_s = after(now_s, throttle_wait_s(throttles, chance, quirks))
    return at_s if at_s < lease_ends_s else None
