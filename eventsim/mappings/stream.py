"""The stream mapping at work: which shards are read, in which order, by which settings (STR-01, STR-02, STR-36)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventsim.mappings.stream_shard import ShardConsumer, ShardState
from eventsim.mappings.stream_work import Progress
from eventsim.patterns.filter_criteria import compile_filters
from eventsim.sources.shards import Lineage
from eventsim.sources.stream import OLDEST, Position, Start, StreamSource

if TYPE_CHECKING:
    from eventsim.functions.function import Function
    from eventsim.mappings.stream_settings import StreamMappingSettings
    from eventsim.mappings.stream_work import StreamWork
    from eventsim.patterns.record_documents import Source


class StreamPollers:
    """A consumer for each shard that is not read to its end, parents before their children."""

    def __init__(self, work: StreamWork) -> None:
        self._work = work
        self._lineage = Lineage()
        self._progress: dict[str, Progress] = {}
        self._consumers: dict[str, ShardConsumer] = {}
        self._begun = False
        self._working = False
        self.check(work.settings)
        self.apply(work.settings)

    # -- as a mapping uses it --------------------------------------------------------------------

    def check(self, settings: StreamMappingSettings) -> None:
        """Raise `eventsim.errors.AwsError` for settings that `apply` could not work by (FLT-02)."""
        compile_filters(settings.patterns, self._kind)
        if settings.on_failure:
            self._work.destinations.check(settings.on_failure)

    def apply(self, settings: StreamMappingSettings) -> None:
        """Work by these settings from now on; batches that are open or in work are not touched (FLT-20)."""
        self._work.settings = settings
        self._work.filters = compile_filters(settings.patterns, self._kind)
        for consumer in self._consumers.values():
            consumer.look_again()

    def start(self) -> None:
        """Begin to read, at the starting position; later on after the checkpoints (STR-02, ESM-23)."""
        self.settle_start()
        self._working = True
        self._work.world.tasks.start(self._discover(), f"{self._work.name} shards")

    def settle_start(self) -> None:
        """Let LATEST be now, where nothing was read yet, and not the moment at which the reading begins."""
        if not self._begun:
            self._begun = True
            self._work.source.begin()

    def stop(self) -> None:
        """Read no more; invocations that run are finished (ESM-23)."""
        self._working = False
        for consumer in tuple(self._consumers.values()):
            consumer.stop()

    def close(self) -> None:
        """The run is over: begin nothing more, whatever the end of the tasks sets free."""
        self._working = False
        self._consumers.clear()

    def retarget(self, function: Function) -> None:
        """Invoke *function* from the next batch on (ESM-22)."""
        self._work.function = function

    @property
    def busy(self) -> bool:
        """Whether a record was read that is not done with; once stopped, whether a shard's consumer still works."""
        consumers = self._consumers.values()
        return any(consumer.busy for consumer in consumers) if self._working else bool(consumers)

    @property
    def checkpoints(self) -> dict[str, str | None]:
        """The sequence number up to which each known shard is done with; None for none yet (STR-03)."""
        return {shard_id: progress.checkpoint for shard_id, progress in self._progress.items()}

    @property
    def source(self) -> StreamSource:
        """What is read."""
        return self._work.source

    def start_of(self, shard_id: str) -> Start:
        """Where the records of a shard begin that are not done with."""
        progress = self._progress.get(shard_id)
        return self._first_start() if progress is None else progress.start

    @property
    def states(self) -> dict[str, ShardState]:
        """The states of the consumers at work, by shard."""
        return {shard_id: consumer.state for shard_id, consumer in self._consumers.items()}

    # -- shards ----------------------------------------------------------------------------------

    @property
    def _kind(self) -> Source:
        return "dynamodb" if self._work.target.dynamodb else "kinesis"

    async def _discover(self) -> None:
        """Learn of new shards, and read those whose parents are done with (STR-01)."""
        self._lineage.add(await self._work.reads.shards())
        if not self._working:
            return
        for shard_id in self._lineage.unfinished():
            consumer, ready = self._consumers.get(shard_id), self._lineage.is_ready(shard_id)
            if consumer is None:
                progress = self._progress_of(shard_id)
                consumer = self._consumers[shard_id] = ShardConsumer(self._work, shard_id, progress, self._ended)
                if not ready:
                    consumer.wait()
            if ready and consumer.state is ShardState.WAITING_ON_PARENT_SHARDS:
                consumer.start()

    def _progress_of(self, shard_id: str) -> Progress:
        progress = self._progress.get(shard_id)
        if progress is None:
            start = self._first_start() if self._lineage.was_there(shard_id) else OLDEST
            progress = self._progress[shard_id] = Progress(start)
        return progress

    def _first_start(self) -> Start:
        """Where the mapping's settings say to begin (STR-02)."""
        settings = self._work.settings
        position = Position(settings.starting_position or Position.TRIM_HORIZON)
        timestamp_s = settings.starting_position_timestamp
        return Start(position, timestamp_ms=None if timestamp_s is None else round(timestamp_s * 1000))

    def _ended(self, consumer: ShardConsumer) -> None:
        self._consumers.pop(consumer.shard_id, None)
        if consumer.ended:
            self._lineage.end(consumer.shard_id)
        if self._working:
            self._work.world.tasks.start(self._discover(), f"{self._work.name} shards")
