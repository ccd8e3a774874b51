"""A test that has frozen the time with freezegun: its handlers are told the virtual time all the same.

freezegun puts functions of its own in place of the clock's, which time-machine refuses to work beside; they tell
the time of the innermost freeze.
"""

from __future__ import annotations

import datetime as dt
import sys
from typing import TYPE_CHECKING, Any

from eventsim.kernel.handler_clock import install_clock_functions

if TYPE_CHECKING:
    from collections.abc import Callable

_STACKS = ("freeze_factories", "tz_offsets", "ignore_lists", "tick_flags")


def freezegun_at_work() -> Any:
    """What freezes the time, freezegun's module, while a test has it frozen; None when it has not."""
    freezegun: Any = sys.modules.get("freezegun.api")
    if freezegun is None:
        return None
    install_clock_functions()  # the end of a freeze undoes them
    return freezegun if freezegun.freeze_factories else None


def freeze_at(freezegun: Any, wall_s: Callable[[], float]) -> None:
    """Let freezegun tell *wall_s*, in UTC."""
    now = dt.datetime.fromtimestamp(round(wall_s(), 6), dt.UTC).replace(tzinfo=None)
    for stack, entry in zip(_STACKS, (lambda: now, dt.timedelta(0), (), False), strict=True):
        getattr(freezegun, stack).append(entry)


def go_back(freezegun: Any) -> None:
    """Let freezegun tell what it told before."""
    for stack in _STACKS:
        getattr(freezegun, stack).pop()
