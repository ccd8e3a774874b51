"""The end of an asynchronous event: records, a dead letter, counts (DST-01 to DST-09, DLQ-03)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventsim.destinations.asynchronous import (
    LARGEST_RECORD_BYTES,
    bus_event,
    dead_letter_attributes,
    object_key,
    record_text,
)
from eventsim.destinations.deliver import service_of
from eventsim.errors import AwsError
from eventsim.kernel.seeds import draw_uuid

if TYPE_CHECKING:
    from eventsim.destinations.asynchronous import EndedEvent
    from eventsim.destinations.deliver import Destinations
    from eventsim.functions.event_invoke_settings import EventInvokeConfig
    from eventsim.functions.metrics import FunctionMetrics
    from eventsim.kernel.world import World


class Ends:
    """Sends what is to be sent of the events of one function, at the instant of their end (DST-09)."""

    def __init__(self, function: str, destinations: Destinations, world: World) -> None:
        self._function = function
        self._destinations = destinations
        self._world = world

    async def succeeded(
        self, event: EndedEvent, config: EventInvokeConfig, metrics: FunctionMetrics, trace_header: str | None
    ) -> None:
        """The handler returned: tell the OnSuccess destination."""
        if config.on_success is not None:
            await self._tell(config.on_success, event, metrics, trace_header)

    async def dropped(
        self,
        event: EndedEvent,
        config: EventInvokeConfig,
        dead_letter_arn: str | None,
        metrics: FunctionMetrics,
        trace_header: str | None,
    ) -> None:
        """The event is given up: tell the OnFailure destination and the dead-letter queue, each by itself (DST-07)."""
        metrics.async_events_dropped += 1
        self._trace("async.drop", event, invokes=event.invokes)
        if config.on_failure is not None:
            await self._tell(config.on_failure, event, metrics, trace_header)
        if dead_letter_arn is not None:
            await self._dead_letter(dead_letter_arn, event, metrics, trace_header)

    async def _tell(self, arn: str, event: EndedEvent, metrics: FunctionMetrics, trace_header: str | None) -> None:
        """Send the record, once; a failure is counted and changes nothing else (DST-08)."""
        world, destinations = self._world, self._destinations
        service, now_ms = service_of(arn), world.clock.wall_ms()
        record = record_text(event, now_ms, limit_bytes=destinations.limit_bytes(arn))
        fields: dict[str, str] = {}
        if service == "s3":
            ids = world.seeds.stream(f"destination:{self._function}")
            fields["key"] = object_key(self._function, now_ms, draw_uuid(ids))
        error: AwsError | None
        if service in ("lambda", "events") and (size := len(record.encode())) > LARGEST_RECORD_BYTES:
            error = _too_large(size)
        elif service == "events":
            error = destinations.deliver_event(arn, bus_event(event, record, arn))
        else:
            error = await destinations.deliver(arn, record, key=fields.get("key", ""), trace_header=trace_header)
        if error is not None:
            metrics.destination_delivery_failures += 1
            fields["error"] = str(error)
        self._trace("destination.deliver", event, destination=arn, **fields)

    async def _dead_letter(
        self, arn: str, event: EndedEvent, metrics: FunctionMetrics, trace_header: str | None
    ) -> None:
        """Send the event itself, once; a failure is counted and the event gone (DLQ-02, DLQ-04)."""
        fields: dict[str, str] = {}
        error = await self._destinations.deliver(
            arn, event.payload.decode(), attributes=dead_letter_attributes(event), trace_header=trace_header
        )
        if error is not None:
            metrics.dead_letter_errors += 1
            fields["error"] = str(error)
        self._trace("destination.deliver", event, destination=arn, dead_letter=True, **fields)

    def _trace(self, kind: str, event: EndedEvent, **fields: object) -> None:
        self._world.trace.add(
            kind, function=self._function, request_id=event.request_id, condition=event.condition.value, **fields
        )


def _too_large(size_bytes: int) -> AwsError:
    text = f"The record of {size_bytes} bytes is over the destination's limit of {LARGEST_RECORD_BYTES} bytes."
    return AwsError("RequestTooLargeException", text, status=413)
