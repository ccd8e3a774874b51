"""How calls count on the bill of SQS and SNS."""

from __future__ import annotations

from typing import Final

CHUNK_BYTES: Final = 65_536


def paid_requests(size_bytes: int) -> int:
    """How many requests one call is paid as: one for each `CHUNK_BYTES` of its payload (CST-06, CST-11)."""
    return -(-size_bytes // CHUNK_BYTES) or 1
