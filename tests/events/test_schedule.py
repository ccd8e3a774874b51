"""The events of schedules and of rules, as functions get them."""

from __future__ import annotations

import pytest

from eventsim.cloud.schedules.payloads import default_notification
from eventsim.events.eventbridge import eventbridge_event
from eventsim.events.schedule import scheduled_event

ID = "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa"
RULE = "arn:aws:events:eu-west-1:123456789012:rule/my-schedule"
SCHEDULE = "arn:aws:scheduler:eu-west-1:123456789012:schedule/default/omitted-input"
WHEN_S = 1443626018.9
ORDER = ["version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail"]


@pytest.mark.rule("SCH-01")
def test_a_rules_event_is_the_one_in_awss_guide() -> None:
    event = scheduled_event(RULE, ID, WHEN_S)
    assert event == {
        "version": "0",
        "id": ID,
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "123456789012",
        "time": "2015-09-30T15:13:38Z",
        "region": "eu-west-1",
        "resources": [RULE],
        "detail": {},
    }
    assert list(event) == ORDER


@pytest.mark.rule("SCH-10")
def test_the_schedulers_default_notification_has_text_for_a_detail() -> None:
    event = default_notification(
        event_id=ID, schedule_arn=SCHEDULE, scheduled_s=WHEN_S, account_id="123456789012", region="eu-west-1"
    )
    assert (event["source"], event["detail-type"], event["detail"]) == ("aws.scheduler", "Scheduled Event", "{}")
    assert (event["time"], event["resources"]) == ("2015-09-30T15:13:38Z", [SCHEDULE])
    assert (event["account"], event["region"]) == ("123456789012", "eu-west-1")
    assert list(event) == ORDER


@pytest.mark.rule("SCH-08")
def test_an_event_of_ones_own_has_the_same_envelope() -> None:
    event = eventbridge_event(
        "Order placed", {"total": 1.50, "items": ["a b"]}, source="shop", event_id=ID, time_s=WHEN_S, resources=["o/1"]
    )
    assert event == {
        "version": "0",
        "id": ID,
        "detail-type": "Order placed",
        "source": "shop",
        "account": "123456789012",
        "time": "2015-09-30T15:13:38Z",
        "region": "us-east-1",
        "resources": ["o/1"],
        "detail": {"total": 1.5, "items": ["a b"]},
    }
    assert list(event) == ORDER
