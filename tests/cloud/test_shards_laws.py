from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventsim.cloud.shards.hashing import HASH_KEYS, even_starts
from eventsim.cloud.shards.quotas import Allowance
from eventsim.cloud.shards.tokens import ShardIterator, read_iterator, seal, show_iterator, unseal
from tests.cloud.sharded import START_S, World

if TYPE_CHECKING:
    from eventsim.cloud.shards import Record, Shard, ShardedStream

KEYS = [f"key-{n}" for n in range(12)]
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.sampled_from(KEYS)),
        st.tuples(st.just("split"), st.integers(0, 20)),
        st.tuples(st.just("merge"), st.integers(0, 20)),
        st.tuples(st.just("scale"), st.integers(1, 8)),
        st.tuples(st.just("roll"), st.integers(0, 20)),
        st.tuples(st.just("wait"), st.integers(0, 20)),
    ),
    max_size=60,
)


def carry_out(world: World, stream: ShardedStream, steps: list[tuple[str, Any]]) -> list[tuple[str, int]]:
    """What was put, in order, as key and number."""
    put: list[tuple[str, int]] = []
    for step, value in steps:
        shards = stream.open_shards
        if step == "put":
            put.append((value, len(put)))
            stream.append(value, len(put) - 1, 10)
        elif step == "split":
            shard = shards[value % len(shards)]
            if shard.hash_start < shard.hash_end:
                stream.split(shard, (shard.hash_start + shard.hash_end) // 2 + 1)
        elif step == "merge" and len(shards) > 1:
            at = value % (len(shards) - 1)
            stream.merge(shards[at], shards[at + 1])
        elif step == "scale":
            stream.scale(value)
        elif step == "roll":
            stream.roll(shards[value % len(shards)])
        elif step == "wait":
            world.now_s += value / 10
    return put


def follow(stream: ShardedStream, limit: int) -> tuple[list[Shard], list[Record]]:
    """Read everything as a consumer does: a shard after all its parents are drained, children as they are found."""
    queue = [shard for shard in stream if not shard.parents]
    seen, records = list[Any](), list[Any]()
    while queue:
        shard = queue.pop(0)
        seen.append(shard)
        position = shard.horizon
        while (page := shard.read(position, limit, 35)).records:
            records += page.records
            position = page.next_position
        if shard.is_drained(position):
            queue += [
                child for child in shard.children if child not in queue and all(one in seen for one in child.parents)
            ]
    return seen, records


@pytest.mark.rule("STR-01", "KIN-11")
@given(STEPS, st.integers(1, 4), st.integers(1, 5))
def test_following_the_lineage_reads_each_record_once_and_each_key_in_order(
    steps: list[tuple[str, Any]], shard_count: int, limit: int
) -> None:
    world = World()
    stream = world.sharded(shard_count)
    put = carry_out(world, stream, steps)
    seen, records = follow(stream, limit)
    assert len(seen) == len({shard.id for shard in seen}) == len(list(stream))
    assert sorted(record.data for record in records) == [number for _, number in put]
    for key in KEYS:
        of_key = [record for record in records if record.partition_key == key]
        assert [record.data for record in of_key] == [number for one, number in put if one == key]
        numbers = [int(record.sequence_number) for record in of_key]
        assert numbers == sorted(numbers)
    assert len({record.sequence_number for record in records}) == len(records)


@pytest.mark.rule("KIN-11", "KIN-09")
@given(STEPS, st.integers(1, 4))
def test_open_shards_hold_each_hash_key_once_and_ids_increase(steps: list[tuple[str, Any]], shard_count: int) -> None:
    world = World()
    stream = world.sharded(shard_count)
    carry_out(world, stream, steps)
    shards = stream.open_shards
    assert (shards[0].hash_start, shards[-1].hash_end) == (0, HASH_KEYS - 1)
    assert all(one.hash_end + 1 == other.hash_start for one, other in pairwise(shards))
    ids = [shard.id for shard in stream]
    assert ids == sorted(ids) == [f"shardId-{n:012d}" for n in range(len(ids))]
    for shard in stream:
        assert all(shard in child.parents for child in shard.children)
        assert shard.is_open == (not shard.children)


@pytest.mark.rule("KIN-11")
@given(st.integers(1, 60), st.integers(1, 60))
def test_scaling_ends_with_the_even_ranges_but_for_rounding(before: int, after: int) -> None:
    stream = World().sharded(before)
    stream.scale(after)
    starts = [shard.hash_start for shard in stream.open_shards]
    assert [abs(one - other) < 100 for one, other in zip(starts, even_starts(after), strict=True)] == [True] * after


@pytest.mark.rule("KIN-07", "KIN-03")
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("put"), st.integers(1, 40)),
            st.tuples(st.just("wait"), st.integers(0, 3_000)),
            st.tuples(st.just("read"), st.integers(0, 40)),
            st.tuples(st.just("keep"), st.sampled_from([1_000, 2_000, 5_000])),
        ),
        max_size=120,
    ),
    st.integers(1, 6),
    st.integers(1, 100),
)
def test_a_shard_holds_what_a_plain_list_would(steps: list[tuple[str, int]], limit: int, max_bytes: int) -> None:
    world = World()
    retention_ms = 2_000
    stream = world.sharded(retention_ms=retention_ms)
    shard = stream.open_shards[0]
    kept: list[tuple[int, int, int]] = []  # position, arrival, size
    put = 0
    for step, value in steps:
        now_ms = world.clock.wall_ms()
        if step == "put":
            shard.append("k", put, value, now_ms)
            kept.append((put, now_ms, value))
            put += 1
        elif step == "wait":
            world.now_s += value / 1000
        elif step == "keep":
            stream.retain(value)
            kept = [one for one in kept if one[1] + retention_ms > now_ms]
            retention_ms = value
        now_ms = world.clock.wall_ms()
        kept = [one for one in kept if one[1] + retention_ms > now_ms]
        page = shard.read(value, limit, max_bytes)
        expected: list[int] = []
        total = 0
        for position, _, size in kept:
            if position >= value and len(expected) < limit and (not expected or total + size <= max_bytes):
                expected.append(position)
                total += size
            elif expected:
                break
        assert [record.data for record in page.records] == expected
        assert page.size_bytes == total
        assert (shard.horizon, shard.tip) == (kept[0][0] if kept else put, put)
        middle = now_ms - 500
        assert shard.position_from(middle) == next((one[0] for one in kept if one[1] >= middle), put)


@pytest.mark.rule("KIN-02", "KIN-03")
@given(st.lists(st.tuples(st.integers(0, 1_500), st.integers(1, 30)), max_size=60))
def test_what_an_allowance_lets_in_was_earned_by_the_seconds_begun(asks: list[tuple[int, int]]) -> None:
    allowance, now_ms, taken = Allowance(10), 0, list[tuple[int, int]]()
    for wait_ms, amount in asks:
        now_ms += wait_ms
        if allowance.fits(amount, now_ms):
            allowance.use(amount, now_ms)
            taken.append((now_ms, amount))
        assert (allowance.opens_ms(now_ms) == now_ms) == allowance.fits(1, now_ms)
    for n, (at_ms, _) in enumerate(taken):
        assert sum(amount for _, amount in taken[:n]) <= 10 * ((at_ms - taken[0][0]) // 1_000 + 1)


@pytest.mark.rule("KIN-04")
@given(st.text("abc-_.0", min_size=1), st.integers(0, 10**12), st.integers(0, 10**13), st.text(max_size=300))
def test_only_the_service_that_made_a_token_can_read_it(stream: str, position: int, ms: int, garbage: str) -> None:
    iterator = ShardIterator(stream, "shardId-000000000000", position, START_S * 1000 + ms)
    token = show_iterator("kinesis", iterator)
    assert read_iterator("kinesis", token) == iterator
    assert read_iterator("dynamodb", token) is None
    assert token.startswith("AAAAAAAAAA")
    for other in (garbage, token[:-4], f"{token}AAAA", token.swapcase(), f" {token}"):
        assert unseal("kinesis", other) is None


def test_tokens_are_the_same_for_the_same_facts() -> None:
    assert seal("a", 1, "b") == seal("a", "1", "b")
    assert seal("a", 1) != seal("b", 1)
