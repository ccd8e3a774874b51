"""The ways to a destination: queue, topic, function, event bus or bucket (STR-19, STR-22 to STR-24, DST-01)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from eventsim.cloud.queues.system_attributes import trace_attribute
from eventsim.errors import AwsError

if TYPE_CHECKING:
    from eventsim.cloud.queues.registry import Queues
    from eventsim.cloud.router import Router
    from eventsim.cloud.topics.registry import Topics

CONTENT_TYPE = "application/octet-stream"
TOPIC_LIMIT_BYTES = 262_144

Attributes = Mapping[str, Mapping[str, Any]]
"""MessageAttributes as SQS and SNS take them."""

PutEvent = Callable[[Mapping[str, Any], str], object]
"""Puts the envelope of an event on the bus with an ARN, as ``EventBridge.publish`` does; raises AwsError."""


class Invoke(Protocol):
    """Queues an asynchronous invocation."""

    def __call__(self, function_arn: str, payload: bytes, /, *, trace_header: str | None) -> object:
        """Raise AwsError when it is refused."""


def is_bucket(arn: str) -> bool:
    """Whether a destination takes the document with the payload."""
    return service_of(arn) == "s3"


def service_of(arn: str) -> str:
    """The service of an ARN, as in ``sqs``."""
    return arn.split(":", 3)[2] if arn.count(":") > 2 else ""


class Destinations:
    """Delivers to the queues and topics of an account, to buckets behind *router*, to functions and event buses.

    Where *topics*, *invoke* or *put_event* is None there is no such service here. *router* is asked for when a bucket
    is first named: to have S3 takes time.
    """

    def __init__(
        self,
        queues: Queues,
        *,
        router: Callable[[], Router],
        topics: Topics | None = None,
        invoke: Invoke | None = None,
        put_event: PutEvent | None = None,
    ) -> None:
        self.topics = topics
        self.invoke = invoke
        self.put_event = put_event
        self._queues = queues
        self._router = router

    def check(self, arn: str) -> None:
        """AwsError InvalidParameterValueException for a destination that nothing here can deliver to.

        A destination is checked before the run: S3 has to be there when it begins.
        """
        if is_bucket(arn):
            self._router()
        ways = {"sns": self.topics, "lambda": self.invoke, "events": self.put_event}
        if ways.get(service_of(arn), self) is None:
            raise AwsError("InvalidParameterValueException", f"Nothing here delivers to the destination {arn}.")

    def limit_bytes(self, arn: str) -> int | None:
        """The size above which a record has no payloads: a topic's own limit; other destinations have none (DST-06)."""
        if service_of(arn) != "sns":
            return None
        topic = None if self.topics is None else self.topics.find(arn)
        return TOPIC_LIMIT_BYTES if topic is None else topic.attributes.size_limit_bytes

    async def deliver(
        self,
        arn: str,
        text: str,
        *,
        key: str = "",
        attributes: Attributes | None = None,
        trace_header: str | None = None,
    ) -> AwsError | None:
        """Send *text*: a message's body, a function's event, or the content of the object *key*.

        It is sent once and not tried again; what comes back is the error, if that failed (STR-24, DST-08). *attributes*
        are a message's own; *trace_header* goes on with a chain of requests.
        """
        try:
            self._send(arn, text, key, attributes, trace_header)
        except AwsError as error:
            return error
        return None

    def deliver_event(self, bus_arn: str, event: Mapping[str, Any]) -> AwsError | None:
        """Put the envelope *event* on a bus, once; the error, if that failed."""
        try:
            self.check(bus_arn)
            if self.put_event is not None:
                self.put_event(event, bus_arn)
        except AwsError as error:
            return error
        return None

    def _send(self, arn: str, text: str, key: str, attributes: Attributes | None, trace_header: str | None) -> None:
        service = service_of(arn)
        self.check(arn)
        if service == "sqs":
            traced = trace_attribute(trace_header)
            self._queues.by_arn(arn).send(text, attributes=attributes, system_attributes=traced)
        elif service == "sns" and self.topics is not None:
            self.topics.by_arn(arn).publish(text, attributes=attributes, trace_header=trace_header)
        elif service == "lambda" and self.invoke is not None:
            self.invoke(arn, text.encode(), trace_header=trace_header)
        elif service == "s3":
            from eventsim.cloud.buckets import Buckets
            from eventsim.cloud.requests import current_function

            current_function.set(None)  # it is Lambda that calls, not the handler that ran before
            buckets = Buckets(self._router())
            buckets.put(arn.rpartition(":")[2], key, text.encode(), CONTENT_TYPE, trace_header=trace_header)
        else:
            raise AwsError("InvalidParameterValueException", f"Nothing here delivers to the destination {arn}.")
