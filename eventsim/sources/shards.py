"""Which shards a stream has, and in which order they may be read (STR-01)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable


class ShardInfo(msgspec.Struct, frozen=True, gc=False):
    """A shard and those that it took over from, of which some may no longer be listed."""

    id: str
    parent_ids: tuple[str, ...] = ()


class Lineage:
    """The shards that are known, in the order in which they were found; parents are read to their ends before children.

    Shards of the first `add` were there when the reader began; all others are children that came later.
    """

    def __init__(self) -> None:
        self._parents: dict[str, tuple[str, ...]] = {}
        self._ended: set[str] = set()
        self._first: frozenset[str] | None = None

    def add(self, shards: Iterable[ShardInfo]) -> None:
        """Learn of shards; those that are known stay as they are."""
        for shard in shards:
            self._parents.setdefault(shard.id, shard.parent_ids)
        if self._first is None:
            self._first = frozenset(self._parents)

    def end(self, shard_id: str) -> None:
        """A shard was read to its end."""
        self._ended.add(shard_id)

    def was_there(self, shard_id: str) -> bool:
        """Whether the shard was there at the start, and is not a child that came later."""
        return self._first is not None and shard_id in self._first

    def unfinished(self) -> list[str]:
        """The shards that are not read to their ends."""
        return [shard_id for shard_id in self._parents if shard_id not in self._ended]

    def is_ready(self, shard_id: str) -> bool:
        """Whether all its parents are read to their ends; a parent that nobody ever listed has nothing left."""
        return all(parent not in self._parents or parent in self._ended for parent in self._parents[shard_id])
