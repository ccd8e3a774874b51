"""The embedded cloud of one simulation: its engines, moto for every other service, and the entrances."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from eventsim.cloud.boto import BotoHook
from eventsim.cloud.gate import ThreadGate
from eventsim.cloud.moto import Moto
from eventsim.cloud.protocols import JsonService
from eventsim.cloud.router import Router
from eventsim.cloud.sqs.service import SqsService

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eventsim.cloud.queues.registry import Queues
    from eventsim.kernel.world import World


class EmbeddedCloud:
    """One account in one region, reached by every AWS client of the process between `open` and `close`."""

    def __init__(self, queues: Queues, world: World) -> None:
        account_id, region = queues.account_id, queues.region
        self._moto = Moto(world.clock, world.seeds, account_id=account_id, region=region)
        self.router = Router(
            account_id=account_id, region=region, trace=world.trace, faults=world.faults, fallback=self._moto
        )
        self.router.mount("sqs", JsonService(SqsService(queues)))
        self.gate = ThreadGate(self.router.lock)
        self.hook = BotoHook(self.router, seeds=world.seeds, loop=world.loop)

    @contextmanager
    def open(self) -> Iterator[None]:
        """Lead the process's AWS clients here, then leave everything as it was; what moto kept is dropped.

        Raises RuntimeError while another simulation has them.
        """
        self.hook.install()
        self._moto.start()
        try:
            yield
        finally:
            self._moto.stop()
            self.hook.remove()
