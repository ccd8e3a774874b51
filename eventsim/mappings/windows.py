"""Tumbling windows: which window a record is in, what state is kept, when a window is over (STR-26 to STR-32)."""

from __future__ import annotations

from typing import Any

import msgspec

from eventsim.events.stream import WindowPart

STATE_LIMIT_BYTES = 1_048_576
"""The most state that a window of a shard may keep (STR-30)."""

EMPTY_STATE = b"{}"


class TumblingWindow:
    """An open window of one shard and what the function keeps in it; times are Unix milliseconds."""

    __slots__ = ("end_ms", "overflowed", "start_ms", "state")

    def __init__(self, start_ms: int, end_ms: int) -> None:
        self.start_ms = start_ms
        self.end_ms = end_ms
        self.state = EMPTY_STATE
        self.overflowed = False

    def holds(self, arrival_ms: int) -> bool:
        """Whether a record that arrived then is in this window, or belongs to an earlier one that is closed."""
        return arrival_ms < self.end_ms

    def keep(self, state: bytes) -> None:
        """Take the state of an invocation that succeeded; too much of it ends the window early (STR-28, STR-30)."""
        self.state = state
        self.overflowed = len(state) > STATE_LIMIT_BYTES

    def part(self, *, final: bool) -> WindowPart:
        """What it adds to the next event (STR-27)."""
        early = final and self.overflowed
        return WindowPart(self.start_ms, self.end_ms, self.state, final=final, early=early)

    def closes_ms(self, wait_s: float) -> int:
        """When it is closed if no later record comes; AWS waits up to two minutes (STR-29)."""
        return self.end_ms + round(wait_s * 1000)


def window_of(arrival_ms: int, length_s: int) -> TumblingWindow:
    """The window of a record: windows of one length follow each other from the epoch on (STR-26)."""
    length_ms = 1000 * length_s
    start_ms = arrival_ms // length_ms * length_ms
    return TumblingWindow(start_ms, start_ms + length_ms)


def read_state(response: str | bytes | None) -> bytes | None:
    """The state in a function's answer as compact JSON; None where there is no object ``state`` (STR-28)."""
    if not response:
        return None
    try:
        answer: Any = msgspec.json.decode(response)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    state = answer.get("state") if isinstance(answer, dict) else None
    return msgspec.json.encode(state) if isinstance(state, dict) else None
