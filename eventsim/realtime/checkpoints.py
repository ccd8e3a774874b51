"""Stream sources that go on where an earlier process stopped, and what keeps their places (STR-03)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventsim.sources.stream import OLDEST, Start, after_number

if TYPE_CHECKING:
    from eventsim.mappings.stream_lifecycle import StreamMapping
    from eventsim.realtime.state import State
    from eventsim.sources.shards import ShardInfo
    from eventsim.sources.stream import ShardReader, StreamSource

KEEP_EVERY_S = 0.5
"""How often places are written: after a crash, at most what was done since is delivered again."""


class CheckpointedSource:
    """A stream whose shards are opened where *state* says that *mapping* left them.

    A shard that came while nobody read begins at its oldest record, as for a mapping that had been there. *identity*
    tells one stream of a name from the next.
    """

    def __init__(self, source: StreamSource, state: State, *, identity: str, mapping: str) -> None:
        self._source = source
        self._state = state
        self._identity = identity
        self._mapping = mapping
        self._before = state.starts(identity, mapping)
        self._opened: set[str] = set()
        self._kept: dict[str, Start] = {}

    @property
    def retention_ms(self) -> int:
        """How long records are kept."""
        return self._source.retention_ms

    def begin(self) -> None:
        """See `eventsim.sources.stream.StreamSource.begin`."""
        self._source.begin()

    async def shards(self) -> list[ShardInfo]:
        """The shards."""
        return await self._source.shards()

    async def open(self, shard_id: str, start: Start) -> ShardReader:
        """A reader of one shard; the first time in this process at the place that was kept."""
        if shard_id not in self._opened and self._before:
            start = self._before.get(shard_id, OLDEST)
        self._opened.add(shard_id)
        reader = await self._source.open(shard_id, start)
        self._keep({shard_id: reader.place})
        return reader

    def keep(self, mapping: StreamMapping) -> None:
        """Write down how far *mapping* is done with the shards."""
        numbers = mapping.pollers.checkpoints
        self._keep({shard_id: after_number(number) for shard_id, number in numbers.items() if number is not None})

    def _keep(self, places: dict[str, Start]) -> None:
        changed = {shard_id: place for shard_id, place in places.items() if self._kept.get(shard_id) != place}
        if changed:
            self._state.keep_starts(self._identity, self._mapping, changed)
            self._kept.update(changed)
