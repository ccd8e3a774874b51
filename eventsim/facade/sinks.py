"""Where a trace is written."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from eventsim.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def open_trace(target: str | Path | BinaryIO | None) -> Iterator[BinaryIO | None]:
    """A file for the trace: opened and closed where a path is given, else the one that is given, or None."""
    if target is None or not isinstance(target, str | Path):
        yield target
        return
    try:
        file = open(target, "wb")  # noqa: SIM115 - only an error of the opening is the caller's
    except OSError as error:
        raise InputError(f"trace: {target} can't be written: {error.strerror}") from None
    with file:
        yield file
