"""SQS's metrics for CloudWatch: which there are, and their values (SQS-38)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from eventsim.cloud.cloudwatch.metrics import Metric

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from eventsim.cloud.cloudwatch.metrics import Dimensions, Samples
    from eventsim.cloud.queues.metrics import Minute
    from eventsim.cloud.queues.queue import Queue
    from eventsim.cloud.queues.registry import Queues
    from eventsim.kernel.clock import Clock

NAMESPACE: Final = "AWS/SQS"
_COUNTED: Final[dict[str, Callable[[Minute], int]]] = {
    "NumberOfMessagesSent": lambda minute: minute.sent,
    "NumberOfMessagesReceived": lambda minute: minute.received,
    "NumberOfMessagesDeleted": lambda minute: minute.deleted,
    "NumberOfEmptyReceives": lambda minute: minute.empty_receives,
}
_NOW: Final[dict[str, Callable[[Queue], float]]] = {
    "ApproximateNumberOfMessagesVisible": lambda queue: queue.counts().visible,
    "ApproximateNumberOfMessagesNotVisible": lambda queue: queue.counts().in_flight,
    "ApproximateNumberOfMessagesDelayed": lambda queue: queue.counts().delayed,
    "ApproximateAgeOfOldestMessage": lambda queue: queue.oldest_age_s(),
}


class QueueMetricSource:
    """Counts by the minute, and the state of each queue as it is when somebody asks.

    It is a `eventsim.cloud.cloudwatch.metrics.MetricSource`. A deleted queue has no metrics.
    """

    def __init__(self, queues: Queues, clock: Clock) -> None:
        self._queues = queues
        self._clock = clock

    def metrics(self) -> Iterator[Metric]:
        """See `MetricSource.metrics`."""
        for queue in self._queues:
            if any(queue.metrics.minutes()):
                for name in (*_COUNTED, *_NOW):
                    unit = "Seconds" if name == "ApproximateAgeOfOldestMessage" else "Count"
                    yield Metric(NAMESPACE, name, (("QueueName", queue.name),), unit)

    def samples(self, namespace: str, name: str, dimensions: Dimensions) -> Samples | None:
        """See `MetricSource.samples`."""
        if namespace != NAMESPACE or dict(dimensions).keys() != {"QueueName"}:
            return None
        queue = next((one for one in self._queues if one.name == dimensions[0][1]), None)
        if queue is None:
            return None
        if name in _NOW:
            return [(self._clock.wall_s(), float(_NOW[name](queue)))]
        count = _COUNTED.get(name)
        return None if count is None else [(one.start_s, float(count(one))) for one in queue.metrics.minutes()]
