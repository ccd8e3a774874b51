"""What a stream keeps of one change of one item (DDB-03, DDB-04, DDB-07)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

from eventsim.cloud.dynamodb.attributes import Attributes, size_of

if TYPE_CHECKING:
    from eventsim.cloud.shards.record import Record

ViewType = Literal["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"]
EventName = Literal["INSERT", "MODIFY", "REMOVE"]

EVENT_VERSION: Final = "1.1"
EVENT_SOURCE: Final = "aws:dynamodb"
SERVICE: Final = "dynamodb.amazonaws.com"
_WITH_NEW: Final = {"NEW_IMAGE", "NEW_AND_OLD_IMAGES"}
_WITH_OLD: Final = {"OLD_IMAGE", "NEW_AND_OLD_IMAGES"}


class ItemChange(msgspec.Struct, frozen=True, gc=False, eq=False):
    """The content of a stream record, but for its sequence number and its time.

    *new_image* and *old_image* are None where the view type or the kind of change leaves them out. *by_service* is
    true when time to live deleted the item.
    """

    event_id: str
    event_name: EventName
    keys: Attributes
    new_image: Attributes | None
    old_image: Attributes | None
    size_bytes: int
    view_type: ViewType
    by_service: bool


def event_name(old: Attributes | None, new: Attributes | None) -> EventName:
    """What happened to an item that was *old* and is *new*, of which one may be None (DDB-03)."""
    if old is None:
        return "INSERT"
    return "REMOVE" if new is None else "MODIFY"


def item_change(
    event_id: str,
    keys: Attributes,
    old: Attributes | None,
    new: Attributes | None,
    *,
    view_type: ViewType,
    by_service: bool = False,
) -> ItemChange:
    """The change of an item from *old* to *new*, with the images that the view type shows (DDB-04, DDB-07)."""
    new_image = new if view_type in _WITH_NEW else None
    old_image = old if view_type in _WITH_OLD else None
    size_bytes = size_of(keys) + size_of(new_image or {}) + size_of(old_image or {})
    return ItemChange(event_id, event_name(old, new), keys, new_image, old_image, size_bytes, view_type, by_service)


def stream_record(record: Record) -> dict[str, Any]:
    """The ``dynamodb`` member of a record, alike in GetRecords and in a function's event; the time is in whole seconds.

    Its images are the record's own: whoever may change them needs a copy.
    """
    change: ItemChange = record.data
    shown: dict[str, Any] = {
        "ApproximateCreationDateTime": float(record.arrival_ms // 1000),
        "Keys": change.keys,
    }
    if change.new_image is not None:
        shown["NewImage"] = change.new_image
    if change.old_image is not None:
        shown["OldImage"] = change.old_image
    shown["SequenceNumber"] = record.sequence_number
    shown["SizeBytes"] = change.size_bytes
    shown["StreamViewType"] = change.view_type
    return shown
