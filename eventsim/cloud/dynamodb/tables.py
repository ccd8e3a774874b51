"""moto's tables, whose changes go into streams and whose items expire (DDB-01, DDB-12)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventsim.cloud.dynamodb.expiries import Expiries
from eventsim.cloud.dynamodb.journal import Journal, update_whole
from eventsim.cloud.dynamodb.stream_settings import check_view_type
from eventsim.cloud.dynamodb.streams import TableStreams
from eventsim.cloud.dynamodb.table_shelf import TableShelf
from eventsim.cloud.dynamodb.watched_table import WatchedTable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from eventsim.cloud.moto import Moto
    from eventsim.cloud.queues.waiters import Timers
    from eventsim.cloud.requests import AwsRequest, AwsResponse
    from eventsim.kernel.clock import Clock
    from eventsim.kernel.seeds import Seeds
    from eventsim.kernel.trace import Trace


class Tables:
    """The tables of *moto*'s account and region, and their *streams*.

    *timers* gives the event loop. An item expires *ttl_delay_s* seconds after the time that it names (AWS takes up
    to days), with None never: in a table with a stream by a timer, so that a run is not idle before; in one
    without, when the next request comes. *roll_every_s* is `TableStream`'s. *trace* gets ``table.expire`` and
    ``shard.expire``.
    """

    def __init__(
        self,
        moto: Moto,
        clock: Clock,
        seeds: Seeds,
        timers: Callable[[], Timers],
        *,
        trace: Trace | None = None,
        ttl_delay_s: float | None = 0.0,
        roll_every_s: float | None = None,
    ) -> None:
        self.streams = TableStreams(clock, seeds, trace=trace, region=moto.region, roll_every_s=roll_every_s)
        self._moto = moto
        self._clock = clock
        self._timers = timers
        self._trace = trace
        self._ttl_delay_s = ttl_delay_s
        self._journal = Journal()
        self._backend: Any = None
        self._tables: dict[str, WatchedTable] = {}
        self._expiring: dict[str, WatchedTable] = {}

    def __iter__(self) -> Iterator[WatchedTable]:
        return iter(tuple(self._tables.values()))

    def find(self, name_or_arn: str) -> WatchedTable | None:
        """The table with that name or ARN; None when there is none."""
        found = self._tables.get(name_or_arn)
        if found is None and name_or_arn.startswith("arn:"):
            found = self._tables.get(name_or_arn.rpartition("/")[2])
            return found if found is not None and found.table.table_arn == name_or_arn else None
        return found

    def carry_out(
        self,
        request: AwsRequest,
        *,
        before: Callable[[Tables], None] | None = None,
        after: Callable[[Tables], None] | None = None,
    ) -> AwsResponse:
        """Let moto answer; what it wrote is recorded if it succeeds, and undone if not.

        *before* may refuse the request, *after* is called when it succeeded.
        """
        with self._moto.inside():
            self._watch()
            self._expire_quietly()
            if before is not None:
                before(self)
            self._journal.in_transaction = request.operation == "TransactWriteItems"
            try:
                response = self._moto.send(request)
            except BaseException:
                self._journal.undo()
                raise
            finally:
                self._journal.in_transaction = False
            if response.status >= 400:
                self._journal.undo()
                return response
            self._settle()
            if after is not None:
                after(self)
            return response

    def expire(self) -> None:
        """Delete what fell due, as the next request would."""
        with self._moto.inside():
            self._expire_quietly()

    def set_time_to_live(self, table: WatchedTable, attribute: str | None) -> None:
        """Let a table's items expire at the time that *attribute* holds; None: no more."""
        self._expiring.pop(table.name, None)
        if attribute is None:
            table.table.ttl = {"TimeToLiveStatus": "DISABLED"}  # moto goes on to name the attribute
        if attribute is None or self._ttl_delay_s is None:
            table.expire_by(None)
            return
        self._expiring[table.name] = table
        table.expire_by(Expiries(attribute, self._ttl_delay_s))

    # --- what moto does ---

    def _watch(self) -> None:
        """See to it that moto reports to us; its state is new after each start."""
        from moto.dynamodb.models import dynamodb_backends

        backend: Any = dynamodb_backends[self._moto.account_id][self._moto.region]
        if backend is self._backend:
            return
        for table in tuple(self._tables.values()):
            self._deleted(table.table)
        self.streams.clear()
        self._backend = backend
        backend.update_item = update_whole(backend, backend.update_item)
        backend.update_table_streams = self._switch_stream
        backend.tables = TableShelf(backend.tables, created=self._created, deleted=self._deleted)

    def _created(self, table: Any) -> None:
        found = table.stream_shard
        if isinstance(found, WatchedTable):
            if found.table is not table:
                found.watch(table)
            return
        wanted = table.stream_specification
        watched = WatchedTable(table, self._journal, self._clock, self._timers, self._expire)
        self._tables[table.name] = watched
        self._switch_stream(table, wanted or {})

    def _deleted(self, table: Any) -> None:
        self._expiring.pop(table.name, None)
        watched = self._tables.pop(table.name, None)
        if watched is not None:
            watched.close()

    def _switch_stream(self, table: Any, specification: Mapping[str, Any]) -> None:
        watched: WatchedTable = table.stream_shard
        stream = None
        if specification.get("StreamEnabled"):
            view_type = check_view_type(specification.get("StreamViewType"))
            stream = self.streams.create(table.name, table.table_arn, view_type=view_type, key_schema=table.schema)
        watched.show_stream(stream)

    # --- what becomes of it ---

    def _settle(self, *, by_service: bool = False) -> None:
        for write in self._journal.take():
            keys = write.table.settle(write.old, write.new, by_service=by_service)
            if by_service and self._trace is not None:
                self._trace.add("table.expire", table=write.table.name, keys=keys)

    def _expire(self, watched: WatchedTable) -> None:
        """Delete the items that are due."""
        self._delete_due(watched, self._clock.wall_s())
        watched.set_alarm()

    def _expire_quietly(self) -> None:
        """Delete what fell due before this instant in tables without a stream, for which no timer is set."""
        now_s = self._clock.wall_s()
        for watched in self._expiring.values():
            if watched.stream is None:
                self._delete_due(watched, now_s - 0.001)

    def _delete_due(self, watched: WatchedTable, now_s: float) -> None:
        assert watched.expiries is not None
        for place in watched.expiries.pop_due(now_s):
            watched.table.delete_item(*place)
        self._settle(by_service=True)
