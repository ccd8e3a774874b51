"""The envelope of an event: what matching sees, targets get, and functions receive (SCH-01)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

import msgspec

from eventsim.patterns.json_numbers import decode

if TYPE_CHECKING:
    from collections.abc import Sequence

_encode: Final = msgspec.json.Encoder().encode
SCHEDULED_EVENT: Final = "Scheduled Event"


class Event:
    """One event on a bus: its *text*, compact and in AWS's order of members, and when it came in (Unix ms)."""

    __slots__ = ("_document", "id", "ingested_ms", "text")

    def __init__(self, event_id: str, text: str, ingested_ms: int) -> None:
        self.id = event_id
        self.text = text
        self.ingested_ms = ingested_ms
        self._document: dict[str, Any] | None = None

    @property
    def document(self) -> dict[str, Any]:
        """The event as patterns see it; not to be changed."""
        if self._document is None:
            self._document = decode(self.text)
        return self._document


def make_text(
    *,
    event_id: str,
    detail_type: str,
    source: str,
    account_id: str,
    time: str | None,
    time_s: float,
    region: str,
    resources: Sequence[str],
    detail: str,
) -> str:
    """The event's JSON; *detail* is JSON already, of which only the spaces between its tokens are left out.

    *time_s*, Unix seconds, counts where *time* is not given as text.
    """
    head = {
        "version": "0",
        "id": event_id,
        "detail-type": detail_type,
        "source": source,
        "account": account_id,
        "time": iso_time(time_s) if time is None else time,
        "region": region,
        "resources": resources,
    }
    return f'{_encode(head)[:-1].decode()},"detail":{compact(detail)}}}'


def compact(text: str) -> str:
    """JSON text without spaces; numbers stay as they are written."""
    return text if text == "{}" else msgspec.json.format(text.encode(), indent=-1).decode()


def iso_time(wall_s: float) -> str:
    """A Unix time as events have it: whole seconds, ``2026-01-01T00:00:00Z``."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(int(wall_s)))


def iso_time_ms(wall_ms: int) -> str:
    """Unix milliseconds with them: ``2026-01-01T00:00:00.000Z``."""
    return f"{iso_time(wall_ms // 1000)[:-1]}.{wall_ms % 1000:03}Z"
