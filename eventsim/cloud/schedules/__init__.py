"""Schedules: rate(), cron() and at() expressions, what fires them on the loop, and EventBridge Scheduler."""

from __future__ import annotations

from eventsim.cloud.schedules.cron import Cron
from eventsim.cloud.schedules.errors import ScheduleExpressionError
from eventsim.cloud.schedules.expressions import Expression, parse_rule_expression, parse_scheduler_expression
from eventsim.cloud.schedules.rate import Once, Rate

__all__ = [
    "Cron",
    "Expression",
    "Once",
    "Rate",
    "ScheduleExpressionError",
    "parse_rule_expression",
    "parse_scheduler_expression",
]
