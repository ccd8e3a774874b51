"""A table's handle."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from eventsim.cloud.dynamodb import calls
from eventsim.cloud.dynamodb.images import image_of
from eventsim.cloud.dynamodb.plain_values import attributes_of
from eventsim.errors import AwsError, InputError
from eventsim.facade.plain_items import plain_item
from eventsim.facade.words import counted

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eventsim.cloud.dynamodb.stream import TableStream
    from eventsim.cloud.dynamodb.watched_table import WatchedTable
    from eventsim.cloud.router import Router
    from eventsim.facade.scope import Scope


class Table:
    """A DynamoDB table of a simulation; items and keys are mappings of plain values, as in ``{"id": "a", "at": 1}``.

    Numbers are read as int where they are whole, else as Decimal.
    """

    def __init__(self, scope: Scope, engine: WatchedTable) -> None:
        self._scope = scope
        self._engine = engine

    @property
    def name(self) -> str:
        """Its name."""
        return self._engine.name

    @property
    def arn(self) -> str:
        """Its ARN."""
        arn: str = self._engine.table.table_arn
        return arn

    @property
    def stream_arn(self) -> str | None:
        """The ARN of its stream, None without one."""
        return None if self.stream is None else self.stream.arn

    @property
    def stream(self) -> TableStream | None:
        """The stream of its changes."""
        return self._engine.stream

    # -- what can be done ------------------------------------------------------------------------

    def put(self, item: Mapping[str, Any]) -> None:
        """Write a whole item; AwsError as PutItem answers."""
        self._check(item, "an item")
        calls.put_item(self._router(), self.name, item)
        self._trace("put")

    def update(self, key: Mapping[str, Any], values: Mapping[str, Any], *, remove: Iterable[str] = ()) -> None:
        """Set attributes of an item and remove others, as UpdateItem does: the item is made if it is not there."""
        self._check(key, "a key")
        self._check(values, "attributes")
        calls.update_item(self._router(), self.name, key, values, remove=remove)
        self._trace("update")

    def delete(self, key: Mapping[str, Any]) -> None:
        """Delete an item, if it is there; AwsError as DeleteItem answers."""
        self._check(key, "a key")
        calls.delete_item(self._router(), self.name, key)
        self._trace("delete")

    # -- what can be seen ------------------------------------------------------------------------

    def get(self, key: Mapping[str, Any]) -> dict[str, Any] | None:
        """The item of that key, or None."""
        self._check(key, "a key")
        wanted = plain_item(attributes_of(key))
        if sorted(wanted) != sorted(self._engine.table.table_key_attrs):
            raise AwsError("ValidationException", "The provided key element does not match the schema")
        found = (item for item in self.items if all(item[name] == value for name, value in wanted.items()))
        return next(found, None)

    @property
    def items(self) -> list[dict[str, Any]]:
        """All items, in the order of their keys."""
        return [plain_item(image_of(item)) for item in self._kept()]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Table) and other._engine is self._engine

    def __hash__(self) -> int:
        return hash(self.arn)

    def __repr__(self) -> str:
        stream = "" if self.stream is None else f", stream {self.stream.view_type}"
        return f"<Table {self.name}: {counted(len(self._kept()), 'item')}{stream}>"

    def _check(self, given: Any, what: str) -> None:
        if not isinstance(given, Mapping):
            raise InputError(f'{self.name}: found {given!r}, expected {what} as a mapping: {{"id": "a"}}')

    def _kept(self) -> list[Any]:
        if self._scope.is_open:
            self._scope.core.cloud().tables.expire()
        items: list[Any] = self._engine.table.all_items()
        return items

    def _router(self) -> Router:
        return self._scope.writable().cloud().inside

    def _trace(self, operation: str) -> None:
        self._scope.core.world.trace.add("step.write", table=self.name, operation=operation, items=1)
