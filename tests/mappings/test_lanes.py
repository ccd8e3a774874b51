"""How the records of a poll are shared out over lanes, and how batches are taken from them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventsim.cloud.shards.record import Record
from eventsim.events.kinesis import KinesisShape
from eventsim.events.stream import StreamBatch
from eventsim.mappings.checkpoints import Checkpoint
from eventsim.mappings.lanes import Chunk, lane_of, share_out
from eventsim.mappings.stream_batch import OpenBatch, is_too_large
from eventsim.sources.stream import ReadPage

SHAPE = KinesisShape("shardId-000000000000", "arn:aws:kinesis:us-east-1:123456789012:stream/s", "us-east-1", "arn:role")
KEYS = st.lists(st.sampled_from([f"key-{n}" for n in range(30)]), max_size=60)


def make(keys: list[str], data: str = "") -> list[Record]:
    return [Record(str(10**20 + n), key, data, 1_767_225_600_000 + n) for n, key in enumerate(keys)]


@pytest.mark.rule("STR-05", "DDB-09")
@given(KEYS, st.integers(1, 10))
def test_every_record_is_in_the_lane_of_its_key_in_order(keys: list[str], lanes: int) -> None:
    records = make(keys)
    shares = share_out(records, range(5, 5 + len(keys)), 0, lanes)
    assert len(shares) == lanes
    taken = [chunk.take(len(chunk)) if chunk else ([], []) for chunk in shares]
    for lane, (found, positions) in enumerate(taken):
        assert [5 + records.index(record) for record in found] == list(positions)
        assert list(positions) == sorted(positions)
        assert all(lanes == 1 or lane_of(record.partition_key, lanes) == lane for record in found)
    assert sorted(position for _, positions in taken for position in positions) == list(range(5, 5 + len(keys)))


@pytest.mark.rule("STR-05")
def test_keys_spread_over_the_lanes() -> None:
    assert {lane_of(f"key-{n}", 10) for n in range(200)} == set(range(10))


@pytest.mark.rule("STR-18", "ESM-20")
@given(st.lists(st.integers(0, 2_500_000), min_size=1, max_size=12), st.integers(1, 6))
def test_a_batch_takes_what_fits_and_one_at_least(sizes: list[int], batch_size: int) -> None:
    records = [Record(str(n), 'k"\n', "x" * size, 1_767_225_600_123) for n, size in enumerate(sizes)]
    chunk = Chunk(records, range(len(records)), sum(sizes))
    envelope = StreamBatch((), SHAPE).envelope_bytes()
    seen: list[Record] = []
    while len(chunk):
        batch = OpenBatch(batch_size, SHAPE, envelope)
        whole = batch.add(chunk, min(batch.room, len(chunk)))
        closed = batch.close()
        made = StreamBatch(closed.records, SHAPE)
        assert closed.too_large == is_too_large(made)
        assert len(closed) == 1 or not closed.too_large
        if not whole and not closed.too_large:
            assert is_too_large(StreamBatch((*closed.records, chunk.head), SHAPE))
        seen += closed.records
    assert seen == records


class Pages:
    """Pages of one shard as they are read, and what of them is done with."""

    def __init__(self) -> None:
        self.checkpoint = Checkpoint()
        self.position = 0

    def read(self, count: int, skip: int = 0) -> None:
        start = self.position + skip
        records = [Record(str(100 + start + n), "k", "", 0) for n in range(count)]
        self.checkpoint.read(ReadPage(records, start, 0, behind=False, ended=False))
        self.position = start + count


@pytest.mark.rule("STR-03", "STR-05")
def test_a_checkpoint_moves_up_to_the_lowest_that_is_not_done_with() -> None:
    pages = Pages()
    told: list[Any] = []
    for step in (
        lambda: pages.checkpoint.settle(None),
        lambda: pages.read(5),
        lambda: pages.checkpoint.settle(0),
        lambda: pages.checkpoint.settle(3),
        lambda: pages.checkpoint.settle(3),
        lambda: pages.read(5),
        lambda: pages.checkpoint.settle(5),
        lambda: pages.checkpoint.settle(7),
        lambda: pages.read(2, skip=4),
        lambda: pages.checkpoint.settle(10),
        lambda: pages.checkpoint.settle(14),
        lambda: pages.checkpoint.settle(None),
    ):
        moved = step()
        told.append((moved, pages.checkpoint.number))
    assert told == [
        (False, None),
        (None, None),
        (False, None),
        (True, "102"),
        (False, "102"),
        (None, "102"),
        (True, "104"),
        (True, "106"),
        (None, "106"),
        (True, "109"),
        (False, "109"),
        (True, "115"),
    ]


@pytest.mark.rule("STR-03")
@given(st.lists(st.tuples(st.integers(1, 6), st.integers(0, 3)), min_size=1, max_size=6), st.data())
def test_a_checkpoint_is_the_last_record_before_the_lowest(steps: list[tuple[int, int]], data: st.DataObject) -> None:
    pages, read = Pages(), 0
    held: list[int] = []
    for count, skip in steps:
        pages.read(count, skip)
        held += range(pages.position - count, pages.position)
        before = pages.checkpoint.number
        read = pages.position
        lowest = data.draw(st.one_of(st.none(), st.integers(0, read)))
        done = [position for position in held if lowest is None or position < lowest]
        pages.checkpoint.settle(lowest)
        found = pages.checkpoint.number
        if done and (before is None or int(before) < 100 + done[-1]):
            assert found == str(100 + done[-1])
        else:
            assert found == before
