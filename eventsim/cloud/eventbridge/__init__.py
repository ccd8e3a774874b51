"""EventBridge: buses, rules with patterns and schedules, targets, and events that are put or come from services."""

from __future__ import annotations

from eventsim.cloud.eventbridge.engine import EventBridge
from eventsim.cloud.eventbridge.outlets import Outlets, ToQueue, no_function, queue_outlet
from eventsim.cloud.eventbridge.retries import Backoff, RetryPolicy
from eventsim.cloud.eventbridge.rules import Bus, Rule, RuleSettings

__all__ = [
    "Backoff",
    "Bus",
    "EventBridge",
    "Outlets",
    "RetryPolicy",
    "Rule",
    "RuleSettings",
    "ToQueue",
    "no_function",
    "queue_outlet",
]
