"""Tags of a topic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from eventsim.cloud.topics.errors import invalid_parameter
from eventsim.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MAXIMUM_TAGS: Final = 50


def check_tags(tags: Mapping[Any, Any], present: Mapping[str, str] | None = None) -> Mapping[str, str]:
    """The tags themselves; AwsError InvalidParameter for one that can't be, TagLimitExceeded beyond 50 in all."""
    for key, value in tags.items():
        if not isinstance(key, str) or not 1 <= len(key) <= 128 or key.lower().startswith("aws:"):
            raise invalid_parameter(f"Tag key {key!r} must be 1 to 128 characters and not begin with 'aws:'.")
        if not isinstance(value, str) or len(value) > 256:
            raise invalid_parameter(f"The value of tag {key!r} must be a string of at most 256 characters.")
    if len({*tags, *(present or {})}) > MAXIMUM_TAGS:
        raise AwsError(
            "TagLimitExceeded", f"Could not complete request: tag quota of {MAXIMUM_TAGS} per resource exceeded"
        )
    return tags


def read_tags(tags: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The map that a list of Key and Value stands for; AwsError InvalidParameter for a key that is there twice."""
    found: dict[str, str] = {}
    for tag in tags:
        key = tag.get("Key", "")
        if not isinstance(key, str):
            raise invalid_parameter(f"Tags Reason: found {type(key).__name__} as a Key, it must be a string")
        if key in found:
            raise invalid_parameter("Duplicated keys are not allowed.")
        found[key] = tag.get("Value", "")
    return found
