"""The events of the schedules of rules (SCH-01)."""

from __future__ import annotations

from typing import Any

import msgspec

from eventsim.cloud.eventbridge.envelopes import SCHEDULED_EVENT, make_text


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
