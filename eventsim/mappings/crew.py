"""Workers that take turns at leading: the leader finds work, then does it while another leads."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from eventsim.kernel.world import World

T = TypeVar("T")


class Crew(Generic[T]):
    """As many tasks as there is work at one time; they are kept for later work.

    *lead* finds the next piece of work and may wait as long as it takes; one worker leads at a time. *serve* does a
    piece. The lead passes to another worker only when serving has to wait, so work that takes no time costs no switch.
    `leader` is the worker that leads, if one does.
    """

    def __init__(
        self, world: World, name: str, lead: Callable[[], Awaitable[T]], serve: Callable[[T], Awaitable[None]]
    ) -> None:
        self._world = world
        self._name = name
        self._lead = lead
        self._serve = serve
        self._working = False
        self._led = False
        self.leader: asyncio.Task[Any] | None = None
        self._waiting: list[asyncio.Future[bool]] = []
        self._hired = 0

    @property
    def working(self) -> bool:
        """Whether it looks for work."""
        return self._working

    def start(self) -> None:
        """Look for work from now on."""
        self._working = True
        self._pass_lead()

    def stop(self) -> None:
        """Look for no more work; what is in work is finished."""
        self._working = False
        self._led = False
        leader, self.leader = self.leader, None
        if leader is not None:
            leader.cancel()
        for waiting in self._waiting:
            waiting.set_result(False)
        self._waiting.clear()

    def close(self) -> None:
        """The run is over: whoever is not cancelled yet begins nothing more."""
        self._working = False
        self._led = False
        self._waiting.clear()

    def _pass_lead(self) -> None:
        """Have somebody lead, unless somebody does: the worker that waited least long, else a new one."""
        if self._led or not self._working:
            return
        self._led = True
        if self._waiting:
            self._waiting.pop().set_result(True)
        else:
            self._hired += 1
            self._world.tasks.start(self._work(), f"{self._name} worker {self._hired}")

    async def _work(self) -> None:
        loop = self._world.loop
        me = asyncio.current_task()
        pass_lead = asyncio.Handle(self._pass_lead, (), loop)
        while True:
            self.leader = me
            try:
                found = await self._lead()
            except asyncio.CancelledError:
                if self.leader is me or me is None:
                    raise
                me.uncancel()  # the crew was stopped meanwhile
                return
            finally:
                if self.leader is me:
                    self.leader = None
                    self._led = False
            loop.add_ready(pass_lead)
            await self._serve(found)
            others = loop.take_back(pass_lead)
            if self._led or not self._working:
                if not await self._turn():
                    return
                continue
            self._led = True
            if others:
                await asyncio.sleep(0)  # whatever else happens at this instant gets its turn

    async def _turn(self) -> bool:
        """Wait to be asked to lead; False when the crew was stopped."""
        if not self._working:
            return False
        waiting: asyncio.Future[bool] = self._world.loop.create_future()
        self._waiting.append(waiting)
        try:
            return await waiting
        except asyncio.CancelledError:
            if waiting in self._waiting:
                self._waiting.remove(waiting)
            raise
