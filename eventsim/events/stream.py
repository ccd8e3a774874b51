"""What the events of both kinds of stream have in common: records of one shard, and perhaps a tumbling window."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Protocol

import msgspec

from eventsim.events.times import iso_s

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventsim.cloud.shards.record import Record


class RecordShape(Protocol):
    """How the records of one shard look to a function, and in the document of a failure."""

    @property
    def source(self) -> Literal["kinesis", "dynamodb"]:
        """The kind of stream, as filter criteria tell them apart."""

    @property
    def shard_id(self) -> str:
        """The shard's id."""

    @property
    def source_arn(self) -> str:
        """The ARN that the mapping reads from: the stream's or its consumer's."""

    @property
    def info_member(self) -> str:
        """The member of a failure document that describes the batch (STR-20)."""

    def records(self, records: Sequence[Record]) -> list[dict[str, Any]]:
        """The records of an event, new each time: the receiver may change them."""

    def arrival_ms(self, record: Record) -> int:
        """When it arrived as far as Lambda knows, in Unix milliseconds."""

    def show_time(self, unix_ms: int) -> str:
        """A time of arrival as failure documents have it (STR-20)."""

    def most_bytes(self, size_bytes: int, count: int) -> int:
        """At least what *count* records with *size_bytes* of content together add to the serialized event."""

    def rough_bytes(self, records: Sequence[Record]) -> int:
        """The same for these records, nearer to the truth."""

    def sizes_bytes(self, records: Sequence[Record]) -> list[int]:
        """What each record adds to the serialized event, its comma included (ESM-20)."""


class WindowPart(msgspec.Struct, frozen=True, gc=False, eq=False):
    """What a tumbling window adds to an event (STR-27); *state* is JSON text, times are Unix milliseconds."""

    start_ms: int
    end_ms: int
    state: bytes
    final: bool = False
    early: bool = False

    def window(self) -> dict[str, str]:
        """Its bounds."""
        return {"start": iso_s(self.start_ms), "end": iso_s(self.end_ms)}


class StreamBatch(msgspec.Struct, frozen=True, gc=False, eq=False):
    """What one invocation's event is made of, so that the event need not be kept."""

    records: tuple[Record, ...]
    shape: RecordShape
    window: WindowPart | None = None

    def __len__(self) -> int:
        return len(self.records)

    def ids(self) -> list[str]:
        """The sequence numbers, in the order of the batch."""
        return [record.sequence_number for record in self.records]

    def event(self) -> dict[str, Any]:
        """The event, new each time: its receiver may change it."""
        event: dict[str, Any] = {"Records": self.shape.records(self.records)}
        return event if self.window is None else event | self._window_members(self.window)

    def envelope_bytes(self) -> int:
        """What the serialized event has besides its records."""
        return len(msgspec.json.encode(StreamBatch((), self.shape, self.window).event()))

    def _window_members(self, window: WindowPart) -> dict[str, Any]:
        return {
            "window": window.window(),
            "state": msgspec.json.decode(window.state),
            "shardId": self.shape.shard_id,
            "eventSourceARN": self.shape.source_arn,
            "isFinalInvokeForWindow": window.final,
            "isWindowTerminatedEarly": window.early,
        }
