"""The dict in which moto keeps its tables, which says when one comes or goes, whoever does it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


class TableShelf(dict[str, Any]):
    """moto's tables by name: *created* is called before a table is put in, *deleted* after one is taken out.

    CreateTable, CloudFormation, restores and imports all come through here.
    """

    def __init__(
        self, tables: dict[str, Any], *, created: Callable[[Any], None], deleted: Callable[[Any], None]
    ) -> None:
        super().__init__()
        self._created = created
        self._deleted = deleted
        for name, table in tables.items():
            self[name] = table

    def __setitem__(self, name: str, table: Any) -> None:
        self._created(table)
        super().__setitem__(name, table)

    def __delitem__(self, name: str) -> None:
        self.pop(name)

    def pop(self, name: str, *default: Any) -> Any:
        """Take a table out."""
        known = name in self
        table = super().pop(name, *default)
        if known:
            self._deleted(table)
        return table
