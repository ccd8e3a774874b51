"""When a batch is closed, and how much of a poll it takes (ESM-18 to ESM-20)."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Sequence

PAYLOAD_LIMIT_BYTES = 6_291_456
"""The largest event of an invocation: 6 MB as Lambda counts them (GEN-01, ESM-20)."""

ENVELOPE_BYTES = len('{"Records":[]}')

_encode = msgspec.json.Encoder().encode

# JSON writes one byte of text as at most six (\u001f); what a record adds to its message stays far below 8 KiB.
_WORST_ESCAPE = 6
_RECORD_OVERHEAD_BYTES = 8_192


class CloseReason(StrEnum):
    """Why a batch was closed (ESM-18)."""

    SIZE = "size"
    WINDOW = "window"
    PAYLOAD = "payload"
    POLL = "poll"
    TUMBLING = "tumbling window"


def record_size_bytes(record: Any) -> int:
    """What one record adds to the serialized event, its comma included (ESM-20)."""
    return len(_encode(record)) + 1


def surely_fits(content_bytes: int, records: int) -> bool:
    """Whether *records* with so many bytes of content fit the limit however they are escaped.

    Spares the exact count, which needs each record serialized, for all but the largest batches.
    """
    return content_bytes * _WORST_ESCAPE + records * _RECORD_OVERHEAD_BYTES + ENVELOPE_BYTES <= PAYLOAD_LIMIT_BYTES


def fitting(held_bytes: int, sizes_bytes: Sequence[int], room: int, *, empty: bool) -> int:
    """How many of the next records a batch takes.

    *held_bytes* is what the batch weighs already, envelope included; *room* how many more its BatchSize allows. The
    first record of an *empty* batch is always taken, else a record over the limit would never leave (ESM-18, ESM-20).
    """
    taken = 0
    for size_bytes in sizes_bytes[:room]:
        # The last record has no comma.
        if held_bytes + size_bytes - 1 > PAYLOAD_LIMIT_BYTES and not (empty and taken == 0):
            break
        held_bytes += size_bytes
        taken += 1
    return taken


def receive_visibility_s(window_s: int, timeout_s: float, queue_visibility_s: int) -> int | None:
    """The visibility timeout that Lambda receives with; None leaves it to the queue (SQS-21)."""
    if window_s > 0 and window_s + timeout_s > queue_visibility_s:
        return int(window_s + timeout_s + 30)
    return None
