"""The working folder of a function's code: where its files are, and only while it runs."""

from __future__ import annotations

import os
from contextlib import suppress


class WorkingFolder:
    """One environment's current folder: *folder* until the code changes to another.

    Lambda's is that of the code, so ``open("prices.json")`` finds what came with it.
    """

    __slots__ = ("_mine", "_outside")

    def __init__(self, folder: str) -> None:
        self._mine = folder
        self._outside = folder

    def enter(self) -> None:
        """Go there."""
        self._outside = _go(self._mine)

    def leave(self) -> None:
        """Go back."""
        self._mine = _go(self._outside)


def _go(folder: str) -> str:
    """Change to *folder*, unless it is gone, and tell where one was before."""
    try:
        before = os.getcwd()
    except OSError:  # somebody removed it
        before = ""
    if before != folder:
        with suppress(OSError):
            os.chdir(folder)
    return before or folder
