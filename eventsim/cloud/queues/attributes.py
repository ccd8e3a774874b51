"""The settings of a queue: names, ranges, defaults and string forms (SQS-01)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from eventsim.cloud.queues.errors import invalid_attribute_name, invalid_attribute_value
from eventsim.cloud.queues.redrive import (
    RedriveAllowPolicy,
    RedrivePolicy,
    parse_redrive_allow_policy,
    parse_redrive_policy,
    read_object,
)
from eventsim.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Mapping

INTEGERS: Final = {  # attribute: field, lowest and highest value
    "VisibilityTimeout": ("visibility_timeout_s", 0, 43_200),
    "MaximumMessageSize": ("maximum_size_bytes", 1_024, 1_048_576),
    "MessageRetentionPeriod": ("retention_s", 60, 1_209_600),
    "DelaySeconds": ("delay_s", 0, 900),
    "ReceiveMessageWaitTimeSeconds": ("wait_time_s", 0, 20),
    "KmsDataKeyReusePeriodSeconds": ("kms_reuse_s", 60, 86_400),
}
FLAGS: Final = {"ContentBasedDeduplication": "content_based_deduplication", "SqsManagedSseEnabled": "sqs_managed_sse"}
CHOICES: Final = {
    "DeduplicationScope": ("deduplication_scope", ("queue", "messageGroup")),
    "FifoThroughputLimit": ("fifo_throughput_limit", ("perQueue", "perMessageGroupId")),
}
TEXTS: Final = {"Policy": "policy", "KmsMasterKeyId": "kms_key_id"}
SHOWN: Final = {  # what a queue shows and nobody sets
    "QueueArn",
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
    "CreatedTimestamp",
    "LastModifiedTimestamp",
}
NAMES: Final = {*INTEGERS, *FLAGS, *CHOICES, *TEXTS, *SHOWN, "FifoQueue", "RedrivePolicy", "RedriveAllowPolicy"}
FIFO_ONLY: Final = {"ContentBasedDeduplication", "DeduplicationScope", "FifoThroughputLimit"}


class QueueAttributes(msgspec.Struct, frozen=True, kw_only=True):
    """A queue's settings.

    Times are seconds; the ranges are SQS-01's. *maximum_size_bytes* counts the body and the message attributes.
    *policy* and *kms_key_id* are kept and shown, and change nothing: there are no permissions or keys here.
    """

    fifo: bool = False
    visibility_timeout_s: int = 30
    maximum_size_bytes: int = 1_048_576
    retention_s: int = 345_600
    delay_s: int = 0
    wait_time_s: int = 0
    redrive: RedrivePolicy | None = None
    redrive_allow: RedriveAllowPolicy | None = None
    content_based_deduplication: bool = False
    deduplication_scope: str = "queue"
    fifo_throughput_limit: str = "perQueue"
    policy: str | None = None
    kms_key_id: str | None = None
    kms_reuse_s: int = 300
    sqs_managed_sse: bool = True

    @classmethod
    def parse(cls, attributes: Mapping[str, str], *, fifo: bool) -> QueueAttributes:
        """The settings of a new queue.

        AwsError InvalidAttributeName, InvalidAttributeValue or InvalidParameterValue.
        """
        return cls(fifo=fifo).changed(attributes)

    def changed(self, attributes: Mapping[str, str]) -> QueueAttributes:
        """These settings with the given ones in their place; an empty policy removes it. Errors as for `parse`."""
        changes: dict[str, Any] = {}
        for name, value in attributes.items():
            if not isinstance(value, str):
                raise invalid_attribute_value(name)
            changes.update(read_attribute(name, value, fifo=self.fifo))
        if changes.get("kms_key_id"):
            if changes.get("sqs_managed_sse"):
                raise two_encryptions()
            changes["sqs_managed_sse"] = False
        elif changes.get("sqs_managed_sse") and self.kms_key_id and "kms_key_id" not in changes:
            raise two_encryptions()
        new = msgspec.structs.replace(self, **changes)
        if new.fifo_throughput_limit == "perMessageGroupId" and new.deduplication_scope != "messageGroup":
            reason = "The perMessageGroupId value is allowed only when DeduplicationScope is messageGroup."
            raise invalid_attribute_value("FifoThroughputLimit", reason)
        return new

    def to_strings(self) -> dict[str, str]:
        """The settings as GetQueueAttributes shows them, without what is the queue's and not a setting."""
        strings = {name: str(getattr(self, field)) for name, (field, _, _) in INTEGERS.items()}
        if self.kms_key_id:
            strings["KmsMasterKeyId"] = self.kms_key_id
        else:
            del strings["KmsDataKeyReusePeriodSeconds"]
        strings["SqsManagedSseEnabled"] = show_flag(self.sqs_managed_sse)
        if self.fifo:
            strings["FifoQueue"] = "true"
            strings["ContentBasedDeduplication"] = show_flag(self.content_based_deduplication)
            strings["DeduplicationScope"] = self.deduplication_scope
            strings["FifoThroughputLimit"] = self.fifo_throughput_limit
        if self.policy:
            strings["Policy"] = self.policy
        if self.redrive:
            strings["RedrivePolicy"] = show_redrive_policy(self.redrive)
        if self.redrive_allow:
            strings["RedriveAllowPolicy"] = show_redrive_allow_policy(self.redrive_allow)
        return strings


def read_attribute(name: str, value: str, *, fifo: bool) -> dict[str, Any]:
    """One attribute string as a field and its value; nothing where there is nothing to change."""
    if (name in FIFO_ONLY or name == "FifoQueue") and not fifo:
        raise invalid_attribute_name(name)
    if name == "FifoQueue":
        if value != "true":
            raise invalid_attribute_value("FifoQueue", "Modifying queue type is not supported.")
        return {}
    if name in INTEGERS:
        field, lowest, highest = INTEGERS[name]
        if not (value.isascii() and value.isdigit()) or not lowest <= int(value) <= highest:
            raise invalid_attribute_value(name)
        return {field: int(value)}
    if name in FLAGS:
        if value.lower() not in {"true", "false"}:
            raise invalid_attribute_value(name)
        return {FLAGS[name]: value.lower() == "true"}
    if name in CHOICES:
        field, allowed = CHOICES[name]
        if value not in allowed:
            raise invalid_attribute_value(name)
        return {field: value}
    if name in TEXTS:
        if name == "Policy" and value and read_object(value) is None:
            raise invalid_attribute_value("Policy")
        return {TEXTS[name]: value or None}
    if name == "RedrivePolicy":
        return {"redrive": parse_redrive_policy(value) if value else None}
    if name == "RedriveAllowPolicy":
        return {"redrive_allow": parse_redrive_allow_policy(value) if value else None}
    raise invalid_attribute_name(name)


def show_flag(flag: bool) -> str:
    """A flag as AWS writes it."""
    return "true" if flag else "false"


def show_redrive_policy(policy: RedrivePolicy) -> str:
    """The policy as compact JSON."""
    fields = {"deadLetterTargetArn": policy.target_arn, "maxReceiveCount": policy.max_receive_count}
    return msgspec.json.encode(fields).decode()


def show_redrive_allow_policy(policy: RedriveAllowPolicy) -> str:
    """The policy as compact JSON."""
    fields: dict[str, object] = {"redrivePermission": policy.permission}
    if policy.source_arns:
        fields["sourceQueueArns"] = policy.source_arns
    return msgspec.json.encode(fields).decode()


def two_encryptions() -> AwsError:
    """The error for asking for both kinds of encryption."""
    text = "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE."
    return AwsError("InvalidAttributeName", text, query_code="InvalidAttributeName")
