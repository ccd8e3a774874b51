"""What is around simulations that do not say themselves: the seed and the trace files of a test runner."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from pathlib import Path


class Surroundings(Protocol):
    """What simulations get that were given none of their own."""

    @property
    def seed(self) -> int | None:
        """The seed, None for their own default."""

    def trace_path(self) -> Path | None:
        """The file of the next one's trace, None for no file."""


current: Surroundings | None = None
"""What is around the process's simulations now."""


def seed_around() -> int | None:
    """The seed of a simulation that was given none; None where nothing says it."""
    return None if current is None else current.seed


def trace_around() -> Path | None:
    """The trace file of a simulation that was given none."""
    return None if current is None else current.trace_path()
