"""What follows when an asynchronous event failed or was throttled: another attempt, or its end (ASY-06 to ASY-09)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from eventsim.destinations.asynchronous import Condition
from eventsim.kernel.instants import after

if TYPE_CHECKING:
    from eventsim.quirks import Quirks


class AsyncTiming(Struct, frozen=True, kw_only=True):
    """How long events wait, in seconds.

    *retry_s* is the wait before each retry after a function error (ASY-06); after the n-th throttle in a row it is
    *throttle_first_s*, doubled each time, at most *throttle_longest_s* (ASY-07). The part *duplicate_rate* of all
    accepted events, 0 to 1, is delivered twice (GEN-03).
    """

    retry_s: tuple[float, ...] = (60.0, 120.0)
    throttle_first_s: float = 1.0
    throttle_longest_s: float = 300.0
    duplicate_rate: float = 0.0


AS_ON_AWS = AsyncTiming()


def timing_of(quirks: Quirks) -> AsyncTiming:
    """The waits that a simulation chose."""
    return AsyncTiming(
        retry_s=quirks.async_retry_s,
        throttle_first_s=quirks.async_throttle_first_s,
        throttle_longest_s=quirks.async_throttle_longest_s,
        duplicate_rate=quirks.duplicate_rate,
    )


class Lifetime(Struct, frozen=True):
    """How long one event lives: accepted when (loop time), tried again how often, discarded at which age."""

    accepted_s: float
    maximum_retries: int
    maximum_age_s: float

    def is_over(self, when_s: float) -> bool:
        """Whether an attempt at that time would be too late; exactly at the limit it is (ASY-09)."""
        return when_s >= after(self.accepted_s, self.maximum_age_s)


class Again(Struct, frozen=True):
    """Try the event again at a time of the loop."""

    at_s: float


Step = Again | Condition


def before_attempt(lifetime: Lifetime, now_s: float, failures: int) -> Condition | None:
    """The end of an event whose settings were tightened while it waited; None when it may be tried (ASY-08, ASY-15)."""
    if failures > lifetime.maximum_retries:
        return Condition.RETRIES_EXHAUSTED
    return Condition.AGE_EXCEEDED if lifetime.is_over(now_s) else None


def after_failure(lifetime: Lifetime, timing: AsyncTiming, now_s: float, failures: int) -> Step:
    """What follows the *failures*-th failed attempt, which counts from 1: used-up retries win over age (ASY-09)."""
    if failures > lifetime.maximum_retries:
        return Condition.RETRIES_EXHAUSTED
    return _again(lifetime, after(now_s, timing.retry_s[min(failures, len(timing.retry_s)) - 1]))


def after_throttle(lifetime: Lifetime, timing: AsyncTiming, now_s: float, throttles: int) -> Step:
    """What follows the *throttles*-th throttle in a row, which counts from 1 (ASY-07, ASY-09)."""
    wait_s = min(timing.throttle_longest_s, timing.throttle_first_s * 2.0 ** min(throttles - 1, 64))
    return _again(lifetime, after(now_s, wait_s))


def _again(lifetime: Lifetime, at_s: float) -> Step:
    return Condition.AGE_EXCEEDED if lifetime.is_over(at_s) else Again(at_s)
