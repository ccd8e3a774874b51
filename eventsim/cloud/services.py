"""The engines of one account and region, each made when somebody first asks for it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eventsim.cloud.kinesis.registry import Streams
    from eventsim.cloud.queues.registry import Queues
    from eventsim.kernel.world import World


class Services:
    """What needs no moto: reached by steps and mappings directly, and by AWS clients through the embedded cloud."""

    def __init__(self, queues: Queues, world: World) -> None:
        self.queues = queues
        self._world = world

    @cached_property
    def streams(self) -> Streams:
        """Kinesis's streams."""
        from eventsim.cloud.kinesis.registry import Streams

        world, queues = self._world, self.queues
        return Streams(world.clock, trace=world.trace, account_id=queues.account_id, region=queues.region)
