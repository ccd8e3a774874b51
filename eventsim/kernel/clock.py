"""What time it is: the epoch of the run plus the loop's time."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

DEFAULT_EPOCH_S = 1767225600.0  # 2026-01-01T00:00:00Z
_DUST_MS = 0.0005  # sums of seconds miss a millisecond by less than this, in either direction


class Clock:
    """Virtual time in the three units that AWS uses.

    *loop_time* tells the seconds since the start, as ``VirtualEventLoop.time`` does; *epoch_s* is the Unix time
    of the start. ``now_s`` is *loop_time* itself, so that reading it costs nothing more. *real* says that the time is
    the machine's, which handlers see anyway.
    """

    __slots__ = ("_epoch_ms", "epoch_s", "now_s", "real")

    def __init__(self, loop_time: Callable[[], float], epoch_s: float = DEFAULT_EPOCH_S, *, real: bool = False) -> None:
        self.now_s: Callable[[], float] = loop_time
        self.epoch_s = epoch_s
        self.real = real
        self._epoch_ms = round(epoch_s * 1000)

    def wall_s(self) -> float:
        """Unix time in seconds."""
        return self.epoch_s + self.now_s()

    def wall_ms(self) -> int:
        """Unix time in whole milliseconds: 0.1 + 0.2 seconds after the start is its 300th, not its 299th."""
        return self._epoch_ms + int(self.now_s() * 1000 + _DUST_MS)
