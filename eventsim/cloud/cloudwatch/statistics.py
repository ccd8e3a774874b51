"""From values to datapoints: periods, and the statistics of each (MET-01, MET-02)."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final

from eventsim.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from eventsim.cloud.cloudwatch.metrics import Samples

MINUTE_S: Final = 60
SIMPLE: Final[dict[str, Callable[[Sequence[float]], float]]] = {
    "SampleCount": lambda values: float(len(values)),
    "Sum": math.fsum,
    "Average": lambda values: math.fsum(values) / len(values),
    "Minimum": min,
    "Maximum": max,
}
"""The statistics with a name of their own; others are percentiles, as ``p99`` or ``p99.9``."""

_PERCENTILE: Final = re.compile(r"p(\d{1,3}(?:\.\d{1,10})?)")


def statistic(name: str) -> Callable[[Sequence[float]], float]:
    """What a statistic makes of a period's values; AwsError InvalidParameterValue for one that is none here."""
    found = SIMPLE.get(name)
    if found is not None:
        return found
    match = _PERCENTILE.fullmatch(name)
    if match is None or not 0 <= float(match[1]) <= 100:
        raise AwsError(
            "InvalidParameterValue",
            f"The value {name} for parameter Stat is not supported here; it takes "
            f"{', '.join(SIMPLE)} and percentiles such as p99.",
        )
    percent = float(match[1])
    return lambda values: percentile(sorted(values), percent)


def percentile(ascending: Sequence[float], percent: float) -> float:
    """The percentile of values in ascending order, between the two nearest where it falls between them."""
    place = (len(ascending) - 1) * percent / 100
    low = math.floor(place)
    high = min(low + 1, len(ascending) - 1)
    return ascending[low] + (ascending[high] - ascending[low]) * (place - low)


def in_periods(samples: Samples, start_s: float, end_s: float, period_s: int) -> dict[float, list[float]]:
    """The values of each period that has any, by the Unix time at which it begins, in order.

    Values count at the minute in which they fall. The first period begins with the minute of *start_s*; *end_s* is no
    part of the last.
    """
    first_s = math.floor(start_s / MINUTE_S) * MINUTE_S
    found: dict[float, list[float]] = {}
    for at_s, value in samples:
        minute_s = math.floor(at_s / MINUTE_S) * MINUTE_S
        if first_s <= minute_s < end_s:
            begins_s = first_s + (minute_s - first_s) // period_s * period_s
            found.setdefault(begins_s, []).append(value)
    return dict(sorted(found.items()))


def check_range(start_s: float, end_s: float, period_s: int) -> None:
    """AwsError for a period or a range of time that CloudWatch refuses."""
    if start_s >= end_s:
        raise AwsError(
            "InvalidParameterValue",
            "The parameter StartTime must be less than the parameter EndTime.",
        )
    if period_s < 1 or (period_s % MINUTE_S and period_s not in (1, 5, 10, 20, 30)):
        raise AwsError(
            "InvalidParameterValue",
            f"The parameter Period must be 1, 5, 10, 20, 30 or a multiple of {MINUTE_S}: found {period_s}.",
        )
