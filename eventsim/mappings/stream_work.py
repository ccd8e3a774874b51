"""What all parts of one stream mapping share."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from eventsim.mappings.windows import TumblingWindow, window_of

if TYPE_CHECKING:
    from eventsim.destinations.deliver import Destinations
    from eventsim.events.stream import RecordShape
    from eventsim.functions.function import Function
    from eventsim.functions.settings import FunctionSettings
    from eventsim.kernel.world import World
    from eventsim.mappings.metrics import MappingMetrics
    from eventsim.mappings.stream_settings import StreamMappingSettings
    from eventsim.patterns.filter_criteria import Filters
    from eventsim.sources.stream import Start, StreamSource


class LastResult(StrEnum):
    """What LastProcessingResult says (ESM-15)."""

    NONE = "No records processed"
    OK = "OK"
    PROBLEM = "PROBLEM: Function call failed"


class StreamTarget:
    """What a stream mapping has to know of its source.

    *arn* is the stream's, its consumer's, or a table's stream's.
    """

    __slots__ = ("arn", "kind", "name", "region")

    def __init__(self, arn: str) -> None:
        _, _, service, region, _, resource = arn.split(":", 5)
        self.arn = arn
        self.kind = service
        self.region = region
        self.name = resource.split("/")[1]

    @property
    def dynamodb(self) -> bool:
        """Whether it is a table's stream."""
        return self.kind == "dynamodb"

    def shape(self, shard_id: str, function: Function) -> RecordShape:
        """How the records of one of its shards look when *function* gets them."""
        if self.dynamodb:
            from eventsim.events.dynamodb import DynamoDbShape

            return DynamoDbShape(shard_id, self.arn, self.region)
        from eventsim.events.kinesis import KinesisShape

        return KinesisShape(shard_id, self.arn, self.region, execution_role(function))


def execution_role(function: Function) -> str:
    """The ARN of a function's execution role: the one it was given, or else one of its own name."""
    return function.settings.role_arn or f"arn:aws:iam::{function.arn.split(':')[4]}:role/{function.name}"


class Progress:
    """How far a mapping is with one shard; it outlives the consumer that reads the shard (STR-03, ESM-23).

    *start* is where reading goes on, *checkpoint* the last sequence number that is done with, *window* the tumbling
    window that is open.
    """

    __slots__ = ("checkpoint", "start", "window")

    def __init__(self, start: Start) -> None:
        self.start = start
        self.checkpoint: str | None = None
        self.window: TumblingWindow | None = None

    def enter_window(self, arrival_ms: int, length_s: int) -> None:
        """Open the tumbling window of a record that is next, unless one is open or there are none (STR-26)."""
        if length_s and self.window is None:
            self.window = window_of(arrival_ms, length_s)


class StreamWork:
    """The parts that the consumers of one mapping's shards work with; *settings* and *filters* change.

    *trace_close* and *trace_checkpoint* write the lines that each batch has. *shapes* keeps what `shape` found.
    """

    __slots__ = (
        "destinations",
        "filters",
        "function",
        "last_result",
        "metrics",
        "name",
        "reads",
        "settings",
        "shapes",
        "source",
        "target",
        "trace_checkpoint",
        "trace_close",
        "uuid",
        "world",
    )

    def __init__(
        self,
        name: str,
        uuid: str,
        *,
        target: StreamTarget,
        source: StreamSource,
        function: Function,
        settings: StreamMappingSettings,
        destinations: Destinations,
        metrics: MappingMetrics,
        world: World,
    ) -> None:
        self.name = name
        self.uuid = uuid
        self.target = target
        self.source = self.reads = source
        if world.faults.active:
            from eventsim.sources.faults import FaultyStreamSource

            self.reads = FaultyStreamSource(source, world, target.name)
        self.function = function
        self.settings = settings
        self.destinations = destinations
        self.metrics = metrics
        self.world = world
        self.filters: Filters | None = None
        self.last_result = LastResult.NONE
        self.shapes: dict[str, tuple[Function, FunctionSettings, RecordShape]] = {}
        self.trace_close = world.trace.writer("batch.close", "mapping", "shard", "reason", "records")
        self.trace_checkpoint = world.trace.writer("shard.checkpoint", "mapping", "shard", "sequence_number")

    def shape(self, shard_id: str) -> RecordShape:
        """How the records of a shard look for the function as it is now."""
        function, known = self.function, self.shapes.get(shard_id)
        settings = function.settings
        if known is not None and known[0] is function and known[1] is settings:
            return known[2]
        shape = self.target.shape(shard_id, function)
        self.shapes[shard_id] = function, settings, shape
        return shape
