"""A stream: shards, how records find them, and how they are split and merged (KIN-11, STR-01)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from eventsim.cloud.shards.hashing import even_starts, hash_key, ranges_of, scaled_starts
from eventsim.cloud.shards.shard import Shard, ShardHome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from eventsim.cloud.shards.numbers import SequenceNumbers
    from eventsim.cloud.shards.record import Record
    from eventsim.kernel.clock import Clock
    from eventsim.kernel.trace import Trace

_KNOWN_KEYS: Final = 8_192
_hash_start = attrgetter("hash_start")


def numbered_shard_id(ordinal: int, created_ms: int) -> str:  # noqa: ARG001 - DynamoDB's ids hold the time
    """The id of a Kinesis stream's shard (KIN-09)."""
    return f"shardId-{ordinal:012d}"


class ShardedStream:
    """The shards of one stream, and the lineage that resharding makes of them.

    *numbers* gives the sequence numbers of shard number n created in Unix second s, *shard_id* its id by number
    and Unix millisecond. Children are created in a later second than their parents as far as sequence numbers go,
    so numbers increase along a lineage. All open shards together hold each hash key exactly once.
    """

    def __init__(
        self,
        name: str,
        clock: Clock,
        *,
        shard_count: int,
        retention_ms: int,
        numbers: Callable[[int, int], SequenceNumbers],
        shard_id: Callable[[int, int], str] = numbered_shard_id,
        trace: Trace | None = None,
    ) -> None:
        self.name = name
        self.created_ms = clock.wall_ms()
        self._clock = clock
        self._home = ShardHome(name, clock, retention_ms, trace)
        self._numbers = numbers
        self._shard_id = shard_id
        self._shards: dict[str, Shard] = {}
        self._created = 0
        self._open: list[Shard] = []  # by the hash keys they hold
        self._starts: list[int] = []
        self._known: dict[str, Shard] = {}  # the shards of keys seen lately
        self._births: dict[str, int] = {}  # the second in each open shard's sequence numbers
        for first, last in ranges_of(even_starts(shard_count)):
            self._open.append(self._add(first, last, ()))
            self._starts.append(first)

    # --- looking ---

    def __iter__(self) -> Iterator[Shard]:
        """The shards in the order of their creation, without those closed longer ago than the retention period."""
        now_ms = self._clock.wall_ms()
        for shard in [shard for shard in self._shards.values() if shard.is_expired(now_ms)]:
            del self._shards[shard.id]
            for child in shard.children:
                child.parents = tuple(parent for parent in child.parents if parent is not shard)
        return iter(tuple(self._shards.values()))

    @property
    def open_shards(self) -> tuple[Shard, ...]:
        """The open shards in the order of their hash keys."""
        return tuple(self._open)

    def find(self, shard_id: str) -> Shard | None:
        """The shard with that id; None when there is none, or no more."""
        shard = self._shards.get(shard_id)
        return None if shard is None or shard.is_expired(self._clock.wall_ms()) else shard

    @property
    def retention_ms(self) -> int:
        """How long records are kept."""
        return self._home.retention_ms

    @property
    def deleted(self) -> bool:
        """Whether `delete` was called; shards can still be read by those who hold them."""
        return self._home.deleted

    # --- records ---

    def shard_of(self, partition_key: str) -> Shard:
        """The open shard that a partition key belongs to."""
        shard = self._known.get(partition_key)
        if shard is None:
            if len(self._known) >= _KNOWN_KEYS:
                self._known.clear()
            shard = self._known[partition_key] = self.shard_of_hash(hash_key(partition_key))
        return shard

    def shard_of_hash(self, hash_key: int) -> Shard:
        """The open shard that holds a hash key of 0 to 2^128 - 1."""
        return self._open[bisect_right(self._starts, hash_key) - 1]

    def append(self, partition_key: str, data: Any, size_bytes: int) -> Record:
        """Add a record to the shard of its key, without any limit; for limits see `Shard.writes`."""
        return self.shard_of(partition_key).append(partition_key, data, size_bytes, self._clock.wall_ms())

    # --- resharding ---

    def split(self, shard: Shard, hash_start: int) -> tuple[Shard, Shard]:
        """Close an open shard; two children share its hash keys, the second from *hash_start* on."""
        assert shard.is_open
        assert shard.hash_start < hash_start <= shard.hash_end
        left = self._add(shard.hash_start, hash_start - 1, (shard,))
        right = self._add(hash_start, shard.hash_end, (shard,))
        self._hand_over((shard,), (left, right))
        return left, right

    def merge(self, shard: Shard, adjacent: Shard) -> Shard:
        """Close two open shards whose hash keys adjoin; one child takes both's."""
        assert shard.is_open
        assert adjacent.is_open
        left, right = sorted((shard, adjacent), key=_hash_start)
        assert left.hash_end + 1 == right.hash_start
        child = self._add(left.hash_start, right.hash_end, (shard, adjacent))
        self._hand_over((left, right), (child,))
        return child

    def roll(self, shard: Shard) -> Shard:
        """Close an open shard; one child takes over, as DynamoDB does every few hours (DDB-06)."""
        child = self._add(shard.hash_start, shard.hash_end, (shard,))
        self._hand_over((shard,), (child,))
        return child

    def scale(self, count: int) -> None:
        """Split and merge until *count* open shards share the hash keys evenly; some shards live only meanwhile."""
        starts = scaled_starts(self._starts, count)
        for start in starts:
            shard = self.shard_of_hash(start)
            if shard.hash_start != start:
                self.split(shard, start)
        for first, last in ranges_of(starts):
            shard = self.shard_of_hash(first)
            while shard.hash_end < last:
                shard = self.merge(shard, self.shard_of_hash(shard.hash_end + 1))

    # --- life ---

    def retain(self, retention_ms: int) -> None:
        """Change the retention period; what the old one has dropped does not come back (KIN-07)."""
        for shard in self:
            shard.settle()
        self._home.retention_ms = retention_ms
        for shard in self:
            shard.look_again()

    def delete(self) -> None:
        """Drop everything and wake whoever waits for a shard; what they hold can't be found any more."""
        self._home.deleted = True
        shards, self._shards = self._shards, {}
        for shard in shards.values():
            shard.wake_all()

    def _add(self, hash_start: int, hash_end: int, parents: tuple[Shard, ...]) -> Shard:
        now_ms = self._clock.wall_ms()
        ordinal, self._created = self._created, self._created + 1
        birth = max([now_ms // 1000, *(self._births[parent.id] + 1 for parent in parents)])
        shard = Shard(
            self._home,
            self._shard_id(ordinal, now_ms),
            ordinal,
            numbers=self._numbers(ordinal, birth),
            hash_start=hash_start,
            hash_end=hash_end,
            parents=parents,
            created_ms=now_ms,
        )
        self._shards[shard.id] = shard
        self._births[shard.id] = birth
        return shard

    def _hand_over(self, parents: tuple[Shard, ...], children: tuple[Shard, ...]) -> None:
        """Let *children* take the hash keys of *parents*; both in the order of their hash keys."""
        at = bisect_left(self._starts, parents[0].hash_start)
        self._open[at : at + len(parents)] = children
        self._starts[at : at + len(parents)] = [child.hash_start for child in children]
        self._known.clear()
        now_ms = self._clock.wall_ms()
        for parent in parents:
            del self._births[parent.id]
            parent.close(children, now_ms)
