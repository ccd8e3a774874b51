"""Real time, for the figures that are about the machine and not about the simulation."""

from __future__ import annotations

from time import perf_counter


class Stopwatch:
    """Real seconds since it was made."""

    __slots__ = ("_began",)

    def __init__(self) -> None:
        self._began = perf_counter()

    def elapsed_real_s(self) -> float:
        """Real seconds since the stopwatch was made."""
        return perf_counter() - self._began
