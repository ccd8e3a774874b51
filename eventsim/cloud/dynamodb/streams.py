"""The streams of all tables of one account and region, the ended ones of the last day included."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from eventsim.cloud.dynamodb.errors import stream_not_found
from eventsim.cloud.dynamodb.stream import TableStream

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eventsim.cloud.dynamodb.changes import ViewType
    from eventsim.kernel.clock import Clock
    from eventsim.kernel.seeds import Seeds
    from eventsim.kernel.trace import Trace


class TableStreams:
    """All streams, in the order of their creation; see `TableStream` for *roll_every_s*.

    *trace* gets ``shard.expire``. A table's streams draw from one random stream.
    """

    def __init__(
        self,
        clock: Clock,
        seeds: Seeds,
        *,
        trace: Trace | None = None,
        region: str = "us-east-1",
        roll_every_s: float | None = None,
    ) -> None:
        if roll_every_s is not None and roll_every_s < 1:
            raise ValueError(f"roll_every_s is {roll_every_s}: a shard is open for at least 1 second")
        self.region = region
        self.clock = clock
        self._seeds = seeds
        self._trace = trace
        self._roll_every_s = roll_every_s
        self._streams: dict[str, TableStream] = {}
        self._labels_ms: dict[str, int] = {}

    def __iter__(self) -> Iterator[TableStream]:
        self._drop_old()
        return iter(tuple(self._streams.values()))

    def create(
        self, table_name: str, table_arn: str, *, view_type: ViewType, key_schema: list[dict[str, Any]]
    ) -> TableStream:
        """A new stream; its label is the present, or the next millisecond that no stream of the table had (DDB-01)."""
        self._drop_old()
        label_ms = max(self.clock.wall_ms(), self._labels_ms.get(table_name, 0) + 1)
        self._labels_ms[table_name] = label_ms
        stream = TableStream(
            table_name,
            table_arn,
            show_label(label_ms),
            self.clock,
            view_type=view_type,
            key_schema=key_schema,
            chance=self._seeds.stream(f"dynamodb:{table_name}"),
            roll_every_s=self._roll_every_s,
            trace=self._trace,
        )
        self._streams[stream.arn] = stream
        return stream

    def find(self, arn: str) -> TableStream | None:
        """The stream with that ARN, enabled or ended less than a day ago; None for anything else."""
        stream = self._streams.get(arn)
        return None if stream is None or stream.is_gone(self.clock.wall_ms()) else stream

    def by_arn(self, arn: str) -> TableStream:
        """The stream with that ARN; AwsError ResourceNotFoundException."""
        found = self.find(arn)
        if found is None:
            raise stream_not_found(arn)
        return found

    def of_table(self, table_name: str) -> TableStream | None:
        """The enabled stream of a table; None when it has none."""
        for stream in reversed(self._streams.values()):
            if stream.table_name == table_name:
                return stream if stream.is_enabled else None
        return None

    def clear(self) -> None:
        """Forget all streams."""
        for stream in self._streams.values():
            stream.end()
        self._streams.clear()

    def _drop_old(self) -> None:
        now_ms = self.clock.wall_ms()
        for stream in [stream for stream in self._streams.values() if stream.is_gone(now_ms)]:
            del self._streams[stream.arn]


def show_label(unix_ms: int) -> str:
    """A time as stream labels have it: ``2026-01-01T00:00:00.000``."""
    seconds, milliseconds = divmod(unix_ms, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{milliseconds:03d}"
