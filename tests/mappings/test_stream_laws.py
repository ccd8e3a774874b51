"""What holds of every run of a stream mapping, whatever fails, is split, merged, paused or changed."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from eventsim.functions.invocations import Outcome
from tests.mappings.stream_workloads import Story, Workload, tell, workloads

RUNS = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def settled(story: Story) -> set[str]:
    return {number for step in story.steps if step[0] in ("done", "discard") for number in step[1]}


@pytest.mark.rule("STR-01", "STR-03", "STR-05", "STR-06", "STR-11", "STR-12", "GEN-03", "KIN-11")
@RUNS
@given(workloads())
def test_every_record_is_processed_or_given_up_and_keys_keep_their_order(workload: Workload) -> None:
    story = tell(workload)
    assert story.lab.simulation.idle
    # At least once: nothing is left behind.
    assert settled(story) | story.filtered == set(story.keys)
    assert not settled(story) & story.filtered
    # Order: a record is tried only with, or after the end of, all earlier records of its key.
    earlier = {number: numbers[:n] for numbers in story.order.values() for n, number in enumerate(numbers)}
    ended: set[str] = set(story.filtered)
    for step in story.steps:
        if step[0] == "start":
            batch = step[1]
            for n, number in enumerate(batch):
                assert all(before in ended or before in batch[:n] for before in earlier[number])
        elif step[0] in ("done", "discard"):
            ended.update(step[1])


@pytest.mark.rule("STR-03", "STR-05")
@RUNS
@given(workloads())
def test_a_checkpoint_never_passes_a_record_that_is_not_done_with(workload: Workload) -> None:
    story = tell(workload)
    ended: set[str] = set(story.filtered)
    for step in story.steps:
        if step[0] == "checkpoint":
            _, shard, number = step
            numbers = story.shards[shard]
            passed = numbers[: numbers.index(number) + 1]
            assert set(passed) <= ended
        elif step[0] in ("done", "discard"):
            ended.update(step[1])
    # And in the end it has passed everything.
    for shard, number in story.lab.mapping.pollers.checkpoints.items():
        assert number == (story.shards[shard][-1] if story.shards[shard] else None)


@pytest.mark.rule("MET-13", "MET-18", "MET-19", "MET-23", "STR-08", "STR-25")
@RUNS
@given(workloads())
def test_successes_discards_and_filtered_records_account_for_every_record(workload: Workload) -> None:
    story = tell(workload)
    metrics = story.lab.mapping.metrics
    done = [number for step in story.steps if step[0] == "done" for number in step[1]]
    discarded = [number for step in story.steps if step[0] == "discard" for number in step[1]]
    assert metrics.dropped + metrics.on_failure_delivered == len(discarded)
    documents = story.lab.documents
    told = sum(one["KinesisBatchInfo"].get("batchSize", 0) for one in documents)
    assert told == metrics.on_failure_delivered
    assert bool(metrics.dropped) <= (not workload.dead)
    if not workload.restarts:
        assert sorted([*done, *discarded, *story.filtered]) == sorted(story.keys)
        assert metrics.polled == len(story.keys)
        assert metrics.filtered_out == len(story.filtered)
    invoked = sum(len(one.batch or ()) for one in story.lab.simulation.invocations)
    assert metrics.invoked == invoked
    # Retries: each unchanged batch is tried once more than the setting says, at most.
    tries: dict[str, int] = {}
    for one in story.lab.simulation.invocations:
        if one.outcome is not Outcome.THROTTLE:
            tries[one.request_id] = tries.get(one.request_id, 0) + 1
    assert max(tries.values(), default=0) <= workload.retries + 1


@pytest.mark.rule("STR-04", "STR-05", "STR-06", "STR-26")
@RUNS
@given(workloads())
def test_a_shard_has_no_more_batches_in_work_than_it_may_and_a_batch_is_of_one_shard(workload: Workload) -> None:
    story = tell(workload)
    factors = {workload.factor, *(1 + event.number % 4 for event in workload.events if event.kind == "factor")}
    shard_of = {number: shard for shard, numbers in story.shards.items() for number in numbers}
    edges: dict[str, list[tuple[float, int]]] = {}
    for one in story.lab.simulation.invocations:
        ids = one.batch.ids() if one.batch else []
        assert ids == sorted(ids, key=int)
        assert len({shard_of[number] for number in ids}) <= 1
        if ids and one.outcome is not Outcome.THROTTLE:
            assert one.ended_s is not None
            edges.setdefault(shard_of[ids[0]], []).extend([(one.at_s, 1), (one.ended_s, -1)])
    for shard_edges in edges.values():
        running = most = 0
        for _, step in sorted(shard_edges):
            running += step
            most = max(most, running)
        assert most <= max(factors)
    if workload.tumbling_s:
        for event in story.lab.events:
            windows = {
                int(record["kinesis"]["approximateArrivalTimestamp"]) // workload.tumbling_s
                for record in event["Records"]
            }
            assert len(windows) <= 1


@pytest.mark.rule("GEN-04")
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(workloads())
def test_the_same_workload_gives_the_same_trace(workload: Workload) -> None:
    one, other = (tell(workload).lab.simulation.world.trace.sha256() for _ in range(2))
    assert one == other
