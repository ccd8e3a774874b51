"""Where notifications can go: the ways out of the bucket, given by whoever builds the cloud."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

from eventsim.cloud.queues.system_attributes import trace_attribute
from eventsim.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventsim.cloud.queues.registry import Queues

SUBJECT: Final = "Amazon S3 Notification"


class ToQueue(Protocol):
    """The way to queues."""

    def __call__(self, queue_arn: str, body: str, *, trace_header: str | None) -> str | None:
        """Send a message to a queue; its id, for the trace. AwsError when the queue does not take it."""


class ToTopic(Protocol):
    """The way to topics."""

    def __call__(self, topic_arn: str, message: str, subject: str, *, trace_header: str | None) -> str | None:
        """Publish to a topic; the message's id, for the trace. AwsError when the topic does not take it."""


class ToFunction(Protocol):
    """The way to functions."""

    def __call__(self, function_arn: str, event: dict[str, Any], *, trace_header: str | None) -> str | None:
        """Queue an asynchronous invocation; its request id, for the trace. AwsError when it is refused."""


class ToBus(Protocol):
    """The way to EventBridge."""

    def __call__(self, event: dict[str, Any], *, trace_header: str | None) -> str | None:
        """Put a whole event on the default event bus; its id, for the trace. AwsError when it is refused."""


class Destinations:
    """The ways out; where one is not given there is no such service, so every destination of its kind is missing.

    *trace_header* is the X-Amzn-Trace-Id of the request that caused a notification. *has_function* tells whether S3 may
    invoke the function with an ARN; by default whatever *to_function* exists for.
    """

    def __init__(
        self,
        *,
        to_queue: ToQueue | None = None,
        to_topic: ToTopic | None = None,
        to_function: ToFunction | None = None,
        has_function: Callable[[str], bool] | None = None,
        to_bus: ToBus | None = None,
    ) -> None:
        self.to_queue = to_queue or no_queue
        self.to_topic = to_topic or no_topic
        self.to_function = to_function or no_function
        self.has_function = has_function or (lambda _arn: to_function is not None)
        self.to_bus = to_bus or no_bus
        self.has_bus = to_bus is not None


def send_to(queues: Queues) -> ToQueue:
    """The way to *queues*; the trace header travels as the message's AWSTraceHeader."""

    def to_queue(queue_arn: str, body: str, *, trace_header: str | None) -> str:
        return queues.by_arn(queue_arn).send(body, system_attributes=trace_attribute(trace_header)).id

    return to_queue


def no_queue(queue_arn: str, body: str, *, trace_header: str | None) -> str | None:  # noqa: ARG001 - it is a ToQueue
    """There are no queues here."""
    raise AwsError("QueueDoesNotExist", "The specified queue does not exist.")


def no_topic(topic_arn: str, message: str, subject: str, *, trace_header: str | None) -> str | None:  # noqa: ARG001 - it is a ToTopic
    """There are no topics here."""
    raise AwsError("NotFound", "Topic does not exist", status=404)


def no_function(function_arn: str, event: dict[str, Any], *, trace_header: str | None) -> str | None:  # noqa: ARG001 - it is a ToFunction
    """There are no functions here."""
    raise AwsError("ResourceNotFoundException", f"Function not found: {function_arn}", status=404)


def no_bus(event: dict[str, Any], *, trace_header: str | None) -> str | None:  # noqa: ARG001 - it is a ToBus
    """There is no event bus here."""
    raise AwsError("NotImplemented", "S3 can't reach EventBridge in this simulation.", status=501)
