"""The counts of a mapping that sends them to CloudWatch, each with its time (MET-12 to MET-20)."""

from __future__ import annotations

from typing import Any, Final

from eventsim.mappings.metrics import MappingMetrics

NAMES: Final = {
    "polled": "PolledEventCount",
    "filtered_out": "FilteredOutEventCount",
    "invoked": "InvokedEventCount",
    "failed": "FailedInvokeEventCount",
    "deleted": "DeletedEventCount",
    "dropped": "DroppedEventCount",
    "on_failure_delivered": "OnFailureDestinationDeliveredEventCount",
}
"""CloudWatch's names of the counts."""


class EmittedMetrics(MappingMetrics):
    """Counts that keep when they grew, and by how much; see `MappingMetrics.send`, which makes them so."""

    __slots__ = ()


def _counted(attribute: str, name: str) -> property:
    plain: Any = getattr(MappingMetrics, attribute)

    def read(metrics: EmittedMetrics) -> int:
        count: int = plain.__get__(metrics)
        return count

    def write(metrics: EmittedMetrics, count: int) -> None:
        metrics.emitted.setdefault(name, []).append((metrics.now_s(), float(count - read(metrics))))
        plain.__set__(metrics, count)

    return property(read, write)


for _attribute, _name in NAMES.items():
    setattr(EmittedMetrics, _attribute, _counted(_attribute, _name))
