"""Time zones: what a clock on the wall shows somewhere, and when it shows that (SCH-11)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

UTC_NAME: Final = "UTC"

# Local time is counted as if it were UTC: the seconds from 1970-01-01T00:00:00 to what the clock on the wall shows.


def find_zone(name: str) -> ZoneInfo | None:
    """The zone of that name in the IANA database, None for UTC; ValueError for a name that it lacks."""
    if name == UTC_NAME:
        return None
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown; no possible name; the name of a folder of zones
        raise ValueError(
            f"found the time zone {name!r}; allowed: a name of the IANA database, as in Europe/Paris"
        ) from None


def local_s(wall_s: int, zone: ZoneInfo | None) -> int:
    """The local time at a Unix time."""
    if zone is None:
        return wall_s
    shown = datetime.fromtimestamp(wall_s, zone)
    return round(shown.replace(tzinfo=UTC).timestamp())


def unix_s(local: int, zone: ZoneInfo | None) -> int | None:
    """The Unix time at which a local time is shown first; None when the clocks skip it."""
    if zone is None:
        return local
    shown = datetime.fromtimestamp(local, UTC).replace(tzinfo=zone, fold=0)
    found = round(shown.timestamp())
    return found if local_s(found, zone) == local else None
