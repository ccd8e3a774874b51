"""The trace as a test reads it."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

import msgspec

from eventsim.facade.keywords import check_keywords
from eventsim.kernel.trace import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eventsim.kernel.trace import Trace

_WIDEST = 150
_HEAD = ("n", "t", "kind")
_NOTHING: tuple[Any, ...] = (None, False, [], "")
_IDS = 3


class Timeline:
    """Everything that happened so far: iterate over it for one dict a line, oldest first."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return self._trace.events()

    def __len__(self) -> int:
        return self._trace.count

    def of(self, *kinds: str) -> list[dict[str, Any]]:
        """The lines of these kinds, as in ``of("invoke.end", "queue.redrive")``; InputError for what is no kind."""
        check_keywords(kinds, KINDS, "the trace")
        return [line for line in self if line["kind"] in kinds]

    @property
    def sha256(self) -> str:
        """The hash of the trace's bytes."""
        return self._trace.sha256()

    def to_bytes(self) -> bytes:
        """The trace as JSON lines."""
        return b"".join(line + b"\n" for line in self._trace.lines())

    def last(self, count: int) -> list[str]:
        """The last lines, for people."""
        return [line_for_people(line) for line in deque(self, maxlen=count)]

    def __repr__(self) -> str:
        return f"<Timeline of {len(self)} lines>"


def line_for_people(line: dict[str, Any]) -> str:
    """One line of the trace: virtual time, kind, and the facts that say something."""
    facts = {key: value for key, value in line.items() if key not in _HEAD and value not in _NOTHING}
    shown = "  ".join(f"{key}={_shown(value)}" for key, value in facts.items())
    text = f"{line['t']:>12g} s  {line['kind']:<17} {shown}".rstrip()
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 3]}..."


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return value[:8] if len(value) == 36 and value.count("-") == 4 else value
    if isinstance(value, list):
        more = f", {len(value) - _IDS} more" if len(value) > _IDS else ""
        return f"[{', '.join(_shown(one) for one in value[:_IDS])}{more}]"
    if isinstance(value, dict) and value.keys() == {"errorType", "errorMessage"}:
        return ": ".join(str(part) for part in value.values() if part)
    return msgspec.json.encode(value).decode()
