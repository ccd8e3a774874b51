"""A queue's settings as Python writes them, and as CreateQueue and SetQueueAttributes take them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from eventsim.cloud.queues.attributes import NAMES, SHOWN
from eventsim.errors import InputError
from eventsim.facade.arns import queue_arn
from eventsim.facade.keywords import check_keywords

if TYPE_CHECKING:
    from eventsim.cloud.queues.registry import Queues

ATTRIBUTES = sorted(NAMES - SHOWN)
WHAT = "a queue (AWS::SQS::Queue)"


def attribute_strings(queues: Queues, given: Mapping[str, Any]) -> dict[str, str]:
    """The attributes in the strings that SQS takes; those that are None are left out.

    In a policy a handle or a name stands for an ARN. Nothing else is looked at: what SQS refuses, SQS refuses.
    InputError for a name that is none, and for what no attribute can be.
    """
    check_keywords(given, ATTRIBUTES, WHAT)
    return {name: _string(queues, name, value) for name, value in given.items() if value is not None}


def read_tags(tags: Any) -> dict[str, str]:
    """Tags as a mapping, or as CloudFormation's list of ``{"Key", "Value"}``."""
    if tags is None:
        return {}
    if isinstance(tags, Mapping):
        return {str(key): str(value) for key, value in tags.items()}
    try:
        return {one["Key"]: one["Value"] for one in tags}
    except (TypeError, KeyError):
        raise InputError(f"Tags: found {tags!r}, expected a mapping of names to values") from None


def _string(queues: Queues, name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, Mapping):
        return msgspec.json.encode(_policy(queues, name, value)).decode()
    if isinstance(value, int | float):
        return str(value)
    raise InputError(f"{name}: found {value!r}, expected text, a number, true or false, or a mapping")


def _policy(queues: Queues, name: str, policy: Mapping[str, Any]) -> dict[str, Any]:
    read = dict(policy)
    if "deadLetterTargetArn" in read:
        read["deadLetterTargetArn"] = queue_arn(queues, read["deadLetterTargetArn"], f"{name}.deadLetterTargetArn")
    sources = read.get("sourceQueueArns")
    if isinstance(sources, Iterable) and not isinstance(sources, str):
        read["sourceQueueArns"] = [queue_arn(queues, one, f"{name}.sourceQueueArns") for one in sources]
    return read
