"""The settings of a topic: names, ranges, defaults and string forms (SNS-13, SNS-17)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from eventsim.cloud.queues.redrive import read_object
from eventsim.cloud.topics.errors import invalid_parameter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventsim.errors import AwsError

DEFAULT_SIZE_BYTES: Final = 262_144
SMALLEST_BYTES: Final = 1_024
LARGEST_BYTES: Final = 1_048_576
CHOICES: Final = {
    "FifoThroughputScope": ("throughput_scope", ("Topic", "MessageGroup")),
    "SignatureVersion": ("signature_version", ("1", "2")),
}
FIFO_ONLY: Final = ("ContentBasedDeduplication", "FifoThroughputScope")
NOT_SIMULATED: Final = {
    "ArchivePolicy": "messages are not archived",
    "DataProtectionPolicy": "messages are not looked into",
    "DeliveryPolicy": "it is about HTTP endpoints, which nothing is delivered to",
}
FEEDBACK: Final = ("FeedbackRoleArn", "FeedbackSampleRate")
LONGEST_NAME: Final = 100
EFFECTIVE_DELIVERY_POLICY: Final = (
    '{"http":{"defaultHealthyRetryPolicy":{"minDelayTarget":20,"maxDelayTarget":20,"numRetries":3,'
    '"numMaxDelayRetries":0,"numNoDelayRetries":0,"numMinDelayRetries":0,"backoffFunction":"linear"},'
    '"disableSubscriptionOverrides":false,"defaultRequestPolicy":{"headerContentType":"text/plain; charset=UTF-8"}}}'
)


class TopicAttributes(msgspec.Struct, frozen=True, kw_only=True):
    """A topic's settings; None where nothing was set and the default holds.

    *maximum_size_bytes* counts a message and its attributes. *display_name*, *policy* and *kms_key_id* are kept and
    shown, and change nothing: there are no mails, permissions or keys here.
    """

    fifo: bool = False
    display_name: str = ""
    policy: str | None = None
    kms_key_id: str | None = None
    maximum_size_bytes: int | None = None
    signature_version: str | None = None
    tracing: str | None = None
    content_based_deduplication: bool = False
    throughput_scope: str | None = None

    @property
    def size_limit_bytes(self) -> int:
        """How large a message may be (SNS-13)."""
        return self.maximum_size_bytes or DEFAULT_SIZE_BYTES

    @classmethod
    def parse(cls, attributes: Mapping[str, str], *, fifo: bool) -> TopicAttributes:
        """The settings of a new topic; AwsError InvalidParameter."""
        given = {name: value for name, value in attributes.items() if name != "FifoTopic"}
        return cls(fifo=fifo).changed(given, "Attributes Reason: ")

    def changed(self, attributes: Mapping[str, str], prefix: str = "") -> TopicAttributes:
        """These settings with the given ones in their place; AwsError InvalidParameter, its reason after *prefix*."""
        changes: dict[str, Any] = {}
        for name, value in attributes.items():
            changes.update(read_attribute(name, value, prefix, fifo=self.fifo))
        return msgspec.structs.replace(self, **changes)

    def differing(self, other: TopicAttributes, named: Mapping[str, str]) -> bool:
        """Whether one of the *named* attributes has another value in *other*."""
        mine, its = self.to_strings(""), other.to_strings("")
        return any(mine.get(name) != its.get(name) for name in named)

    def to_strings(self, default_policy: str) -> dict[str, str]:
        """The settings as GetTopicAttributes shows them, those that nobody set left out."""
        optional = {
            "FifoThroughputScope": self.throughput_scope,
            "KmsMasterKeyId": self.kms_key_id,
            "MaximumMessageSize": str(self.maximum_size_bytes) if self.maximum_size_bytes else None,
            "SignatureVersion": self.signature_version,
            "TracingConfig": self.tracing,
        }
        strings = {
            "DisplayName": self.display_name,
            "EffectiveDeliveryPolicy": EFFECTIVE_DELIVERY_POLICY,
            "Policy": self.policy or default_policy,
            **{name: value for name, value in optional.items() if value is not None},
        }
        if self.fifo:
            strings["ContentBasedDeduplication"] = "true" if self.content_based_deduplication else "false"
            strings["FifoTopic"] = "true"
        return strings


def read_attribute(name: str, value: object, prefix: str, *, fifo: bool) -> dict[str, Any]:
    """One attribute string as a field and its value; nothing where there is nothing to change."""
    if not isinstance(value, str):
        raise invalid_parameter(f"{prefix}{name}: Invalid value [{value}]. It must be a string.")
    if name in NOT_SIMULATED or name.endswith(FEEDBACK):
        if value:
            because = NOT_SIMULATED.get(name, "deliveries are not logged")
            raise invalid_parameter(f"{prefix}{name}: {because} in eventsim. Leave it out.")
        return {}
    if name in FIFO_ONLY and not fifo:
        raise invalid_parameter(f"{prefix}{name} can only be set for FIFO topics")
    if name == "ContentBasedDeduplication":
        return {"content_based_deduplication": read_flag(name, value, prefix)}
    if name in CHOICES:
        field, allowed = CHOICES[name]
        if value not in allowed:
            raise bad_choice(name, value, prefix, allowed)
        return {field: value}
    if name == "MaximumMessageSize":
        if not (value.isascii() and value.isdigit()) or not SMALLEST_BYTES <= int(value) <= LARGEST_BYTES:
            allowed_sizes = f"Must be {SMALLEST_BYTES} to {LARGEST_BYTES}."
            raise invalid_parameter(f"{prefix}MaximumMessageSize: Invalid value [{value}]. {allowed_sizes}")
        return {"maximum_size_bytes": int(value)}
    return read_text(name, value, prefix)


def read_text(name: str, value: str, prefix: str) -> dict[str, Any]:
    """One of the attributes that are kept and shown."""
    if name == "DisplayName":
        if len(value) > LONGEST_NAME:
            raise invalid_parameter(f"{prefix}DisplayName: found {len(value)} characters, at most {LONGEST_NAME}")
        return {"display_name": value}
    if name == "Policy":
        if value and read_object(value) is None:
            raise invalid_parameter(f"{prefix}Policy Error: found something else than a JSON object")
        return {"policy": value or None}
    if name == "KmsMasterKeyId":
        return {"kms_key_id": value or None}
    if name == "TracingConfig":
        if value not in ("", "PassThrough"):
            reason = "eventsim passes trace headers on and keeps no X-Ray segments. Must be PassThrough."
            raise invalid_parameter(f"{prefix}TracingConfig: Invalid value [{value}]: {reason}")
        return {"tracing": value or None}
    raise invalid_parameter(f"{prefix}Unknown attribute {name}" if prefix else "AttributeName")


def read_flag(name: str, value: str, prefix: str) -> bool:
    """A true or false in any case; AwsError InvalidParameter for anything else."""
    if value.lower() not in ("true", "false"):
        raise invalid_parameter(f"{prefix}{name}: Invalid value [{value}]. Must be true or false.")
    return value.lower() == "true"


def bad_choice(name: str, value: str, prefix: str, allowed: tuple[str, ...]) -> AwsError:
    """One of a few words was expected."""
    return invalid_parameter(f"{prefix}{name}: Invalid value [{value}]. Please use either {' or '.join(allowed)}")
