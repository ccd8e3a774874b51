"""The steps that feed streams and tables, and change streams."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct


class RecordTemplate(Struct, frozen=True, kw_only=True):
    """A record to put: *data* is text, or base64 if *encoded*; all are templates (`eventsim.scenarios.templates`)."""

    partition_key: str
    data: str
    encoded: bool = False
    explicit_hash_key: str | None = None


class PutStep(Struct, frozen=True, kw_only=True):
    """Records to put on a stream: *count* times, *every_s* apart; item n takes ``records[n % len(records)]``."""

    stream: str
    records: list[RecordTemplate]
    count: int = 1
    every_s: float = 0.0


class WriteStep(Struct, frozen=True, kw_only=True):
    """Changes of a table's items: *count* times, *every_s* apart.

    *item* is what is put, *key* what is updated or deleted, *changes* the attributes that an update sets; all
    DynamoDB JSON, whose texts are templates.
    """

    table: str
    kind: Literal["put", "update", "delete"]
    item: dict[str, Any] | None = None
    key: dict[str, Any] | None = None
    changes: dict[str, Any] | None = None
    count: int = 1
    every_s: float = 0.0


class ReshardStep(Struct, frozen=True, kw_only=True):
    """A change of a stream's shards: to *shard_count* even ones, or *split* at a hash key, or *merge* of two."""

    stream: str
    shard_count: int | None = None
    split: str | None = None
    new_starting_hash_key: str | None = None
    merge: tuple[str, str] | None = None


class UploadStep(Struct, frozen=True, kw_only=True):
    """Objects to put, or to delete if *body* is None: *count* times, *every_s* apart.

    *key* and *body* are templates.
    """

    bucket: str
    key: str
    body: str | None
    content_type: str | None = None
    count: int = 1
    every_s: float = 0.0


class PublishStep(Struct, frozen=True, kw_only=True):
    """Messages to publish: *count* times, *every_s* apart; *message* and *parameters* are templates.

    *parameters* are the other arguments of `eventsim.cloud.topics.topic.Topic.publish`.
    """

    topic: str
    message: str
    parameters: dict[str, Any]
    count: int = 1
    every_s: float = 0.0
