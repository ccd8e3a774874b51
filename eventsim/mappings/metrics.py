"""What CloudWatch would count for an event source mapping (MET-12 to MET-21, MET-23)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

Samples = list[tuple[float, float]]


class MappingMetrics:
    """Counts of one mapping over the whole run, in records; *iterator_age_ms* is the highest there was (MET-09).

    *emitted* is what was sent to CloudWatch, by its names: values with their virtual seconds, see `send`. *pollers* is
    how many provisioned pollers there were when (MET-21). *receive_requests* and *delete_requests* are what a queue
    mapping's calls are paid as, which is no metric.
    """

    __slots__ = (
        "delete_requests",
        "deleted",
        "dropped",
        "emitted",
        "failed",
        "filtered_out",
        "invoked",
        "iterator_age_ms",
        "now_s",
        "on_failure_delivered",
        "polled",
        "pollers",
        "receive_requests",
    )

    emitted: dict[str, Samples]
    now_s: Callable[[], float]

    def __init__(self) -> None:
        self.polled = 0
        self.filtered_out = 0
        self.invoked = 0
        self.failed = 0
        self.deleted = 0
        self.dropped = 0
        self.on_failure_delivered = 0
        self.iterator_age_ms = 0
        self.emitted = {}
        self.pollers: Samples = []
        self.receive_requests = 0
        self.delete_requests = 0

    def send(self, wanted: bool, now_s: Callable[[], float]) -> None:
        """Send each count to CloudWatch from now on, or no more (MET-12): a mapping that does not pays nothing."""
        from eventsim.mappings.emitted_metrics import EmittedMetrics

        self.now_s = now_s
        self.__class__ = EmittedMetrics if wanted else MappingMetrics

    def note_pollers(self, now_s: float, pollers: int) -> None:
        """Keep how many pollers are active now."""
        if not self.pollers or self.pollers[-1][1] != pollers or now_s - self.pollers[-1][0] >= 60:
            self.pollers.append((now_s, float(pollers)))

    def to_json(self) -> dict[str, object]:
        """The counts under CloudWatch's names."""
        return {
            "PolledEventCount": self.polled,
            "FilteredOutEventCount": self.filtered_out,
            "InvokedEventCount": self.invoked,
            "FailedInvokeEventCount": self.failed,
            "DeletedEventCount": self.deleted,
            "DroppedEventCount": self.dropped,
            "OnFailureDestinationDeliveredEventCount": self.on_failure_delivered,
            "IteratorAge": {"max": self.iterator_age_ms},
        }
