"""What brings events to functions and queues without a mapping: topics, notifications, rules and schedules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

if TYPE_CHECKING:
    from eventsim.scenarios.places import Place


class SubscriptionSpec(Struct, frozen=True, kw_only=True):
    """A subscription to make; *endpoint* is an ARN, *attributes* SNS's own strings."""

    topic: str
    protocol: str
    endpoint: str
    attributes: dict[str, str] = field(default_factory=dict)
    place: Place


class TopicSpec(Struct, frozen=True, kw_only=True):
    """A topic to make, with the subscriptions of its own section; *attributes* are SNS's own strings."""

    name: str
    attributes: dict[str, str]
    subscriptions: list[SubscriptionSpec] = field(default_factory=list)
    place: Place


class NotificationSpec(Struct, frozen=True, kw_only=True):
    """What a function's event adds to a bucket's NotificationConfiguration: its LambdaConfigurations."""

    bucket: str
    configurations: list[dict[str, Any]]
    place: Place


class RuleSpec(Struct, frozen=True, kw_only=True):
    """A rule of EventBridge to make, with its one target, as PutTargets takes it."""

    name: str
    pattern: str | None = None
    schedule: str | None = None
    enabled: bool = True
    target: dict[str, Any]
    place: Place


class ScheduleSpec(Struct, frozen=True, kw_only=True):
    """A schedule of EventBridge Scheduler to make; *settings* as CreateSchedule takes them."""

    name: str
    settings: dict[str, Any]
    place: Place


Trigger = SubscriptionSpec | NotificationSpec | RuleSpec | ScheduleSpec
