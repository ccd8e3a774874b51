"""When a delivery is tried again (SNS-14)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from eventsim.errors import AwsError


class RetryPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """How often a server-side error is answered with another attempt: AWS's numbers for queues and functions.

    The counts are attempts, the first included; the waits before them are 0, then *short_s*, then grow from *short_s*
    to *long_s* seconds, then stay there. AWS adds jitter of a size it does not publish; there is none here.
    """

    immediate: int = 3
    short: int = 2
    growing: int = 10
    long: int = 100_000
    short_s: float = 1.0
    long_s: float = 20.0

    def delay_s(self, attempts: int) -> float | None:
        """The wait after that many failed attempts; None when there is no other."""
        if attempts < self.immediate:
            return 0.0
        step = attempts - self.immediate
        if step < self.short:
            return self.short_s
        step -= self.short
        if step < self.growing:
            return float(self.short_s * (self.long_s / self.short_s) ** (step / max(1, self.growing - 1)))
        return self.long_s if step - self.growing < self.long else None


def is_server_side(error: AwsError) -> bool:
    """Whether the endpoint may take the message later: all other errors are final at once."""
    return error.status >= 500 or error.status == 429
