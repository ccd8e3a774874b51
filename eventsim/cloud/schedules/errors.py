"""What is wrong with a schedule expression."""

from __future__ import annotations

from eventsim.errors import InputError


class ScheduleExpressionError(InputError):
    """A schedule expression that AWS would refuse; *expression* is it, *reason* says what was found and is allowed.

    Each service has its own sentence for it, which keeps the reason to itself: this is its cause.
    """

    def __init__(self, expression: str, reason: str) -> None:
        super().__init__(f"the schedule expression {expression!r}: {reason}")
        self.expression = expression
        self.reason = reason
