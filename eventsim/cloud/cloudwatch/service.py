"""CloudWatch's operations on metrics."""

from __future__ import annotations

import math
from datetime import datetime
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from eventsim.cloud.cloudwatch.custom import CustomMetrics
from eventsim.cloud.cloudwatch.expressions import evaluate, is_search
from eventsim.cloud.cloudwatch.metrics import Metric, dimensions_of, shown_dimensions
from eventsim.cloud.cloudwatch.statistics import check_range, in_periods, statistic
from eventsim.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eventsim.cloud.cloudwatch.metrics import Dimensions, MetricSource, Samples
    from eventsim.kernel.clock import Clock

Json = dict[str, Any]
Series = dict[float, float]

METHODS: Final = {
    "GetMetricData": "_get_metric_data",
    "GetMetricStatistics": "_get_metric_statistics",
    "ListMetrics": "_list_metrics",
    "PutMetricData": "_put_metric_data",
}
_PAGE: Final = 500
_MOST_POINTS: Final = 1440


class CloudWatch:
    """The metrics of one account and region; *emitted* knows those of the simulated services.

    Parameters and answers have AWS's names; times are Unix seconds, in parameters also ISO 8601 text.
    """

    def __init__(self, emitted: MetricSource | None, clock: Clock) -> None:
        self.custom = CustomMetrics()
        self._emitted: MetricSource = emitted or CustomMetrics()
        self._clock = clock

    async def handle(self, operation: str, params: Json) -> Json:
        """Carry out one of `METHODS`; AwsError is CloudWatch's own answer."""
        answer: Json = getattr(self, METHODS[operation])(params)
        return answer

    def samples(self, namespace: str, name: str, dimensions: Dimensions) -> Samples:
        """The values of one metric; [] where there are none."""
        source = self._emitted if namespace.startswith("AWS/") else self.custom
        return source.samples(namespace, name, dimensions) or []

    # --- operations ---

    def _get_metric_statistics(self, given: Json) -> Json:
        name, period_s = _needed(given, "MetricName"), int(_needed(given, "Period"))
        start_s, end_s = unix_s(_needed(given, "StartTime")), unix_s(_needed(given, "EndTime"))
        check_range(start_s, end_s, period_s)
        plain, extended = given.get("Statistics") or [], given.get("ExtendedStatistics") or []
        if not plain and not extended:
            raise AwsError("MissingParameter", "The parameter Statistics or ExtendedStatistics is required.")
        dimensions = dimensions_of(given.get("Dimensions") or ())
        namespace = _needed(given, "Namespace")
        periods = in_periods(self.samples(namespace, name, dimensions), start_s, end_s, period_s)
        if len(periods) > _MOST_POINTS:
            raise AwsError(
                "InvalidParameterCombination",
                f"You have requested up to {math.ceil((end_s - start_s) / period_s)} datapoints, which exceeds the "
                f"limit of {_MOST_POINTS}. You may reduce the datapoints requested by increasing Period, or decreasing "
                "the time range.",
            )
        unit = self._unit(namespace, name, dimensions)
        points: list[Json] = []
        for at_s, values in periods.items():
            point: Json = {"Timestamp": at_s, **{one: statistic(one)(values) for one in plain}, "Unit": unit}
            if extended:
                point["ExtendedStatistics"] = {one: statistic(one)(values) for one in extended}
            points.append(point)
        return {"Label": name, "Datapoints": points}

    def _get_metric_data(self, given: Json) -> Json:
        start_s, end_s = unix_s(_needed(given, "StartTime")), unix_s(_needed(given, "EndTime"))
        series: dict[str, Series] = {}
        queries: list[Json] = _needed(given, "MetricDataQueries")
        expressions = []
        for query in queries:
            if "Expression" in query:
                expressions.append(query)
            else:
                series[query["Id"]] = self._series(_needed(query, "MetricStat"), start_s, end_s)
        for query in expressions:
            if is_search(query["Expression"]):
                raise AwsError("NotImplemented", "Expressions that search for metrics are not simulated.", status=501)
            series[query["Id"]] = evaluate(query["Expression"], series)
        latest_first = given.get("ScanBy", "TimestampDescending") == "TimestampDescending"
        results = [
            _result(query, series[query["Id"]], latest_first=latest_first)
            for query in queries
            if query.get("ReturnData", True)
        ]
        return {"MetricDataResults": results, "Messages": []}

    def _series(self, stat: Json, start_s: float, end_s: float) -> Series:
        metric, period_s = _needed(stat, "Metric"), int(_needed(stat, "Period"))
        check_range(start_s, end_s, period_s)
        dimensions = dimensions_of(metric.get("Dimensions") or ())
        samples = self.samples(_needed(metric, "Namespace"), _needed(metric, "MetricName"), dimensions)
        made_of = statistic(_needed(stat, "Stat"))
        return {at_s: made_of(values) for at_s, values in in_periods(samples, start_s, end_s, period_s).items()}

    def _list_metrics(self, given: Json) -> Json:
        wanted = given.get("Dimensions") or []
        found = [one for one in self._all() if _fits(one, given, wanted)]
        start = int(given.get("NextToken") or 0)
        answer: Json = {
            "Metrics": [
                {"Namespace": one.namespace, "MetricName": one.name, "Dimensions": shown_dimensions(one.dimensions)}
                for one in found[start : start + _PAGE]
            ]
        }
        return {**answer, "NextToken": str(start + _PAGE)} if len(found) > start + _PAGE else answer

    def _put_metric_data(self, given: Json) -> Json:
        data = [*(given.get("MetricData") or [])]
        for entity in given.get("EntityMetricData") or []:
            data += entity.get("MetricData") or []
        for one in data:
            if "Timestamp" in one:
                one["Timestamp"] = unix_s(one["Timestamp"])
        self.custom.put(_needed(given, "Namespace"), data, self._clock.wall_s())
        return {}

    # --- the rest ---

    def _all(self) -> Iterator[Metric]:
        return chain(self._emitted.metrics(), self.custom.metrics())

    def _unit(self, namespace: str, name: str, dimensions: Dimensions) -> str:
        key = (namespace, name, dimensions)
        return next((one.unit for one in self._all() if one[:3] == key), "None")


def unix_s(value: Any) -> float:
    """A time as the wire has it, in Unix seconds; AwsError InvalidParameterValue for what is none."""
    if isinstance(value, int | float):
        return float(value)
    try:
        return float(value)
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(str(value)).timestamp()
    except ValueError:
        raise AwsError("InvalidParameterValue", f"The value {value} is no time.") from None


def _needed(given: Json, member: str) -> Any:
    if given.get(member) in (None, ""):
        raise AwsError("MissingParameter", f"The parameter {member} is required.")
    return given[member]


def _fits(metric: Metric, given: Json, wanted: list[Json]) -> bool:
    if given.get("Namespace") not in (None, metric.namespace) or given.get("MetricName") not in (None, metric.name):
        return False
    own = dict(metric.dimensions)
    return all(one["Name"] in own and one.get("Value") in (None, own[one["Name"]]) for one in wanted)


def _result(query: Json, series: Series, *, latest_first: bool) -> Json:
    points = sorted(series.items(), reverse=latest_first)
    label = query.get("Label") or query.get("MetricStat", {}).get("Metric", {}).get("MetricName") or query["Id"]
    return {
        "Id": query["Id"],
        "Label": label,
        "Timestamps": [at_s for at_s, _ in points],
        "Values": [value for _, value in points],
        "StatusCode": "Complete",
    }
