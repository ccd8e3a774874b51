"""Tags of a queue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from eventsim.cloud.queues.errors import invalid_parameter

if TYPE_CHECKING:
    from collections.abc import Mapping

MAXIMUM_TAGS: Final = 50


def check_tags(tags: Mapping[str, str], present: Mapping[str, str] | None = None) -> Mapping[str, str]:
    """The tags themselves; AwsError InvalidParameterValue for one that can't be, or more than 50 in all."""
    for key, value in tags.items():
        if not 1 <= len(key) <= 128 or key.lower().startswith("aws:"):
            raise invalid_parameter(f"Tag key {key!r} must be 1 to 128 characters and not begin with 'aws:'.")
        if len(value) > 256:
            raise invalid_parameter(f"The value of tag {key!r} must be at most 256 characters long.")
    if len({*tags, *(present or {})}) > MAXIMUM_TAGS:
        raise invalid_parameter(f"A queue can have at most {MAXIMUM_TAGS} tags.")
    return tags
