"""When the items of a table expire by their time to live (DDB-12)."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from eventsim.cloud.dynamodb.attributes import Attributes
    from eventsim.cloud.queues.waiters import Cancellable, Timers
    from eventsim.kernel.clock import Clock

_OLDEST_S: Final = 5 * 365 * 86_400
_LAST_S: Final = 253_402_300_799.0  # the end of the year 9999: milliseconds by mistake are far beyond it
_DUST_S: Final = 0.0005
_SPARE: Final = 64


def expires_s(attributes: Attributes, name: str, now_s: float) -> float | None:
    """The Unix second in the attribute called *name*; None when the item does not expire.

    Only a number at the top level counts. What lies five years or more in the past, or beyond the year 9999, does not.
    """
    text = attributes.get(name, {}).get("N")
    if text is None:
        return None
    seconds = float(text)
    return seconds if now_s - _OLDEST_S < seconds <= _LAST_S else None


class Expiries:
    """The items that will expire, by key; *attribute* holds the time, and *delay_s* passes before the deletion.

    An entry of the heap whose item was deleted, or expires at another time now, is stale.
    """

    def __init__(self, attribute: str, delay_s: float) -> None:
        self.attribute = attribute
        self._delay_s = delay_s
        self._items: dict[str, tuple[float, int, Any]] = {}
        self._heap: list[tuple[float, int, str]] = []
        self._serial = 0

    def note(self, key: str, place: Any, attributes: Attributes | None, now_s: float) -> None:
        """An item is now what *attributes* say, or gone; *place* is what `pop_due` gives of it."""
        expiry_s = None if attributes is None else expires_s(attributes, self.attribute, now_s)
        if expiry_s is None:
            self._items.pop(key, None)
            return
        due_s = expiry_s + self._delay_s
        known = self._items.get(key)
        if known is not None and known[0] == due_s:
            return
        self._serial += 1
        self._items[key] = due_s, self._serial, place
        heapq.heappush(self._heap, (due_s, self._serial, key))
        if len(self._heap) > 2 * len(self._items) + _SPARE:
            self._heap = [entry for entry in self._heap if self._is_current(entry)]
            heapq.heapify(self._heap)

    def first_s(self) -> float | None:
        """The Unix second at which the next item is due; None when none is."""
        while self._heap and not self._is_current(self._heap[0]):
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def pop_due(self, now_s: float) -> Iterator[Any]:
        """The places of the items that are due at *now_s*, the longest due first."""
        while (due_s := self.first_s()) is not None and due_s <= now_s + _DUST_S:
            _, _, key = heapq.heappop(self._heap)
            yield self._items.pop(key)[2]

    def _is_current(self, entry: tuple[float, int, str]) -> bool:
        known = self._items.get(entry[2])
        return known is not None and known[1] == entry[1]


class Alarm:
    """One timer, which calls *on_time* at the instant that was set last."""

    def __init__(self, timers: Callable[[], Timers], clock: Clock, on_time: Callable[[], None]) -> None:
        self._timers = timers
        self._clock = clock
        self._on_time = on_time
        self._when_s: float | None = None
        self._timer: Cancellable | None = None

    def set(self, when_s: float | None) -> None:
        """Ring at the Unix second *when_s*, at once if it is past; never if it is None."""
        if when_s == self._when_s:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._when_s = when_s
        if when_s is not None:
            loop_s = max(self._clock.now_s(), when_s - self._clock.epoch_s)
            self._timer = self._timers().call_at(loop_s, self._ring)

    def _ring(self) -> None:
        self._timer = self._when_s = None
        self._on_time()
