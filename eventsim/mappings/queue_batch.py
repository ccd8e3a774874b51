"""A batch of SQS messages while it is filled, and on its way to the function (ESM-18 to ESM-20)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from eventsim.events.sqs import sqs_record
from eventsim.mappings.batching import ENVELOPE_BYTES, CloseReason, fitting, record_size_bytes, surely_fits

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventsim.cloud.queues.message import Delivery
    from eventsim.mappings.settings import QueueMappingSettings


class QueueTarget:
    """What a queue mapping has to know of its queue; *visibility_s* asks for its present visibility timeout."""

    __slots__ = ("arn", "fifo", "name", "region", "visibility_s")

    def __init__(self, arn: str, *, fifo: bool, visibility_s: Callable[[], int]) -> None:
        self.arn = arn
        self.name = arn.rpartition(":")[2]
        self.region = arn.split(":", 4)[3]
        self.fifo = fifo
        self.visibility_s = visibility_s

    def record(self, delivery: Delivery, settings: QueueMappingSettings) -> dict[str, Any]:
        """The record of an event that a delivery becomes under these settings."""
        return sqs_record(delivery, self.arn, self.region, with_window=settings.has_window)


def is_whole(deliveries: list[Delivery], settings: QueueMappingSettings) -> bool:
    """Whether a poll is a batch by itself: nothing is waited for, and nothing left over (ESM-18).

    Few polls are not, and only an `OpenBatch` can tell what becomes of those.
    """
    if settings.maximum_batching_window_in_seconds or len(deliveries) > settings.batch_size:
        return False
    content_bytes = 0
    for one in deliveries:
        content_bytes += one.message.size_bytes
    return surely_fits(content_bytes, len(deliveries))


class OpenBatch:
    """A batch that is being filled, by the settings that it was opened with (FLT-20); *room* is for so many more."""

    __slots__ = ("_content_bytes", "_exact_bytes", "_target", "deliveries", "room", "settings")

    def __init__(self, settings: QueueMappingSettings, target: QueueTarget) -> None:
        self.settings = settings
        self.deliveries: list[Delivery] = []
        self.room = settings.batch_size
        self._target = target
        self._content_bytes = 0
        self._exact_bytes: int | None = None

    def add(self, deliveries: list[Delivery]) -> tuple[CloseReason | None, list[Delivery]]:
        """Take as many as fit; say why the batch is closed, or None, and hand back the rest (ESM-18)."""
        count = len(deliveries)
        if count > self.room:
            deliveries, rest = deliveries[: self.room], deliveries[self.room :]
            reason, left = self.add(deliveries)
            return reason, left + rest
        taken = self._fitting(deliveries)
        self.room -= taken
        if taken < count:
            self.deliveries += deliveries[:taken]
            return CloseReason.PAYLOAD, deliveries[taken:]
        self.deliveries += deliveries
        return (None if self.room else CloseReason.SIZE), []

    def _fitting(self, deliveries: list[Delivery]) -> int:
        """How many of them the payload limit lets in (ESM-20)."""
        for one in deliveries:
            self._content_bytes += one.message.size_bytes
        held, count = self.deliveries, len(deliveries)
        if self._exact_bytes is None:
            if surely_fits(self._content_bytes, len(held) + count):
                return count
            self._exact_bytes = ENVELOPE_BYTES + sum(self._sizes_bytes(held))
        sizes = self._sizes_bytes(deliveries)
        taken = fitting(self._exact_bytes, sizes, count, empty=not held)
        self._exact_bytes += sum(sizes[:taken])
        return taken

    def _sizes_bytes(self, deliveries: list[Delivery]) -> list[int]:
        return [record_size_bytes(self._target.record(one, self.settings)) for one in deliveries]


class ClosedBatch(msgspec.Struct, frozen=True, gc=False):
    """A batch on its way to the function; *settings* are those that it was opened with."""

    deliveries: tuple[Delivery, ...]
    settings: QueueMappingSettings

    @property
    def lease_ends_s(self) -> float:
        """When the first of its leases ends."""
        return min([one.expires_s for one in self.deliveries])


def still_leased(deliveries: list[Delivery], now_s: float) -> list[Delivery]:
    """Those whose lease has not ended: the function never gets another one (SQS-27)."""
    return [one for one in deliveries if one.expires_s > now_s]
