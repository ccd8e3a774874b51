"""Which event a deletion brings (S3-10, S3-15)."""

from __future__ import annotations

from typing import Final

import msgspec

from eventsim.cloud.notifications.changes import Happening
from eventsim.cloud.notifications.documents import find_all, parse, text_of
from eventsim.cloud.notifications.event_types import DELETE, DELETE_MARKER

EMPTY_ETAG: Final = "d41d8cd98f00b204e9800998ecf8427e"
"""The etag of no bytes, which a delete marker has."""

Named = tuple[str, str | None]
"""An object to delete: its key and the version that was asked for."""


class Deleted(msgspec.Struct, frozen=True):
    """One deletion as S3 answered it: what was asked for, and the version id of the *marker* that it made."""

    key: str
    version_id: str | None
    marker: str | None = None


def removal(deleted: Deleted, *, existed: bool, versioning: str | None) -> Happening | None:
    """The event of one deletion; None when nothing was there to delete.

    *existed* is for the version that was asked for, or the object; *versioning* is the bucket's status. A bucket whose
    versioning is suspended gets a marker without a version.
    """
    if deleted.version_id is not None:
        version_id = None if deleted.version_id == "null" else deleted.version_id
        return Happening(event=DELETE, key=deleted.key, version_id=version_id) if existed else None
    if deleted.marker is not None or versioning == "Suspended":
        version_id = None if deleted.marker == "null" else deleted.marker
        return Happening(event=DELETE_MARKER, key=deleted.key, etag=EMPTY_ETAG, version_id=version_id)
    return Happening(event=DELETE, key=deleted.key) if existed and versioning is None else None


def read_request(body: bytes) -> list[Named]:
    """What a DeleteObjects request names, in its order."""
    return [(text_of(one, "Key") or "", text_of(one, "VersionId") or None) for one in find_all(parse(body), "Object")]


def read_answer(body: bytes) -> list[Deleted]:
    """What a DeleteObjects answer says was deleted."""
    return [
        Deleted(
            text_of(one, "Key") or "",
            text_of(one, "VersionId") or None,
            text_of(one, "DeleteMarkerVersionId") or None,
        )
        for one in find_all(parse(body), "Deleted")
    ]
