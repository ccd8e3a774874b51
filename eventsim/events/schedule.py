"""The events of schedules: a rule's (SCH-01), and those of EventBridge Scheduler (SCH-10)."""

from __future__ import annotations

from typing import Any

import msgspec

from eventsim.cloud.eventbridge.envelopes import SCHEDULED_EVENT, make_text
from eventsim.cloud.schedules.payloads import default_notification


def scheduled_event(rule_arn: str, event_id: str, when_s: float) -> dict[str, Any]:
    """What a rule's schedule sends at *when_s*, Unix seconds; account and region are the rule's (SCH-01)."""
    parts = rule_arn.split(":")
    event: dict[str, Any] = msgspec.json.decode(
        make_text(
            event_id=event_id,
            detail_type=SCHEDULED_EVENT,
            source="aws.events",
            account_id=parts[4],
            time=None,
            time_s=when_s,
            region=parts[3],
            resources=[rule_arn],
            detail="{}",
        )
    )
    return event


def scheduler_notification(schedule_arn: str, event_id: str, when_s: float) -> dict[str, Any]:
    """What EventBridge Scheduler sends at *when_s* to a target without Input (SCH-10)."""
    parts = schedule_arn.split(":")
    return default_notification(
        event_id=event_id, schedule_arn=schedule_arn, scheduled_s=when_s, account_id=parts[4], region=parts[3]
    )
