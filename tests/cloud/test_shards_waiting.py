from __future__ import annotations

import asyncio

import pytest

from eventsim.cloud.shards import Subscription
from eventsim.cloud.shards.quotas import MIB
from tests.cloud.sharded import DAY_MS, DAY_S, START_S, World, fill, settled


@pytest.fixture
def world() -> World:
    return World()


def test_a_waiter_wakes_with_a_record_and_not_before(world: World) -> None:
    async def main() -> list[bool]:
        shard = world.sharded().open_shards[0]
        waiting = [shard.wait_beyond(0), shard.wait_beyond(1)]
        before = [future.done() for future in waiting]
        fill(shard, 1)
        one = [future.done() for future in waiting]
        fill(shard, 1)
        return [*before, *one, *(future.done() for future in waiting), shard.wait_beyond(1).done()]

    assert world.run(main) == [False, False, True, False, True, True, True]


@pytest.mark.rule("STR-01")
def test_a_waiter_wakes_when_the_shard_closes(world: World) -> None:
    async def main() -> tuple[bool, bool]:
        stream = world.sharded()
        shard = stream.open_shards[0]
        waiting = shard.wait_beyond(0)
        stream.split(shard, 5)
        return waiting.done(), shard.wait_beyond(0).done()

    assert world.run(main) == (True, True)


def test_a_waiter_wakes_when_the_stream_is_deleted(world: World) -> None:
    async def main() -> tuple[bool, bool]:
        stream = world.stream()
        shard = stream.open_shards[0]
        waiting = shard.wait_beyond(0)
        world.streams.delete(stream)
        return waiting.done(), shard.is_deleted

    assert world.run(main) == (True, True)


def test_a_waiter_that_was_cancelled_is_forgotten(world: World) -> None:
    async def main() -> int:
        shard = world.sharded().open_shards[0]
        shard.wait_beyond(0).cancel()
        await settled()
        return len(shard._waiters)

    assert world.run(main) == 0


@pytest.mark.rule("KIN-07")
def test_records_that_vanished_are_not_waited_out(world: World) -> None:
    async def main() -> tuple[list[bool], float]:
        shard = world.sharded().open_shards[0]
        fill(shard, 3)
        await asyncio.sleep(DAY_S)
        waiting = shard.wait_beyond(0)
        subscription = Subscription(shard, 0, world.clock, latency_s=0)
        asyncio.get_running_loop().call_later(5.0, lambda: fill(shard, 1, at_ms=DAY_MS + 5_000))
        before = waiting.done()
        page = await subscription.next()
        assert page is not None
        return [before, waiting.done(), page.position == 3], world.clock.now_s()

    assert world.run(main) == ([False, True, True], DAY_S + 5)


def test_waiting_sets_no_timer(world: World) -> None:
    async def main() -> float:
        loop = asyncio.get_running_loop()
        shard = world.sharded().open_shards[0]
        loop.call_at(1_000_000.0, fill, shard, 1)
        await shard.wait_beyond(0)
        assert loop.jumps == 1  # type: ignore[attr-defined]
        return loop.time()

    assert world.run(main) == 1_000_000.0


@pytest.mark.rule("KIN-06")
def test_a_subscription_pushes_70_ms_after_arrival(world: World) -> None:
    async def main() -> list[tuple[float, int]]:
        loop = asyncio.get_running_loop()
        shard = world.sharded().open_shards[0]
        subscription = Subscription(shard, 0, world.clock)
        for at_s in (1.0, 1.05, 2.0):
            loop.call_at(at_s, lambda: shard.append("k", 0, 1, world.clock.wall_ms()))
        pages = []
        while (page := await subscription.next()) is not None:
            pages.append((round(loop.time(), 6), len(page.records)))
        return [*pages, (loop.time(), 0)]

    assert world.run(main) == [(1.07, 2), (2.07, 1), (300.0, 0)]


@pytest.mark.rule("KIN-06")
def test_a_subscription_has_two_mebibytes_a_second_of_its_own(world: World) -> None:
    async def main() -> list[tuple[float, int]]:
        shard = world.sharded().open_shards[0]
        fill(shard, 10, size_bytes=MIB)
        shard.reads.spend(10 * MIB, START_S * 1000)
        subscription = Subscription(shard, 0, world.clock, latency_s=0)
        times = []
        while subscription.position < shard.tip:
            page = await subscription.next()
            assert page is not None
            times.append((world.clock.now_s(), len(page.records)))
        return times

    assert world.run(main) == [(0.0, 2), (1.0, 2), (2.0, 2), (3.0, 2), (4.0, 2)]


@pytest.mark.rule("KIN-06")
def test_a_subscription_ends_with_its_shard(world: World) -> None:
    async def main() -> tuple[int, float, bool]:
        stream = world.sharded()
        shard = stream.open_shards[0]
        fill(shard, 3)
        subscription = Subscription(shard, 0, world.clock, latency_s=0)
        page = await subscription.next()
        asyncio.get_running_loop().call_at(5.0, stream.split, shard, 7)
        assert await subscription.next() is None
        assert page is not None
        return len(page.records), world.clock.now_s(), shard.is_drained(subscription.position)

    assert world.run(main) == (3, 5.0, True)


def test_a_subscription_can_be_ended_and_can_last_for_ever(world: World) -> None:
    async def main() -> tuple[float, bool]:
        shard = world.sharded().open_shards[0]
        subscription = Subscription(shard, 0, world.clock, lifetime_s=None)
        asyncio.get_running_loop().call_at(86_400.0, subscription.end)
        assert await subscription.next() is None
        return world.clock.now_s(), subscription.was_ended

    assert world.run(main) == (86_400.0, True)
