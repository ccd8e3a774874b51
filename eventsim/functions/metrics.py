"""What CloudWatch would show of a function, counted over the whole run (MET-03 to MET-07)."""

from __future__ import annotations

import math
from array import array
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

Samples = list[tuple[float, float]]


def _counted(name: str, about: str) -> property:
    """A count that is kept with the times at which it was added to, also 0."""

    def read(metrics: FunctionMetrics) -> int:
        return metrics.totals.get(name, 0)

    def write(metrics: FunctionMetrics, total: int) -> None:
        metrics.emitted.setdefault(name, []).append((metrics._now_s(), float(total - read(metrics))))
        metrics.totals[name] = total

    return property(read, write, doc=about)


class FunctionMetrics:
    """Counts of one function; durations in milliseconds of virtual time, without cold starts (MET-06).

    *async_event_age_ms* is the highest that there was (MET-10). What the log of the invocations does not tell is also
    kept in *emitted*, by CloudWatch's names: values with their virtual seconds, as *now_s* tells them.
    """

    __slots__ = (
        "_now_s",
        "async_event_age_ms",
        "cold_starts",
        "concurrent",
        "concurrent_max",
        "durations_ms",
        "emitted",
        "errors",
        "invocations",
        "provisioned",
        "spilled_over",
        "throttles",
        "totals",
    )

    def __init__(self, now_s: Callable[[], float] = lambda: 0.0) -> None:
        self._now_s = now_s
        self.emitted: dict[str, Samples] = {}
        self.totals: dict[str, int] = {}
        self.invocations = 0
        self.errors = 0
        self.throttles = 0
        self.cold_starts = 0
        self.concurrent = 0
        self.concurrent_max = 0
        self.async_event_age_ms = 0.0
        self.provisioned = 0
        self.spilled_over = 0
        self.durations_ms = array("d")

    async_events_received = _counted("AsyncEventsReceived", "Events that were accepted (MET-10).")
    async_events_dropped = _counted("AsyncEventsDropped", "Events that were given up (MET-10).")
    dead_letter_errors = _counted("DeadLetterErrors", "Events that no dead-letter queue took (MET-11).")
    destination_delivery_failures = _counted(
        "DestinationDeliveryFailures", "Records that no destination took (MET-11)."
    )
    recursive_invocations_dropped = _counted("RecursiveInvocationsDropped", "Invocations that were stopped (MET-22).")

    def note_age(self, age_ms: float) -> None:
        """Keep how long an asynchronous event had waited for an attempt (MET-10)."""
        self.async_event_age_ms = max(self.async_event_age_ms, age_ms)
        self.emitted.setdefault("AsyncEventAge", []).append((self._now_s(), age_ms))

    def entered(self) -> None:
        """Count one more request in flight (MET-07)."""
        concurrent = self.concurrent = self.concurrent + 1
        if concurrent > self.concurrent_max:  # noqa: PLR1730 - hot, and max() is a call
            self.concurrent_max = concurrent

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
            "AsyncEventAge": {"max": self.async_event_age_ms},
            "RecursiveInvocationsDropped": self.recursive_invocations_dropped,
            "ProvisionedConcurrencyInvocations": self.provisioned,
            "ProvisionedConcurrencySpilloverInvocations": self.spilled_over,
        }


def percentile(ascending: list[float], percent: float) -> float:
    """The nearest-rank percentile of values in ascending order; 0.0 of none."""
    if not ascending:
        return 0.0
    return ascending[max(0, math.ceil(len(ascending) * percent / 100) - 1)]
