"""Rules and the buses that they listen to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from eventsim.cloud.eventbridge.delivery import DeliveryMetrics
from eventsim.cloud.eventbridge.errors import (
    invalid_pattern,
    invalid_rule_schedule,
    not_supported,
    rule_not_found,
    validation,
)
from eventsim.cloud.schedules.errors import ScheduleExpressionError
from eventsim.cloud.schedules.expressions import Expression, parse_rule_expression
from eventsim.patterns.dialects import EVENTBRIDGE
from eventsim.patterns.errors import PatternError
from eventsim.patterns.pattern import Pattern, compile_pattern

if TYPE_CHECKING:
    from eventsim.cloud.eventbridge.retries import Failure, RetryPolicy
    from eventsim.cloud.eventbridge.targets import Target
    from eventsim.cloud.schedules.runner import Running

DEFAULT_BUS: Final = "default"
DISABLED: Final = "DISABLED"
ENABLED: Final = "ENABLED"
ENABLED_FOR_MANAGEMENT: Final = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"


class RuleSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What PutRule says; texts that were not given are None."""

    pattern: str | None = None
    schedule: str | None = None
    state: str = ENABLED
    description: str | None = None
    role_arn: str | None = None


class Rule:
    """One rule of a bus; *matched* counts the events it was triggered by, its schedule's included."""

    __slots__ = (
        "arn",
        "bus",
        "expression",
        "matched",
        "metrics",
        "name",
        "pattern",
        "running",
        "settings",
        "tags",
        "targets",
    )

    def __init__(self, name: str, arn: str, bus: Bus) -> None:
        self.name = name
        self.arn = arn
        self.bus = bus
        self.settings = RuleSettings(state=DISABLED)
        self.pattern: Pattern | None = None
        self.expression: Expression | None = None
        self.targets: dict[str, Target] = {}
        self.tags: dict[str, str] = {}
        self.running: Running | None = None
        self.metrics = DeliveryMetrics()
        self.matched = 0

    @property
    def enabled(self) -> bool:
        """Whether it delivers anything (SCH-12)."""
        return self.settings.state != DISABLED


class Bus:
    """One event bus and its rules, in the order of their creation; times are Unix seconds."""

    __slots__ = ("arn", "created_s", "modified_s", "name", "rules", "settings", "tags")

    def __init__(self, name: str, arn: str, created_s: float, settings: dict[str, Any]) -> None:
        self.name = name
        self.arn = arn
        self.created_s = self.modified_s = created_s
        self.settings = settings
        self.tags: dict[str, str] = {}
        self.rules: dict[str, Rule] = {}

    def rule(self, name: str) -> Rule:
        """The rule of that name; AwsError ResourceNotFoundException."""
        found = self.rules.get(name)
        if found is None:
            raise rule_not_found(name, self.name)
        return found


def parse_pattern(text: str) -> Pattern:
    """A rule's pattern (SCH-08); AwsError InvalidEventPatternException in the words of AWS's rule compiler."""
    try:
        return compile_pattern(text, EVENTBRIDGE)
    except PatternError as error:
        raise invalid_pattern(error.wording or str(error)) from error


def parse_settings(settings: RuleSettings, bus: str) -> tuple[Pattern | None, Expression | None]:
    """The pattern and the schedule of a rule; AwsError for a rule that can't be (SCH-03, SCH-05, SCH-08)."""
    if not settings.pattern and not settings.schedule:
        raise validation("Parameter(s) EventPattern or ScheduleExpression must be specified.")
    if settings.schedule is not None and bus != DEFAULT_BUS:
        raise validation("ScheduleExpression is supported only on the default event bus.")
    if settings.schedule and settings.state == ENABLED_FOR_MANAGEMENT:
        raise validation(f"Parameter State is not valid. Reason: {ENABLED_FOR_MANAGEMENT} is for event patterns only.")
    pattern = parse_pattern(settings.pattern) if settings.pattern else None
    try:
        expression = parse_rule_expression(settings.schedule) if settings.schedule else None
    except ScheduleExpressionError as error:
        raise invalid_rule_schedule() from error
    return pattern, expression


class RuleParcel:
    """An event on its way to one target of a rule; the rule may change or go meanwhile."""

    __slots__ = ("_body", "_rule_arn", "dead_letter_arn", "facts", "group_id", "metrics", "policy", "target_arn")

    def __init__(self, rule: Rule, target: Target, event_id: str, body: str) -> None:
        self.target_arn = target.arn
        self.group_id = target.group_id
        self.policy: RetryPolicy = target.policy
        self.dead_letter_arn = target.dead_letter_arn
        self.metrics = rule.metrics
        self.facts: dict[str, object] = {"rule": rule.name, "target": target.id, "event": event_id}
        self._rule_arn = rule.arn
        self._body = body

    def body(self, attempt: int) -> str:  # noqa: ARG002 - each attempt is the same
        """What the target gets."""
        return self._body

    def dead_letter(self, failure: Failure, retries: int, condition: str | None) -> dict[str, str]:
        """The attributes of SCH-07; those about retries only where they ran out."""
        attributes = {
            "RULE_ARN": self._rule_arn,
            "TARGET_ARN": self.target_arn,
            "ERROR_CODE": failure.code,
            "ERROR_MESSAGE": failure.message,
        }
        if condition is not None:
            attributes["EXHAUSTED_RETRY_CONDITION"] = condition
            attributes["RETRY_ATTEMPTS"] = str(retries)
        return attributes


def refuse_partner(name: str) -> None:
    """AwsError for what only partners' buses have."""
    raise not_supported(f"CreateEventBus {name}: partner event sources are not supported")
