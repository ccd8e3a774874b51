"""Tags of streams and consumers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from eventsim.cloud.kinesis.errors import invalid_argument, not_supported
from eventsim.cloud.kinesis.lookup import stream_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventsim.cloud.kinesis.registry import Streams

MAXIMUM_TAGS: Final = 50


def check_tags(name: str, account_id: str, tags: Mapping[str, str], present: Mapping[str, str]) -> Mapping[str, str]:
    """The tags themselves; AwsError InvalidArgumentException when they would be more than 50 with the *present*."""
    if len({*tags, *present}) > MAXIMUM_TAGS:
        raise invalid_argument(
            f"Failed to add tags to stream {name} under account {account_id} because it can have at most "
            f"{MAXIMUM_TAGS} tags."
        )
    return tags


def add_tags(streams: Streams, params: dict[str, Any]) -> dict[str, Any]:
    """AddTagsToStream."""
    stream = stream_of(streams, params)
    stream.tags.update(check_tags(stream.name, stream.account_id, params["Tags"], stream.tags))
    return {}


def remove_tags(streams: Streams, params: dict[str, Any]) -> dict[str, Any]:
    """RemoveTagsFromStream."""
    tags = stream_of(streams, params).tags
    for key in params["TagKeys"]:
        tags.pop(key, None)
    return {}


def list_tags(streams: Streams, params: dict[str, Any]) -> dict[str, Any]:
    """ListTagsForStream in the order of the keys."""
    tags = stream_of(streams, params).tags
    after, limit = params.get("ExclusiveStartTagKey") or "", params.get("Limit") or MAXIMUM_TAGS
    keys = sorted(key for key in tags if key > after)
    return {"Tags": _show({key: tags[key] for key in keys[:limit]}), "HasMoreTags": len(keys) > limit}


def tag_resource(streams: Streams, params: dict[str, Any]) -> dict[str, Any]:
    """TagResource."""
    arn = params["ResourceARN"]
    tags = _tags_of(streams, arn)
    tags.update(check_tags(arn, streams.account_id, params["Tags"], tags))
    return {}


def untag_resource(streams: Streams, params: dict[str, Any]) -> dict[str, Any]:
    """UntagResource."""
    tags = _tags_of(streams, params["ResourceARN"])
    for key in params["TagKeys"]:
        tags.pop(key, None)
    return {}


def list_resource_tags(streams: Streams, params: dict[str, Any]) -> dict[str, Any]:
    """ListTagsForResource."""
    return {"Tags": _show(_tags_of(streams, params["ResourceARN"]))}


def _tags_of(streams: Streams, arn: str) -> dict[str, str]:
    if "/consumer/" in arn:
        return streams.consumer_by_arn(arn).tags
    if ":channel/" in arn:
        raise not_supported("channels")
    return streams.by_arn(arn).tags


def _show(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": tags[key]} for key in sorted(tags)]
