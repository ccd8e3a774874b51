"""What a schedule's target gets: its Input with placeholders filled in, or the default notification (SCH-10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from eventsim.cloud.eventbridge.envelopes import SCHEDULED_EVENT, iso_time
from eventsim.kernel.seeds import draw_uuid

if TYPE_CHECKING:
    from random import Random

    from eventsim.cloud.eventbridge.delivery import DeliveryMetrics
    from eventsim.cloud.eventbridge.retries import Failure
    from eventsim.cloud.schedules.settings import ScheduleTarget

_encode: Final = msgspec.json.Encoder().encode


def fill_placeholders(text: str, *, schedule_arn: str, scheduled_s: float, execution_id: str, attempt: int) -> str:
    """An Input with the four context attributes in place of their placeholders."""
    if "<aws.scheduler." not in text:
        return text
    values = {
        "<aws.scheduler.schedule-arn>": schedule_arn,
        "<aws.scheduler.scheduled-time>": iso_time(scheduled_s),
        "<aws.scheduler.execution-id>": execution_id,
        "<aws.scheduler.attempt-number>": str(attempt),
    }
    for placeholder, value in values.items():
        text = text.replace(placeholder, value)
    return text


def default_notification(
    *, event_id: str, schedule_arn: str, scheduled_s: float, account_id: str, region: str
) -> dict[str, object]:
    """What a target without Input gets; its detail is text, unlike that of a rule's scheduled event."""
    return {
        "version": "0",
        "id": event_id,
        "detail-type": SCHEDULED_EVENT,
        "source": "aws.scheduler",
        "account": account_id,
        "time": iso_time(scheduled_s),
        "region": region,
        "resources": [schedule_arn],
        "detail": "{}",
    }


class ScheduleParcel:
    """One occurrence on its way to the target; the schedule may change or go meanwhile."""

    __slots__ = (
        "_arn",
        "_event_id",
        "_execution_id",
        "_input",
        "_scheduled_s",
        "_stream",
        "dead_letter_arn",
        "facts",
        "group_id",
        "metrics",
        "policy",
        "target_arn",
    )

    def __init__(
        self,
        name: str,
        arn: str,
        target: ScheduleTarget,
        *,
        scheduled_s: float,
        stream: Random,
        metrics: DeliveryMetrics,
    ) -> None:
        self.target_arn = target.arn
        self.group_id = target.group_id
        self.policy = target.policy
        self.dead_letter_arn = target.dead_letter_arn
        self.metrics = metrics
        self.facts: dict[str, object] = {"schedule": name}
        self._arn = arn
        self._input = target.input
        self._scheduled_s = scheduled_s
        self._stream = stream
        self._execution_id = ""
        self._event_id = draw_uuid(stream) if target.input is None else ""

    def body(self, attempt: int) -> str:
        """What the target gets: each attempt has an execution id of its own."""
        self._execution_id = f"{self._stream.getrandbits(64):016x}"
        if self._input is not None:
            return fill_placeholders(
                self._input,
                schedule_arn=self._arn,
                scheduled_s=self._scheduled_s,
                execution_id=self._execution_id,
                attempt=attempt,
            )
        parts = self._arn.split(":")
        notification = default_notification(
            event_id=self._event_id,
            schedule_arn=self._arn,
            scheduled_s=self._scheduled_s,
            account_id=parts[4],
            region=parts[3],
        )
        return _encode(notification).decode()

    def dead_letter(self, failure: Failure, retries: int, condition: str | None) -> dict[str, str]:
        """The attributes of a dead letter; EXHAUSTED_RETRY_CONDITION only where retries ran out."""
        attributes = {
            "ERROR_CODE": failure.target_code,
            "ERROR_MESSAGE": failure.message,
            "EXECUTION_ID": self._execution_id,
            "IS_PAYLOAD_TRUNCATED": "false",
            "RETRY_ATTEMPTS": str(retries),
            "SCHEDULED_TIME": iso_time(self._scheduled_s),
            "SCHEDULE_ARN": self._arn,
            "TARGET_ARN": self.target_arn,
        }
        return attributes if condition is None else {**attributes, "EXHAUSTED_RETRY_CONDITION": condition}
