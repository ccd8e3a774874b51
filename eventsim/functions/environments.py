"""A function's execution environments: cold starts, reuse, and what is idle for too long."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from eventsim.functions.names import LATEST
from eventsim.invokers.base import Environment
from eventsim.quirks import NO_QUIRKS

if TYPE_CHECKING:
    from random import Random

    from eventsim.kernel.clock import Clock


class Environments:
    """The warm environments of one function version; the one used last is used first (CON-11).

    One that has no work for *idle_s* seconds is gone: AWS publishes no number.
    """

    __slots__ = ("_clock", "_dropped", "_idle_s", "_ids", "_version", "_warm", "started")

    def __init__(
        self, clock: Clock, ids: Random, version: str = LATEST, *, idle_s: float = NO_QUIRKS.environment_idle_s
    ) -> None:
        self._clock = clock
        self._ids = ids
        self._version = version
        self._idle_s = idle_s
        self._warm: list[tuple[float, Environment]] = []
        self._dropped = 0
        self.started = 0

    def warm(self, now_s: float) -> Environment | None:
        """Take the environment that was used last, if one is warm."""
        if not self._warm:
            return None
        last_used_s, environment = self._warm.pop()
        if now_s - last_used_s < self._idle_s:
            return environment
        self._warm.clear()
        return None

    def cold(self) -> Environment:
        """Start a new environment, with a log stream of its own."""
        self.started += 1
        day = time.strftime("%Y/%m/%d", time.gmtime(self._clock.wall_s()))
        stream = f"{day}/[{self._version}]{self._ids.getrandbits(128):032x}"
        return Environment(number=self.started, log_stream=stream)

    def initialized(self, initialization_type: str) -> Environment:
        """A new environment that was started before anybody called, as *initialization_type* tells its code."""
        environment = self.cold()
        environment.initialization_type = initialization_type
        return environment

    def keep(self, environment: Environment, now_s: float) -> None:
        """Freeze an environment after an invocation, for the next one, unless it was dropped meanwhile."""
        if environment.number > self._dropped:
            self._warm.append((now_s, environment))

    def kept(self) -> list[Environment]:
        """Those that are warm and idle, the one used last at the end."""
        return [environment for _, environment in self._warm]

    def drop_all(self) -> None:
        """Forget all environments, as a change of code or configuration does; running invocations end in theirs."""
        self._dropped = self.started
        self._warm.clear()
