"""PutEvents: entries checked one by one, and answered one by one (SCH-08)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from eventsim.cloud.eventbridge.errors import broken_constraint, broken_constraints, validation
from eventsim.patterns.json_numbers import decode_object

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eventsim.cloud.eventbridge.engine import EventBridge

MOST_ENTRIES: Final = 10
SIZE_LIMIT_BYTES: Final = 1_048_576
_TIME_BYTES: Final = 14
_REQUIRED: Final = ("Source", "DetailType", "Detail")


def put_entries(engine: EventBridge, entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The answer of PutEvents; each good entry becomes an event. AwsError for entries that are too large together."""
    if sum(map(entry_size, entries)) >= SIZE_LIMIT_BYTES:
        raise validation("Total size of the entries in the request is over the limit.")
    results = [_put_entry(engine, entry) for entry in entries]
    return {"FailedEntryCount": sum("ErrorCode" in result for result in results), "Entries": results}


def entry_size(entry: Mapping[str, Any]) -> int:
    """The size of an entry as EventBridge counts it: its texts in UTF-8, and 14 bytes for a time."""
    texts = [entry.get(name) or "" for name in _REQUIRED] + list(entry.get("Resources") or ())
    return sum(len(text.encode("utf-8", "surrogatepass")) for text in texts) + (
        _TIME_BYTES if entry.get("Time") is not None else 0
    )


def entry_problem(entry: Mapping[str, Any]) -> tuple[str, str] | None:
    """The code and the sentence with which an entry is refused, None for a good one."""
    for name in _REQUIRED:
        if not entry.get(name):
            return "InvalidArgument", f"Parameter {name} is not valid. Reason: {name} is a required argument."
    if decode_object(entry["Detail"]) is None:
        return "MalformedDetail", "Detail is malformed."
    if entry["Source"].startswith("aws."):
        return "NotAuthorizedForSourceException", "Not authorized for the source."
    return None


def check_count(entries: Sequence[Mapping[str, Any]]) -> None:
    """AwsError ValidationException for no entry or more than ten."""
    if not entries:
        rule = "Member must have length greater than or equal to 1"
    elif len(entries) > MOST_ENTRIES:
        rule = f"Member must have length less than or equal to {MOST_ENTRIES}"
    else:
        return
    shown = ", ".join(map(_show, entries))
    raise broken_constraints([broken_constraint(f"[{shown}]", "entries", rule)])


def _put_entry(engine: EventBridge, entry: Mapping[str, Any]) -> dict[str, str]:
    problem = entry_problem(entry)
    if problem is not None:
        return {"ErrorCode": problem[0], "ErrorMessage": problem[1]}
    envelope = {
        "detail-type": entry["DetailType"],
        "source": entry["Source"],
        "resources": entry.get("Resources") or (),
    }
    return {"EventId": engine.accept(envelope, entry["Detail"], entry.get("Time"), entry.get("EventBusName"))}


def _show(entry: Mapping[str, Any]) -> str:
    """An entry as AWS prints it in an error."""
    names = {
        "time": "Time",
        "source": "Source",
        "resources": "Resources",
        "detailType": "DetailType",
        "detail": "Detail",
        "eventBusName": "EventBusName",
        "traceHeader": "TraceHeader",
        "kmsKeyIdentifier": "",
        "internalMetadata": "",
    }
    members = [f"{name}={'null' if (value := entry.get(key)) is None else value}" for name, key in names.items()]
    return f"PutEventsRequestEntry({', '.join(members)})"
