"""A stream mapping put together, and as Lambda's API shows it (ESM-15, ESM-16)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from eventsim.errors import InputError
from eventsim.kernel.seeds import draw_uuid
from eventsim.mappings.lifecycle import EventSourceMapping
from eventsim.mappings.metrics import MappingMetrics
from eventsim.mappings.stream import StreamPollers
from eventsim.mappings.stream_settings import check_stream_mapping
from eventsim.mappings.stream_work import StreamTarget, StreamWork
from eventsim.sources.embedded_stream import source_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eventsim.cloud.dynamodb.stream import TableStream
    from eventsim.cloud.kinesis.consumers import Consumer
    from eventsim.cloud.kinesis.stream import KinesisStream
    from eventsim.cloud.remote_resources import RemoteStream
    from eventsim.cloud.shards.stream import ShardedStream
    from eventsim.destinations.deliver import Destinations
    from eventsim.errors import AwsError
    from eventsim.functions.function import Function
    from eventsim.kernel.world import World
    from eventsim.mappings.stream_settings import StreamMappingSettings
    from eventsim.sources.stream import StreamSource


class StreamMapping(EventSourceMapping["StreamMappingSettings"]):
    """An event source mapping from Kinesis or DynamoDB Streams; *pollers* tell how far it is."""

    reason = "User action"
    disabled_at_once = False
    target: StreamTarget

    def __init__(self, work: StreamWork) -> None:
        self.pollers = StreamPollers(work)
        self._work = work
        super().__init__(
            name=work.name,
            uuid=work.uuid,
            target=work.target,
            function=work.function,
            settings=work.settings,
            pollers=self.pollers,
            metrics=work.metrics,
            world=work.world,
        )

    def _refusals(self, settings: StreamMappingSettings) -> list[tuple[str, AwsError]]:
        return check_stream_mapping(settings, source_arn=self.target.arn, now_s=None)

    def _members(self) -> dict[str, Any]:
        settings = self.settings
        arn = settings.on_failure
        return {
            "StartingPosition": settings.starting_position,
            "StartingPositionTimestamp": settings.starting_position_timestamp,
            "ParallelizationFactor": settings.parallelization_factor,
            "MaximumRetryAttempts": settings.maximum_retry_attempts,
            "MaximumRecordAgeInSeconds": settings.maximum_record_age_in_seconds,
            "BisectBatchOnFunctionError": settings.bisect_batch_on_function_error,
            "TumblingWindowInSeconds": settings.tumbling_window_in_seconds,
            "DestinationConfig": {"OnFailure": {} if arn is None else {"Destination": arn}},
            "LastProcessingResult": self._work.last_result.value,
            "FilterCriteria": settings.filter_criteria,
            "MetricsConfig": settings.metrics_config,
            "KMSKeyArn": settings.kms_key_arn,
        }


def map_stream(
    name: str,
    function: Function,
    stream: KinesisStream | Consumer | TableStream | RemoteStream,
    settings: StreamMappingSettings,
    *,
    destinations: Destinations,
    world: World,
    source: StreamSource | None = None,
) -> StreamMapping:
    """A mapping from *stream* to *function*, read by *source* or else by the engine itself.

    Raises AwsError for filters and destinations that can't be.
    """
    work = StreamWork(
        name,
        draw_uuid(world.seeds.stream(f"mapping:{name}")),
        target=StreamTarget(stream.arn),
        source=source or source_of(cast("ShardedStream | Consumer", stream), world.loop),
        function=function,
        settings=settings,
        destinations=destinations,
        metrics=MappingMetrics(),
        world=world,
    )
    return StreamMapping(work)


def check_consumer(name: str, source_arn: str, others: Iterable[EventSourceMapping[Any]]) -> None:
    """InputError for a second mapping that reads through one consumer of enhanced fan-out (KIN-06)."""
    for other in others:
        if "/consumer/" in source_arn and other.target.arn == source_arn:
            raise InputError(
                f"{name}: the consumer {source_arn} pushes to {other.name} already, and a consumer has one "
                "subscription to a shard at a time: register another consumer for this mapping"
            )
