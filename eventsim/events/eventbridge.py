"""The event of an EventBridge rule, as a function gets it (SCH-08)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from eventsim.cloud.eventbridge.envelopes import make_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def eventbridge_event(
    detail_type: str,
    detail: Mapping[str, Any],
    *,
    source: str,
    event_id: str,
    time_s: float,
    account_id: str = "123456789012",
    region: str = "us-east-1",
    resources: Sequence[str] = (),
) -> dict[str, Any]:
    """A whole event: of an entry of PutEvents, or of an AWS service; *time_s* is Unix seconds, shown without parts."""
    event: dict[str, Any] = msgspec.json.decode(
        make_text(
            event_id=event_id,
            detail_type=detail_type,
            source=source,
            account_id=account_id,
            time=None,
            time_s=time_s,
            region=region,
            resources=resources,
            detail=msgspec.json.encode(detail).decode(),
        )
    )
    return event
