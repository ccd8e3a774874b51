"""The wall clock that a handler sees: virtual, in UTC, and only while the handler runs."""

from __future__ import annotations

import os
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from eventsim.invokers.frozen_clock import freeze_at, freezegun_at_work, go_back

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from eventsim.kernel.clock import Clock


class WallClock:
    """`time.time`, `datetime.now` and what builds on them tell *wall_s* between `enter` and `leave`.

    time-machine replaces the functions in place, so a ``from time import time`` of long ago sees it too. Where a test
    has frozen the time with freezegun, that tells it. Inside a stretch the time stands still: virtual time passes only
    while the handler waits, and then it is not inside.
    """

    __slots__ = ("_at_s", "_freezegun", "_travel", "_wall_s", "_zone")

    def __init__(self, wall_s: Callable[[], float]) -> None:
        self._wall_s = wall_s
        self._travel: Any = _travel()
        self._at_s = 0.0
        self._freezegun: Any = None
        self._zone: str | None = None

    def enter(self) -> None:
        """Stop the clock at the virtual time."""
        if time.tzname[0] != "UTC":
            self._zone = _set_zone("UTC0")
        self._freezegun = freezegun_at_work()
        if self._freezegun is not None:
            freeze_at(self._freezegun, self._wall_s)
            return
        at_s = self._wall_s()
        if at_s != self._at_s:
            self._at_s = at_s
            self._travel.destination_timestamp_ns = round(at_s * 1_000_000) * 1000  # no dust below a microsecond
        self._travel.start()

    def leave(self) -> None:
        """Give the real time back."""
        if self._freezegun is None:
            self._travel.stop()
        else:
            go_back(self._freezegun)
        if self._zone is not None:
            _set_zone(self._zone)
            self._zone = None


class MachineClock:
    """The machine's own clock, which handlers of a run in real time see without anybody's help."""

    __slots__ = ()

    def enter(self) -> None:
        """Nothing to change."""

    def leave(self) -> None:
        """Nothing to give back."""


def wall_clock_of(clock: Clock) -> WallClock | MachineClock:
    """The wall clock that handlers see beside *clock*."""
    return MachineClock() if clock.real else WallClock(clock.wall_s)


@contextmanager
def utc_zone() -> Iterator[None]:
    """Hold the process in UTC, as a run does: on a machine in another zone each `WallClock.enter` costs 15 µs less."""
    zone = _set_zone("UTC0") if time.tzname[0] != "UTC" else None
    try:
        yield
    finally:
        if zone is not None:
            _set_zone(zone)


def _set_zone(zone: str) -> str:
    """Set the C library's time zone, "" for the machine's own, without `os.environ`; returns the one before."""
    before = os.environ.get("TZ", "")
    if zone:
        os.putenv("TZ", zone)
    else:
        os.unsetenv("TZ")
    time.tzset()
    return before


def _travel() -> Any:
    """A journey of time-machine, which would load pytest (150 ms) for its plugin wherever that is installed."""
    if "time_machine" not in sys.modules and "pytest" not in sys.modules:
        modules: dict[str, Any] = sys.modules
        modules["pytest"] = None  # an import of it fails, which time-machine is prepared for
        try:
            import time_machine
        finally:
            del modules["pytest"]
    import time_machine

    return time_machine.travel(0.0, tick=False)
