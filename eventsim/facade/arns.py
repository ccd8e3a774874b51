"""Resources as AWS's settings name them: by ARN, where a name or a handle will do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventsim.errors import InputError

if TYPE_CHECKING:
    from eventsim.cloud.queues.registry import Queues


def queue_arn(queues: Queues, given: Any, place: str) -> str:
    """The ARN of a queue given as a handle, a name, a URL or an ARN; it need not exist."""
    arn = getattr(given, "arn", given)
    if not isinstance(arn, str):
        raise InputError(f"{place}: found {given!r}, expected a queue: its handle, its name or its ARN")
    if is_handle(given) and not arn.startswith("arn:aws:sqs:"):
        raise InputError(f"{place}: found {given!r}, expected a queue: its handle, its name or its ARN")
    if arn.startswith("arn:"):
        return arn
    return queues.arn_of(arn.rpartition("/")[2] if "://" in arn else arn)


def is_handle(value: Any) -> bool:
    """Whether *value* is a resource's handle."""
    return hasattr(value, "arn")
