"""Schedule expressions, as event rules and as EventBridge Scheduler take them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from eventsim.cloud.schedules.cron import Cron
from eventsim.cloud.schedules.errors import ScheduleExpressionError
from eventsim.cloud.schedules.rate import Once, Rate

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


class Expression(Protocol):
    """When something happens; *text* is what was parsed."""

    text: str

    def next_after(self, when_s: float, since_s: float = 0.0) -> float | None:
        """The first occurrence later than *when_s*, in Unix seconds; rates count from *since_s*."""


def parse_rule_expression(text: str) -> Cron | Rate:
    """What a rule's ScheduleExpression means, in UTC (SCH-02, SCH-03); ScheduleExpressionError."""
    if text.startswith("cron("):
        return Cron(text)
    if text.startswith("rate("):
        return Rate(text)
    raise ScheduleExpressionError(text, "it must be rate(...) or cron(...)")


def parse_scheduler_expression(text: str, zone: ZoneInfo | None = None) -> Cron | Rate | Once:
    """What a ScheduleExpression of EventBridge Scheduler means in *zone* (SCH-09); ScheduleExpressionError."""
    if text.startswith("cron("):
        return Cron(text, zone)
    if text.startswith("rate("):
        return Rate(text, strict=False)
    if text.startswith("at("):
        return Once(text, zone)
    raise ScheduleExpressionError(text, "it must be at(...), rate(...) or cron(...)")
