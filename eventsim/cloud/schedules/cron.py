"""cron(): the times that AWS's six fields name."""

from __future__ import annotations

from bisect import bisect_left
from datetime import date
from math import floor
from typing import TYPE_CHECKING, Final

from eventsim.cloud.schedules.cron_days import parse_days
from eventsim.cloud.schedules.cron_fields import HOUR, MINUTE, MONTH, YEAR, parse_values
from eventsim.cloud.schedules.errors import ScheduleExpressionError
from eventsim.cloud.schedules.zones import local_s, unix_s

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from zoneinfo import ZoneInfo

_FIELDS: Final = 6
_ORDINAL_1970: Final = date(1970, 1, 1).toordinal()
_MINUTES_A_DAY: Final = 1440


class Cron:
    """A parsed ``cron(minutes hours day-of-month month day-of-week year)``, on the clocks of *zone* (None for UTC).

    ScheduleExpressionError for anything else (SCH-03).
    """

    __slots__ = ("_days_of", "_hours", "_minutes", "_month", "_months", "_years", "text", "zone")

    def __init__(self, text: str, zone: ZoneInfo | None = None) -> None:
        self.text = text
        self.zone = zone
        fields = text[5:-1].split(" ") if text.startswith("cron(") and text.endswith(")") else []
        if len(fields) != _FIELDS:
            raise ScheduleExpressionError(
                text, "it must be cron(minutes hours day-of-month month day-of-week year), with single spaces between"
            )
        try:
            self._minutes = parse_values(fields[0], MINUTE)
            self._hours = parse_values(fields[1], HOUR)
            self._days_of = parse_days(fields[2], fields[4])
            self._months = parse_values(fields[3], MONTH)
            self._years = parse_values(fields[5], YEAR)
        except ValueError as error:
            raise ScheduleExpressionError(text, str(error)) from None
        self._month: tuple[int, int, Sequence[int]] = (0, 0, ())  # the one looked at last

    def next_after(self, when_s: float, since_s: float = 0.0) -> float | None:  # noqa: ARG002 - rates count from it
        """The first occurrence later than *when_s*, both in Unix seconds; None when there is none any more.

        A local time that the clocks skip is left out; one that they show twice counts the first time (SCH-11).
        """
        second = floor(when_s)
        local = self.next_local(local_s(second, self.zone))
        while local is not None:
            found = unix_s(local, self.zone)
            if found is not None and found > when_s:
                return float(found)
            local = self.next_local(local)
        return None

    def next_local(self, after: int) -> int | None:
        """The first local time, in seconds as `zones` counts them, that is later than *after* and fits the fields."""
        day, minute = divmod(after // 60 + 1, _MINUTES_A_DAY)
        start = _ORDINAL_1970 + day
        for ordinal in self._dates(date.fromordinal(start)):
            time_of_day = self._time_from(minute) if ordinal == start else self._time_from(0)
            if time_of_day is not None:
                return ((ordinal - _ORDINAL_1970) * _MINUTES_A_DAY + time_of_day) * 60
        return None

    def _time_from(self, minute: int) -> int | None:
        """The first minute of a day, from *minute* on, that fits."""
        hour, minute_of_hour = divmod(minute, 60)
        at = bisect_left(self._hours, hour)
        if at < len(self._hours) and self._hours[at] == hour:
            found = bisect_left(self._minutes, minute_of_hour)
            if found < len(self._minutes):
                return hour * 60 + self._minutes[found]
            at += 1
        return self._hours[at] * 60 + self._minutes[0] if at < len(self._hours) else None

    def _dates(self, start: date) -> Iterator[int]:
        """The days that fit, from *start* on, as ordinals."""
        for year in self._years[bisect_left(self._years, start.year) :]:
            for month in self._months:
                if (year, month) < (start.year, start.month):
                    continue
                first = date(year, month, 1).toordinal()
                length = date(year + month // 12, month % 12 + 1, 1).toordinal() - first
                earliest = start.day if (year, month) == (start.year, start.month) else 1
                for day in self._days(year, month):
                    if earliest <= day <= length:
                        yield first + day - 1

    def _days(self, year: int, month: int) -> Sequence[int]:
        if self._month[:2] != (year, month):
            self._month = (year, month, self._days_of(year, month))
        return self._month[2]
