"""The writes of one request, as moto makes them: recorded if the request succeeds, undone if it fails."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventsim.cloud.dynamodb.watched_table import WatchedTable


class Write(NamedTuple):
    """One write of one item: what it was, and what it is, as moto's items; None for none."""

    table: WatchedTable
    old: Any
    new: Any


class Journal:
    """What the request being carried out has written so far; *in_transaction* says that it is all or nothing."""

    def __init__(self) -> None:
        self.in_transaction = False
        self._writes: list[Write] = []

    def add(self, table: WatchedTable, old: Any, new: Any) -> None:
        """Note a write that moto has just made.

        moto makes an update of a new item in two steps, with the same object: together they are one write.
        """
        writes = self._writes
        if new is not None and writes and writes[-1].new is new:
            old = writes.pop().old
        writes.append(Write(table, old, new))

    def take(self) -> list[Write]:
        """The writes, in their order; they are forgotten here."""
        writes, self._writes = self._writes, []
        return writes

    def undo(self) -> None:
        """Put back what was there before, the last write first."""
        for write in reversed(self.take()):
            item = write.old if write.new is None else write.new
            put_back(write.table.table, item.hash_key, item.range_key, write.old)


def put_back(table: Any, hash_key: Any, range_key: Any, item: Any) -> None:
    """Let *item* be what one of moto's tables has under a key; None for nothing."""
    shelf, place = (table.items, hash_key) if range_key is None else (table.items[hash_key], range_key)
    if item is None:
        shelf.pop(place, None)
    else:
        shelf[place] = item


def update_whole(backend: Any, update_item: Callable[..., Any]) -> Callable[..., Any]:
    """An *update_item* of moto's that leaves the item as it was when it fails half-way, and takes no changes at all."""

    def update(table_name: str, key: dict[str, Any], *args: Any, **options: Any) -> Any:
        table = backend.get_table(table_name)
        changes = options.get("attribute_updates")
        if changes is None:
            changes = options["attribute_updates"] = {}
        if any(name not in key for name in table.table_key_attrs):
            return update_item(table_name, key, *args, **options)
        hash_key, range_key = backend.get_keys_value(table, key)
        before = table.get_item(hash_key, range_key)
        if before is not None:
            put_back(table, hash_key, range_key, copy.deepcopy(before))  # moto changes the item where it is
        try:
            item = update_item(table_name, key, *args, **options)
        except BaseException:
            put_back(table, hash_key, range_key, before)
            raise
        for name in changes:
            sort_set(item.attrs.get(name))
        return item

    return update


def sort_set(value: Any) -> None:
    """Order one of moto's values if it is a set: moto leaves those it has added to in an order of the process's own."""
    if value is not None and value.type in {"SS", "NS"}:
        value.value = sorted(value.value)
