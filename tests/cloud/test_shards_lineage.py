from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from eventsim.cloud.shards.hashing import HASH_KEYS, even_starts, ranges_of
from tests.cloud.sharded import DAY_S, World, data_of, fill

if TYPE_CHECKING:
    from eventsim.cloud.shards import Shard, ShardedStream

HALF = HASH_KEYS // 2


@pytest.fixture
def world() -> World:
    return World()


def ranges(stream: ShardedStream) -> list[tuple[int, int]]:
    return [(shard.hash_start, shard.hash_end) for shard in stream.open_shards]


def family(shard: Shard) -> tuple[list[str], list[str]]:
    return [one.id[-2:] for one in shard.parents], [one.id[-2:] for one in shard.children]


@pytest.mark.rule("KIN-11", "KIN-09")
def test_a_split_closes_the_parent_and_shares_its_hash_keys(world: World) -> None:
    stream = world.sharded()
    parent = stream.open_shards[0]
    left, right = stream.split(parent, HALF)
    assert [shard.id for shard in stream] == [f"shardId-00000000000{n}" for n in range(3)]
    assert (left.hash_end + 1, right.hash_start, right.hash_end) == (HALF, HALF, HASH_KEYS - 1)
    assert (parent.is_open, left.is_open, right.is_open) == (False, True, True)
    assert [family(shard) for shard in (parent, left, right)] == [([], ["01", "02"]), (["00"], []), (["00"], [])]


@pytest.mark.rule("KIN-11")
def test_a_merge_has_two_parents_in_the_order_they_were_named(world: World) -> None:
    stream = world.sharded(2)
    low, high = stream.open_shards
    child = stream.merge(high, low)
    assert (child.hash_start, child.hash_end) == (0, HASH_KEYS - 1)
    assert child.parents == (high, low)
    assert low.children == high.children == (child,)
    assert ranges(stream) == [(0, HASH_KEYS - 1)]


@pytest.mark.rule("STR-01", "KIN-11")
def test_records_follow_the_hash_keys_and_parents_keep_theirs(world: World) -> None:
    stream = world.sharded()
    parent = stream.open_shards[0]
    stream.append("k", "before", 1)
    left, right = stream.split(parent, HALF)
    stream.append("k", "after", 1)
    child = stream.shard_of("k")
    other = left if child is right else right
    assert [data_of(parent), data_of(child), data_of(other)] == [["before"], ["after"], []]
    assert [parent.is_drained(0), parent.is_drained(1), child.is_drained(1)] == [False, True, False]


@pytest.mark.rule("STR-01")
def test_numbers_increase_along_a_lineage_even_at_one_instant(world: World) -> None:
    stream = world.sharded()
    numbers = []
    for _ in range(4):
        numbers.append(stream.append("k", 0, 1).sequence_number)
        shard = stream.shard_of("k")
        ending = stream.split(shard, shard.hash_start + (shard.hash_end - shard.hash_start) // 2)[0].parents[0].ending
        assert ending is not None
        numbers.append(ending)
    numbers.append(stream.append("k", 0, 1).sequence_number)
    assert [int(number) for number in numbers] == sorted(map(int, numbers))


@pytest.mark.rule("KIN-11")
@pytest.mark.parametrize(
    ("before", "after", "shards"), [(1, 2, 3), (2, 4, 6), (4, 2, 6), (4, 5, 15), (3, 6, 9), (2, 3, 7), (5, 5, 5)]
)
def test_scaling_ends_with_even_shards(world: World, before: int, after: int, shards: int) -> None:
    stream = world.sharded(before)
    stream.scale(after)
    wanted = ranges_of(even_starts(after))
    assert len(list(stream)) == shards
    assert [max(abs(a - c), abs(b - d)) < 100 for (a, b), (c, d) in zip(ranges(stream), wanted, strict=True)] == [
        True
    ] * after


@pytest.mark.rule("KIN-11")
def test_scaling_up_and_down_again_leaves_no_slivers(world: World) -> None:
    stream = world.sharded(3)
    for count in (6, 12, 6, 3, 2, 4):
        stream.scale(count)
        sizes = [end - start for start, end in ranges(stream)]
        assert len(sizes) == count
        assert max(sizes) - min(sizes) < 1_000


@pytest.mark.rule("DDB-06")
def test_rolling_hands_all_hash_keys_to_one_child(world: World) -> None:
    stream = world.sharded()
    parent = stream.open_shards[0]
    child = stream.roll(parent)
    assert (parent.is_open, parent.children, child.parents) == (False, (child,), (parent,))
    assert ranges(stream) == [(0, HASH_KEYS - 1)]


@pytest.mark.rule("KIN-07")
def test_a_closed_shard_is_listed_until_nothing_can_be_left_in_it(world: World) -> None:
    stream = world.sharded()
    parent = stream.open_shards[0]
    fill(parent, 1)
    world.now_s = 100.0
    left, _ = stream.split(parent, HALF)
    world.now_s = DAY_S + 99.9
    assert stream.find(parent.id) is parent
    world.now_s = DAY_S + 100
    assert stream.find(parent.id) is None
    assert [shard.id[-2:] for shard in stream] == ["01", "02"]
    assert (left.parents, left.parent_ids) == ((), (parent.id,))
    assert parent.is_drained(parent.horizon)
