"""What lets schedules happen: one timer each, set to the next occurrence."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from eventsim.cloud.queues.waiters import Cancellable, Timers
    from eventsim.cloud.schedules.expressions import Expression
    from eventsim.kernel.clock import Clock


class Runner:
    """Calls back at occurrences, on the loop that *timers* gives and *clock* tells the time of."""

    def __init__(self, clock: Clock, timers: Callable[[], Timers]) -> None:
        self._clock = clock
        self._timers = timers

    def start(
        self,
        occurrences: Iterator[float],
        fire: Callable[[float], object],
        ended: Callable[[], object] | None = None,
    ) -> Running:
        """Call *fire* with each occurrence when its time has come, and *ended* after the last one.

        *occurrences* are Unix seconds in ascending order; they are drawn one at a time, each when the one before it
        has been. A schedule that has another to come keeps the loop from being idle.
        """
        running = Running(self._clock, self._timers, occurrences, fire, ended)
        running.go_on()
        return running

    def call_at(self, wall_s: float, callback: Callable[..., object], *args: object) -> Cancellable:
        """Call *callback* once, at a Unix time."""
        return self._timers().call_at(wall_s - self._clock.epoch_s, callback, *args)


class Running:
    """One schedule on its way from occurrence to occurrence."""

    __slots__ = ("_clock", "_ended", "_fire", "_occurrences", "_stopped", "_timer", "_timers")

    def __init__(
        self,
        clock: Clock,
        timers: Callable[[], Timers],
        occurrences: Iterator[float],
        fire: Callable[[float], object],
        ended: Callable[[], object] | None,
    ) -> None:
        self._clock = clock
        self._timers = timers
        self._occurrences = occurrences
        self._fire = fire
        self._ended = ended
        self._timer: Cancellable | None = None
        self._stopped = False

    def stop(self) -> None:
        """Let nothing happen any more; *ended* is not called."""
        self._stopped = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def go_on(self) -> None:
        """Set the timer to the next occurrence."""
        when = next(self._occurrences, None)
        if when is not None:
            self._timer = self._timers().call_at(when - self._clock.epoch_s, self._due, when)
        elif self._ended is not None:
            self._ended()

    def _due(self, when: float) -> None:
        self._timer = None
        self._fire(when)
        if not self._stopped:
            self.go_on()


def occurrences_after(expression: Expression, since_s: float) -> Iterator[float]:
    """All that lie after *since_s*, where rates count from."""
    when = expression.next_after(since_s, since_s)
    while when is not None:
        yield when
        when = expression.next_after(when, since_s)
