"""A new message from what a publish says (SNS-06, SNS-13, SNS-16 to SNS-19)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, TypedDict

import msgspec

from eventsim.cloud.queues.content import size_of_text
from eventsim.cloud.queues.deduplication import content_id
from eventsim.cloud.queues.tokens import TOKEN
from eventsim.cloud.topics.errors import invalid_parameter
from eventsim.cloud.topics.message_attributes import read_attributes, size_of_attributes
from eventsim.cloud.topics.notification import Notification

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventsim.cloud.topics.topic_attributes import TopicAttributes

LONGEST_SUBJECT: Final = 99
FORBIDDEN_IN_SUBJECT: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class MessageParameters(TypedDict, total=False):
    """What a message has beside its text.

    *structure* is ``json`` for one text per protocol. *attributes* are MessageAttributes, binary values as bytes or
    base64 text.
    """

    subject: str | None
    structure: str | None
    attributes: Mapping[str, Any] | None
    group_id: str | None
    dedup_id: str | None
    trace_header: str | None


def compose(
    topic_arn: str,
    settings: TopicAttributes,
    message: str,
    *,
    subject: str | None = None,
    structure: str | None = None,
    attributes: Mapping[str, Any] | None = None,
    group_id: str | None = None,
    dedup_id: str | None = None,
    trace_header: str | None = None,
    place: str = "",
) -> Notification:
    """The message with everything but its identity; AwsError says what it can't have.

    *place* names it in a batch, for the errors that quote a path; the rest is `MessageParameters`.
    """
    if not isinstance(message, str):
        raise invalid_parameter(f"Message Reason: found {type(message).__name__}, it must be a string")
    if not message:
        raise invalid_parameter("Empty message")
    made = Notification(topic_arn, message, settings.signature_version or "1")
    made.attributes = read_attributes(attributes, place)
    if subject is not None:
        made.subject = check_subject(subject)
    try:
        made.size_bytes = size_of_text(message) + size_of_attributes(made.attributes)
    except UnicodeEncodeError:
        raise invalid_parameter("Message Reason: it holds half of a surrogate pair, which UTF-8 can't") from None
    if structure is not None:
        made.texts = read_structure(message, structure)
        made.message = made.texts["default"]
    made.group_id = check_group(group_id, fifo=settings.fifo)
    made.dedup_id = deduplication_id(message, dedup_id, settings)
    made.trace_header = trace_header
    return made


def check_size(size_bytes: int, limit_bytes: int) -> None:
    """AwsError InvalidParameter for a message over its topic's limit (SNS-13)."""
    if size_bytes > limit_bytes:
        raise invalid_parameter("Message too long")


def check_subject(subject: object) -> str:
    """The subject itself; AwsError InvalidParameter for one that can't be (SNS-19)."""
    if not isinstance(subject, str) or not 1 <= len(subject) <= LONGEST_SUBJECT or FORBIDDEN_IN_SUBJECT.search(subject):
        raise invalid_parameter("Subject")
    return subject


def read_structure(message: str, structure: str) -> dict[str, str]:
    """The texts by protocol, ``default`` among them; keys whose value is no string are left out (SNS-06)."""
    if structure != "json":
        raise invalid_parameter(f"MessageStructure Reason: found {structure!r}, only json is allowed")
    try:
        texts = msgspec.json.decode(message)
    except msgspec.DecodeError:
        texts = None
    if not isinstance(texts, dict):
        raise invalid_parameter("Message Structure - JSON message body failed to parse")
    kept = {protocol: text for protocol, text in texts.items() if isinstance(text, str)}
    if "default" not in kept:
        raise invalid_parameter("Message Structure - No default entry in JSON message body")
    return kept


def check_group(group_id: object, *, fifo: bool) -> str | None:
    """The message group itself: needed on FIFO topics, optional on standard ones (SNS-16, SNS-18)."""
    if group_id is None and fifo:
        raise invalid_parameter("The MessageGroupId parameter is required for FIFO topics")
    return check_token(group_id, "MessageGroupId")


def deduplication_id(message: str, dedup_id: str | None, settings: TopicAttributes) -> str | None:
    """What duplicates are told by on a FIFO topic; attributes don't count (SNS-17)."""
    if not settings.fifo:
        if dedup_id is not None:
            raise invalid_parameter(
                "MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not "
                "valid for this topic type"
            )
        return None
    if dedup_id is None and not settings.content_based_deduplication:
        raise invalid_parameter(
            "The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided "
            "explicitly"
        )
    return content_id(message) if dedup_id is None else check_token(dedup_id, "MessageDeduplicationId")


def check_token(value: object, parameter: str) -> str | None:
    """The value itself; AwsError InvalidParameter unless it is 1 to 128 alphanumeric and punctuation characters."""
    if value is None:
        return None
    if not isinstance(value, str) or not TOKEN.fullmatch(value):
        reason = "it can only include alphanumeric and punctuation characters. 1 to 128 in length"
        raise invalid_parameter(f"{parameter} Reason: {reason}")
    return value
