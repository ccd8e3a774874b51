"""Sources of a real endpoint that outlive its outages: what can't be answered now is asked again (ESM-25)."""

from __future__ import annotations

import asyncio
import math
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from eventsim.cloud.remote_errors import MISSING, code_of
from eventsim.sources.remote_queue import CHUNK, RemoteQueueSource

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from eventsim.cloud.queues.message import Delivery
    from eventsim.cloud.remote_patience import Patience
    from eventsim.sources.parking import Pace
    from eventsim.sources.queue import Visibility
    from eventsim.sources.remote_stream import Answer, StreamApi
    from eventsim.sources.shards import ShardInfo
    from eventsim.sources.stream import Start

T = TypeVar("T")
_DELETE_PATIENCE_S = 60.0


class PatientQueueSource:
    """A queue of an endpoint: one long poll at a time, of *long_poll_s* seconds, which no caller's end cuts off.

    What a poll brings after its caller has left is kept for the next one. `held` are the deliveries that were received
    and neither deleted nor, as far as their leases tell, returned. *name* is how messages call the queue.
    """

    def __init__(
        self,
        source: RemoteQueueSource,
        patience: Patience,
        loop: asyncio.AbstractEventLoop,
        *,
        name: str,
        long_poll_s: int,
    ) -> None:
        self.held: dict[str, Delivery] = {}
        self.name = name
        self._source = source
        self._patience = patience
        self._loop = loop
        self._long_poll_s = long_poll_s
        self._polling: asyncio.Task[list[Delivery]] | None = None
        self._kept: list[Delivery] = []
        self._ended = False

    # -- as a mapping uses it --------------------------------------------------------------------

    async def receive(self, limit: int, visibility_s: Visibility | None, until_s: float) -> list[Delivery]:
        """See `eventsim.sources.queue.QueueSource.receive`."""
        while True:
            if found := self._take_kept(limit):
                return found
            left_s = until_s - self._loop.time()
            polling = self._polling or self._poll(min(limit, 10), visibility_s, left_s)
            await asyncio.wait([polling], timeout=None if left_s == math.inf else max(0.0, left_s))
            if polling.done():
                self._polling = None
                self._kept += polling.result()
            elif self._loop.time() >= until_s:
                return []
            if not self._kept and self._loop.time() >= until_s:
                return []

    async def delete(self, deliveries: Sequence[Delivery]) -> list[Delivery]:
        """See `eventsim.sources.queue.QueueSource.delete`; what can't be deleted for a minute comes back."""
        failed: list[Delivery] = []
        until_s = self._loop.time() + _DELETE_PATIENCE_S
        for start in range(0, len(deliveries), CHUNK):
            chunk = deliveries[start : start + CHUNK]
            try:
                failed += await self._patience.call(
                    partial(self._source.delete_once, chunk), self.name, until_s=until_s
                )
            except Exception as error:  # noqa: BLE001 - what was not deleted comes back
                _raise_denied(error)
                failed += chunk
        for one in deliveries:
            self.held.pop(one.receipt, None)
        return failed

    async def backlog(self) -> bool:
        """See `eventsim.sources.queue.QueueSource.backlog`."""
        return await self._patience.call(self._source.backlog, self.name, unwelcome=MISSING)

    def watch(self, callback: Callable[[], object]) -> Callable[[], object]:
        """See `eventsim.sources.queue.QueueSource.watch`."""
        return self._source.watch(callback)

    # -- the end ---------------------------------------------------------------------------------

    async def finish_poll(self, grace_s: float) -> None:
        """Poll no more; wait up to *grace_s* seconds for what the last poll may still bring."""
        self._ended = True
        polling, self._polling = self._polling, None
        if polling is None:
            return
        await asyncio.wait([polling], timeout=grace_s)
        if not polling.done():
            polling.cancel()
            await asyncio.wait([polling])
        if not polling.cancelled() and polling.exception() is None:
            self._kept += polling.result()

    def close(self) -> None:
        """Give up a poll that is still under way."""
        polling, self._polling = self._polling, None
        if polling is not None:
            polling.cancel()

    async def release(self, deliveries: Sequence[Delivery]) -> int:
        """Let messages come back at once, as far as the endpoint can be reached; how many."""
        due = [one for one in deliveries if one.expires_s > self._loop.time()]
        try:
            await self._patience.call(
                lambda: self._source.change_visibility(due, 0), self.name, until_s=self._loop.time() + 1
            )
        except Exception as error:  # noqa: BLE001 - their visibility timeouts bring them back
            _raise_denied(error)
            return 0
        for one in due:
            self.held.pop(one.receipt, None)
        return len(due)

    async def lengthen(self, deliveries: Sequence[Delivery], visibility_s: int) -> None:
        """Keep messages for another *visibility_s* seconds, as far as the endpoint can be reached."""
        await self._patience.call(lambda: self._source.change_visibility(deliveries, visibility_s), self.name)
        for one in deliveries:
            one.expires_s = self._loop.time() + visibility_s

    # -- polls -----------------------------------------------------------------------------------

    def _poll(self, limit: int, visibility_s: Visibility | None, left_s: float) -> asyncio.Task[list[Delivery]]:
        wait_s = int(max(0.0, min(self._long_poll_s, left_s)))
        self._polling = task = asyncio.ensure_future(self._poll_once(limit, visibility_s, wait_s))
        return task

    async def _poll_once(self, limit: int, visibility_s: Visibility | None, wait_s: int) -> list[Delivery]:
        found = await self._patience.call(
            lambda: self._source.receive_once(limit, visibility_s, 0 if self._ended else wait_s),
            self.name,
            unwelcome=MISSING,
        )
        self._forget_returned()
        self.held.update({one.receipt: one for one in found})
        if not found and wait_s == 0:
            await asyncio.sleep(0.05)  # a short poll of an empty queue: the rest of the second is waited for here
        return found

    def _take_kept(self, limit: int) -> list[Delivery]:
        now_s = self._loop.time()
        kept = [one for one in self._kept if one.expires_s > now_s]
        self._kept = kept[limit:]
        return kept[:limit]

    def _forget_returned(self) -> None:
        now_s = self._loop.time()
        if any(one.expires_s <= now_s for one in self.held.values()):
            self.held = {receipt: one for receipt, one in self.held.items() if one.expires_s > now_s}


class PatientStreamApi:
    """The calls of a stream's service, asked again while the endpoint can't answer."""

    def __init__(self, api: StreamApi, patience: Patience, name: str) -> None:
        self._api = api
        self._patience = patience
        self._name = name

    @property
    def pace(self) -> Pace:
        """How it is polled."""
        return self._api.pace

    @property
    def retention_ms(self) -> int:
        """How long it keeps records."""
        return self._api.retention_ms

    async def shards(self) -> list[ShardInfo]:
        """The shards, parents before their children; a stream that is gone is waited for."""
        return await self._patience.call(self._api.shards, self._name, unwelcome=MISSING)

    async def iterator(self, shard_id: str, start: Start) -> str:
        """An iterator that begins at *start*."""
        return await self._asked(lambda: self._api.iterator(shard_id, start))

    async def records(self, iterator: str) -> Answer:
        """The next records."""
        return await self._asked(lambda: self._api.records(iterator))

    async def _asked(self, make: Callable[[], Awaitable[T]]) -> T:
        """What a call brings; an error that is no iterator's natural end is told of."""
        from botocore.exceptions import ClientError

        try:
            return await self._patience.call(make, self._name)
        except ClientError as error:
            if code_of(error) not in _EXPECTED:
                self._patience.mention(self._name, error)
            raise


_EXPECTED = {"ExpiredIteratorException", "TrimmedDataAccessException"}


def _raise_denied(error: Any) -> None:
    """Let through what ends the run."""
    from eventsim.errors import InputError

    if isinstance(error, InputError):
        raise error
