"""Sequence numbers: decimal texts that increase along a shard, computed from the record's position (KIN-01)."""

from __future__ import annotations

from typing import Final

import msgspec

_VERSION: Final = 2
_SECOND: Final = 1 << 36  # the place of the arrival second in a Kinesis sequence number
_INDEX: Final = 1 << 80  # the place of the record's index
_LAST_INDEX: Final = (1 << 63) - 1
_INDEX_BITS: Final = (1 << 64) - 1
_LOWEST: Final = 1 << 185
_HIGHEST: Final = _LOWEST + (1 << 184)


class SequenceNumbers:
    """The sequence numbers of one shard.

    Record *p* (from 0) that arrived in second *s* has ``base + (p + 1) * step + s * weight``; the shard's own
    starting number is that of an imaginary record before the first.
    """

    __slots__ = ("_base", "_last", "_weight", "starting", "step")

    def __init__(self, base: int, *, step: int, weight: int, created_s: int, last: int | None = None) -> None:
        self._base = base
        self.step = step
        self._weight = weight
        self._last = last
        self.starting = str(base + created_s * weight)

    def value(self, position: int, arrival_s: int) -> int:
        """The number of the record at *position*; that of the next one in the same second is higher by *step*."""
        return self._base + (position + 1) * self.step + arrival_s * self._weight

    def number(self, position: int, arrival_s: int) -> str:
        """The same as text."""
        return str(self.value(position, arrival_s))

    def ending(self, end: int, closed_s: int) -> str:
        """The ending number of a shard that was closed with its next record due at *end*."""
        return self.number(end if self._last is None else self._last, closed_s)

    def position_of(self, number: int) -> int:
        """The position of the record that has *number*, or would; -1 for the starting number and any before."""
        return max(-1, (number - self._base) // self.step - 1)


def kinesis_numbers(ordinal: int, created_s: int) -> SequenceNumbers:
    """The 56-digit numbers of a Kinesis stream's shard number *ordinal*; *created_s* is in Unix seconds."""
    base = _LOWEST + (created_s << 148) + ((ordinal & 0xF) << 144) + (ordinal << 4) + _VERSION
    return SequenceNumbers(base, step=_INDEX, weight=_SECOND, created_s=created_s, last=_LAST_INDEX)


def dynamodb_numbers(ordinal: int, created_s: int) -> SequenceNumbers:
    """The 25-digit numbers of a DynamoDB stream's shard number *ordinal* (DDB-07)."""
    base = (created_s * 10_000 + ordinal) * 10**11
    return SequenceNumbers(base, step=1, weight=0, created_s=created_s)


class KinesisNumber(msgspec.Struct, frozen=True):
    """What a Kinesis sequence number says of its shard."""

    ordinal: int
    created_s: int


def read_kinesis_number(text: str) -> KinesisNumber | None:
    """The shard that a sequence number came from; None when it is no Kinesis sequence number."""
    number = int(text)
    if not _LOWEST <= number < _HIGHEST or number & 0xF != _VERSION:
        return None
    ordinal, index = (number >> 4) & 0xFFFFFFFF, (number >> 80) & _INDEX_BITS
    if index > _LAST_INDEX or ordinal >> 31:
        return None
    return KinesisNumber(ordinal, (number >> 148) & 0xFFFFFFFFF)
