"""S3 with notifications: another endpoint keeps the objects, this one watches and tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventsim.cloud.notifications.changes import Happening, ObjectChange
from eventsim.cloud.notifications.checks import check_configuration
from eventsim.cloud.notifications.configuration import NOTHING, Entry, NotificationConfiguration
from eventsim.cloud.notifications.configuration_template import read_template
from eventsim.cloud.notifications.configuration_xml import read_configuration, write_configuration
from eventsim.cloud.notifications.delivery import Deliveries, DeliverySettings
from eventsim.cloud.notifications.errors import S3Error, access_denied, no_such_bucket, unreachable
from eventsim.cloud.notifications.identities import Identities
from eventsim.cloud.notifications.objects import Objects
from eventsim.cloud.notifications.target import target_of
from eventsim.cloud.notifications.watches import WATCHES, Call
from eventsim.cloud.protocols import escape
from eventsim.cloud.requests import AwsRequest, AwsResponse
from eventsim.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from eventsim.cloud.notifications.delivery import DeliveryCounts, Shapes
    from eventsim.cloud.notifications.destinations import Destinations
    from eventsim.cloud.notifications.objects import Store
    from eventsim.cloud.notifications.target import Target
    from eventsim.cloud.queues.waiters import Timers
    from eventsim.kernel.clock import Clock
    from eventsim.kernel.seeds import Seeds
    from eventsim.kernel.trace import Trace

_AT_ONCE = DeliverySettings()


class S3WithNotifications:
    """What the router mounts as ``s3``: every request goes on to *store*, such as moto.

    What succeeds there is told to whom a bucket's configuration names, through *destinations*, in *shapes* (the module
    ``eventsim.events.s3``). The configurations are kept here; *store* never sees one, so it announces nothing itself.
    A destination that refuses never fails the request: it is counted and traced (``bucket.notify``). *timers* gives the
    event loop and is needed when *settings* make deliveries take time.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        seeds: Seeds,
        *,
        destinations: Destinations,
        shapes: Shapes,
        account_id: str = "123456789012",
        region: str = "us-east-1",
        settings: DeliverySettings = _AT_ONCE,
        timers: Callable[[], Timers] | None = None,
        trace: Trace | None = None,
    ) -> None:
        if timers is None and (settings.latency_s > 0 or settings.spread_s > 0):
            raise ValueError("deliveries that take time need timers")
        self._store = store
        self._clock = clock
        self._account_id = account_id
        self._region = region
        self._shapes = shapes
        self._has_bus = destinations.has_bus
        self._objects = Objects(store, region)
        self._identities = Identities(clock, seeds, account_id)
        self._configurations: dict[str, NotificationConfiguration] = {}
        self._deliveries = Deliveries(
            clock,
            timers,
            destinations,
            shapes,
            settings=settings,
            stream=seeds.stream("s3:delivery"),
            trace=trace,
            bus_arn=f"arn:aws:events:{region}:{account_id}:event-bus/default",
        )

    @property
    def counts(self) -> DeliveryCounts:
        """How many notifications were delivered and lost."""
        return self._deliveries.counts

    def configuration(self, bucket: str) -> NotificationConfiguration:
        """What *bucket* announces now."""
        return self._configurations.get(bucket, NOTHING)

    async def configure(
        self, bucket: str, template: Mapping[str, Any], *, skip_destination_validation: bool = False
    ) -> NotificationConfiguration:
        """Replace what *bucket* announces by CloudFormation's NotificationConfiguration, its destinations as ARNs.

        Queues and topics get their test events (S3-04) unless validation is skipped. InputError when *template* is no
        such configuration; S3Error, an AwsError, as PutBucketNotificationConfiguration answers it.
        """
        entries, event_bridge = read_template(template)
        ids = self._identities.request_ids()
        return await self._configure(bucket, entries, event_bridge, ids, skip=skip_destination_validation)

    async def extend(self, bucket: str, template: Mapping[str, Any]) -> NotificationConfiguration:
        """Add to what *bucket* announces already, as `configure` takes it.

        Only the queues and topics that are new get test events.
        """
        entries, event_bridge = read_template(template)
        known = self.configuration(bucket)
        ids = self._identities.request_ids()
        before = [one.entry() for one in known.subscriptions]
        both = known.event_bridge or event_bridge
        return await self._configure(bucket, [*before, *entries], both, ids, skip=False, tried=known)

    async def handle_request(self, request: AwsRequest) -> AwsResponse:
        """Answer one request, then tell what it did; raises AwsError where *store* does."""
        ids = self._identities.request_ids()
        try:
            response = await self._handle(request, ids)
        except S3Error as error:
            response = _error_answer(error, ids)
        response.headers.pop("x-amzn-requestid", None)
        response.headers["x-amz-request-id"], response.headers["x-amz-id-2"] = ids
        return response

    async def _handle(self, request: AwsRequest, ids: tuple[str, str]) -> AwsResponse:
        operation = request.operation
        if operation == "PutBucketNotificationConfiguration":
            return await self._put_configuration(request, target_of(request), ids)
        if operation == "GetBucketNotificationConfiguration":
            return await self._get_configuration(request, target_of(request))
        if not self._configurations:
            return await self._store.handle_request(request)
        target = target_of(request)
        configuration = self.configuration(target.bucket)
        watch = WATCHES.get(target.operation or "") if configuration else None
        if watch is not None:
            call = Call(request, target, self._store, self._objects, configuration)
            for happening in await watch(call):
                self._announce(happening, call, ids)
            return call.response
        response = await self._store.handle_request(request)
        if operation == "DeleteBucket" and response.status < 400:
            self._configurations.pop(target.bucket, None)
        return response

    def _announce(self, happening: Happening, call: Call, ids: tuple[str, str]) -> None:
        request, bucket = call.request, call.target.bucket
        if call.wants(happening.event, key=happening.key):
            self._deliveries.announce(
                self._change(happening, bucket, ids, request.function),
                self.configuration(bucket),
                draw_event_id=self._identities.event_id,
                trace_header=request.trace_header,
            )

    def _change(self, happening: Happening, bucket: str, ids: tuple[str, str], function: str | None) -> ObjectChange:
        names = self._identities
        return ObjectChange(
            happening=happening,
            bucket=bucket,
            account_id=self._account_id,
            region=self._region,
            owner_id=names.owner_id,
            time_ms=self._clock.wall_ms(),
            sequencer=names.sequencer(),
            origin=names.own_origin() if happening.by_s3 else names.origin(ids, function),
        )

    # --- configurations ---

    async def _put_configuration(self, request: AwsRequest, target: Target, ids: tuple[str, str]) -> AwsResponse:
        self._check_owner(request)
        skip = request.headers.get("x-amz-skip-destination-validation", "").lower() == "true"
        entries, event_bridge = read_configuration(request.body)
        await self._configure(target.bucket, entries, event_bridge, ids, skip=skip)
        return AwsResponse(200, {}, b"")

    async def _get_configuration(self, request: AwsRequest, target: Target) -> AwsResponse:
        self._check_owner(request)
        if not await self._objects.has_bucket(target.bucket):
            raise no_such_bucket(target.bucket)
        body = write_configuration(self.configuration(target.bucket))
        return AwsResponse(200, {"content-type": "application/xml"}, body)

    async def _configure(
        self,
        bucket: str,
        entries: Sequence[Entry],
        event_bridge: bool,
        ids: tuple[str, str],
        *,
        skip: bool,
        tried: NotificationConfiguration = NOTHING,
    ) -> NotificationConfiguration:
        """Check all of it, try its destinations, and only then let it replace what there was (S3-01, S3-03).

        Destinations that are in *tried* are not tried again.
        """
        if not await self._objects.has_bucket(bucket):
            raise no_such_bucket(bucket)
        configuration = check_configuration(
            entries, event_bridge, region=self._region, draw_id=self._identities.configuration_id
        )
        if event_bridge and not self._has_bus:
            raise AwsError("NotImplemented", "S3 can't reach EventBridge in this simulation.", status=501)
        if not skip:
            test_event = self._shapes.s3_test_event(bucket, self._clock.wall_ms(), *ids)
            known = {one.arn for one in tried.subscriptions}
            new = NotificationConfiguration(tuple(one for one in configuration.subscriptions if one.arn not in known))
            problems = self._deliveries.try_out(bucket, new, test_event)
            if problems:
                raise unreachable(problems)
        self._configurations[bucket] = configuration
        return configuration

    def _check_owner(self, request: AwsRequest) -> None:
        if request.headers.get("x-amz-expected-bucket-owner", self._account_id) != self._account_id:
            raise access_denied()


def _error_answer(error: S3Error, ids: tuple[str, str]) -> AwsResponse:
    elements = [("Code", error.code), ("Message", error.message), *error.details]
    elements += [("RequestId", ids[0]), ("HostId", ids[1])]
    text = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in elements)
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{text}</Error>'
    return AwsResponse(error.status, {"content-type": "application/xml"}, body.encode())
