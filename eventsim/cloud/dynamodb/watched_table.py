"""One of moto's tables: its stream, its time to live, and the place at which moto reports writes."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Self

from eventsim.cloud.dynamodb.attributes import item_key, same_attributes
from eventsim.cloud.dynamodb.expiries import Alarm, Expiries
from eventsim.cloud.dynamodb.images import image_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventsim.cloud.dynamodb.attributes import Attributes
    from eventsim.cloud.dynamodb.journal import Journal
    from eventsim.cloud.dynamodb.stream import TableStream
    from eventsim.cloud.queues.waiters import Timers
    from eventsim.kernel.clock import Clock


class WatchedTable:
    """Stands where moto's *table* has the shard of its own stream; moto calls `add` for each write of an item.

    Of moto's own settings of a stream nothing is used: they are only what DescribeTable shows. *on_due* is called
    when items are due to expire, by a timer that is set only while the table has a stream: without one nobody
    would see the deletion happen.
    """

    def __init__(
        self,
        table: Any,
        journal: Journal,
        clock: Clock,
        timers: Callable[[], Timers],
        on_due: Callable[[WatchedTable], None],
    ) -> None:
        self.name: str = table.name
        self.stream: TableStream | None = None
        self.expiries: Expiries | None = None
        self._journal = journal
        self._clock = clock
        self._alarm = Alarm(timers, clock, lambda: on_due(self))
        self.watch(table)

    def watch(self, table: Any) -> None:
        """Take *table* for the one that is watched."""
        self.table = table
        table.stream_shard = self
        table.__deepcopy__ = self._copy_table

    # --- what moto calls ---

    def add(self, old: Any, new: Any) -> None:
        """An item was *old* and is *new*."""
        self._journal.add(self, old, new)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def _copy_table(self, memo: dict[int, Any]) -> Any:
        """A copy of the table, for a backup; moto's transactions, which are undone here, need none."""
        if self._journal.in_transaction:
            return self.table
        del self.table.__deepcopy__
        try:
            return copy.deepcopy(self.table, memo)
        finally:
            self.table.__deepcopy__ = self._copy_table

    # --- writes ---

    def settle(self, old_item: Any, new_item: Any, *, by_service: bool = False) -> Attributes | None:
        """Record a write; returns the item's key, or None when nothing watches or nothing changed (DDB-03)."""
        if self.stream is None and self.expiries is None:
            return None
        old = None if old_item is None else image_of(old_item)
        new = None if new_item is None else image_of(new_item)
        if old is not None and new is not None and same_attributes(old, new):
            return None
        present = old if new is None else new
        assert present is not None
        keys = {name: present[name] for name in self.table.table_key_attrs}
        if self.stream is not None:
            self.stream.record(keys, old, new, by_service=by_service)
        if self.expiries is not None:
            item = old_item if new_item is None else new_item
            self.expiries.note(item_key(keys), (item.hash_key, item.range_key), new, self._clock.wall_s())
            self.set_alarm()
        return keys

    # --- settings ---

    def show_stream(self, stream: TableStream | None) -> None:
        """Record changes in *stream* from now on, or in none; the label of the last one stays in DescribeTable."""
        table = self.table
        if self.stream is not None:
            self.stream.end()
        self.stream = stream
        if stream is None:
            table.stream_specification = {"StreamEnabled": False}
        else:
            table.stream_specification = {"StreamEnabled": True, "StreamViewType": stream.view_type}
            table.latest_stream_label = stream.label
        self.set_alarm()

    def expire_by(self, expiries: Expiries | None) -> None:
        """Let items expire, those that are there included; or no more."""
        self.expiries = expiries
        if expiries is not None:
            now_s = self._clock.wall_s()
            for item in self.table.all_items():
                image = image_of(item)
                keys = {name: image[name] for name in self.table.table_key_attrs}
                expiries.note(item_key(keys), (item.hash_key, item.range_key), image, now_s)
        self.set_alarm()

    def set_alarm(self) -> None:
        """Set the timer anew."""
        expiries = self.expiries
        self._alarm.set(None if expiries is None or self.stream is None else expiries.first_s())

    def close(self) -> None:
        """The table is deleted: its stream ends, and nothing expires any more."""
        if self.stream is not None:
            self.stream.end()
        self.stream = self.expiries = None
        self.set_alarm()
