"""What a metric is, and who knows the numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Samples = list[tuple[float, float]]
"""Values of one metric with their Unix times in seconds, in any order."""

Dimensions = tuple[tuple[str, str], ...]
"""Names and values, in the order of their names."""


class Metric(NamedTuple):
    """One metric: what identifies it, and the unit of its values."""

    namespace: str
    name: str
    dimensions: Dimensions
    unit: str = "None"


class MetricSource(Protocol):
    """Knows the metrics of the simulated services."""

    def metrics(self) -> Iterable[Metric]:
        """Those that have values by now."""

    def samples(self, namespace: str, name: str, dimensions: Dimensions) -> Samples | None:
        """The values of one metric; None where nobody emits it."""


class MetricSources:
    """Several sources as one."""

    def __init__(self, *sources: MetricSource) -> None:
        self._sources = sources

    def metrics(self) -> Iterable[Metric]:
        """See `MetricSource.metrics`."""
        return [one for source in self._sources for one in source.metrics()]

    def samples(self, namespace: str, name: str, dimensions: Dimensions) -> Samples | None:
        """See `MetricSource.samples`."""
        answers = (source.samples(namespace, name, dimensions) for source in self._sources)
        return next((one for one in answers if one is not None), None)


def dimensions_of(given: Iterable[Mapping[str, str]]) -> Dimensions:
    """AWS's list of ``{"Name": …, "Value": …}`` in the order of the names."""
    return tuple(sorted((one["Name"], one["Value"]) for one in given))


def shown_dimensions(dimensions: Dimensions) -> list[dict[str, str]]:
    """The other way round."""
    return [{"Name": name, "Value": value} for name, value in dimensions]
