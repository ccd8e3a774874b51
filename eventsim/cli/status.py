"""What the command's exit status means."""

from __future__ import annotations

from enum import IntEnum

# \b keeps click from filling the lines anew.
MEANINGS = """\b
Exit status: 0 all expectations met, 1 an expectation failed, 2 the input is bad
(nothing was run), 3 eventsim itself failed, 130 interrupted.
"""


class Status(IntEnum):
    """The exit statuses; of several scenarios the highest counts."""

    PASSED = 0
    FAILED = 1
    """An expectation was not met."""
    BAD_INPUT = 2
    CRASHED = 3
    """eventsim itself failed."""
    INTERRUPTED = 130
    """Ctrl-C: 128 + SIGINT, as shells have it."""
