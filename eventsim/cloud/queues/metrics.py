"""What CloudWatch counts of a queue (SQS-38)."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

MINUTE_S: Final = 60


class Minute(NamedTuple):
    """The totals before anything was counted in the minute that begins at *start_s*, Unix time."""

    start_s: float
    sent: int
    received: int
    deleted: int
    empty_receives: int


class QueueMetrics(msgspec.Struct):
    """The running totals of one queue, and what they were when each minute began in which anything was done.

    *send_requests* are what all that was sent is paid as, duplicates included.
    """

    epoch_s: float = 0.0
    minute_end_s: float = 0.0
    sent: int = 0
    received: int = 0
    deleted: int = 0
    empty_receives: int = 0
    send_requests: int = 0
    began: list[Minute] = []

    def turn(self, now_s: float) -> None:
        """Begin another minute if the last is over; to be called before anything is counted at *now_s*."""
        if now_s < self.minute_end_s:
            return
        start_s = (self.epoch_s + now_s) // MINUTE_S * MINUTE_S
        self.minute_end_s = start_s + MINUTE_S - self.epoch_s
        self.began.append(self._totals(start_s))

    def minutes(self) -> Iterator[Minute]:
        """What was counted in each minute in which anything was."""
        totals = [*self.began, self._totals(0.0)]
        for before, after in pairwise(totals):
            counted = [new - old for old, new in zip(before[1:], after[1:], strict=True)]
            if any(counted):
                yield Minute(before.start_s, *counted)

    def _totals(self, start_s: float) -> Minute:
        return Minute(start_s, self.sent, self.received, self.deleted, self.empty_receives)
