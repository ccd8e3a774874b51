"""Where events go to: the seams to functions, queues and topics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import msgspec

from eventsim.cloud.eventbridge.errors import validation
from eventsim.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from eventsim.cloud.queues.registry import Queues


class ToQueue(Protocol):
    """Sends *body* to the queue with that ARN; *attributes* are a dead letter's message attributes, all strings."""

    def __call__(
        self, arn: str, body: str, group_id: str | None = None, attributes: Mapping[str, str] | None = None, /
    ) -> object:
        """Raise AwsError when the queue does not take it."""


class Outlets(msgspec.Struct, frozen=True, kw_only=True):
    """What takes events; each raises AwsError when it does not.

    *to_function* queues an asynchronous invocation of the function with an ARN; the payload is JSON text. *to_topic*
    publishes a message to the topic with an ARN.
    """

    to_function: Callable[[str, str], object]
    to_queue: ToQueue
    to_topic: Callable[[str, str], object]


def service_of(arn: str) -> str:
    """The service in an ARN, as in ``sqs``; empty where there is none."""
    parts = arn.split(":", 5)
    return parts[2] if len(parts) == 6 and parts[0] == "arn" else ""


def hand_over(outlets: Outlets, arn: str, body: str, group_id: str | None) -> None:
    """Give *body* to the function, queue or topic with that ARN; raises what it raises."""
    service = service_of(arn)
    if service == "lambda":
        outlets.to_function(arn, body)
    elif service == "sqs":
        outlets.to_queue(arn, body, group_id)
    elif service == "sns":
        outlets.to_topic(arn, body)
    else:
        raise validation(f"Parameter {arn} is not valid. Reason: Provided Arn is not in correct format.")


def queue_outlet(queues: Queues) -> ToQueue:
    """The seam to the queues of one account."""

    def to_queue(
        arn: str, body: str, group_id: str | None = None, attributes: Mapping[str, str] | None = None, /
    ) -> object:
        values = {name: {"DataType": "String", "StringValue": text} for name, text in (attributes or {}).items()}
        return queues.by_arn(arn).send(body, attributes=values or None, group_id=group_id)

    return to_queue


def no_function(arn: str, _payload: str) -> None:
    """What is delivered to where there are no functions: every one is missing."""
    raise AwsError("ResourceNotFoundException", f"Function not found: {arn}", status=404)
