"""The one seam where a seeded rule may delay, fail or lose what the simulation does."""

from __future__ import annotations

from enum import Enum, auto


class Verdict(Enum):
    """What becomes of a call at a named point."""

    PASS = auto()
    DELAY = auto()
    FAIL = auto()
    DROP_RESPONSE = auto()
    """The effect happened; the caller never learns."""


class Faults:
    """Rules at the points that every source call, AWS request and invocation passes. None exist: all pass."""

    __slots__ = ()

    def decide(self, point: str, **facts: object) -> Verdict:  # noqa: ARG002 - rules will read them
        """The verdict at *point*, as in ``sqs.receive``; *facts* are what a rule may look at."""
        return Verdict.PASS
