"""Everything that AWS would refuse of topics, notifications, rules and schedules, found out before the run.

They are made in engines that nobody uses.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from eventsim.errors import AwsError
from eventsim.scenarios.arns import REGION
from eventsim.scenarios.convert import join
from eventsim.scenarios.outlets import check_outlets
from eventsim.scenarios.streams import rehearse_streams
from eventsim.scenarios.trigger_specs import NotificationSpec, RuleSpec, ScheduleSpec, SubscriptionSpec
from eventsim.scenarios.wiring import (
    create_schedule,
    create_topic,
    notification_template,
    put_rule,
    subscribe,
    triggers_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from eventsim.cloud.kinesis.registry import Streams
    from eventsim.cloud.topics.registry import Topics
    from eventsim.kernel.clock import Clock
    from eventsim.scenarios.convert import Reading
    from eventsim.scenarios.model import FunctionSpec
    from eventsim.scenarios.places import Place
    from eventsim.scenarios.resources import BucketSpec, StreamSpec
    from eventsim.scenarios.trigger_specs import TopicSpec


class _NoTimers:
    """Timers that never ring."""

    def call_at(self, _when: float, _callback: Callable[..., object], *_args: object) -> _NoTimers:
        return self

    def cancel(self) -> None:
        """Nothing is set."""


_TIMERS = _NoTimers()


def rehearse(
    reading: Reading,
    *,
    streams: Mapping[str, StreamSpec],
    topics: Mapping[str, TopicSpec],
    buckets: Mapping[str, BucketSpec],
    functions: Mapping[str, FunctionSpec],
    start_time_s: float,
    has_end: bool,
) -> tuple[Streams | None, Topics | None]:
    """Check everything; the streams and topics as the run begins with them are for checking the steps against."""
    check_outlets(reading, functions.values())
    check_notifications(reading, buckets, functions)
    rehearse_schedules(reading, functions, start_time_s)
    check_end(reading, functions, has_end=has_end)
    return (
        rehearse_streams(reading, streams, start_time_s),
        rehearse_topics(reading, topics, functions, start_time_s),
    )


def rehearse_topics(
    reading: Reading, topics: Mapping[str, TopicSpec], functions: Mapping[str, FunctionSpec], start_time_s: float
) -> Topics | None:
    """The topics as the run begins with them, for checking the steps against; None without any."""
    if not topics:
        return None
    from eventsim.cloud.queues.registry import Queues
    from eventsim.cloud.topics.registry import Topics
    from eventsim.kernel.seeds import Seeds

    clock, seeds = _clock(start_time_s), Seeds(0)
    made = Topics(clock, seeds, lambda: _TIMERS, Queues(clock, seeds, lambda: _TIMERS), make_event=_no_event)
    for topic in topics.values():
        _attempt(reading, topic.place, partial(create_topic, made, topic))
    subscriptions = [one for topic in topics.values() for one in topic.subscriptions]
    for one in (*subscriptions, *triggers_of(functions, SubscriptionSpec)):
        if one.topic in {topic.name for topic in made}:
            _attempt(reading, one.place, partial(subscribe, made, one))
    return made


def rehearse_schedules(reading: Reading, functions: Mapping[str, FunctionSpec], start_time_s: float) -> None:
    """Make every rule and schedule."""
    rules, schedules = triggers_of(functions, RuleSpec), triggers_of(functions, ScheduleSpec)
    if not rules and not schedules:
        return
    from eventsim.cloud.eventbridge.engine import EventBridge
    from eventsim.cloud.eventbridge.outlets import Outlets
    from eventsim.cloud.schedules.scheduler import Scheduler
    from eventsim.kernel.seeds import Seeds

    outlets = Outlets(to_function=_nowhere, to_queue=_nowhere, to_topic=_nowhere)
    clock, seeds = _clock(start_time_s), Seeds(0)
    bus = EventBridge(clock, seeds, lambda: _TIMERS, outlets)
    scheduler = Scheduler(clock, seeds, lambda: _TIMERS, outlets)
    for rule in rules:
        _attempt(reading, rule.place, partial(put_rule, bus, rule))
    for schedule in schedules:
        _attempt(reading, schedule.place, partial(create_schedule, scheduler, schedule))


def check_notifications(
    reading: Reading, buckets: Mapping[str, BucketSpec], functions: Mapping[str, FunctionSpec]
) -> None:
    """Refuse what S3 refuses of the buckets' configurations, functions' events included."""
    for bucket in buckets.values():
        if bucket.notifications:
            path = join(bucket.place.path, "NotificationConfiguration")
            _check_template(reading, reading.place(path), path, notification_template(bucket, ()))
        added: list[NotificationSpec] = []
        for one in triggers_of(functions, NotificationSpec):
            if one.bucket == bucket.name:
                added.append(one)
                at, template = one.place, notification_template(bucket, added)
                if not _check_template(reading, (at.line, at.column), at.path, template):
                    added.pop()


def _check_template(reading: Reading, at: tuple[int, int], path: str, template: dict[str, Any]) -> bool:
    """Whether S3 takes the configuration; else its answer is noted."""
    from eventsim.cloud.notifications.checks import check_configuration
    from eventsim.cloud.notifications.configuration_template import read_template

    entries, event_bridge = read_template(template)
    try:
        check_configuration(entries, event_bridge, region=REGION, draw_id=lambda: "id")
    except AwsError as error:
        reading.error(at, path, str(error))
        return False
    return True


def check_end(reading: Reading, functions: Mapping[str, FunctionSpec], *, has_end: bool) -> None:
    """Refuse schedules that go on for ever in a run that is to last until it is idle."""
    if has_end:
        return
    for one in (*triggers_of(functions, RuleSpec), *triggers_of(functions, ScheduleSpec)):
        if _goes_on(one):
            message = "found a schedule in a run without an end: schedules never become idle, so give run_for"
            reading.error((one.place.line, one.place.column), one.place.path, message)


def _goes_on(spec: RuleSpec | ScheduleSpec) -> bool:
    if isinstance(spec, RuleSpec):
        return spec.schedule is not None and spec.enabled
    settings = spec.settings
    once = settings["ScheduleExpression"].startswith("at(") or "EndDate" in settings
    return settings.get("State", "ENABLED") == "ENABLED" and not once


def _attempt(reading: Reading, place: Place, make: Callable[[], object]) -> None:
    try:
        make()
    except AwsError as error:
        reading.error((place.line, place.column), place.path, str(error))


def _clock(start_time_s: float) -> Clock:
    from eventsim.kernel.clock import Clock

    return Clock(lambda: 0.0, start_time_s)


def _no_event(_notification: Any, _subscription_arn: str) -> dict[str, Any]:
    return {}


def _nowhere(*_: object) -> None:
    """Nothing is delivered in a rehearsal."""
