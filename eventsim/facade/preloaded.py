"""What the first run of a process needs, loaded with `eventsim.Simulation`: no test is slower than the next for it.

hypothesis would take the first example for a slow one.
"""

from __future__ import annotations

from eventsim.cloud.embedded import EmbeddedCloud
from eventsim.invokers.python import PythonInvoker
from eventsim.invokers.wall_clock import WallClock

__all__ = ["EmbeddedCloud", "PythonInvoker", "WallClock"]

WallClock(float)  # loads time-machine, without its plugin for pytest where that is not loaded
