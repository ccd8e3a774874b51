"""rate(): every so many minutes, hours or days, and at(): once."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from math import floor
from typing import TYPE_CHECKING, Final

from eventsim.cloud.schedules.errors import ScheduleExpressionError
from eventsim.cloud.schedules.zones import unix_s

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_RATE: Final = re.compile(r"rate\(([0-9]+) (minute|hour|day)(s?)\)")
_AT: Final = re.compile(r"at\(([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})\)")
_UNIT_S: Final = {"minute": 60, "hour": 3_600, "day": 86_400}
_MOST: Final = 2_147_483_647


class Rate:
    """A parsed ``rate(5 minutes)``; a day is 24 hours whatever the clocks do (SCH-02, SCH-11).

    Rules want the unit in the singular for 1 and in the plural for more; the Scheduler, not *strict*, takes either.
    """

    __slots__ = ("period_s", "text")

    def __init__(self, text: str, *, strict: bool = True) -> None:
        self.text = text
        found = _RATE.fullmatch(text)
        count = int(found[1]) if found else 0
        if found is None or not 1 <= count <= _MOST:
            raise ScheduleExpressionError(text, "it must be rate(N unit): N from 1 on, unit minutes, hours or days")
        if strict and (count == 1) == bool(found[3]):
            raise ScheduleExpressionError(text, "the unit is in the singular for 1, and in the plural for more")
        self.period_s = count * _UNIT_S[found[2]]

    def next_after(self, when_s: float, since_s: float = 0.0) -> float | None:
        """The first whole number of periods after *since_s* that is later than *when_s*, in Unix seconds."""
        periods = max(1, floor((when_s - since_s) / self.period_s) + 1)
        found = since_s + periods * self.period_s
        return found if found > when_s else found + self.period_s


class Once:
    """A parsed ``at(2026-03-01T08:30:00)`` on the clocks of *zone* (SCH-09)."""

    __slots__ = ("text", "when_s")

    def __init__(self, text: str, zone: ZoneInfo | None = None) -> None:
        self.text = text
        found = _AT.fullmatch(text)
        try:
            shown = datetime.fromisoformat(found[1]) if found else None
        except ValueError:
            shown = None
        if shown is None:
            raise ScheduleExpressionError(text, "it must be at(yyyy-mm-ddThh:mm:ss), a date of the calendar")
        self.when_s = unix_s(round(shown.replace(tzinfo=UTC).timestamp()), zone)
        """The Unix time; None for a local time that the clocks skip."""

    def next_after(self, when_s: float, since_s: float = 0.0) -> float | None:  # noqa: ARG002 - rates count from it
        """The one occurrence, if it is later than *when_s*."""
        return float(self.when_s) if self.when_s is not None and self.when_s > when_s else None
