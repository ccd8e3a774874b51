"""The settings of a subscription (SNS-07, SNS-08, SNS-12, SNS-15)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from eventsim.cloud.topics.arns import QUEUE_ARN, is_in
from eventsim.cloud.topics.errors import invalid_parameter
from eventsim.cloud.topics.filter_policies import ATTRIBUTES, BODY, FilterPolicy, compile_policy
from eventsim.cloud.topics.topic_attributes import bad_choice, read_flag

if TYPE_CHECKING:
    from collections.abc import Mapping

NOT_SIMULATED: Final = {
    "DeliveryPolicy": "it is about HTTP endpoints, which nothing is delivered to",
    "ReplayPolicy": "messages are not archived",
    "SubscriptionRoleArn": "it is about Firehose streams, which nothing is delivered to",
}


class Place(msgspec.Struct, frozen=True):
    """What a subscription's settings have to fit: its protocol, the topic's kind, the account and region."""

    protocol: str
    fifo_topic: bool
    account_id: str
    region: str


class SubscriptionAttributes(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription's settings.

    *filter_text* and *redrive_text* are shown as they were given; *filter* is None where every message passes, and
    *dead_letter_arn* None without a dead-letter queue.
    """

    raw: bool = False
    scope: str = ATTRIBUTES
    filter_text: str | None = None
    filter: FilterPolicy | None = None
    redrive_text: str | None = None
    dead_letter_arn: str | None = None

    @classmethod
    def parse(cls, attributes: Mapping[str, str], place: Place) -> SubscriptionAttributes:
        """The settings of a new subscription; AwsError InvalidParameter."""
        return cls().changed(attributes, place, "Attributes Reason: ")

    def changed(self, attributes: Mapping[str, str], place: Place, prefix: str = "") -> SubscriptionAttributes:
        """These settings with the given ones in their place; AwsError InvalidParameter, its reason after *prefix*.

        An empty FilterPolicy or RedrivePolicy removes it.
        """
        changes: dict[str, Any] = {}
        for name, value in attributes.items():
            if not isinstance(value, str):
                raise invalid_parameter(f"{prefix}{name}: Invalid value [{value}]. It must be a string.")
            changes.update(read_attribute(name, value, place, prefix))
        new = msgspec.structs.replace(self, **changes)
        if {"scope", "filter_text"} & changes.keys():
            compiled = compile_policy(new.filter_text, new.scope, prefix) if new.filter_text is not None else None
            new = msgspec.structs.replace(new, filter=compiled)
        return new

    def differing(self, other: SubscriptionAttributes, named: Mapping[str, str]) -> bool:
        """Whether one of the *named* attributes has another value in *other*."""
        mine, its = self._comparable(), other._comparable()
        return any(mine.get(name) != its.get(name) for name in named)

    def _comparable(self) -> dict[str, object]:
        return {
            "RawMessageDelivery": self.raw,
            "FilterPolicyScope": self.scope,
            "FilterPolicy": msgspec.json.decode(self.filter_text) if self.filter_text is not None else None,
            "RedrivePolicy": self.dead_letter_arn,
        }

    def to_strings(self) -> dict[str, str]:
        """The settings as GetSubscriptionAttributes shows them: the scope only beside a policy."""
        strings = {"RawMessageDelivery": "true" if self.raw else "false"}
        if self.filter_text is not None:
            strings |= {"FilterPolicy": self.filter_text, "FilterPolicyScope": self.scope}
        if self.redrive_text is not None:
            strings["RedrivePolicy"] = self.redrive_text
        return strings


def read_attribute(name: str, value: str, place: Place, prefix: str) -> dict[str, Any]:
    """One attribute string as fields and their values; nothing where there is nothing to change."""
    if name == "RawMessageDelivery":
        raw = read_flag(name, value, prefix)
        if raw and place.protocol not in ("http", "https", "sqs"):
            raise invalid_parameter(
                f"{prefix}Delivery protocol [{place.protocol}] does not support raw message delivery."
            )
        return {"raw": raw}
    if name == "FilterPolicyScope":
        if value not in (ATTRIBUTES, BODY):
            raise bad_choice(name, value, prefix, (BODY, ATTRIBUTES))
        return {"scope": value}
    if name == "FilterPolicy":
        return {"filter_text": value or None}
    if name == "RedrivePolicy":
        return {"redrive_text": value or None, "dead_letter_arn": read_redrive(value, place, prefix) if value else None}
    if name in NOT_SIMULATED:
        if value:
            raise invalid_parameter(f"{prefix}{name}: {NOT_SIMULATED[name]} in eventsim. Leave it out.")
        return {}
    raise invalid_parameter(f"{prefix}Unknown attribute {name}" if prefix else "AttributeName")


def read_redrive(text: str, place: Place, prefix: str) -> str:
    """The queue that a RedrivePolicy names; it need not exist. AwsError InvalidParameter (SNS-15)."""
    try:
        policy = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError) as error:
        raise invalid_parameter(f"{prefix}RedrivePolicy: failed to parse JSON. {error}") from None
    arn = policy.get("deadLetterTargetArn") if isinstance(policy, dict) else None
    if not isinstance(arn, str) or not QUEUE_ARN.fullmatch(arn):
        raise invalid_parameter(f"{prefix}RedrivePolicy: deadLetterTargetArn is an invalid arn")
    if set(policy) != {"deadLetterTargetArn"}:
        strange = ", ".join(sorted(set(policy) - {"deadLetterTargetArn"}))
        raise invalid_parameter(f"{prefix}RedrivePolicy: found {strange}, only deadLetterTargetArn is allowed")
    if not is_in(arn, QUEUE_ARN, place.region, place.account_id):
        reason = f"deadLetterTargetArn must be in account {place.account_id} and region {place.region}"
        raise invalid_parameter(f"{prefix}RedrivePolicy: {reason}")
    if place.fifo_topic and not arn.endswith(".fifo"):
        reason = "must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic."
        raise invalid_parameter(f"{prefix}RedrivePolicy: {reason}")
    if not place.fifo_topic and arn.endswith(".fifo"):
        reason = "must use a standard queue as DLQ for a Subscription to a standard Topic."
        raise invalid_parameter(f"{prefix}RedrivePolicy: {reason}")
    return arn
