"""How a mapping reads a stream: one protocol for the engine, a consumer with fan-out, and an endpoint."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

import msgspec

if TYPE_CHECKING:
    from eventsim.cloud.shards.record import Record
    from eventsim.sources.shards import ShardInfo


class Position(StrEnum):
    """Where to begin in a shard; the names are those of shard iterators (STR-02)."""

    TRIM_HORIZON = "TRIM_HORIZON"
    LATEST = "LATEST"
    AT_TIMESTAMP = "AT_TIMESTAMP"
    AFTER_SEQUENCE_NUMBER = "AFTER_SEQUENCE_NUMBER"


class Start(msgspec.Struct, frozen=True):
    """A place to begin at; *timestamp_ms* is Unix milliseconds, given with AT_TIMESTAMP."""

    position: Position
    sequence_number: str | None = None
    timestamp_ms: int | None = None


OLDEST = Start(Position.TRIM_HORIZON)


def after_number(sequence_number: str) -> Start:
    """The place behind a record."""
    return Start(Position.AFTER_SEQUENCE_NUMBER, sequence_number)


class ReadPage(msgspec.Struct, gc=False, eq=False):
    """What one read brought.

    *position* is that of the first record: positions count a shard's records, as one reader saw them. *size_bytes* is
    the records' content as the service counts it. *behind*: more records can be read now. *ended*: nothing more will
    ever come from this shard.
    """

    records: list[Record]
    position: int
    size_bytes: int
    behind: bool
    ended: bool


class ShardReader(Protocol):
    """Reads one shard on from where it was opened."""

    @property
    def place(self) -> Start:
        """Where a new reader begins so as to miss nothing that this one did not hand out."""

    @property
    def due(self) -> bool:
        """Whether a page is about to be read at this very instant."""

    async def page(self) -> ReadPage:
        """The next page, which has a record or is the last; waits for it, by the service's rules of polling."""

    def close(self) -> None:
        """Read no more."""


class StreamSource(Protocol):
    """What a stream mapping asks of its stream."""

    @property
    def retention_ms(self) -> int:
        """How long records are kept."""

    def begin(self) -> None:
        """Fix what LATEST means for the shards that are there, as far as that needs no waiting."""

    async def shards(self) -> list[ShardInfo]:
        """The shards, parents before their children."""

    async def open(self, shard_id: str, start: Start) -> ShardReader:
        """A reader of one shard; LATEST in a shard that came after `begin` is its oldest record."""
