"""Registered consumers of a stream: enhanced fan-out (KIN-06)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from eventsim.cloud.kinesis.errors import subscription_exists
from eventsim.cloud.shards.subscription import LATENCY_S, LIFETIME_S, Subscription

if TYPE_CHECKING:
    from eventsim.cloud.kinesis.stream import KinesisStream
    from eventsim.cloud.shards.shard import Shard
    from eventsim.kernel.clock import Clock

MAXIMUM_CONSUMERS: Final = 20
TAKEOVER_S: Final = 5.0


class Consumer:
    """One consumer that is registered with a stream, active at once.

    *arn* ends in the Unix second of its creation; records and failure documents that come through it name it.
    """

    def __init__(self, stream: KinesisStream, name: str, clock: Clock) -> None:
        self.stream = stream
        self.name = name
        self.created_ms = clock.wall_ms()
        self.arn = f"{stream.arn}/consumer/{name}:{self.created_ms // 1000}"
        self.tags: dict[str, str] = {}
        self._clock = clock
        self._active: dict[str, tuple[float, Subscription]] = {}

    def subscribe(
        self, shard: Shard, position: int, *, latency_s: float = LATENCY_S, lifetime_s: float | None = LIFETIME_S
    ) -> Subscription:
        """Begin to push a shard's records; see `Subscription`.

        A subscription to the same shard that is five seconds old or more ends; AwsError ResourceInUseException
        while it is younger.
        """
        now = self._clock.now_s()
        since_s, before = self._active.get(shard.id, (now, None))
        if before is not None and not before.is_over:
            if now - since_s < TAKEOVER_S:
                raise subscription_exists((self.stream.account_id, self.stream.name, shard.id, self.name))
            before.end()
        made = Subscription(shard, position, self._clock, latency_s=latency_s, lifetime_s=lifetime_s)
        self._active[shard.id] = now, made
        return made

    def leave(self) -> None:
        """End all its subscriptions: it is deregistered."""
        for _, subscription in self._active.values():
            subscription.end()
        self._active.clear()
