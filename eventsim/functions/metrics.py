"""What CloudWatch would show of a function, counted over the whole run (MET-03 to MET-07)."""

from __future__ import annotations

import math
from array import array


class FunctionMetrics:
    """Counts of one function; durations in milliseconds of virtual time, without cold starts (MET-06).

    *async_event_age_ms* is the highest that there was (MET-10).
    """

    __slots__ = (
        "async_event_age_ms",
        "async_events_dropped",
        "async_events_received",
        "cold_starts",
        "concurrent",
        "concurrent_max",
        "dead_letter_errors",
        "destination_delivery_failures",
        "durations_ms",
        "errors",
        "invocations",
        "recursive_invocations_dropped",
        "throttles",
    )

    def __init__(self) -> None:
        self.invocations = 0
        self.errors = 0
        self.throttles = 0
        self.cold_starts = 0
        self.concurrent = 0
        self.concurrent_max = 0
        self.async_event_age_ms = 0.0
        self.async_events_received = 0
        self.async_events_dropped = 0
        self.dead_letter_errors = 0
        self.destination_delivery_failures = 0
        self.recursive_invocations_dropped = 0
        self.durations_ms = array("d")

    def started(self) -> None:
        """Count an execution of the code (MET-03)."""
        self.invocations += 1

    def entered(self) -> None:
        """Count one more request in flight (MET-07)."""
        self.concurrent += 1
        self.concurrent_max = max(self.concurrent_max, self.concurrent)

    def left(self) -> None:
        """Count one request less in flight."""
        self.concurrent -= 1

    def to_json(self) -> dict[str, object]:
        """The counts under CloudWatch's names."""
        durations = sorted(self.durations_ms)
        return {
            "Invocations": self.invocations,
            "Errors": self.errors,
            "Throttles": self.throttles,
            "Duration": {
                "p50": percentile(durations, 50),
                "p99": percentile(durations, 99),
                "max": durations[-1] if durations else 0.0,
            },
            "ConcurrentExecutions": self.concurrent_max,
            "AsyncEventsReceived": self.async_events_received,
            "AsyncEventsDropped": self.async_events_dropped,
            "DeadLetterErrors": self.dead_letter_errors,
            "DestinationDeliveryFailures": self.destination_delivery_failures,
            "ColdStarts": self.cold_starts,
        }


def percentile(ascending: list[float], percent: float) -> float:
    """The nearest-rank percentile of values in ascending order; 0.0 of none."""
    if not ascending:
        return 0.0
    return ascending[max(0, math.ceil(len(ascending) * percent / 100) - 1)]
