"""What comes next after a batch of a stream failed: again, in halves, from the middle, or never (STR-08 to STR-18)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec

from eventsim.quirks import NO_QUIRKS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from eventsim.cloud.shards.record import Record
    from eventsim.quirks import Quirks

FOREVER = -1
"""No limit, of retries as of age."""


class Condition(StrEnum):
    """Why records are given up (STR-21), or simply gone (STR-34)."""

    RETRIES_EXHAUSTED = "RetryAttemptsExhausted"
    AGE_EXCEEDED = "RecordAgeExceeded"
    EXPIRED = "RetentionPeriodExpired"


class RetryPolicy(msgspec.Struct, frozen=True):
    """A mapping's settings for failures: retries after the first attempt, age in seconds; -1 for no limit."""

    maximum_retries: int = FOREVER
    maximum_age_s: int = FOREVER
    bisect: bool = False


class Retry(msgspec.Struct, frozen=True):
    """Try the same batch again after *delay_s*."""

    delay_s: float


class Halve(msgspec.Struct, frozen=True):
    """Go on with the first *first* records as a batch, then with the others as another."""

    first: int


class Discard(msgspec.Struct, frozen=True):
    """Give the batch up."""

    condition: Condition


Step = Retry | Halve | Discard


def retry_delay_s(k: int, quirks: Quirks = NO_QUIRKS) -> float:
    """The wait before retry number *k*, from 0: half a second, doubled each time, at most a minute (STR-09, STR-17)."""
    return min(quirks.stream_retry_longest_s, quirks.stream_retry_first_s * (1 << min(k, 16)))


def after_failure(
    policy: RetryPolicy, records: int, failures: int, *, reported: bool = False, quirks: Quirks = NO_QUIRKS
) -> Step:
    """What to do after a whole batch failed for the *failures*th time, from 1 (STR-08, STR-09, STR-11, STR-18).

    *reported*: the function named the first record itself, so there is nothing to look for by halves (STR-13). Two
    records or more are split at once however many retries are left, and each part has its own.
    """
    if policy.bisect and records > 1 and not reported:
        return Halve(records - records // 2)
    if 0 <= policy.maximum_retries < failures:
        return Discard(Condition.RETRIES_EXHAUSTED)
    return Retry(retry_delay_s(failures - 1, quirks))


def first_failed(sequence_numbers: Sequence[str], reported: Iterable[str]) -> int:
    """The place in the batch of the lowest sequence number that was reported, by number and not by text (STR-12)."""
    return sequence_numbers.index(min(reported, key=int))


def too_old(records: Sequence[Record], arrival_ms: Callable[[Record], int], now_ms: int, maximum_age_s: int) -> int:
    """How many records at the head are older than the limit (STR-10)."""
    if maximum_age_s == FOREVER:
        return 0
    return bisect_left(records, now_ms - 1000 * maximum_age_s, key=arrival_ms)


def gone(records: Sequence[Record], now_ms: int, retention_ms: int) -> int:
    """How many records at the head have left the stream (STR-34)."""
    return bisect_right(records, now_ms - retention_ms, key=_arrival_ms)


def _arrival_ms(record: Record) -> int:
    return record.arrival_ms
