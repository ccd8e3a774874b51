"""How a failure of eventsim itself is told, and the command that repeats a run."""

from __future__ import annotations

import shlex
import traceback
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def repeat_command(file: str, seed: int, more: Sequence[str] = ()) -> str:
    """Return the command that runs the scenario *file* again with the same *seed*, quoted for a shell.

    *more* are further words, as of where it ran.
    """
    return command_line(["run", file, "--seed", str(seed), *more])


def command_line(words: Sequence[str]) -> str:
    """Return ``eventsim`` and *words* as one would type them."""
    return shlex.join(["eventsim", *words])


def one_line(error: BaseException) -> str:
    """Return the error's type and message, as the last line of a traceback has them."""
    return "".join(traceback.format_exception_only(error)).strip()


def whole_traceback(error: BaseException) -> str:
    """Return the traceback as Python prints it."""
    return "".join(traceback.format_exception(error)).rstrip()


def describe_crash(error: BaseException, words: Sequence[str], *, verbose: bool) -> str:
    """Say that eventsim failed, with the traceback if *verbose*, and the command that repeats it."""
    detail = whole_traceback(error) if verbose else "-v shows where"
    return f"eventsim failed: {one_line(error)}\n{detail}\nrepeat: {command_line(words)}"
