"""Redrive policies: where a queue's failed messages go, and which queues may send theirs here (SQS-06, SQS-08)."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from eventsim.cloud.queues.errors import invalid_attribute_value, invalid_value

ARN = re.compile(r"arn:aws[a-z-]*:sqs:[a-z0-9-]+:[0-9]{12}:([A-Za-z0-9_-]{1,80}(?:\.fifo)?)")
MAXIMUM_RECEIVE_COUNT = 1000


class RedrivePolicy(msgspec.Struct, frozen=True):
    """A queue's dead-letter queue and how many receives a message has before it goes there.

    *max_receive_count* is 1 to 1,000.
    """

    target_arn: str
    max_receive_count: int


class RedriveAllowPolicy(msgspec.Struct, frozen=True):
    """Which queues may name this one as their dead-letter queue: ``allowAll``, ``denyAll`` or ``byQueue``."""

    permission: str
    source_arns: tuple[str, ...] = ()

    def allows(self, source_arn: str) -> bool:
        """Whether that queue may use this one as its dead-letter queue."""
        return self.permission == "allowAll" or (self.permission == "byQueue" and source_arn in self.source_arns)


def parse_redrive_policy(text: str) -> RedrivePolicy:
    """The policy of an attribute string; AwsError InvalidParameterValue when it is not one (SQS-06)."""
    policy = read_object(text)
    if policy is None:
        raise invalid_value(text, "RedrivePolicy", "Redrive policy is not a valid JSON map.")
    if set(policy) != {"deadLetterTargetArn", "maxReceiveCount"}:
        reason = "Redrive policy must contain exactly deadLetterTargetArn and maxReceiveCount."
        raise invalid_value(text, "RedrivePolicy", reason)
    target, count = policy["deadLetterTargetArn"], policy["maxReceiveCount"]
    if isinstance(count, str) and count.isascii() and count.isdigit():
        count = int(count)
    if type(count) is not int or not 1 <= count <= MAXIMUM_RECEIVE_COUNT:
        reason = f"Invalid value for maxReceiveCount: {count}, valid values are from 1 to 1000 both inclusive."
        raise invalid_value(text, "RedrivePolicy", reason)
    if not isinstance(target, str) or not ARN.fullmatch(target):
        raise invalid_value(text, "RedrivePolicy", "Invalid value for deadLetterTargetArn.")
    return RedrivePolicy(target, count)


def parse_redrive_allow_policy(text: str) -> RedriveAllowPolicy:
    """The policy of an attribute string; AwsError InvalidAttributeValue when it is not one (SQS-08)."""
    policy = read_object(text)
    if policy is None or not set(policy) <= {"redrivePermission", "sourceQueueArns"}:
        raise invalid_attribute_value("RedriveAllowPolicy")
    permission, arns = policy.get("redrivePermission"), policy.get("sourceQueueArns")
    if permission not in {"allowAll", "denyAll", "byQueue"} or (arns is None) == (permission == "byQueue"):
        raise invalid_attribute_value("RedriveAllowPolicy")
    if permission != "byQueue":
        return RedriveAllowPolicy(permission)
    named = arns if isinstance(arns, list) else []
    if not 1 <= len(named) <= 10 or not all(isinstance(arn, str) and ARN.fullmatch(arn) for arn in named):
        raise invalid_attribute_value("RedriveAllowPolicy")
    return RedriveAllowPolicy(permission, tuple(named))


def read_object(text: str) -> dict[str, Any] | None:
    """The JSON object in a text; None when there is none."""
    try:
        value = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return None
    return value if isinstance(value, dict) else None
