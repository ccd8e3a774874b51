"""How a mapping reads an SQS queue: one protocol, and the adapter to the queue engine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventsim.cloud.queues.message import Delivery
    from eventsim.cloud.queues.queue import Queue
    from eventsim.kernel.loop import VirtualEventLoop


Visibility = Callable[[], int | None]
"""Tells the visibility timeout to receive with now, in seconds; None leaves it to the queue."""


class QueueSource(Protocol):
    """What a queue mapping asks of its queue. Times are loop time; ``inf`` waits for ever."""

    async def receive(self, limit: int, visibility_s: Visibility | None, until_s: float) -> list[Delivery]:
        """Receive 1 to *limit* messages, waiting for the first; [] when there was none until *until_s*.

        *visibility_s* is asked for the visibility timeout at each call of the service; None leaves it to the queue.
        """

    async def delete(self, deliveries: Sequence[Delivery]) -> list[Delivery]:
        """Delete messages by the receipts of these deliveries; return those that could not be deleted."""

    async def backlog(self) -> bool:
        """Whether messages are waiting to be received."""

    def watch(self, callback: Callable[[], object]) -> Callable[[], object]:
        """Call *callback* once messages may be waiting; return what cancels that."""


class EmbeddedQueueSource:
    """The queue engine itself; waiting costs nothing until a message can be received."""

    __slots__ = ("_loop", "_queue")

    def __init__(self, queue: Queue, loop: VirtualEventLoop) -> None:
        self._queue = queue
        self._loop = loop

    async def receive(self, limit: int, visibility_s: Visibility | None, until_s: float) -> list[Delivery]:
        """See `QueueSource.receive`."""
        queue = self._queue
        while True:
            deliveries = queue.receive(limit, None if visibility_s is None else visibility_s())
            if deliveries or self._loop.time() >= until_s:
                return deliveries
            await self._arrival(until_s)

    async def delete(self, deliveries: Sequence[Delivery]) -> list[Delivery]:
        """See `QueueSource.delete`."""
        errors = self._queue.delete_batch([delivery.receipt for delivery in deliveries])
        if not any(errors):
            return []
        return [delivery for delivery, error in zip(deliveries, errors, strict=True) if error is not None]

    async def backlog(self) -> bool:
        """See `QueueSource.backlog`."""
        return self._queue.counts().visible > 0

    def watch(self, callback: Callable[[], object]) -> Callable[[], object]:
        """See `QueueSource.watch`; somebody else may receive what has come."""

        def arrived() -> None:
            callback()
            self._queue.pass_on()

        return self._on_arrival(arrived)

    def _on_arrival(self, callback: Callable[[], object]) -> Callable[[], object]:
        arrival = self._queue.arrival()
        arrival.add_done_callback(lambda done: None if done.cancelled() else callback())
        return arrival.cancel

    async def _arrival(self, until_s: float) -> None:
        """Park until the queue has something, or until *until_s*."""
        reached: asyncio.Future[None] = self._loop.create_future()
        cancel = self._on_arrival(lambda: finish(reached))
        timer = self._loop.call_at(until_s, finish, reached) if until_s < float("inf") else None
        try:
            await reached
            await self._quiet()
        except asyncio.CancelledError:
            self._queue.pass_on()
            raise
        finally:
            cancel()
            if timer is not None:
                timer.cancel()

    async def _quiet(self) -> None:
        """Let everything else that falls due at this instant happen first (GEN-02)."""
        quiet: asyncio.Future[None] = self._loop.create_future()
        waiting = self._loop.call_when_quiet(lambda: finish(quiet))
        try:
            await quiet
        finally:
            waiting.cancel()


def finish(future: asyncio.Future[None]) -> None:
    """Complete a future that somebody may have completed or cancelled already."""
    if not future.done():
        future.set_result(None)
