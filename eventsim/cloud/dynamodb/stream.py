"""A stream of a table's changes: one open shard, kept for a day (DDB-01, DDB-02, DDB-06)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from eventsim.cloud.dynamodb.attributes import item_key
from eventsim.cloud.dynamodb.changes import item_change
from eventsim.cloud.shards.numbers import dynamodb_numbers
from eventsim.cloud.shards.stream import ShardedStream

if TYPE_CHECKING:
    from random import Random

    from eventsim.cloud.dynamodb.attributes import Attributes
    from eventsim.cloud.dynamodb.changes import ViewType
    from eventsim.cloud.shards.record import Record
    from eventsim.kernel.clock import Clock
    from eventsim.kernel.trace import Trace

RETENTION_MS: Final = 86_400_000


class TableStream(ShardedStream):
    """One stream of a table; its records' data are `ItemChange`, their partition keys the items' keys.

    *label* is its creation time and the end of its *arn*; *key_schema* is the table's. With *roll_every_s* a write
    that finds the open shard so old closes it first, and a child takes over. Event ids and the ids of shards are
    drawn from *chance*.
    """

    def __init__(
        self,
        table_name: str,
        table_arn: str,
        label: str,
        clock: Clock,
        *,
        view_type: ViewType,
        key_schema: list[dict[str, str]],
        chance: Random,
        roll_every_s: float | None = None,
        trace: Trace | None = None,
    ) -> None:
        super().__init__(
            f"{table_name}/stream/{label}",
            clock,
            shard_count=1,
            retention_ms=RETENTION_MS,
            numbers=dynamodb_numbers,
            shard_id=lambda _, created_ms: f"shardId-{created_ms:020d}-{chance.getrandbits(32):08x}",
            trace=trace,
        )
        self.table_name = table_name
        self.label = label
        self.arn = f"{table_arn}/stream/{label}"
        self.view_type: ViewType = view_type
        self.key_schema = key_schema
        self.ended_ms: int | None = None
        self._chance = chance
        self._roll_every_ms = None if roll_every_s is None else round(roll_every_s * 1000)

    @property
    def is_enabled(self) -> bool:
        """Whether it takes changes; if not, it can be read for a day after its end."""
        return self.ended_ms is None

    def is_gone(self, now_ms: int) -> bool:
        """Whether it ended so long ago that it is not there any more."""
        return self.ended_ms is not None and self.ended_ms + RETENTION_MS <= now_ms

    def record(
        self, keys: Attributes, old: Attributes | None, new: Attributes | None, *, by_service: bool = False
    ) -> Record:
        """Add the change of one item from *old* to *new*, which are not the same."""
        now_ms = self._clock.wall_ms()
        shard = self.open_shards[0]
        if self._roll_every_ms is not None and now_ms - shard.created_ms >= self._roll_every_ms:
            shard = self.roll(shard)
        event_id = f"{self._chance.getrandbits(128):032x}"
        change = item_change(event_id, keys, old, new, view_type=self.view_type, by_service=by_service)
        return shard.append(item_key(keys), change, change.size_bytes, now_ms)

    def end(self) -> None:
        """Take no more changes: its shards are closed, without children."""
        if self.ended_ms is None:
            self.ended_ms = self._clock.wall_ms()
            for shard in self.open_shards:
                shard.close((), self.ended_ms)

    def show_schema(self) -> list[dict[str, Any]]:
        """The table's KeySchema, as in DescribeStream."""
        return [dict(element) for element in self.key_schema]
