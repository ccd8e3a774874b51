"""The embedded cloud of one simulation: its engines, moto for every other service, and the entrances."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Protocol

from eventsim.cloud.boto import BotoHook
from eventsim.cloud.buckets import Buckets
from eventsim.cloud.gate import ThreadGate
from eventsim.cloud.moto import Moto
from eventsim.cloud.protocols import JsonService
from eventsim.cloud.router import Router
from eventsim.cloud.sqs.service import SqsService

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from eventsim.cloud.cloudwatch.service import CloudWatch
    from eventsim.cloud.dynamodb.tables import Tables
    from eventsim.cloud.eventbridge.engine import EventBridge
    from eventsim.cloud.http_door import HttpDoor
    from eventsim.cloud.kinesis.registry import Streams
    from eventsim.cloud.lambda_api import LambdaControl
    from eventsim.cloud.notifications.endpoint import S3WithNotifications
    from eventsim.cloud.queues.registry import Queues
    from eventsim.cloud.requests import AwsRequest, AwsResponse
    from eventsim.cloud.router import Endpoint
    from eventsim.cloud.schedules.scheduler import Scheduler
    from eventsim.cloud.topics.registry import Topics
    from eventsim.kernel.world import World


class Services(Protocol):
    """The engines that need no moto, and what goes over moto's part of a service."""

    @property
    def queues(self) -> Queues:
        """SQS's queues."""

    @property
    def cloudwatch(self) -> CloudWatch:
        """CloudWatch's metrics."""

    @property
    def streams(self) -> Streams:
        """Kinesis's streams."""

    @property
    def topics(self) -> Topics:
        """SNS's topics."""

    @property
    def bus(self) -> EventBridge:
        """EventBridge."""

    @property
    def scheduler(self) -> Scheduler:
        """EventBridge Scheduler."""

    @property
    def lambda_control(self) -> LambdaControl:
        """What carries out the operations of Lambda's API."""

    def s3(self, store: Endpoint) -> S3WithNotifications:
        """S3 over *store*, which keeps the objects."""


class EmbeddedCloud:
    """One account in one region, reached by every AWS client of the process while it is open.

    *router* is for those clients; *inside* leads to the same services untraced, for what is no handler's doing.
    """

    def __init__(self, services: Services, world: World) -> None:
        queues = services.queues
        account_id, region = queues.account_id, queues.region
        self._services = services
        self._world = world
        self._moto = Moto(world.clock, world.seeds, account_id=account_id, region=region)
        self._begun = False
        self.router = Router(
            account_id=account_id, region=region, trace=world.trace, faults=world.faults, fallback=self._moto
        )
        self.inside = Router(account_id=account_id, region=region, fallback=self._moto)
        self.inside.lock = self.router.lock
        self.buckets = Buckets(self.inside)
        self._mount("sqs", JsonService(SqsService(queues), traced=partial(SqsService, queues)))
        self._mount("kinesis", WhenAsked(self._kinesis))
        self._table_endpoint = WhenAsked(self._dynamodb)
        self._mount("dynamodb", self._table_endpoint)
        self._mount("dynamodbstreams", WhenAsked(self._dynamodb_streams))
        self._mount("sns", WhenAsked(self._sns))
        self._mount("events", WhenAsked(self._events))
        self._mount("scheduler", WhenAsked(self._scheduler))
        self._mount("monitoring", WhenAsked(self._monitoring))
        self._mount("lambda", WhenAsked(self._lambda))
        self._s3 = WhenAsked(lambda: self.s3)
        self._mount("s3", self._s3)
        self.gate = ThreadGate(self.router.lock)
        self.hook = BotoHook(self.router, seeds=world.seeds, loop=world.loop)
        self.hook.as_moto_keeps = self._as_moto_keeps
        self.hook.is_inside_moto = lambda: self._moto.is_inside

    @cached_property
    def tables(self) -> Tables:
        """DynamoDB's tables and their streams."""
        from eventsim.cloud.dynamodb.tables import Tables

        world = self._world
        return Tables(
            self._moto,
            world.clock,
            world.seeds,
            lambda: world.loop,
            trace=world.trace,
            roll_every_s=world.quirks.shard_roll_s,
        )

    @cached_property
    def s3(self) -> S3WithNotifications:
        """S3 with its notifications; the objects are moto's."""
        return self._services.s3(self._moto)

    @cached_property
    def door(self) -> HttpDoor:
        """The entrance for code in other processes."""
        from eventsim.cloud.http_door import HttpDoor

        return HttpDoor(self.router, self._world.loop)

    def door_variables(self) -> dict[str, str]:
        """The environment variables that lead an AWS SDK through the door, which is opened."""
        return {"AWS_ENDPOINT_URL": self.door.url(), "AWS_EC2_METADATA_DISABLED": "true"}

    @property
    def has_door(self) -> bool:
        """Whether code in other processes may come in."""
        return "door" in self.__dict__

    @property
    def has_buckets(self) -> bool:
        """Whether anybody asked for a bucket."""
        return self._s3.asked

    @property
    def has_tables(self) -> bool:
        """Whether anybody asked for a table."""
        return self._table_endpoint.asked

    def begin(self) -> None:
        """Let resources be made before the run; without it, `open` is the beginning."""
        if not self._begun:
            self._moto.start()
            self._begun = True

    @contextmanager
    def open(self) -> Iterator[None]:
        """Lead the process's AWS clients here, then leave everything as it was; what moto kept is dropped.

        Raises RuntimeError while another simulation has them.
        """
        self.hook.install()
        try:
            self.begin()
            yield
        finally:
            if self.has_door:
                self.door.close()
            self.end()
            self.hook.remove()

    def end(self) -> None:
        """Drop what moto kept, but for what the buckets hold."""
        if self._begun:
            if self.has_buckets:
                self.buckets.keep()
            self._moto.stop()
            self._begun = False

    # --- services ---

    def _mount(self, service: str, endpoint: Endpoint) -> None:
        self.router.mount(service, endpoint)
        self.inside.mount(service, endpoint)

    def _monitoring(self) -> Endpoint:
        from eventsim.cloud.cloudwatch.endpoint import CloudWatchEndpoint

        return CloudWatchEndpoint(self._services.cloudwatch, rest=self._moto)

    def _kinesis(self) -> Endpoint:
        from eventsim.cloud.kinesis.endpoint import KinesisEndpoint

        return KinesisEndpoint(self._services.streams)

    def _dynamodb(self) -> Endpoint:
        from eventsim.cloud.dynamodb.endpoint import DynamoDbEndpoint

        return DynamoDbEndpoint(self.tables)

    def _dynamodb_streams(self) -> Endpoint:
        from eventsim.cloud.dynamodb_streams import streams_endpoint

        return streams_endpoint(self.tables.streams)

    def _as_moto_keeps(self, look: Callable[[], Any]) -> Any:
        models = sys.modules.get("moto.sns.models")
        if models is None or self._moto.is_inside:  # where moto itself looks
            return self._moto.as_seen_inside(look)
        from eventsim.cloud.moto_topics import show_topics

        def look_with_topics() -> Any:
            show_topics(self._services.topics, models)
            return look()

        return self._moto.as_seen_inside(look_with_topics)

    def _sns(self) -> Endpoint:
        from eventsim.cloud.sns import SnsEndpoint, SnsService

        return SnsEndpoint(SnsService(self._services.topics))

    def _events(self) -> Endpoint:
        from eventsim.cloud.eventbridge.service import NAMESPACE, EventsService

        return JsonService(EventsService(self._services.bus), namespace=NAMESPACE)

    def _scheduler(self) -> Endpoint:
        from eventsim.cloud.schedules.service import SchedulerEndpoint

        return SchedulerEndpoint(self._services.scheduler)

    def _lambda(self) -> Endpoint:
        from eventsim.cloud.lambda_api import LambdaEndpoint

        return LambdaEndpoint(self._services.lambda_control)


class WhenAsked:
    """An endpoint that *make* makes when the first request comes: importing an engine takes time."""

    def __init__(self, make: Callable[[], Endpoint]) -> None:
        self._make = make
        self._made: Endpoint | None = None

    @property
    def asked(self) -> bool:
        """Whether a request came."""
        return self._made is not None

    async def handle_request(self, request: AwsRequest) -> AwsResponse:
        """Answer one request."""
        if self._made is None:
            self._made = self._make()
        return await self._made.handle_request(request)
