"""What handlers printed and logged, for people to read."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from eventsim.functions.invocations import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eventsim.functions.invocations import InvocationRecord

MOST_BLOCKS = 20
MOST_LINES = 200
_FAILED = (Outcome.ERROR, Outcome.TIMEOUT)


class LogBlock(NamedTuple):
    """One invocation's log; *at_s* is when it began, in virtual seconds."""

    at_s: float
    function: str
    request_id: str
    lines: tuple[str, ...]


def log_blocks(records: Iterable[InvocationRecord], *, every: bool) -> list[LogBlock]:
    """The logs of *every* invocation, or of the last twenty that failed; of each at most its last 200 lines."""
    found = [_block(one) for one in records if one.logs and (every or one.outcome in _FAILED)]
    return found if every else found[-MOST_BLOCKS:]


def _block(record: InvocationRecord) -> LogBlock:
    lines = record.logs.splitlines()
    left_out = [f"({len(lines) - MOST_LINES} earlier lines)"] if len(lines) > MOST_LINES else []
    return LogBlock(round(record.at_s, 6), record.function, record.request_id, (*left_out, *lines[-MOST_LINES:]))
