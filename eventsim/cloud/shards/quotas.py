"""What a shard takes and gives per second (KIN-02, KIN-03, KIN-04)."""

from __future__ import annotations

from typing import Final

MIB: Final = 1_048_576
READS_PER_S: Final = 5
READ_BYTES_PER_S: Final = 2 * MIB
WRITES_PER_S: Final = 1_000
WRITE_BYTES_PER_S: Final = MIB
ITERATORS_PER_S: Final = 5


class Allowance:
    """An amount per second, counted over seconds that begin with the first use.

    What was used beyond it is taken off the following seconds: 10 MiB at 2 MiB/s close it for five. Times are
    Unix milliseconds and never go back.
    """

    __slots__ = ("_per_second", "_since_ms", "_used")

    def __init__(self, per_second: int) -> None:
        self._per_second = per_second
        self._since_ms = 0
        self._used = 0

    def opens_ms(self, now_ms: int) -> int:
        """When something is left: *now_ms* or later."""
        used = self._renew(now_ms)
        return now_ms if used < self._per_second else self._since_ms + 1000 * (used // self._per_second)

    def fits(self, amount: int, now_ms: int) -> bool:
        """Whether *amount* is left; more than a second's amount fits when nothing is used."""
        used = self._renew(now_ms)
        return used == 0 or used + amount <= self._per_second

    def use(self, amount: int, now_ms: int) -> None:
        """Take *amount* off, left or not."""
        if self._renew(now_ms) == 0:
            self._since_ms = now_ms
        self._used += amount

    def _renew(self, now_ms: int) -> int:
        seconds = (now_ms - self._since_ms) // 1000
        if seconds > 0 and self._used:
            self._used = max(0, self._used - seconds * self._per_second)
            self._since_ms += 1000 * seconds
        return self._used


class ReadQuota:
    """The reads that all standard consumers of a shard share: 5 calls and 2 MiB a second (KIN-03).

    A reader asks `take` before each page and tells `spend` what it got; `ready_ms` says how long to wait.
    """

    __slots__ = ("_bytes", "_calls")

    def __init__(self, calls_per_s: int = READS_PER_S, bytes_per_s: int = READ_BYTES_PER_S) -> None:
        self._calls = Allowance(calls_per_s)
        self._bytes = Allowance(bytes_per_s)

    def ready_ms(self, now_ms: int) -> int:
        """The Unix millisecond at which a call would be let through if nobody else comes: *now_ms* or later."""
        return max(self._calls.opens_ms(now_ms), self._bytes.opens_ms(now_ms))

    def take(self, now_ms: int) -> bool:
        """Count a call; False, and nothing counted, when it must be refused."""
        if self.ready_ms(now_ms) > now_ms:
            return False
        self._calls.use(1, now_ms)
        return True

    def spend(self, size_bytes: int, now_ms: int) -> None:
        """Count what a call returned."""
        self._bytes.use(size_bytes, now_ms)


class WriteQuota:
    """The writes of a shard: 1,000 records and 1 MiB of data and keys a second (KIN-02)."""

    __slots__ = ("_bytes", "_records")

    def __init__(self, records_per_s: int = WRITES_PER_S, bytes_per_s: int = WRITE_BYTES_PER_S) -> None:
        self._records = Allowance(records_per_s)
        self._bytes = Allowance(bytes_per_s)

    def take(self, size_bytes: int, now_ms: int) -> bool:
        """Count a record; False, and nothing counted, when it must be refused."""
        if not (self._records.fits(1, now_ms) and self._bytes.fits(size_bytes, now_ms)):
            return False
        self._records.use(1, now_ms)
        self._bytes.use(size_bytes, now_ms)
        return True
