"""Lists in pages, as Lambda's ``Marker`` and ``MaxItems`` make them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from eventsim.control.errors import invalid

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_T = TypeVar("_T")


def page_of(items: Sequence[_T], params: Mapping[str, Any], largest: int) -> tuple[list[_T], dict[str, str]]:
    """The items that a request asks for, and ``NextMarker`` where more follow.

    *largest* is the most that one page holds, whatever MaxItems says. A marker is the number of items before the page.
    """
    marker: str = params.get("Marker") or "0"
    if not marker.isdecimal():
        raise invalid("Invalid value for marker.")
    begins = int(marker)
    ends = begins + min(params.get("MaxItems", largest), largest)
    more = {"NextMarker": str(ends)} if ends < len(items) else {}
    return list(items[begins:ends]), more
