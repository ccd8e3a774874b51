"""Which simulation the process's AWS clients talk to: one at a time."""

from __future__ import annotations

import atexit
import sys
import weakref
from typing import TYPE_CHECKING

from eventsim.errors import InputError

if TYPE_CHECKING:
    from eventsim.facade.simulation import Simulation

_open: list[Simulation] = []
latest: weakref.ref[Simulation] | None = None
"""The one that was opened last, open or closed, while anybody still has it."""

_BETWEEN = ("eventsim.facade", "contextlib", "unittest", "eventsim.plugin")


def admit(simulation: Simulation) -> None:
    """Let *simulation* be the open one; InputError, naming both, while another is."""
    global latest  # noqa: PLW0603 - the process has one
    if _open:
        raise InputError(
            f"{simulation.label} can't be opened while {_open[0].label} is open: "
            "a process has one simulated account at a time. Close that one first, or add to it what is missing"
        )
    _open.append(simulation)
    atexit.register(_close_all)
    latest = weakref.ref(simulation)


def dismiss(simulation: Simulation) -> None:
    """*simulation* is closed."""
    if simulation in _open:
        _open.remove(simulation)
    atexit.unregister(_close_all)


def open_one() -> Simulation | None:
    """The one that is open now, whoever opened it."""
    return _open[0] if _open else None


def _close_all() -> None:
    """What nobody has closed ends with the process, while there still is what it has to put back."""
    while _open:
        _open[0].__exit__(None, None, None)


def place_of_caller() -> str:
    """``file:line`` of the first caller outside of eventsim and of what opens context managers."""
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith(_BETWEEN):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"
