"""The environments that are started beforehand: their allocation, and who has them (CON-09, CON-10)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from eventsim.kernel.instants import after

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventsim.functions.environments import Environments
    from eventsim.functions.request_rate import RequestRate
    from eventsim.invokers.base import Environment

RAMP_PER_S: Final = 100.0
"""How many environments are allocated in a second: 6,000 a minute for one function."""

INITIALIZATION: Final = "provisioned-concurrency"
"""AWS_LAMBDA_INITIALIZATION_TYPE in such an environment (FUN-18)."""


class Pool:
    """The provisioned environments of one version; the one used last is used first. It is its invocations' permit.

    *used* is told of each that is taken (1) and given back (-1).
    """

    __slots__ = ("_environments", "_idle", "_used", "capacity", "in_use", "rate")

    def __init__(self, environments: Environments, used: Callable[[int], object]) -> None:
        self._environments = environments
        self._used = used
        self._idle: list[Environment] = []
        self.capacity = 0
        self.in_use = 0
        self.rate: RequestRate | None = None

    def take(self, now_s: float) -> Environment | None:
        """One that is free; None when all are busy, or the requests of this second used up (CON-04)."""
        if self.in_use >= self.capacity or (self.rate is not None and not self.rate.take(now_s)):
            return None
        self.in_use += 1
        self._used(1)
        return self._idle.pop() if self._idle else self._environments.initialized(INITIALIZATION)

    def keep(self, environment: Environment) -> None:
        """Take an environment back that can be used again; one that was lost is replaced."""
        self._idle.append(environment)

    def give_back(self) -> None:
        """An invocation has ended."""
        self.in_use -= 1
        self._used(-1)


class Allocation:
    """One qualifier's configuration: what was asked for, what serves meanwhile, and since when it is allocated."""

    __slots__ = ("begun_s", "modified_s", "requested", "serving")

    def __init__(self, requested: int, serving: int, begun_s: float, modified_s: float) -> None:
        self.requested = requested
        self.serving = serving
        self.begun_s = begun_s
        self.modified_s = modified_s

    @property
    def ready_s(self) -> float:
        """When all that was asked for is there."""
        return after(self.begun_s, (self.requested - self.serving) / RAMP_PER_S)

    def available(self, now_s: float) -> int:
        """How many serve: the new ones all together, once the last of them is there (CON-10)."""
        return self.requested if now_s >= self.ready_s else self.serving

    def allocated(self, now_s: float) -> int:
        """How many there are, serving or not yet."""
        begun = math.floor((now_s - self.begun_s) * RAMP_PER_S + 1e-9)
        return min(self.requested, self.serving + begun)

    def to_aws(self, now_s: float) -> dict[str, Any]:
        """The members of PutProvisionedConcurrencyConfig's answer; LastModified in Unix seconds."""
        return {
            "RequestedProvisionedConcurrentExecutions": self.requested,
            "AvailableProvisionedConcurrentExecutions": self.available(now_s),
            "AllocatedProvisionedConcurrentExecutions": self.allocated(now_s),
            "Status": "READY" if now_s >= self.ready_s else "IN_PROGRESS",
            "LastModified": self.modified_s,
        }
