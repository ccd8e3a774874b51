"""Which shard a partition key belongs to: 128-bit hash keys and the ranges of them (KIN-01, KIN-11)."""

from __future__ import annotations

from bisect import bisect_left
from hashlib import md5
from itertools import pairwise
from typing import Final

HASH_KEYS: Final = 1 << 128
_NEAR: Final = 1 << 32  # two even splits of the hash keys differ by far less than this where they should agree


def hash_key(partition_key: str) -> int:
    """The hash key of a partition key."""
    return int.from_bytes(md5(partition_key.encode(), usedforsecurity=False).digest())


def even_starts(count: int) -> list[int]:
    """Where the ranges of *count* shards begin that share the hash keys evenly (KIN-11)."""
    width = HASH_KEYS // count
    return [width * n for n in range(count)]


def ranges_of(starts: list[int]) -> list[tuple[int, int]]:
    """First and last hash key of the ranges that begin at *starts* and cover everything."""
    return [(start, after - 1) for start, after in pairwise([*starts, HASH_KEYS])]


def scaled_starts(present: list[int], count: int) -> list[int]:
    """The even starts for *count* shards; one that is there already but for a rounding error stays as it is."""
    return [_nearest(present, start) for start in even_starts(count)]


def _nearest(present: list[int], start: int) -> int:
    at = bisect_left(present, start - _NEAR)
    return present[at] if at < len(present) and present[at] <= start + _NEAR else start
