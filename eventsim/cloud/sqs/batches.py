"""What makes a whole batch request wrong, and how its entries are answered one by one (SQS-02)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from eventsim.cloud.queues.content import size_of_attributes, size_of_text
from eventsim.cloud.queues.errors import batch_error

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventsim.errors import AwsError

ENTRY_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,80}")
MAXIMUM_ENTRIES: Final = 10
MAXIMUM_BATCH_BYTES: Final = 1_048_576


def check_entries(entries: Sequence[dict[str, Any]], entry_type: str) -> None:
    """AwsError for no entry, more than ten, an id that is malformed or there twice."""
    if not entries:
        raise batch_error("EmptyBatchRequest", f"There should be at least one {entry_type} in the request.")
    if len(entries) > MAXIMUM_ENTRIES:
        text = f"Maximum number of entries per request are {MAXIMUM_ENTRIES}. You have sent {len(entries)}."
        raise batch_error("TooManyEntriesInBatchRequest", text)
    seen = set()
    for entry in entries:
        entry_id = entry["Id"]
        if not ENTRY_ID.fullmatch(entry_id):
            text = (
                "A batch entry id can only contain alphanumeric characters, hyphens and underscores. "
                "It can be at most 80 letters long."
            )
            raise batch_error("InvalidBatchEntryId", text)
        if entry_id in seen:
            raise batch_error("BatchEntryIdsNotDistinct", f"Id {entry_id} repeated.")
        seen.add(entry_id)


def check_batch_size(sizes: Sequence[int]) -> None:
    """AwsError BatchRequestTooLong when the messages have more than 1 MiB together."""
    total = sum(sizes)
    if total > MAXIMUM_BATCH_BYTES:
        text = f"Batch requests cannot be longer than {MAXIMUM_BATCH_BYTES} bytes. You have sent {total} bytes."
        raise batch_error("BatchRequestTooLong", text)


def entry_size(body: str, attributes: dict[str, dict[str, Any]] | None) -> int:
    """The size of one message of a batch, in bytes."""
    return size_of_text(body) + size_of_attributes(attributes)


def failed_entry(entry_id: str, error: AwsError) -> dict[str, Any]:
    """One entry of a batch that was refused, as BatchResultErrorEntry."""
    return {
        "Id": entry_id,
        "SenderFault": error.fault == "Sender",
        "Code": error.query_code or error.code,
        "Message": error.message,
    }


def answer_batch(successful: list[dict[str, Any]], failed: list[dict[str, Any]]) -> dict[str, Any]:
    """A batch operation's answer; `Failed` is there only when something failed."""
    return {"Successful": successful, "Failed": failed} if failed else {"Successful": successful}
