"""Times as AWS's documents write them, in UTC."""

from __future__ import annotations

import time


def iso_s(unix_ms: int) -> str:
    """To the second, the fraction dropped: ``2026-01-01T00:00:00Z``."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(unix_ms // 1000))


def iso_ms(unix_ms: int) -> str:
    """To the millisecond: ``2026-01-01T00:00:00.000Z``."""
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(unix_ms // 1000))}.{unix_ms % 1000:03d}Z"
