"""What CreateSchedule and UpdateSchedule say, checked (SCH-09, SCH-10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from eventsim.cloud.eventbridge.errors import invalid_schedule, not_supported, validation
from eventsim.cloud.eventbridge.outlets import service_of
from eventsim.cloud.eventbridge.retries import RetryPolicy
from eventsim.cloud.eventbridge.templates import is_json
from eventsim.cloud.schedules.errors import ScheduleExpressionError
from eventsim.cloud.schedules.expressions import parse_scheduler_expression
from eventsim.cloud.schedules.zones import UTC_NAME, find_zone

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventsim.cloud.schedules.cron import Cron
    from eventsim.cloud.schedules.rate import Once, Rate

DEFAULT_GROUP: Final = "default"
LONGEST_INPUT_BYTES: Final = 262_144
TOLERATED_S: Final = 300  # how long ago a StartDate or an EndDate may be
_DELIVERED_TO: Final = frozenset({"lambda", "sqs", "sns"})


class ScheduleTarget(msgspec.Struct, frozen=True, kw_only=True):
    """Whom a schedule invokes, with what, and how hard it tries; *input* None asks for the default notification."""

    arn: str
    input: str | None
    group_id: str | None
    policy: RetryPolicy
    dead_letter_arn: str | None


class ScheduleSettings(msgspec.Struct, frozen=True, kw_only=True):
    """One schedule's settings; dates are Unix seconds, *window_s* is 0 without a flexible time window.

    *given* is what GetSchedule shows of them.
    """

    expression: Cron | Rate | Once
    start_s: float | None
    end_s: float | None
    window_s: int
    enabled: bool
    delete_after: bool
    target: ScheduleTarget
    given: dict[str, Any]

    def has_timing_of(self, other: ScheduleSettings) -> bool:
        """Whether both have the same occurrences to come."""
        names = ("ScheduleExpression", "ScheduleExpressionTimezone", "StartDate", "EndDate", "State")
        return all(self.given.get(name) == other.given.get(name) for name in names)


def parse_settings(given: Mapping[str, Any], now_s: float) -> ScheduleSettings:
    """The settings of a schedule, by the members of CreateSchedule, whose types are checked; *now_s* is Unix seconds.

    AwsError ValidationException for what can't be, NotImplemented for what eventsim does not do.
    """
    zone_name = given.get("ScheduleExpressionTimezone", UTC_NAME)
    try:
        zone = find_zone(zone_name)
    except ValueError as error:
        raise validation(f"Invalid Schedule Expression Timezone {zone_name}.") from error
    try:
        expression = parse_scheduler_expression(given["ScheduleExpression"], zone)
    except ScheduleExpressionError as error:
        raise invalid_schedule(given["ScheduleExpression"]) from error
    start_s, end_s = given.get("StartDate"), given.get("EndDate")
    _check_dates(start_s, end_s, now_s)
    state, action = given.get("State", "ENABLED"), given.get("ActionAfterCompletion", "NONE")
    shown = {
        **given,
        "ScheduleExpressionTimezone": zone_name,
        "State": state,
        "ActionAfterCompletion": action,
        "Target": {**given["Target"], "RetryPolicy": _shown_policy(given["Target"])},
    }
    return ScheduleSettings(
        expression=expression,
        start_s=start_s,
        end_s=end_s,
        window_s=_window_s(given["FlexibleTimeWindow"]),
        enabled=state == "ENABLED",
        delete_after=action == "DELETE",
        target=_parse_target(given["Target"]),
        given={name: value for name, value in shown.items() if name not in ("Name", "GroupName", "ClientToken")},
    )


def _check_dates(start_s: float | None, end_s: float | None, now_s: float) -> None:
    for name, date in (("StartDate", start_s), ("EndDate", end_s)):
        if date is not None and date < now_s - TOLERATED_S:
            raise validation(f"The {name} you specify cannot be earlier than 5 minutes ago.")
    if start_s is not None and end_s is not None and end_s <= start_s:
        raise validation("The EndDate you specify must come after the StartDate.")


def _window_s(window: Mapping[str, Any]) -> int:
    minutes: int | None = window.get("MaximumWindowInMinutes")
    if (window["Mode"] == "FLEXIBLE") != (minutes is not None):
        raise validation(
            "MaximumWindowInMinutes must be given for the FlexibleTimeWindow mode FLEXIBLE, and only then."
        )
    return 60 * (minutes or 0)


def _shown_policy(target: Mapping[str, Any]) -> dict[str, int]:
    policy = RetryPolicy.parse(target.get("RetryPolicy") or {}) or RetryPolicy()
    return {"MaximumEventAgeInSeconds": policy.age_s, "MaximumRetryAttempts": policy.attempts}


def _parse_target(given: Mapping[str, Any]) -> ScheduleTarget:
    arn, text = given["Arn"], given.get("Input")
    service = service_of(arn)
    if not service:
        raise validation(f"Provided Arn is not in correct format: {arn}.")
    if service not in _DELIVERED_TO:
        raise not_supported(f"The schedule's target is {arn}; only functions, queues and topics are supported")
    group_id = (given.get("SqsParameters") or {}).get("MessageGroupId")
    if service == "sqs" and arn.endswith(".fifo") and group_id is None:
        raise validation("The SqsParameters must be specified for a FIFO queue.")
    if text is not None and len(text.encode("utf-8", "surrogatepass")) > LONGEST_INPUT_BYTES:
        raise validation(f"The Input of a target can have at most {LONGEST_INPUT_BYTES} bytes.")
    if text is not None and service == "lambda" and not is_json(text):
        raise validation("The Input of a Lambda target must be JSON.")
    return ScheduleTarget(
        arn=arn,
        input=text,
        group_id=group_id,
        policy=RetryPolicy.parse(given.get("RetryPolicy") or {}) or RetryPolicy(),
        dead_letter_arn=(given.get("DeadLetterConfig") or {}).get("Arn"),
    )
