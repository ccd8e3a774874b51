"""When a simulation starts, as its caller writes it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from eventsim.errors import InputError
from eventsim.kernel.clock import DEFAULT_EPOCH_S

_EARLIEST, _LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


def start_time_s(value: Any) -> float:
    """Unix seconds of a start: a datetime or ISO 8601 text (UTC where no offset is given), a date, Unix seconds, None.

    None is 2026-01-01T00:00:00Z. InputError for anything else, and outside 1970 to 2199.
    """
    if value is None:
        return DEFAULT_EPOCH_S
    try:
        moment = _moment(value)
    except (TypeError, ValueError, OverflowError, OSError):
        raise InputError(
            f"start_time: found {value!r}, expected a datetime, ISO 8601 (2026-01-01T00:00:00Z) or Unix seconds"
        ) from None
    if not _EARLIEST <= moment < _LATEST:
        raise InputError(f"start_time: found {value!r}, expected a time from 1970 to 2199")
    return moment.timestamp()


def _moment(value: Any) -> datetime:
    if isinstance(value, bool):
        raise TypeError
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC)
    if isinstance(value, str):
        value = datetime.fromisoformat(value.strip())
    elif isinstance(value, date) and not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=UTC)
    if not isinstance(value, datetime):
        raise TypeError
    return value if value.tzinfo is not None else value.replace(tzinfo=UTC)
