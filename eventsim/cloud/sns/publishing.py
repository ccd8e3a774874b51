"""Publish and PublishBatch."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from eventsim.cloud.sns.parameters import ENTRY, read_members
from eventsim.cloud.topics.errors import invalid_parameter
from eventsim.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eventsim.cloud.topics.notification import Notification
    from eventsim.cloud.topics.registry import Topics

ENTRY_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,80}")
MAXIMUM_ENTRIES: Final = 10


def publish(topics: Topics, given: Mapping[str, Any], trace_header: str | None) -> dict[str, Any]:
    """Publish: to a topic, by either of the two members that can name one, or to a telephone."""
    if "PhoneNumber" in given:
        return {"MessageId": topics.send_text_message(given["PhoneNumber"], given["Message"])}
    target = given.get("TargetArn")
    if target is not None and ":endpoint/" in target:
        raise invalid_parameter("TargetArn Reason: No endpoint found for the target arn specified")
    arn = given.get("TopicArn", target)
    if arn is None:
        raise invalid_parameter("TopicArn or TargetArn Reason: no value for required parameter")
    topic = topics.by_arn(arn, "TopicArn" if "TopicArn" in given else "TargetArn")
    return shown(topic.publish(**arguments(given), trace_header=trace_header))


def publish_batch(topics: Topics, given: Mapping[str, Any], trace_header: str | None) -> dict[str, Any]:
    """PublishBatch: nothing is published unless every entry can be."""
    topic = topics.by_arn(given["TopicArn"])
    entries = [read_members(ENTRY, entry) for entry in given["PublishBatchRequestEntries"]]
    check_entries(entries)
    composed = [
        topic.compose(**arguments(entry), trace_header=trace_header, place=f"publishBatchRequestEntries.{n}.member.")
        for n, entry in enumerate(entries, 1)
    ]
    if sum(one.size_bytes for one in composed) > topic.attributes.size_limit_bytes:
        text = "The length of all the messages put together is more than the limit."
        raise AwsError("BatchRequestTooLong", text)
    pairs = zip(entries, composed, strict=True)
    return {"Successful": [{"Id": entry["Id"], **shown(topic.accept(one))} for entry, one in pairs], "Failed": []}


def arguments(given: Mapping[str, Any]) -> dict[str, Any]:
    """A message's members as `Topic.publish` names them."""
    return {
        "message": given["Message"],
        "subject": given.get("Subject"),
        "structure": given.get("MessageStructure"),
        "attributes": given.get("MessageAttributes"),
        "group_id": given.get("MessageGroupId"),
        "dedup_id": given.get("MessageDeduplicationId"),
    }


def check_entries(entries: Sequence[Mapping[str, Any]]) -> None:
    """AwsError for no entry, more than ten, an id that is malformed or there twice."""
    if not entries:
        raise AwsError("EmptyBatchRequest", "The batch request doesn't contain any entries.")
    if len(entries) > MAXIMUM_ENTRIES:
        text = "The batch request contains more entries than permissible."
        raise AwsError("TooManyEntriesInBatchRequest", text)
    ids = [entry["Id"] for entry in entries]
    if not all(ENTRY_ID.fullmatch(one) for one in ids):
        text = "The Id of a batch entry in a batch request doesn't abide by the specification."
        raise AwsError("InvalidBatchEntryId", text)
    if len(set(ids)) < len(ids):
        text = "Two or more batch entries in the request have the same Id."
        raise AwsError("BatchEntryIdsNotDistinct", text)


def shown(made: Notification) -> dict[str, Any]:
    """A published message's id, and its number on a FIFO topic."""
    number = {"SequenceNumber": made.sequence_number} if made.sequence_number is not None else {}
    return {"MessageId": made.id, **number}
