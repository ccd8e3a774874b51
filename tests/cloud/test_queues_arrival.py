"""Waiting for messages in virtual time: who wakes, when, and that nobody keeps time going for nothing."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from eventsim.cloud.queues.registry import Queues
from eventsim.kernel.clock import Clock
from eventsim.kernel.loop import VirtualEventLoop
from eventsim.kernel.seeds import Seeds
from tests.cloud.queue_lab import bodies, counts, refusal

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator

    from eventsim.cloud.queues.queue import Queue


class World:
    """Queues on a virtual loop, and what the pollers saw."""

    def __init__(self) -> None:
        self.loop = VirtualEventLoop()
        self.queues = Queues(Clock(self.loop.time), Seeds(1), lambda: self.loop)
        self.seen: list[tuple[Any, ...]] = []

    def run(self, *coroutines: Coroutine[Any, Any, Any]) -> float:
        """Run all, and say when the last ended."""

        async def main() -> None:
            await asyncio.gather(*coroutines)

        self.loop.run_until_complete(main())
        return self.loop.time()

    async def poll(self, queue: Queue, name: str, times: int = 1, limit: int = 1) -> None:
        for _ in range(times):
            while not (batch := queue.receive(limit)):
                await queue.arrival()
            self.seen.append((self.loop.time(), name, *bodies(batch)))

    async def at(self, when: float, call: Any, *args: Any, **kwargs: Any) -> None:
        await asyncio.sleep(when)
        call(*args, **kwargs)


@pytest.fixture
def world() -> Iterator[World]:
    world = World()
    yield world
    world.loop.close()


@pytest.mark.rule("SQS-03")
def test_a_message_wakes_the_oldest_waiter_only(world: World) -> None:
    queue = world.queues.create("orders")
    world.run(
        world.poll(queue, "first"),
        world.poll(queue, "second"),
        world.at(5.0, queue.send, "a"),
        world.at(7.0, queue.send, "b"),
    )
    assert world.seen == [(5.0, "first", "a"), (7.0, "second", "b")]


@pytest.mark.rule("SQS-05", "SQS-13")
def test_time_wakes_at_exactly_the_end_of_a_lease_or_delay(world: World) -> None:
    queue = world.queues.create("orders")
    queue.send("leased")
    queue.send("delayed", delay_s=12)
    leased = queue.receive(1)[0]
    world.run(world.poll(queue, "poller", times=2))
    assert world.seen == [(12.0, "poller", "delayed"), (30.0, "poller", "leased")]
    assert leased.expires_s == 30.0


@pytest.mark.rule("SQS-05")
def test_a_changed_visibility_moves_the_wake_up(world: World) -> None:
    queue = world.queues.create("orders")
    queue.send("a")
    receipt = queue.receive(1)[0].receipt
    world.run(
        world.poll(queue, "poller", times=3),
        world.at(1.0, queue.change_visibility, receipt, 2),
        world.at(40.0, lambda: queue.change_visibility(queue.messages()[0].receipt or "", 0)),
    )
    assert world.seen == [(3.0, "poller", "a"), (33.0, "poller", "a"), (40.0, "poller", "a")]


def test_it_completes_at_once_when_a_message_is_there(world: World) -> None:
    queue = world.queues.create("orders")

    async def look() -> None:
        assert not queue.arrival().done()
        queue.send("a")
        assert queue.arrival().done()

    world.run(look())


@pytest.mark.rule("SQS-09")
def test_a_locked_group_wakes_nobody_until_it_is_unlocked(world: World) -> None:
    queue = world.queues.create("orders.fifo")
    for n in range(3):
        queue.send(str(n), group_id="g", dedup_id=str(n))
    receipt = queue.receive(1)[0].receipt
    world.run(
        world.poll(queue, "first", limit=10),
        world.poll(queue, "second", limit=10),
        world.at(2.0, queue.delete, receipt),
        world.at(3.0, queue.send, "other", group_id="h", dedup_id="h"),
    )
    assert world.seen == [(2.0, "first", "1", "2"), (3.0, "second", "other")]


def test_a_cancelled_waiter_is_passed_over(world: World) -> None:
    queue = world.queues.create("orders")

    async def scene() -> None:
        first = asyncio.create_task(world.poll(queue, "first"))
        second = asyncio.create_task(world.poll(queue, "second"))
        await asyncio.sleep(1)
        first.cancel()
        queue.send("a")
        await second

    world.run(scene())
    assert world.seen == [(1.0, "second", "a")]


def test_a_wake_up_that_is_not_used_can_be_passed_on(world: World) -> None:
    queue = world.queues.create("orders")

    async def scene() -> None:
        first, second = queue.arrival(), queue.arrival()
        queue.send("a")
        assert (first.done(), second.done()) == (True, False)
        queue.pass_on()
        assert second.done()
        queue.receive()
        third = queue.arrival()
        queue.pass_on()
        assert not third.done()
        third.cancel()

    world.run(scene())


def test_nobody_who_waits_means_no_timer(world: World) -> None:
    queue = world.queues.create("orders")
    queue.send("a")
    queue.receive(1, 1000)

    async def give_up() -> None:
        waiting = asyncio.create_task(world.poll(queue, "first"))
        await asyncio.sleep(1)
        waiting.cancel()

    assert world.run(give_up()) == 1.0
    assert queue._waiters._timer is None


def test_a_deleted_message_leaves_no_timer_behind(world: World) -> None:
    queue = world.queues.create("orders")
    queue.send("a")
    receipt = queue.receive(1, 1000)[0].receipt

    async def scene() -> None:
        waiting = queue.arrival()
        timers = [queue._waiters._timer]
        queue.delete(receipt)
        timers.append(queue._waiters._timer)
        assert [timer is None for timer in timers] == [False, True]
        waiting.cancel()

    world.run(scene())


@pytest.mark.rule("SQS-06")
def test_a_dead_letter_queue_s_waiter_wakes_when_a_message_is_moved_there(world: World) -> None:
    dlq = world.queues.create("dlq")
    policy = f'{{"deadLetterTargetArn":"{dlq.arn}","maxReceiveCount":1}}'
    queue = world.queues.create("orders", {"RedrivePolicy": policy})
    queue.send("a")
    queue.receive(1)
    world.run(world.poll(dlq, "dlq"), world.at(30.0, queue.receive, 1))
    assert world.seen == [(30.0, "dlq", "a")]


@pytest.mark.rule("SQS-12")
def test_a_message_that_expires_in_flight_wakes_nobody(world: World) -> None:
    queue = world.queues.create("orders", {"MessageRetentionPeriod": "60"})
    queue.send("a")
    queue.receive(1, 100)
    world.run(world.poll(queue, "poller"), world.at(200.0, queue.send, "b"))
    assert world.seen == [(200.0, "poller", "b")]


def test_deleting_the_queue_wakes_all(world: World) -> None:
    queue = world.queues.create("orders")

    async def wait() -> None:
        await queue.arrival()
        world.seen.append((world.loop.time(), refusal(queue.receive)[0]))

    world.run(wait(), wait(), world.at(3.0, world.queues.delete, queue))
    assert world.seen == [(3.0, "QueueDoesNotExist")] * 2


# --- move tasks over time ---


def dead_letters(world: World, count: int) -> tuple[Queue, Queue]:
    dlq = world.queues.create("dlq")
    policy = f'{{"deadLetterTargetArn":"{dlq.arn}","maxReceiveCount":1}}'
    queue = world.queues.create("orders", {"RedrivePolicy": policy})
    for n in range(count):
        queue.send(str(n))
    queue.receive(count, 0)
    queue.receive(count)
    assert counts(dlq) == (count, 0, 0)
    return queue, dlq


@pytest.mark.rule("SQS-08")
def test_a_move_task_keeps_to_its_rate(world: World) -> None:
    queue, dlq = dead_letters(world, 5)
    task = world.queues.start_move_task(dlq.arn, max_per_second=2)

    async def watch() -> None:
        for _ in range(4):
            world.seen.append((world.loop.time(), counts(dlq)[0], counts(queue)[0], task.moved, task.status))
            await asyncio.sleep(1)

    world.run(watch())
    assert world.seen == [
        (0.0, 5, 0, 0, "RUNNING"),
        (1.0, 3, 2, 2, "RUNNING"),
        (2.0, 1, 4, 4, "RUNNING"),
        (3.0, 0, 5, 5, "COMPLETED"),
    ]


@pytest.mark.rule("SQS-08")
def test_a_cancelled_task_stops_and_leaves_the_rest(world: World) -> None:
    _, dlq = dead_letters(world, 5)
    task = world.queues.start_move_task(dlq.arn, max_per_second=1)
    running = "There is already a task running. Only one active task is allowed for a source queue arn at a given time."
    assert refusal(lambda: world.queues.start_move_task(dlq.arn))[2] == running

    async def cancel() -> None:
        await asyncio.sleep(2.5)
        assert world.queues.cancel_move_task(task.handle).moved == 2
        await asyncio.sleep(10)

    world.run(cancel())
    assert (task.status, task.moved, counts(dlq)) == ("CANCELLED", 2, (3, 0, 0))
    assert refusal(lambda: world.queues.cancel_move_task(task.handle))[2] == "Only active tasks can be cancelled."


@pytest.mark.rule("SQS-08")
def test_a_task_fails_when_its_destination_goes(world: World) -> None:
    _, dlq = dead_letters(world, 5)
    other = world.queues.create("other")
    task = world.queues.start_move_task(dlq.arn, other.arn, 1)
    world.run(world.at(2.5, world.queues.delete, other), world.at(9.0, lambda: None))
    assert (task.status, task.failure_reason, task.moved) == ("FAILED", "AWS.SimpleQueueService.NonExistentQueue", 2)
    assert counts(dlq) == (3, 0, 0)
