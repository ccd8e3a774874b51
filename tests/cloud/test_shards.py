from __future__ import annotations

import sys
import tracemalloc
from hashlib import md5
from typing import TYPE_CHECKING

import pytest

from eventsim.cloud.shards.hashing import HASH_KEYS, even_starts, hash_key, ranges_of
from eventsim.cloud.shards.numbers import KinesisNumber, dynamodb_numbers, read_kinesis_number
from tests.cloud.sharded import DAY_MS, DAY_S, START_S, World, b64, data_of, fill

if TYPE_CHECKING:
    from eventsim.cloud.shards import Shard


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def shard(world: World) -> Shard:
    return world.sharded().open_shards[0]


# --- identity ---


@pytest.mark.rule("KIN-01")
def test_numbers_have_56_digits_and_increase_as_numbers(world: World, shard: Shard) -> None:
    numbers = [record.sequence_number for record in fill(shard, 300) + fill(shard, 3, at_ms=5_000)]
    assert {len(number) for number in numbers} == {56}
    assert [int(number) for number in numbers] == sorted({int(number) for number in numbers})
    assert int(shard.numbers.starting) < int(numbers[0])
    assert numbers[0].startswith("4967")


@pytest.mark.rule("KIN-01")
def test_numbers_are_unique_in_a_stream(world: World) -> None:
    stream = world.sharded(40)
    numbers = {record.sequence_number for shard in stream for record in fill(shard, 3)}
    assert len(numbers) == 120


def test_a_kinesis_number_names_its_shard(world: World) -> None:
    record = fill(list(world.sharded(20))[17], 2)[1]
    assert read_kinesis_number(record.sequence_number) == KinesisNumber(17, START_S)
    assert [read_kinesis_number(text) for text in ("0", "5", "9" * 56)] == [None] * 3


@pytest.mark.rule("DDB-07")
def test_dynamodb_numbers_have_21_to_40_digits_and_increase_along_a_lineage() -> None:
    parent, child = dynamodb_numbers(0, START_S), dynamodb_numbers(1, START_S + 1)
    numbers = [parent.number(0, START_S), parent.number(10**6, START_S), child.starting, child.number(0, START_S + 9)]
    assert [int(number) for number in numbers] == sorted(map(int, numbers))
    assert {len(number) for number in numbers} == {25}
    assert parent.position_of(int(parent.number(77, START_S))) == 77


@pytest.mark.rule("KIN-01")
def test_the_md5_of_the_key_chooses_the_shard(world: World) -> None:
    stream = world.sharded(4)
    for key in ("a", "b", "ü", "user-17"):
        value = int(md5(key.encode()).hexdigest(), 16)
        shard = stream.shard_of(key)
        assert hash_key(key) == value
        assert shard.hash_start <= value <= shard.hash_end
        assert stream.shard_of(key) is shard


@pytest.mark.rule("KIN-11")
def test_a_new_stream_splits_the_hash_keys_evenly(world: World) -> None:
    shards = list(world.sharded(3))
    assert [(shard.id, shard.hash_start, shard.hash_end) for shard in shards] == [
        ("shardId-000000000000", 0, 113427455640312821154458202477256070484),
        ("shardId-000000000001", 113427455640312821154458202477256070485, 226854911280625642308916404954512140969),
        ("shardId-000000000002", 226854911280625642308916404954512140970, HASH_KEYS - 1),
    ]
    assert ranges_of(even_starts(1)) == [(0, HASH_KEYS - 1)]


# --- pages ---


def test_a_page_is_bounded_by_records(shard: Shard) -> None:
    fill(shard, 10)
    page = shard.read(3, 4)
    assert ([record.data for record in page.records], page.position, page.next_position) == ([3, 4, 5, 6], 3, 7)
    assert data_of(shard, 8) == [8, 9]
    assert data_of(shard, 10) == []
    assert shard.read(99).next_position == 10


@pytest.mark.rule("KIN-03")
def test_a_page_is_bounded_by_bytes_but_never_empty_while_there_is_a_record(shard: Shard) -> None:
    fill(shard, 3, size_bytes=1_000)
    fill(shard, 1, size_bytes=5_000)
    fill(shard, 2, size_bytes=1_000)
    pages, position = [], 0
    while (page := shard.read(position, 100, 2_500)).records:
        pages.append((len(page.records), page.size_bytes))
        position = page.next_position
    assert pages == [(2, 2_000), (1, 1_000), (1, 5_000), (2, 2_000)]
    assert shard.read(0, 100, 3_000).size_bytes == 3_000


@pytest.mark.rule("KIN-04")
def test_positions_by_sequence_number(shard: Shard) -> None:
    records = fill(shard, 3) + fill(shard, 3, at_ms=9_000)
    numbers = [record.sequence_number for record in records]
    assert [shard.position_at(number) for number in numbers] == [0, 1, 2, 3, 4, 5]
    assert [shard.position_after(number) for number in numbers] == [1, 2, 3, 4, 5, 6]
    starting, high = shard.numbers.starting, str(int(numbers[-1]) + (1 << 90))
    assert [shard.position_at(starting), shard.position_after(starting)] == [0, 0]
    assert [shard.position_at(high), shard.position_after(high)] == [6, 6]


def test_reading_goes_on_after_the_number_before_a_position(world: World, shard: Shard) -> None:
    assert shard.position_after(shard.number_before(0)) == 0
    fill(shard, 3)
    assert [shard.position_after(shard.number_before(position)) for position in range(4)] == [0, 1, 2, 3]
    world.now_s = DAY_S
    fill(shard, 1, at_ms=DAY_MS)
    assert [shard.position_after(shard.number_before(position)) for position in (3, 4)] == [3, 4]


@pytest.mark.rule("STR-02")
def test_a_timestamp_means_the_first_record_from_then_on(world: World, shard: Shard) -> None:
    for at_ms in (1_000, 2_000, 2_000, 3_000):
        fill(shard, 1, at_ms=at_ms)
    world.now_s = 3.0
    times = (0, 1_000, 1_001, 2_000, 2_001, 3_001)
    assert [shard.position_from(START_S * 1000 + at_ms) for at_ms in times] == [0, 0, 1, 1, 3, 4]


def test_behind_is_zero_at_the_tip_only(world: World, shard: Shard) -> None:
    assert shard.behind_ms(0) == 0
    fill(shard, 2)
    assert [shard.behind_ms(0), shard.behind_ms(2)] == [1, 0]
    world.now_s = 7.0
    assert [shard.behind_ms(0), shard.behind_ms(1), shard.behind_ms(2)] == [7_000, 7_000, 0]


# --- retention ---


@pytest.mark.rule("KIN-07")
def test_records_vanish_exactly_at_their_age(world: World, shard: Shard) -> None:
    first, _ = fill(shard, 2)
    last = fill(shard, 1, at_ms=500)[0]
    world.now_s = DAY_S - 0.001
    assert len(data_of(shard)) == 3
    world.now_s = DAY_S
    assert (shard.horizon, data_of(shard)) == (2, [0])
    world.now_s = DAY_S + 0.5
    assert (shard.horizon, shard.tip, data_of(shard)) == (3, 3, [])
    assert [line for line in world.trace.events() if line["kind"] == "shard.expire"] == [
        {
            "n": 1,
            "t": DAY_S,
            "kind": "shard.expire",
            "stream": "s",
            "shard": shard.id,
            "count": 2,
            "first": first.sequence_number,
            "last": shard.numbers.number(1, START_S),
        },
        {
            "n": 2,
            "t": DAY_S + 0.5,
            "kind": "shard.expire",
            "stream": "s",
            "shard": shard.id,
            "count": 1,
            "first": last.sequence_number,
            "last": last.sequence_number,
        },
    ]


@pytest.mark.rule("KIN-07")
def test_a_position_before_the_trim_horizon_continues_at_it(world: World, shard: Shard) -> None:
    old = fill(shard, 5)
    world.now_s = 10.0
    fill(shard, 2, at_ms=10_000)
    world.now_s = DAY_S
    page = shard.read(0)
    assert (page.position, page.next_position) == (5, 7)
    assert [shard.position_at(old[1].sequence_number), shard.position_after(old[4].sequence_number)] == [5, 5]
    assert shard.position_from(0) == 5
    assert shard.behind_ms(0) == DAY_MS - 10_000


@pytest.mark.rule("KIN-07")
def test_a_longer_retention_period_brings_nothing_back(world: World) -> None:
    stream = world.sharded()
    shard = stream.open_shards[0]
    fill(shard, 1)
    world.now_s = 10.0
    fill(shard, 1, at_ms=10_000)
    world.now_s = DAY_S
    stream.retain(7 * DAY_MS)
    assert shard.horizon == 1
    world.now_s = 7 * DAY_S
    assert shard.horizon == 1
    stream.retain(2 * DAY_MS)
    assert shard.horizon == 2


def test_trimmed_records_are_freed(world: World, shard: Shard) -> None:
    fill(shard, 1)  # whatever the first one loads
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(20):
            world.now_s += DAY_S / 10
            fill(shard, 500, at_ms=int(world.now_s * 1000))
        held = tracemalloc.get_traced_memory()[0] - before
        world.now_s += 2 * DAY_S
        shard.settle()
        left = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert shard.tip - shard.horizon == 0
    assert left < held / 20
    assert len(shard._log._records) == 0


@pytest.mark.skipif(sys.gettrace() is not None, reason="a tracer's memory counts too")
def test_a_record_of_200_bytes_takes_at_most_600(world: World) -> None:
    stream = world.stream(4)
    stream.put(b64("x" * 200), "warm")
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for n in range(10_000):
            world.now_s += 0.001
            stream.put(b64(f"{n:0200d}"), f"user-{n}")
        held = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert held / 10_000 <= 600
