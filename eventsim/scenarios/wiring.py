"""Topics, notifications, rules and schedules, made in the engines: of a run, or of its rehearsal while loading."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventsim.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from eventsim.cloud.eventbridge.engine import EventBridge
    from eventsim.cloud.schedules.scheduler import Scheduler
    from eventsim.cloud.topics.registry import Topics
    from eventsim.scenarios.model import FunctionSpec
    from eventsim.scenarios.resources import BucketSpec
    from eventsim.scenarios.trigger_specs import NotificationSpec, RuleSpec, ScheduleSpec, SubscriptionSpec, TopicSpec


def create_topic(topics: Topics, spec: TopicSpec) -> None:
    """Make a topic without its subscriptions; AwsError as CreateTopic answers."""
    topics.create(spec.name, spec.attributes)


def subscribe(topics: Topics, spec: SubscriptionSpec) -> None:
    """Make a subscription; AwsError as Subscribe answers."""
    topics.subscribe(topics.get(spec.topic), spec.protocol, spec.endpoint, spec.attributes)


def put_rule(bus: EventBridge, spec: RuleSpec) -> None:
    """Make a rule of the default bus and its target; AwsError as PutRule and PutTargets answer."""
    from eventsim.cloud.eventbridge.rules import DISABLED, ENABLED, RuleSettings

    state = ENABLED if spec.enabled else DISABLED
    if spec.name in bus.bus().rules:
        raise AwsError("ValidationException", f"There is a rule {spec.name} already: give this one another name.")
    bus.put_rule(spec.name, RuleSettings(pattern=spec.pattern, schedule=spec.schedule, state=state))
    bus.put_targets(spec.name, [spec.target])


def create_schedule(scheduler: Scheduler, spec: ScheduleSpec) -> None:
    """Make a schedule; AwsError as CreateSchedule answers."""
    scheduler.create(spec.name, spec.settings)


def notification_template(bucket: BucketSpec, specs: Iterable[NotificationSpec]) -> dict[str, Any]:
    """The NotificationConfiguration of a bucket: its own, and what events of functions add; {} for none."""
    template = dict(bucket.notifications)
    added = [one for spec in specs if spec.bucket == bucket.name for one in spec.configurations]
    if added:
        template["LambdaConfigurations"] = [*template.get("LambdaConfigurations", ()), *added]
    return template


def triggers_of(functions: Mapping[str, FunctionSpec], kind: type[Any]) -> list[Any]:
    """The triggers of one kind of all functions, in the file's order."""
    return [one for function in functions.values() for one in function.triggers if isinstance(one, kind)]
