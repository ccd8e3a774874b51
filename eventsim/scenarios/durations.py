"""Durations and instants of a scenario file."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from eventsim.functions.durations import Duration, parse_duration, parse_seconds
from eventsim.scenarios.convert import shown

if TYPE_CHECKING:
    from eventsim.scenarios.convert import Reading
    from eventsim.scenarios.yaml_nodes import Node

_EARLIEST, _LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


def seconds(reading: Reading, node: Node, path: str) -> float:
    """A length of time, in seconds."""
    try:
        return parse_seconds(node.plain())
    except ValueError as error:
        return reading.refuse(node, path, str(error))


def duration(reading: Reading, node: Node, path: str) -> Duration:
    """A length of time or a distribution of them."""
    try:
        return parse_duration(node.plain())
    except ValueError as error:
        return reading.refuse(node, path, str(error))


def instant(reading: Reading, node: Node, path: str) -> float:
    """An ISO 8601 date and time as Unix seconds; without an offset it is UTC."""
    if isinstance(node.value, str):
        try:
            parsed = datetime.fromisoformat(node.value.strip())
        except ValueError:
            parsed = None
        if parsed is not None:
            known = parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)
            if not _EARLIEST <= known < _LATEST:
                reading.refuse(node, path, f"found {node.value!r}, expected a time from 1970 to 2199")
            return known.timestamp()
    return reading.refuse(
        node, path, f"found {shown(node)}, expected a date and time in ISO 8601: 2026-01-01T00:00:00Z"
    )
