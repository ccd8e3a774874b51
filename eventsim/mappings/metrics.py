"""What CloudWatch would count for an event source mapping (MET-12 to MET-21, MET-23)."""

from __future__ import annotations


class MappingMetrics:
    """Counts of one mapping over the whole run, in records; *iterator_age_ms* is the highest there was (MET-09)."""

    __slots__ = (
        "deleted",
        "dropped",
        "failed",
        "filtered_out",
        "invoked",
        "iterator_age_ms",
        "on_failure_delivered",
        "polled",
    )

    def __init__(self) -> None:
        self.polled = 0
        self.filtered_out = 0
        self.invoked = 0
        self.failed = 0
        self.deleted = 0
        self.dropped = 0
        self.on_failure_delivered = 0
        self.iterator_age_ms = 0

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
