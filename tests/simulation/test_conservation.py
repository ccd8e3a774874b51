"""Laws that hold for every workload: nothing is lost, nothing is counted twice, no limit is passed."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from tests.simulation.workloads import Finished, Workload, workloads

EXAMPLES = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
ANY = [
    workloads(fifo=False),
    workloads(fifo=True),
    workloads(fifo=False, throttled=True),
    workloads(fifo=True, throttled=True),
]
KINDS = ["standard", "fifo", "standard throttled", "fifo throttled"]


def check(finished: Finished) -> None:
    """Every law."""
    fates_are_complete(finished)
    receives_are_counted(finished)
    leases_end_before_the_next_one(finished)
    the_limits_hold(finished)
    the_metrics_add_up(finished)
    if finished.workload.fifo:
        groups_are_in_order(finished)


@pytest.mark.rule("MET-23", "SQS-16", "SQS-23", "SQS-24", "SQS-25", "FLT-04", "SQS-06", "SQS-12")
@EXAMPLES
@given(ANY[0])
def test_standard_queues(workload: Workload) -> None:
    check(Finished(workload))


@pytest.mark.rule("MET-23", "SQS-09", "SQS-19", "SQS-25", "SQS-26", "SQS-36")
@EXAMPLES
@given(ANY[1])
def test_fifo_queues(workload: Workload) -> None:
    check(Finished(workload))


@pytest.mark.rule("MET-23", "SQS-17", "SQS-27", "SQS-28", "CON-05")
@EXAMPLES
@given(ANY[2])
def test_standard_queues_whose_function_is_throttled(workload: Workload) -> None:
    check(Finished(workload))


@pytest.mark.rule("MET-23", "SQS-09", "SQS-19", "SQS-27", "SQS-28", "CON-05")
@EXAMPLES
@given(ANY[3])
def test_fifo_queues_whose_function_is_throttled(workload: Workload) -> None:
    check(Finished(workload))


@pytest.mark.rule("GEN-04")
@settings(max_examples=15, deadline=None)
@given(ANY[2])
def test_the_same_workload_gives_the_same_bytes(workload: Workload) -> None:
    one, other = (Finished(workload, seed=3).simulation.world.trace.sha256() for _ in range(2))
    assert one == other


# -- the laws ------------------------------------------------------------------------------------


def fates_are_complete(finished: Finished) -> None:
    """Each message was acknowledged, filtered out, moved to the DLQ, or expired; and nothing is left."""
    assert finished.simulation.idle
    assert (finished.counts.visible, finished.counts.in_flight, finished.counts.delayed) == (0, 0, 0)
    fates: dict[str, list[str]] = defaultdict(list)
    for record in finished.executed:
        for one in finished.acknowledged(record):
            fates[one].append("acknowledged")
    for kind in ("record.filter", "queue.redrive", "queue.expire"):
        for line in finished.told(kind):
            fates[line["record"]].append(kind)
    assert sorted(fates) == sorted(finished.ids)
    if not finished.workload.overlaps:  # a message may expire while the function works on it
        twice = {tuple(sorted(found)) for found in fates.values() if len(found) > 1}
        assert twice <= {("acknowledged", "queue.expire")}
    dead = finished.simulation.queues.get("dlq.fifo" if finished.workload.fifo else "dlq")
    assert [message.id for message in dead.messages()] == [line["record"] for line in finished.told("queue.redrive")]


def receives_are_counted(finished: Finished) -> None:
    """Each delivery of a message counts one more, never above maxReceiveCount; the DLQ gets it after the last."""
    most = finished.workload.max_receives or 10**9
    leased: dict[str, list[int]] = defaultdict(list)
    for record in finished.simulation.invocations:
        if record.attempt == 1:
            for one in record.batch.event()["Records"]:  # type: ignore[union-attr] # mappings give one
                leased[one["messageId"]].append(int(one["attributes"]["ApproximateReceiveCount"]))
    for counts in leased.values():
        assert counts == sorted(set(counts))
        assert counts[-1] <= most
        assert finished.workload.overlaps or counts == list(range(1, len(counts) + 1))
    for line in finished.told("queue.redrive"):
        assert line["receive_count"] == most


def leases_end_before_the_next_one(finished: Finished) -> None:
    """No message is received again before its visibility timeout, as lengthened by a window, has passed."""
    work = finished.workload
    long = work.window_s > 0 and work.window_s + work.timeout_s > work.visibility_s
    lease_s = work.window_s + work.timeout_s + 30 if long else work.visibility_s
    received: dict[str, list[float]] = defaultdict(list)
    for line in finished.told("poll.receive"):
        for one in line["records"]:
            received[one].append(line["t"])
    for times in received.values():
        assert all(later - earlier >= lease_s - 1e-6 for earlier, later in pairwise(times))


def the_limits_hold(finished: Finished) -> None:
    """Batches, windows and concurrency stay within their settings."""
    work = finished.workload
    most = min(work.concurrency or 1000, work.reserved if work.reserved is not None else 1000)
    changes: list[tuple[float, int]] = []
    for record in finished.executed:
        assert record.batch is not None
        assert 1 <= len(record.batch) <= work.batch_size
        assert record.ended_s is not None
        assert record.ended_s - record.at_s <= work.timeout_s + 1e-6
        changes += [(record.at_s, 1), (record.ended_s, -1)] if record.ended_s > record.at_s else []
    running = 0
    for _, change in sorted(changes):
        running += change
        assert running <= most
    assert finished.simulation.functions["f"].metrics.concurrent_max <= most
    for record in finished.simulation.invocations:
        first_received_s = max(one.received_s for one in record.batch.deliveries)  # type: ignore[union-attr]
        assert record.attempt > 1 or record.at_s - first_received_s <= work.window_s + 1e-6 or work.fifo


def the_metrics_add_up(finished: Finished) -> None:
    """The mapping's and the function's counts are those of the log (MET-03 to MET-05, MET-14 to MET-17, MET-23)."""
    mapping = next(iter(finished.simulation.mappings.values())).metrics
    log = finished.simulation.invocations
    acknowledged = sum(len(finished.acknowledged(record)) for record in log)
    leases = sum(len(record.batch or ()) for record in log if record.attempt == 1)
    given_up = sum(line["records"] for line in finished.told("batch.fail") if line["request_id"] is None)
    undeletable = sum(len(line.get("failed", ())) for line in finished.told("queue.delete"))
    assert mapping.polled == mapping.filtered_out + leases + given_up
    assert mapping.deleted == mapping.filtered_out + acknowledged - undeletable
    assert mapping.invoked == sum(len(record.batch or ()) for record in log)
    assert mapping.failed == mapping.invoked - acknowledged
    assert finished.workload.overlaps or (given_up, undeletable) == (0, 0)
    outcomes = Counter(str(record.outcome.value) for record in log if record.outcome)
    function = finished.simulation.functions["f"].metrics
    assert function.throttles == outcomes["throttle"]
    assert function.invocations == len(log) - outcomes["throttle"]
    assert function.errors == sum(record.error is not None for record in log)


def groups_are_in_order(finished: Finished) -> None:
    """No group runs in two batches at once, and no message runs before an earlier one of its group is done with."""
    spans: dict[str, list[tuple[float, float, int]]] = defaultdict(list)
    place = {one: n for n, one in enumerate(finished.ids)}
    done: set[str] = {line["record"] for kind in ("queue.redrive", "queue.expire") for line in finished.told(kind)}
    acknowledged: dict[str, list[int]] = defaultdict(list)
    for n, record in enumerate(finished.executed):
        by_group: dict[str, list[str]] = defaultdict(list)
        for one in record.batch.event()["Records"]:  # type: ignore[union-attr] # mappings give one
            by_group[one["attributes"]["MessageGroupId"]].append(one["messageId"])
        accepted = set(finished.acknowledged(record))
        for group, ids in by_group.items():
            assert [place[one] for one in ids] == sorted(place[one] for one in ids)
            assert record.ended_s is not None
            spans[group].append((record.at_s, record.ended_s, n))
            acknowledged[group] += [place[one] for one in ids if one in accepted]
    for found in spans.values():
        assert all(earlier[1] <= later[0] for earlier, later in pairwise(found))
    for places in acknowledged.values():
        first_times = list(dict.fromkeys(places))
        assert first_times == sorted(first_times)
    assert done | {finished.ids[n] for places in acknowledged.values() for n in places} >= delivered(finished)


def delivered(finished: Finished) -> set[Any]:
    return {one for record in finished.executed for one in (record.batch.ids() if record.batch else ())}
