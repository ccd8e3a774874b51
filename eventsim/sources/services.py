"""The engines of one account and region, each made when somebody first asks for it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from eventsim.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventsim.cloud.cloudwatch.metrics import MetricSource
    from eventsim.cloud.cloudwatch.service import CloudWatch
    from eventsim.cloud.eventbridge.engine import EventBridge
    from eventsim.cloud.eventbridge.outlets import Outlets
    from eventsim.cloud.kinesis.registry import Streams
    from eventsim.cloud.lambda_api import LambdaControl
    from eventsim.cloud.notifications.endpoint import S3WithNotifications
    from eventsim.cloud.notifications.objects import Store
    from eventsim.cloud.queues.registry import Queues
    from eventsim.cloud.schedules.scheduler import Scheduler
    from eventsim.cloud.topics.registry import Topics
    from eventsim.kernel.world import World


class Functions(Protocol):
    """The asynchronous side of the account's functions, by ARN."""

    def has_function(self, function_arn: str) -> bool:
        """Whether there is such a function."""

    def enqueue(self, function: str, event: Any, *, source: str | None = None, trace_header: str | None = None) -> str:
        """Accept an event and tell its request id; AwsError when it is refused."""


class Services:
    """What steps and mappings reach directly, and AWS clients through the embedded cloud.

    *functions* gives what takes events for functions, *control* what carries out the operations of Lambda's API,
    *metrics* what knows Lambda's metrics.
    """

    def __init__(
        self,
        queues: Queues,
        world: World,
        functions: Callable[[], Functions],
        control: Callable[[], LambdaControl] | None = None,
        metrics: Callable[[], MetricSource] | None = None,
    ) -> None:
        self.queues = queues
        self._world = world
        self._functions = functions
        self._control = control
        self._metrics = metrics

    @property
    def lambda_control(self) -> LambdaControl:
        """What carries out the operations of Lambda's API; AwsError where there is none."""
        if self._control is None:
            raise AwsError("NotImplemented", "There is no Lambda here.", status=501)
        return self._control()

    @cached_property
    def cloudwatch(self) -> CloudWatch:
        """CloudWatch's metrics."""
        from eventsim.cloud.cloudwatch.metrics import MetricSources
        from eventsim.cloud.cloudwatch.service import CloudWatch
        from eventsim.cloud.queues.cloudwatch import QueueMetricSource

        clock = self._world.clock
        own = [] if self._metrics is None else [self._metrics()]
        return CloudWatch(MetricSources(*own, QueueMetricSource(self.queues, clock)), clock)

    @cached_property
    def streams(self) -> Streams:
        """Kinesis's streams."""
        from eventsim.cloud.kinesis.registry import Streams

        world, queues = self._world, self.queues
        return Streams(world.clock, trace=world.trace, account_id=queues.account_id, region=queues.region)

    @cached_property
    def topics(self) -> Topics:
        """SNS's topics."""
        from eventsim.cloud.topics.registry import Topics
        from eventsim.events.sns import sns_event

        def to_function(function_arn: str, event: dict[str, Any], /, *, trace_header: str | None) -> str:
            return self._functions().enqueue(function_arn, event, source="sns", trace_header=trace_header)

        world = self._world
        return Topics(
            world.clock,
            world.seeds,
            lambda: world.loop,
            self.queues,
            make_event=sns_event,
            deliver_to_function=to_function,
            trace=world.trace,
        )

    @cached_property
    def bus(self) -> EventBridge:
        """EventBridge with its rules."""
        from eventsim.cloud.eventbridge.engine import EventBridge

        world, queues = self._world, self.queues
        return EventBridge(
            world.clock,
            world.seeds,
            lambda: world.loop,
            self._outlets("events"),
            trace=world.trace,
            jitter_s=world.quirks.schedule_jitter_s,
            account_id=queues.account_id,
            region=queues.region,
        )

    @cached_property
    def scheduler(self) -> Scheduler:
        """EventBridge Scheduler."""
        from eventsim.cloud.schedules.scheduler import Scheduler

        world, queues = self._world, self.queues
        return Scheduler(
            world.clock,
            world.seeds,
            lambda: world.loop,
            self._outlets("scheduler"),
            trace=world.trace,
            account_id=queues.account_id,
            region=queues.region,
        )

    def s3(self, store: Store) -> S3WithNotifications:
        """S3 with its notifications, over *store*, which keeps the objects."""
        from eventsim.cloud.notifications.delivery import DeliverySettings
        from eventsim.cloud.notifications.destinations import Destinations, send_to
        from eventsim.cloud.notifications.endpoint import S3WithNotifications
        from eventsim.events import s3

        def to_topic(topic_arn: str, message: str, subject: str, *, trace_header: str | None) -> str:
            topic = self.topics.by_arn(topic_arn)
            return topic.publish(message, subject=subject, trace_header=trace_header).id

        def to_function(function_arn: str, event: dict[str, Any], *, trace_header: str | None) -> str:
            return self._functions().enqueue(function_arn, event, source="s3", trace_header=trace_header)

        def to_bus(event: dict[str, Any], *, trace_header: str | None) -> str:  # noqa: ARG001 - it is a ToBus
            return self.bus.publish(event)

        world, queues = self._world, self.queues
        return S3WithNotifications(
            store,
            world.clock,
            world.seeds,
            destinations=Destinations(
                to_queue=send_to(queues),
                to_topic=to_topic,
                to_function=to_function,
                has_function=lambda arn: self._functions().has_function(arn),
                to_bus=to_bus,
            ),
            shapes=s3,
            settings=DeliverySettings(
                latency_s=world.quirks.notification_latency_s,
                spread_s=world.quirks.notification_spread_s,
                duplicate_rate=world.quirks.duplicate_rate,
            ),
            timers=lambda: world.loop,
            account_id=queues.account_id,
            region=queues.region,
            trace=world.trace,
        )

    def _outlets(self, source: str) -> Outlets:
        from eventsim.cloud.eventbridge.outlets import Outlets, queue_outlet

        return Outlets(
            to_function=lambda arn, payload: self._functions().enqueue(arn, payload, source=source),
            to_queue=queue_outlet(self.queues),
            to_topic=lambda arn, body: self.topics.by_arn(arn).publish(body),
        )
