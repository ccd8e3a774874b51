"""A queue's mapping as Lambda's API shows it, and how one is put together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from eventsim.kernel.seeds import draw_uuid
from eventsim.mappings.lifecycle import EventSourceMapping
from eventsim.mappings.metrics import MappingMetrics
from eventsim.mappings.queue import QueuePollers
from eventsim.mappings.queue_batch import QueueTarget
from eventsim.mappings.settings import check_queue_mapping
from eventsim.sources.queue import EmbeddedQueueSource

if TYPE_CHECKING:
    from eventsim.cloud.queues.queue import Queue
    from eventsim.cloud.remote_resources import RemoteQueue
    from eventsim.errors import AwsError
    from eventsim.functions.function import Function
    from eventsim.kernel.world import World
    from eventsim.mappings.settings import QueueMappingSettings
    from eventsim.sources.queue import QueueSource


class QueueMapping(EventSourceMapping["QueueMappingSettings"]):
    """An SQS event source mapping."""

    target: QueueTarget

    def _refusals(self, settings: QueueMappingSettings) -> list[tuple[str, AwsError]]:
        return check_queue_mapping(settings, fifo=self.target.fifo, visibility_timeout_s=None, function_timeout_s=None)

    def _members(self) -> dict[str, Any]:
        settings = self.settings
        return {
            "FilterCriteria": settings.filter_criteria,
            "ScalingConfig": settings.scaling_config,
            "ProvisionedPollerConfig": settings.provisioned_poller_config,
            "MetricsConfig": settings.metrics_config,
            "KMSKeyArn": settings.kms_key_arn,
        }


def map_queue(
    name: str,
    function: Function,
    queue: Queue | RemoteQueue,
    settings: QueueMappingSettings,
    *,
    world: World,
    source: QueueSource | None = None,
) -> QueueMapping:
    """A mapping from *queue* to *function*, read by *source* or else by the engine itself."""
    target = QueueTarget(queue.arn, fifo=queue.fifo, visibility_s=lambda: queue.attributes.visibility_timeout_s)
    metrics = MappingMetrics()
    reader = source or EmbeddedQueueSource(cast("Queue", queue), world.loop)
    if world.faults.active:
        from eventsim.sources.faults import FaultyQueueSource

        reader = FaultyQueueSource(reader, world, target.name)
    return QueueMapping(
        name=name,
        uuid=draw_uuid(world.seeds.stream(f"mapping:{name}")),
        target=target,
        function=function,
        settings=settings,
        pollers=QueuePollers(name, settings, target, reader, function, world, metrics),
        metrics=metrics,
        world=world,
    )
