"""The metrics that code puts itself, with PutMetricData."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventsim.cloud.cloudwatch.metrics import Metric, dimensions_of
from eventsim.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from eventsim.cloud.cloudwatch.metrics import Dimensions, Samples


class CustomMetrics:
    """What was put, by metric; it is a `eventsim.cloud.cloudwatch.metrics.MetricSource`."""

    def __init__(self) -> None:
        self._units: dict[tuple[str, str, Dimensions], str] = {}
        self._samples: dict[tuple[str, str, Dimensions], Samples] = {}

    def put(self, namespace: str, data: Iterable[Mapping[str, Any]], now_s: float) -> None:
        """PutMetricData: AWS's MetricData, whose Timestamp is in Unix seconds, by default *now_s*. Raises AwsError."""
        if namespace.startswith("AWS/"):
            raise AwsError("InvalidParameterValue", "The value AWS/ for parameter Namespace is invalid.")
        checked = [(one, _values(one)) for one in data]
        for one, values in checked:
            key = (namespace, str(one["MetricName"]), dimensions_of(one.get("Dimensions") or ()))
            at_s = float(one.get("Timestamp", now_s))
            self._units[key] = one.get("Unit") or "None"
            self._samples.setdefault(key, []).extend((at_s, value) for value in values)

    def metrics(self) -> Iterable[Metric]:
        """See `MetricSource.metrics`."""
        return [Metric(*key, unit) for key, unit in self._units.items()]

    def samples(self, namespace: str, name: str, dimensions: Dimensions) -> Samples | None:
        """See `MetricSource.samples`."""
        return self._samples.get((namespace, name, dimensions))


def _values(one: Mapping[str, Any]) -> list[float]:
    """The values of one datum: a value, values with counts, or a set of statistics that has these."""
    if "StatisticValues" in one:
        return _of_set(one["StatisticValues"])
    if "Values" in one:
        values = [float(value) for value in one["Values"]]
        counts = [int(count) for count in one.get("Counts") or [1] * len(values)]
        if len(counts) != len(values):
            raise AwsError(
                "InvalidParameterValue", "The parameters Values and Counts must have the same number of members."
            )
        return [value for value, count in zip(values, counts, strict=True) for _ in range(count)]
    if "Value" not in one:
        raise AwsError(
            "MissingParameter", "At least one of the parameters Value, Values and StatisticValues must be specified."
        )
    return [float(one["Value"])]


def _of_set(given: Mapping[str, Any]) -> list[float]:
    """Values that have these statistics: the lowest, the highest, and the rest all alike. Percentiles are not known."""
    count, total = round(float(given["SampleCount"])), float(given["Sum"])
    low, high = float(given["Minimum"]), float(given["Maximum"])
    if count <= 1:
        return [total] * count
    rest = count - 2
    return [low, high, *[(total - low - high) / rest] * rest] if rest else [low, high]
