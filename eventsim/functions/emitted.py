"""What CloudWatch gets of functions, made of the log of their invocations (MET-01 to MET-11, MET-22).

Times are virtual seconds from the start of the run; the log is in the order in which invocations started.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from eventsim.functions.invocations import InvocationRecord, Outcome
from eventsim.functions.log_lines import duration_ms

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Samples = list[tuple[float, float]]
Emits = Callable[[InvocationRecord], float | None]
MINUTE_S: Final = 60.0


def _executed(record: InvocationRecord) -> bool:
    return record.outcome is not Outcome.THROTTLE


def _invocations(record: InvocationRecord) -> float | None:
    return 1.0 if _executed(record) else None


def _errors(record: InvocationRecord) -> float | None:
    if record.ended_s is None or not _executed(record):
        return None
    return 1.0 if record.error is not None else 0.0


def _throttles(record: InvocationRecord) -> float | None:
    return 0.0 if _executed(record) else 1.0


def _duration(record: InvocationRecord) -> float | None:
    return duration_ms(record) if record.ended_s is not None and _executed(record) else None


def _provisioned(record: InvocationRecord) -> float | None:
    return 1.0 if record.provisioned is True and _executed(record) else None


def _spillover(record: InvocationRecord) -> float | None:
    return 1.0 if record.provisioned is False and _executed(record) else None


PER_INVOCATION: Final[dict[str, tuple[str, Emits]]] = {
    "Invocations": ("Count", _invocations),
    "Errors": ("Count", _errors),
    "Throttles": ("Count", _throttles),
    "Duration": ("Milliseconds", _duration),
    "ProvisionedConcurrencyInvocations": ("Count", _provisioned),
    "ProvisionedConcurrencySpilloverInvocations": ("Count", _spillover),
}
"""Unit and value by name: what one attempt emits, at its start (MET-02); None for nothing."""


def values(records: Iterable[InvocationRecord], name: str) -> Samples:
    """The values of a metric of `PER_INVOCATION`."""
    emits = PER_INVOCATION[name][1]
    return [(one.at_s, value) for one in records if (value := emits(one)) is not None]


def iterator_ages(records: Iterable[InvocationRecord], epoch_s: float) -> Samples:
    """IteratorAge: how old the last record of each batch was when it was handed over, in milliseconds (MET-09).

    *epoch_s* is the Unix time of the start.
    """
    ages: Samples = []
    for one in records:
        if one.batch is None or one.mapping is None or not _executed(one):
            continue
        arrived_s = last_arrival_s(one.batch.event())
        if arrived_s is not None:
            ages.append((one.at_s, max(0.0, float(round((epoch_s + one.at_s - arrived_s) * 1000)))))
    return ages


def last_arrival_s(event: object) -> float | None:
    """When the last record of a stream's event came into the stream, in Unix seconds; None for other events."""
    records = event.get("Records") if isinstance(event, dict) else None
    if not isinstance(records, list) or not records or not isinstance(records[-1], dict):
        return None
    last = records[-1]
    found = last.get("kinesis", {}).get("approximateArrivalTimestamp")
    if found is None:
        found = last.get("dynamodb", {}).get("ApproximateCreationDateTime")
    return None if found is None else float(found)


def concurrency(records: Iterable[InvocationRecord]) -> Samples:
    """How many ran at once: at each start, and at the beginning of each minute in between (MET-07).

    At one instant ends come first; invocations that take no time run one after the other.
    """
    changes: list[tuple[float, int, int]] = []
    for one in records:
        if not _executed(one):
            continue
        if one.ended_s == one.at_s:
            changes.append((one.at_s, 2, 0))
            continue
        changes.append((one.at_s, 1, 1))
        if one.ended_s is not None:
            changes.append((one.ended_s, 0, -1))
    return list(_running(sorted(changes)))


def _running(changes: list[tuple[float, int, int]]) -> Iterator[tuple[float, float]]:
    count, minute_s = 0, 0.0
    for at_s, _, change in changes:
        while minute_s + MINUTE_S <= at_s:
            minute_s += MINUTE_S
            if count:
                yield minute_s, float(count)
        count += change
        if change >= 0:
            yield at_s, float(count + (change == 0))
