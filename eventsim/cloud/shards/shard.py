"""One shard: its place in the lineage, its records, and those who wait for more."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from eventsim.cloud.shards.log import RecordLog
from eventsim.cloud.shards.quotas import ITERATORS_PER_S, MIB, Allowance, ReadQuota, WriteQuota
from eventsim.cloud.shards.record import Page, Record

if TYPE_CHECKING:
    from eventsim.cloud.shards.numbers import SequenceNumbers
    from eventsim.kernel.clock import Clock
    from eventsim.kernel.trace import Trace

PAGE_RECORDS: Final = 10_000
PAGE_BYTES: Final = 10 * MIB
_NEVER: Final = 1 << 62


class ShardHome:
    """What the shards of one stream share; *retention_ms* and *deleted* change."""

    __slots__ = ("clock", "deleted", "name", "retention_ms", "trace")

    def __init__(self, name: str, clock: Clock, retention_ms: int, trace: Trace | None) -> None:
        self.name = name
        self.clock = clock
        self.retention_ms = retention_ms
        self.trace = trace
        self.deleted = False


class Shard:
    """A shard of a stream, open or closed (KIN-01, KIN-09, KIN-11, STR-01).

    Positions count the records from 0; see `Page`. Records vanish the moment that they are as old as the stream's
    retention period (KIN-07): every method looks first, so no timer is needed. *parents* has none, one or two
    shards, without those that are no longer listed; *children* those that took over its hash keys, *hash_start*
    to *hash_end* inclusive, when it was closed. *reads*, *writes* and *iterators* are the quotas; nothing here
    uses them by itself.
    """

    __slots__ = (
        "_due_ms",
        "_home",
        "_log",
        "_number",
        "_second",
        "_waiters",
        "children",
        "closed_ms",
        "created_ms",
        "hash_end",
        "hash_start",
        "id",
        "iterators",
        "numbers",
        "ordinal",
        "parent_ids",
        "parents",
        "reads",
        "writes",
    )

    def __init__(
        self,
        home: ShardHome,
        shard_id: str,
        ordinal: int,
        *,
        numbers: SequenceNumbers,
        hash_start: int,
        hash_end: int,
        parents: tuple[Shard, ...] = (),
        created_ms: int,
    ) -> None:
        self.id = shard_id
        self.ordinal = ordinal
        self.numbers = numbers
        self.hash_start = hash_start
        self.hash_end = hash_end
        self.parents = parents
        self.parent_ids = tuple(parent.id for parent in parents)
        self.children: tuple[Shard, ...] = ()
        self.created_ms = created_ms
        self.closed_ms: int | None = None
        self.reads = ReadQuota()
        self.writes = WriteQuota()
        self.iterators = Allowance(ITERATORS_PER_S)
        self._home = home
        self._log = RecordLog()
        self._number = 0  # the last record's, which arrived in _second
        self._second = -1
        self._due_ms = _NEVER  # when the oldest record vanishes
        self._waiters: dict[asyncio.Future[None], int] = {}

    # --- records ---

    def append(self, partition_key: str, data: Any, size_bytes: int, arrival_ms: int) -> Record:
        """Add a record that arrives now; *size_bytes* counts towards pages and quotas. The shard must be open."""
        if arrival_ms >= self._due_ms:
            self._trim(arrival_ms)
        log = self._log
        second = arrival_ms // 1000
        if second == self._second:
            self._number += self.numbers.step
        else:
            self._second = second
            self._number = self.numbers.value(log.end, second)
        record = Record(str(self._number), partition_key, data, arrival_ms)
        if log.first == log.end:
            self._due_ms = arrival_ms + self._home.retention_ms
        log.append(record, size_bytes)
        if self._waiters:
            self._wake()
        return record

    def read(self, position: int, limit: int = PAGE_RECORDS, max_bytes: int = PAGE_BYTES) -> Page:
        """The records from *position*, or from the oldest if that one is gone; counts towards no quota.

        At most *limit* records and *max_bytes* of data and keys, but never none while there is one.
        """
        self.settle()
        return self._log.page(position, limit, max_bytes)

    # --- positions ---

    @property
    def horizon(self) -> int:
        """TRIM_HORIZON: the position of the oldest record; that of the next one when there is none."""
        self.settle()
        return self._log.first

    @property
    def tip(self) -> int:
        """LATEST: the position that the next record will have."""
        return self._log.end

    def position_at(self, sequence_number: str) -> int:
        """AT_SEQUENCE_NUMBER: the position of the first record with that number or a higher one."""
        number = int(sequence_number)
        position = self.numbers.position_of(number)
        first = self.horizon
        if first <= position < self._log.end and int(self._log.record(position).sequence_number) < number:
            position += 1
        return min(max(position, first), self._log.end)

    def position_after(self, sequence_number: str) -> int:
        """AFTER_SEQUENCE_NUMBER: the position of the first record with a higher number."""
        position = self.numbers.position_of(int(sequence_number))
        return min(max(position + 1, self.horizon), self._log.end)

    def position_from(self, arrival_ms: int) -> int:
        """AT_TIMESTAMP: the position of the first record that arrived then or later (STR-02)."""
        self.settle()
        return self._log.position_from(arrival_ms)

    def number_before(self, position: int) -> str:
        """A sequence number after which reading continues at *position*, whether a record has it or not."""
        log = self._log
        if log.first < position <= log.end:
            return log.record(position - 1).sequence_number
        if position <= 0:
            return self.numbers.starting
        return self.numbers.number(position - 1, self._home.clock.wall_ms() // 1000)

    def is_drained(self, position: int) -> bool:
        """Whether the shard is closed and has nothing from *position* on: its children may be read (STR-01)."""
        return self.closed_ms is not None and position >= self._log.end

    def behind_ms(self, position: int) -> int:
        """MillisBehindLatest: the age of the next record from *position*, and 0 only when there is none."""
        arrival_ms = self.arrival_ms(position)
        return 0 if arrival_ms is None else max(1, self._home.clock.wall_ms() - arrival_ms)

    def arrival_ms(self, position: int) -> int | None:
        """When the record at *position* arrived, or the oldest if that one is gone; None when there is none yet."""
        position = max(position, self.horizon)
        return self._log.record(position).arrival_ms if position < self._log.end else None

    # --- waiting ---

    def wait_beyond(self, position: int) -> asyncio.Future[None]:
        """A future that completes when there is a record from *position* on or the shard is closed or deleted.

        At once if that is so now. It costs nothing while it waits: no timer is set.
        """
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        position = max(position, self.horizon)
        if position < self._log.end or self.closed_ms is not None or self._home.deleted:
            future.set_result(None)
        else:
            self._waiters[future] = position
            future.add_done_callback(self._leave)
        return future

    def wake_all(self) -> None:
        """Complete every future of `wait_beyond`."""
        waiters, self._waiters = self._waiters, {}
        for future in waiters:
            if not future.done():
                future.set_result(None)

    # --- life ---

    @property
    def is_open(self) -> bool:
        """Whether it takes records."""
        return self.closed_ms is None

    @property
    def is_deleted(self) -> bool:
        """Whether the stream was deleted; whoever still holds the shard can read on."""
        return self._home.deleted

    def close(self, children: tuple[Shard, ...], now_ms: int) -> None:
        """Take no more records: *children* do."""
        self.closed_ms = now_ms
        self.children = children
        self.wake_all()

    def is_expired(self, now_ms: int) -> bool:
        """Whether the shard was closed so long ago that nothing can be left in it."""
        return self.closed_ms is not None and self.closed_ms + self._home.retention_ms <= now_ms

    @property
    def ending(self) -> str | None:
        """The shard's ending sequence number; None while it is open."""
        return None if self.closed_ms is None else self.numbers.ending(self._log.end, self.closed_ms // 1000)

    def settle(self) -> None:
        """Drop the records that have reached their age."""
        if self._due_ms != _NEVER and (now_ms := self._home.clock.wall_ms()) >= self._due_ms:
            self._trim(now_ms)

    def look_again(self) -> None:
        """Work out anew when the oldest record vanishes: the retention period has changed."""
        if self._due_ms != _NEVER:
            self._due_ms = self._log.record(self._log.first).arrival_ms + self._home.retention_ms
            self.settle()

    def _trim(self, now_ms: int) -> None:
        home, log = self._home, self._log
        before = log.first
        dropped = log.trim(now_ms - home.retention_ms)
        self._due_ms = log.record(log.first).arrival_ms + home.retention_ms if log.first < log.end else _NEVER
        if dropped and home.trace is not None:
            first, last = (record.sequence_number for record in dropped)
            facts = {"stream": home.name, "shard": self.id, "count": log.first - before}
            home.trace.add("shard.expire", **facts, first=first, last=last)

    def _wake(self) -> None:
        end = self._log.end
        for future, position in list(self._waiters.items()):
            if position < end:
                del self._waiters[future]
                if not future.done():
                    future.set_result(None)

    def _leave(self, future: asyncio.Future[None]) -> None:
        self._waiters.pop(future, None)
