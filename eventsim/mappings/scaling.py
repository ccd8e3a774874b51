"""How many batches an SQS mapping may have in work at once (SQS-15 to SQS-19, SQS-24, SQS-28)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from eventsim.kernel.instants import after

if TYPE_CHECKING:
    from eventsim.mappings.settings import QueueMappingSettings

LONG_POLL_S = 20.0
"""How long a poll of an empty queue lasts (SQS-15, SQS-16)."""

_DUST = 1e-6  # slots open at whole nanoseconds


class ScalingProfile(msgspec.Struct, frozen=True):
    """The constants of the scaling model: *start* and *cap* in concurrent batches, *per_s* how fast it grows."""

    start: float = 5.0
    per_s: float = 5.0
    cap: float = 1250.0


STANDARD = ScalingProfile()
LEGACY_60 = ScalingProfile(per_s=1.0, cap=1000.0)
"""How fast Lambda scaled before November 2023 (SQS-15)."""

PROVISIONED_PER_S = 1000 / 60
INVOKES_PER_POLLER = 10
DEFAULT_MINIMUM_POLLERS = 2
DEFAULT_MAXIMUM_POLLERS = 200


def profile_of(settings: QueueMappingSettings, *, fifo: bool, base: ScalingProfile = STANDARD) -> ScalingProfile:
    """The profile that a mapping's settings ask for.

    Provisioned mode starts at its minimum of pollers (SQS-18). A FIFO queue's concurrency is bounded by its message
    groups, which the queue's own locks do, and by MaximumConcurrency; it does not ramp up (SQS-19).
    """
    pollers = settings.provisioned_poller_config
    if pollers is not None:
        minimum = pollers.minimum_pollers or DEFAULT_MINIMUM_POLLERS
        maximum = max(minimum, pollers.maximum_pollers or DEFAULT_MAXIMUM_POLLERS)
        return ScalingProfile(minimum * INVOKES_PER_POLLER, PROVISIONED_PER_S, maximum * INVOKES_PER_POLLER)
    cap = min(base.cap, settings.maximum_concurrency or base.cap)
    return ScalingProfile(cap if fifo else min(base.start, cap), base.per_s, cap)


class Scaling:
    """The allowed concurrency C of one mapping, as it moves with time, successes and failures.

    C grows while the caller says that it is saturated and the queue has a backlog, and after a failure recovers to its
    start once an invocation succeeded; a failure halves it, not below 1; an empty long poll sets it back (SQS-16,
    SQS-28). Its integer part counts.
    """

    __slots__ = ("_at_s", "_concurrency", "_failing", "_saturated", "profile")

    def __init__(self, profile: ScalingProfile, now_s: float = 0.0) -> None:
        self.profile = profile
        self._concurrency = profile.start
        self._at_s = now_s
        self._saturated = False
        self._failing = False

    def change_profile(self, profile: ScalingProfile, now_s: float) -> None:
        """Go on under other constants; the concurrency reached stays, within the new cap."""
        self._advance(now_s)
        if profile != self.profile:
            self.profile = profile
            self._concurrency = min(self._concurrency, profile.cap)

    def allowed(self, now_s: float) -> int:
        """How many batches may be in work now, at least 1."""
        if now_s > self._at_s:
            self._advance(now_s)
        return max(1, int(self._concurrency + _DUST))

    def saturated(self, now_s: float, saturated: bool) -> None:
        """Say whether, from now on, all slots are taken while messages are waiting."""
        self._advance(now_s)
        self._saturated = saturated

    def next_slot_s(self, now_s: float) -> float | None:
        """When the next slot opens by growth, if nothing else happens; None if it does not grow."""
        self._advance(now_s)
        if not self._grows():
            return None
        wanted = int(self._concurrency + _DUST) + 1
        return after(now_s, (wanted - self._concurrency) / self.profile.per_s)

    def failed(self, now_s: float) -> None:
        """A batch was throttled or failed as a whole: halve, and stop growing until a success (SQS-24, SQS-28)."""
        self._advance(now_s)
        self._concurrency = max(1.0, self._concurrency / 2)
        self._failing = True

    def succeeded(self, now_s: float) -> None:
        """An invocation succeeded: growth goes on."""
        if self._failing:
            self._advance(now_s)
            self._failing = False

    def found_empty(self, now_s: float) -> None:
        """A long poll came back empty: back to the start (SQS-16)."""
        self._advance(now_s)
        self._concurrency = self.profile.start
        self._failing = False

    def _grows(self) -> bool:
        if self._failing or self._concurrency >= self.profile.cap:
            return False
        return self._saturated or self._concurrency < self.profile.start

    def _advance(self, now_s: float) -> None:
        passed_s = now_s - self._at_s
        if passed_s <= 0:
            return
        self._at_s = now_s
        if self._grows():
            ceiling = self.profile.cap if self._saturated else self.profile.start
            self._concurrency = min(ceiling, self._concurrency + passed_s * self.profile.per_s)


class PollPace:
    """How often provisioned pollers may receive: 10 calls a second and 1 MiB a second each (SQS-18)."""

    __slots__ = ("_at_s", "_bytes", "_calls")

    CALLS_PER_S = 10.0
    BYTES_PER_S = 1_048_576.0

    def __init__(self) -> None:
        self._at_s = 0.0
        self._calls = 1.0
        self._bytes = self.BYTES_PER_S

    def wait_s(self, now_s: float, pollers: int) -> float:
        """How long until the next receive may be made; 0.0 takes it."""
        passed_s = now_s - self._at_s
        self._at_s = now_s
        self._calls = min(float(pollers), self._calls + passed_s * pollers * self.CALLS_PER_S)
        self._bytes = min(pollers * self.BYTES_PER_S, self._bytes + passed_s * pollers * self.BYTES_PER_S)
        if self._calls + _DUST >= 1 and self._bytes >= -_DUST:
            self._calls -= 1
            return 0.0
        return max((1 - self._calls) / (pollers * self.CALLS_PER_S), -self._bytes / (pollers * self.BYTES_PER_S))

    def received(self, size_bytes: int) -> None:
        """Charge what a receive brought."""
        self._bytes -= size_bytes
