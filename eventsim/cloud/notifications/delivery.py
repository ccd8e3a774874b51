"""From a change to its receivers: which get it, when, and what is kept of it (S3-04, S3-13, S3-14)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec

from eventsim.cloud.notifications.configuration import Kind
from eventsim.cloud.notifications.destinations import SUBJECT
from eventsim.cloud.notifications.event_types import TEST_EVENT
from eventsim.errors import AwsError
from eventsim.kernel.instants import after

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from eventsim.cloud.notifications.changes import ObjectChange
    from eventsim.cloud.notifications.configuration import NotificationConfiguration
    from eventsim.cloud.notifications.destinations import Destinations
    from eventsim.cloud.queues.waiters import Timers
    from eventsim.kernel.clock import Clock
    from eventsim.kernel.trace import Trace

_DOES_NOT_EXIST: Final = frozenset({"NotFound", "QueueDoesNotExist"})


class Shapes(Protocol):
    """How events look; the module ``eventsim.events.s3``."""

    def s3_event(self, change: ObjectChange, configuration_id: str) -> dict[str, Any]:
        """The event for queues, topics and functions."""

    def s3_bus_event(self, change: ObjectChange, event_id: str) -> dict[str, Any]:
        """The event for EventBridge."""

    def s3_test_event(self, bucket: str, time_ms: int, request_id: str, host_id: str) -> dict[str, Any]:
        """The message that tries a new destination."""


class DeliverySettings(msgspec.Struct, frozen=True, kw_only=True):
    """How far delivery is from instant and exact (S3-13).

    A notification takes *latency_s* seconds and up to *spread_s* more, so that later ones overtake it; the part
    *duplicate_rate* of all is delivered twice.
    """

    latency_s: float = 0.0
    spread_s: float = 0.0
    duplicate_rate: float = 0.0


class DeliveryCounts(msgspec.Struct):
    """How many notifications their destinations took and refused; those refused are lost."""

    delivered: int = 0
    failed: int = 0


class Deliveries:
    """Delivers through *destinations*, counts, and traces each attempt as ``bucket.notify``.

    *timers* gives the event loop when a delivery takes time.
    """

    def __init__(
        self,
        clock: Clock,
        timers: Callable[[], Timers] | None,
        destinations: Destinations,
        shapes: Shapes,
        *,
        settings: DeliverySettings,
        stream: Random,
        trace: Trace | None,
        bus_arn: str,
    ) -> None:
        self.counts = DeliveryCounts()
        self._now_s = clock.now_s
        self._timers = timers
        self._to = destinations
        self._shapes = shapes
        self._settings = settings
        self._stream = stream
        self._trace = trace
        self._bus_arn = bus_arn

    def announce(
        self,
        change: ObjectChange,
        configuration: NotificationConfiguration,
        *,
        draw_event_id: Callable[[], str],
        trace_header: str | None,
    ) -> None:
        """Deliver a change to everybody who is configured for it, the event bus last."""
        happening = change.happening
        for one in configuration.wanting(happening.event, happening.key):
            send = partial(self._send, one.kind, one.arn, change, one.id, trace_header)
            self._deliver(change, one.arn, send)
        if configuration.event_bridge:
            send = partial(self._send_to_bus, change, draw_event_id(), trace_header)
            self._deliver(change, self._bus_arn, send)

    def try_out(
        self, bucket: str, configuration: NotificationConfiguration, test_event: dict[str, Any]
    ) -> list[tuple[str, str]]:
        """Send the test event to each queue and topic (S3-04), look for each function (S3-03).

        Tells the destinations that failed, in S3's words: a name and what is wrong with it.
        """
        problems: list[tuple[str, str]] = []
        body = _json(test_event)
        for kind, arn in dict.fromkeys((one.kind, one.arn) for one in configuration.subscriptions):
            if kind is Kind.FUNCTION:
                if not self._to.has_function(arn):
                    problems.append((f"{arn}, null", f"Not authorized to invoke function [{arn}]"))
                continue
            send = partial(self._send_text, kind, arn, body, None)
            error = self._attempt(send, bucket=bucket, event=TEST_EVENT, to=arn)
            if error is not None:
                noun = kind.name.lower()
                missing = f"The destination {noun} does not exist"
                problems.append((arn, missing if error.code in _DOES_NOT_EXIST else error.message))
        return problems

    def _deliver(self, change: ObjectChange, to: str, send: Callable[[], str | None]) -> None:
        settings = self._settings
        facts = {"bucket": change.bucket, "key": change.happening.key, "event": change.happening.event, "to": to}
        twice = settings.duplicate_rate > 0 and self._stream.random() < settings.duplicate_rate
        for _ in range(1 + twice):
            delay_s = settings.latency_s
            if settings.spread_s > 0:
                delay_s += self._stream.uniform(0.0, settings.spread_s)
            if delay_s > 0:
                assert self._timers is not None
                self._timers().call_at(after(self._now_s(), delay_s), partial(self._count, send, facts))
            else:
                self._count(send, facts)

    def _count(self, send: Callable[[], str | None], facts: dict[str, str]) -> None:
        if self._attempt(send, **facts) is None:
            self.counts.delivered += 1
        else:
            self.counts.failed += 1

    def _attempt(self, send: Callable[[], str | None], **facts: str) -> AwsError | None:
        outcome: dict[str, str] = {}
        error = None
        try:
            record = send()
        except AwsError as caught:
            error = caught
            outcome["error"] = caught.code
        else:
            if record is not None:
                outcome["record"] = record
        if self._trace is not None:
            self._trace.add("bucket.notify", **facts, **outcome)
        return error

    def _send(
        self, kind: Kind, arn: str, change: ObjectChange, configuration_id: str, trace_header: str | None
    ) -> str | None:
        event = self._shapes.s3_event(change, configuration_id)
        if kind is Kind.FUNCTION:
            return self._to.to_function(arn, event, trace_header=trace_header)
        return self._send_text(kind, arn, _json(event), trace_header)

    def _send_text(self, kind: Kind, arn: str, text: str, trace_header: str | None) -> str | None:
        if kind is Kind.TOPIC:
            return self._to.to_topic(arn, text, SUBJECT, trace_header=trace_header)
        return self._to.to_queue(arn, text, trace_header=trace_header)

    def _send_to_bus(self, change: ObjectChange, event_id: str, trace_header: str | None) -> str | None:
        return self._to.to_bus(self._shapes.s3_bus_event(change, event_id), trace_header=trace_header)


def _json(value: dict[str, Any]) -> str:
    return msgspec.json.encode(value).decode()
