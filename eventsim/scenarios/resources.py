"""The streams, tables and buckets of a scenario, as the run makes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct, field

from eventsim.scenarios.arns import bucket_arn, stream_arn, table_arn

if TYPE_CHECKING:
    from eventsim.scenarios.places import Place


class StreamSpec(Struct, frozen=True, kw_only=True):
    """A Kinesis stream to make; an ON_DEMAND one has its own number of shards (KIN-02, KIN-07, KIN-11)."""

    name: str
    shard_count: int | None = None
    mode: Literal["PROVISIONED", "ON_DEMAND"] = "PROVISIONED"
    retention_hours: int = 24
    max_record_kib: int = 1_024
    place: Place

    @property
    def arn(self) -> str:
        """Its ARN."""
        return stream_arn(self.name)


class TableSpec(Struct, frozen=True, kw_only=True):
    """A table to make: *request* as CreateTable takes it, *keys* the types of its key attributes, partition key first.

    *ttl_attribute* holds the time at which an item expires; None: none does (DDB-12).
    """

    name: str
    request: dict[str, Any]
    keys: dict[str, str]
    ttl_attribute: str | None = None
    place: Place

    @property
    def arn(self) -> str:
        """Its ARN; a mapping takes its stream's, whose end is the time of its creation (DDB-01)."""
        return table_arn(self.name)

    @property
    def has_stream(self) -> bool:
        """Whether its changes go into a stream."""
        return "StreamSpecification" in self.request


class BucketSpec(Struct, frozen=True, kw_only=True):
    """A bucket to make; *versioning* is ``Enabled`` or ``Suspended``, or None where it never was."""

    name: str
    versioning: str | None = None
    notifications: dict[str, Any] = field(default_factory=dict)
    place: Place

    @property
    def arn(self) -> str:
        """Its ARN."""
        return bucket_arn(self.name)
