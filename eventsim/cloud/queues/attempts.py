"""Receive attempts of FIFO queues: a receive whose answer got lost can be asked for again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from eventsim.cloud.queues.message import IN_FLIGHT, Delivery

if TYPE_CHECKING:
    from collections.abc import Sequence

WINDOW_S: Final = 300.0


class Attempts:
    """What each receive with an attempt id returned, for five minutes from the first."""

    __slots__ = ("_attempts",)

    def __init__(self) -> None:
        self._attempts: dict[str, tuple[float, float, Sequence[Delivery]]] = {}

    def find(self, attempt_id: str, now: float) -> Sequence[Delivery] | None:
        """The deliveries to repeat: none of them deleted, changed or ended since; else None."""
        while self._attempts:
            oldest = next(iter(self._attempts))
            if self._attempts[oldest][0] > now:
                break
            del self._attempts[oldest]
        found = self._attempts.get(attempt_id)
        if found is None:
            return None
        _, until, deliveries = found
        return deliveries if all(is_untouched(delivery, until) for delivery in deliveries) else None

    def keep(self, attempt_id: str, now: float, deliveries: Sequence[Delivery]) -> None:
        """Start the window of an attempt, anew if it had one."""
        self._attempts.pop(attempt_id, None)
        if deliveries:
            self._attempts[attempt_id] = (now + WINDOW_S, deliveries[0].expires_s, tuple(deliveries))

    def prolong(self, attempt_id: str, until: float) -> None:
        """Note that an attempt's deliveries are leased until then."""
        ends, _, deliveries = self._attempts[attempt_id]
        self._attempts[attempt_id] = (ends, until, deliveries)


def is_untouched(delivery: Delivery, until: float) -> bool:
    """Whether a delivery is leased as the attempt left it."""
    message = delivery.message
    return message.state == IN_FLIGHT and message.receipt == delivery.receipt and message.wakes_s == until
