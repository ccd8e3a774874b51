"""FIFO deduplication: what was sent within the last five minutes (SQS-10)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from eventsim.cloud.queues.message import Message

WINDOW_S: Final = 300.0


class Deduplication:
    """The ids and sequence numbers of what was sent, by deduplication key, until five minutes have passed.

    Neither a duplicate nor the deletion of the original moves the end of a window.
    """

    __slots__ = ("_sent",)

    def __init__(self) -> None:
        self._sent: dict[tuple[str, str | None], tuple[float, str, str | None]] = {}  # in order of their ends

    def find(self, key: tuple[str, str | None], now: float) -> tuple[str, str | None] | None:
        """Message id and sequence number of the original, within its window."""
        sent = self._sent
        while sent:
            oldest = next(iter(sent))
            if sent[oldest][0] > now:
                break
            del sent[oldest]
        found = sent.get(key)
        return found[1:] if found else None

    def keep(self, key: tuple[str, str | None], now: float, message: Message) -> None:
        """Open the window of a message that was sent now."""
        self._sent[key] = (now + WINDOW_S, message.id, message.sequence_number)


def content_id(body: str) -> str:
    """The deduplication id that ContentBasedDeduplication gives a body; attributes don't count."""
    return hashlib.sha256(body.encode()).hexdigest()
