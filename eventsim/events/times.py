"""Times as AWS's documents write them, in UTC."""

from __future__ import annotations

from datetime import UTC, datetime


def iso_s(unix_ms: int) -> str:
    """To the second, the fraction dropped: ``2026-01-01T00:00:00Z``."""
    return f"{datetime.fromtimestamp(unix_ms // 1000, UTC):%Y-%m-%dT%H:%M:%S}Z"


def iso_ms(unix_ms: int) -> str:
    """To the millisecond: ``2026-01-01T00:00:00.000Z``."""
    return f"{datetime.fromtimestamp(unix_ms // 1000, UTC):%Y-%m-%dT%H:%M:%S}.{unix_ms % 1000:03d}Z"
