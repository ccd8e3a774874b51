"""Shards: in which order they are read when they are split and merged, and where each is at."""

from __future__ import annotations

from typing import Any

import pytest

from eventsim.functions.durations import Fixed
from eventsim.mappings.stream_shard import ShardState
from tests.mappings.streaming import Do, Lab, Put, fails_with, in_turn, run_stream, texts
from tests.simulation.building import failed

HALF = 1 << 127


def split(lab: Lab) -> None:
    shard = lab.stream.open_shards[0]
    lab.stream.split(shard, (shard.hash_start + shard.hash_end) // 2 + 1)


def merge(lab: Lab) -> None:
    lab.stream.merge(*lab.stream.open_shards[:2])


def keyed(*numbers: int) -> list[str]:
    """Records of eight keys, which lie in both halves of the hash keys."""
    return [f"key-{n % 8}/{n}" for n in numbers]


def by_shard(lab: Lab) -> list[tuple[Any, ...]]:
    """(at, last digit of the shard, texts) of each invocation."""
    return [
        (at, int(event["Records"][0]["eventID"].split(":")[0][-1]), text)
        for (at, text, _), event in zip(lab.deliveries, lab.events, strict=True)
    ]


@pytest.mark.rule("STR-01", "KIN-11", "STR-02")
def test_children_are_read_only_when_all_of_the_parent_is_done_with() -> None:
    lab = run_stream(
        [Put(0, *keyed(*range(8))), Do(0.5, split), Put(0.5, *keyed(*range(8, 16)))],
        in_turn(failed(), failed(), None),
    )
    parent, children = by_shard(lab)[:3], by_shard(lab)[3:]
    assert [(at, shard) for at, shard, _ in parent] == [(0, 0), (0.5, 0), (1.5, 0)]
    assert [(at, shard) for at, shard, _ in children] == [(2, 1), (2, 2)]
    delivered = sorted(int(text) for _, _, found in children for text in found.split(","))
    assert delivered == list(range(8, 16))


@pytest.mark.rule("STR-01")
def test_a_merged_shard_waits_for_both_its_parents() -> None:
    def slow_half(invocation: Any) -> Any:
        return failed() if "slow" in texts(invocation.event) and invocation.deadline_s < 905 else None

    lab = run_stream(
        [Put(0, "key-0/slow", "key-1/fast"), Do(1, merge), Put(1, "key-0/a", "key-1/b")], slow_half, shards=2
    )
    slow = next(shard for _, shard, text in by_shard(lab) if text == "slow")
    assert [one for one in by_shard(lab) if one[1] == slow] == [(at, slow, "slow") for at in (0, 0.5, 1.5, 3.5, 7.5)]
    assert [one for one in by_shard(lab) if one[1] == 1 - slow] == [(0, 1 - slow, "fast")]
    assert [one for one in by_shard(lab) if one[1] == 2] == [(8, 2, "a,b")]


@pytest.mark.rule("STR-01")
def test_shards_that_lived_only_for_a_moment_do_not_stop_their_grandchildren() -> None:
    def scale(lab: Lab) -> None:
        lab.stream.scale(3)
        lab.stream.scale(5)

    lab = run_stream([Put(0, *keyed(*range(8))), Do(0, scale), Put(0, *keyed(*range(8, 16)))], shards=4)
    delivered = [text for event in lab.events for text in texts(event)]
    assert sorted(map(int, delivered)) == list(range(16))
    for key in range(8):
        assert [int(text) % 8 for text in delivered].count(key) == 2
        assert delivered.index(str(key)) < delivered.index(str(key + 8))
    assert {lab.simulation.world.loop.time()} <= {0, 1}


@pytest.mark.rule("STR-01")
def test_the_states_of_a_consumer_have_the_names_of_the_client_library() -> None:
    lab = run_stream([Put(0, "a"), Do(0.5, split), Put(0.5, *keyed(*range(8)))], in_turn(failed(), None))
    told = [(line["t"], int(line["shard"][-1]), line["state"]) for line in lab.lines("shard.state")]
    assert told == [
        (0, 0, "INITIALIZING"),
        (0, 0, "PROCESSING"),
        (1, 0, "SHUTTING_DOWN"),
        (1, 0, "SHUTDOWN_COMPLETE"),
        (1, 1, "INITIALIZING"),
        (1, 2, "INITIALIZING"),
        (1, 1, "PROCESSING"),
        (1, 2, "PROCESSING"),
    ]
    assert [state.value for state in ShardState] == [
        "WAITING_ON_PARENT_SHARDS", "INITIALIZING", "PROCESSING", "SHUTDOWN_REQUESTED", "SHUTTING_DOWN",
        "SHUTDOWN_COMPLETE",
    ]  # fmt: skip


@pytest.mark.rule("STR-01")
def test_a_child_that_is_known_waits_for_its_parent() -> None:
    steps = [Put(0, "a"), Do(0.5, split), Do(1, lambda lab: lab.update(Enabled=True))]
    lab = run_stream(steps, in_turn(failed(), None), Enabled=False)
    told = [(line["t"], int(line["shard"][-1]), line["state"]) for line in lab.lines("shard.state")]
    assert (2, 1, "WAITING_ON_PARENT_SHARDS") in told
    assert (2, 2, "WAITING_ON_PARENT_SHARDS") in told
    assert {state: told.index((2.5, 1, state)) for state in ("INITIALIZING", "PROCESSING")}


@pytest.mark.rule("STR-02", "STR-01")
def test_children_that_come_later_begin_at_their_oldest_record() -> None:
    steps = [Put(0.5, *keyed(0, 1)), Do(0.7, split), Put(0.7, *keyed(*range(8, 16)))]
    lab = run_stream(steps, StartingPosition="LATEST", takes=Fixed(5))
    delivered = [text for event in lab.events for text in texts(event)]
    assert sorted(map(int, delivered)) == [0, 1, *range(8, 16)]


@pytest.mark.rule("STR-02", "STR-01")
def test_latest_skips_closed_shards_and_what_their_children_had() -> None:
    steps = [
        Put(0, *keyed(0, 1)),
        Do(1, split),
        Put(2, *keyed(2, 3)),
        Do(10, lambda lab: lab.update(Enabled=True)),
        Put(12, "key-4/new"),
    ]
    lab = run_stream(steps, StartingPosition="LATEST", Enabled=False)
    assert lab.deliveries == [(12, "new", "success")]


@pytest.mark.rule("STR-04")
def test_each_shard_has_one_batch_in_work() -> None:
    steps = [Put(0, *(f"key-{n}/{n}" for n in range(40)))]
    lab = run_stream(steps, shards=4, BatchSize=2, takes=Fixed(1))
    assert lab.simulation.functions["f"].metrics.concurrent_max == 4
    assert not overlaps(lab, lanes=1)


@pytest.mark.rule("STR-06")
def test_a_batch_holds_records_of_one_shard_in_their_order() -> None:
    lab = run_stream([Put(0, *(f"key-{n}/{n}" for n in range(40)))], shards=4)
    for event in lab.events:
        ids = [record["eventID"].split(":") for record in event["Records"]]
        assert len({shard for shard, _ in ids}) == 1
        assert [int(number) for _, number in ids] == sorted(int(number) for _, number in ids)


def overlaps(lab: Lab, *, lanes: int) -> bool:
    """Whether more than *lanes* invocations of one shard ran at once."""
    edges: dict[str, list[tuple[float, int]]] = {}
    for one, event in zip(lab.simulation.invocations, lab.events, strict=True):
        assert one.ended_s is not None
        shard = event["Records"][0]["eventID"].split(":")[0]
        edges.setdefault(shard, []).extend([(one.at_s, 1), (one.ended_s, -1)])
    for shard_edges in edges.values():
        running = 0
        for _, step in sorted(shard_edges):
            running += step
            if running > lanes:
                return True
    return False


# -- lanes (STR-05) ------------------------------------------------------------------------------


@pytest.mark.rule("STR-04", "STR-05")
def test_a_shard_has_as_many_batches_in_work_as_its_factor_says() -> None:
    steps = [Put(0, *(f"key-{n % 16}/{n}" for n in range(64)))]
    lab = run_stream(steps, ParallelizationFactor=4, BatchSize=4, takes=Fixed(1))
    assert lab.simulation.functions["f"].metrics.concurrent_max == 4
    assert not overlaps(lab, lanes=4)
    for key in range(16):
        order = [int(text) for event in lab.events for text in texts(event) if int(text) % 16 == key]
        assert order == sorted(order)


@pytest.mark.rule("STR-05", "STR-07")
def test_a_failing_lane_blocks_its_own_keys_only_and_the_checkpoint() -> None:
    from eventsim.mappings.lanes import lane_of

    keys = [f"key-{n}" for n in range(8)]
    blocked = {key for key in keys if lane_of(key, 4) == lane_of("key-0", 4)}
    assert 0 < len(blocked) < len(keys)
    steps = [Put(0, *(f"{key}/{key}" for key in keys)), Put(2, *(f"{key}/{key}+" for key in keys))]
    lab = run_stream(steps, fails_with("key-0"), ParallelizationFactor=4, for_s=100)
    done = {text for (_, found, outcome) in lab.deliveries if outcome == "success" for text in found.split(",")}
    free = [key for key in keys if key not in blocked]
    assert done == {*free, *(f"{key}+" for key in free)}
    assert lab.checkpoints == [None]
    first = {text: at for at, found, _ in reversed(lab.deliveries) for text in found.split(",")}
    assert {first[f"{key}+"] for key in free} == {2}


@pytest.mark.rule("STR-03", "STR-05")
def test_the_checkpoint_is_behind_the_lowest_record_of_all_lanes() -> None:
    from eventsim.mappings.lanes import lane_of

    keys = [f"key-{n}" for n in range(8)]
    lowest = next(n for n in range(8) if lane_of(f"key-{n}", 10) == lane_of("key-5", 10))
    assert lowest > 0
    steps = [Put(0, *(f"{key}/{key}" for key in keys))]
    lab = run_stream(steps, fails_with("key-5"), ParallelizationFactor=10, MaximumRetryAttempts=2)
    passed = [(t, lab.text_of(number)) for t, number in lab.column("shard.checkpoint", "t", "sequence_number")]
    assert passed[-1] == (1.5, "key-7")
    assert [text for t, text in passed if t < 1.5][-1] == f"key-{lowest - 1}"


@pytest.mark.rule("STR-05", "ESM-19")
def test_each_lane_has_its_own_window() -> None:
    from eventsim.mappings.lanes import lane_of

    one = "key-0"
    other = next(f"key-{n}" for n in range(1, 8) if lane_of(f"key-{n}", 2) != lane_of(one, 2))
    steps = [Put(0, f"{one}/a"), Put(3, f"{other}/b"), Put(4, f"{one}/c")]
    lab = run_stream(steps, ParallelizationFactor=2, MaximumBatchingWindowInSeconds=5)
    assert lab.deliveries == [(5, "a,c", "success"), (8, "b", "success")]
