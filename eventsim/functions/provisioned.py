"""Provisioned concurrency: environments of a version that are started before anybody calls (CON-09, CON-10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from eventsim.errors import AwsError
from eventsim.functions.names import LATEST
from eventsim.functions.provisioned_pools import Allocation, Pool
from eventsim.functions.request_rate import RequestRate
from eventsim.functions.settings import UNRESERVED_MINIMUM, constraint
from eventsim.functions.versions import Versioned, no_such_function

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eventsim.functions.aliases import Aliases
    from eventsim.functions.concurrency import AccountConcurrency
    from eventsim.functions.versions import Versions
    from eventsim.kernel.world import World


class Provisionable(Versioned, Protocol):
    """A function as what is provisioned of it sees it."""

    beside: int


class Provisioned:
    """The provisioned concurrency of one function, by version or alias.

    What is asked for counts against the function's reservation, or against the account, from the moment of asking. An
    alias's environments are divided among its versions by their weights, and allocated anew when it moves. Whatever
    call reaches a version may use that version's environments. *limited*: it is held to a request rate (CON-04).
    """

    def __init__(
        self,
        function: Provisionable,
        versions: Versions,
        aliases: Aliases,
        world: World,
        account: AccountConcurrency,
        *,
        limited: bool = False,
    ) -> None:
        self.total = 0
        self.in_use = 0
        self.history: list[tuple[float, int]] = []
        self._function = function
        self._versions = versions
        self._aliases = aliases
        self._world = world
        self._account = account
        self._limited = limited
        self._configs: dict[str, Allocation] = {}
        self._pools: dict[str, Pool] = {}

    # -- Lambda's operations -----------------------------------------------------------------------

    def put(self, qualifier: str, amount: int, *, at_once: bool = False) -> dict[str, Any]:
        """PutProvisionedConcurrencyConfig; *at_once* leaves out the ramp. Raises AwsError and changes nothing."""
        self._check(qualifier, amount)
        now_s, before = self._world.clock.now_s(), self._configs.get(qualifier)
        serving = amount if at_once else min(amount, 0 if before is None else before.available(now_s))
        config = self._configs[qualifier] = Allocation(amount, serving, now_s, self._world.clock.wall_s())
        self._count()
        self._world.trace.add(
            "function.provision", function=self._function.name, qualifier=qualifier, requested=amount,
            ready_s=round(config.ready_s, 6),
        )  # fmt: skip
        return config.to_aws(now_s)

    def get(self, qualifier: str) -> dict[str, Any]:
        """GetProvisionedConcurrencyConfig; AwsError ProvisionedConcurrencyConfigNotFoundException."""
        self._check_qualifier(qualifier)
        config = self._configs.get(qualifier)
        if config is None:
            raise AwsError(
                "ProvisionedConcurrencyConfigNotFoundException",
                "No Provisioned Concurrency Config found for this function",
                status=404,
            )
        return config.to_aws(self._world.clock.now_s())

    def delete(self, qualifier: str) -> None:
        """DeleteProvisionedConcurrencyConfig; one that is not there is no error."""
        self._check_qualifier(qualifier)
        self._remove(qualifier)

    def _remove(self, qualifier: str) -> None:
        if self._configs.pop(qualifier, None) is not None:
            self._count()
            self._world.trace.add(
                "function.provision", function=self._function.name, qualifier=qualifier, requested=None
            )

    def list(self) -> list[dict[str, Any]]:
        """ListProvisionedConcurrencyConfigs: each with its FunctionArn."""
        now_s, arn = self._world.clock.now_s(), self._function.arn
        return [
            {"FunctionArn": f"{arn}:{name}", **config.to_aws(now_s)} for name, config in sorted(self._configs.items())
        ]

    def check_reserved(self, reserved: int | None) -> None:
        """AwsError for a reservation below what is provisioned (CON-09)."""
        if reserved is not None and reserved < self.total:
            raise AwsError(
                "InvalidParameterValueException",
                f" ReservedConcurrentExecutions  {reserved} should not be lower than function's total provisioned "
                f"concurrency [{self.total}].",
            )

    # -- what invocations and metrics ask ----------------------------------------------------------

    def pool(self, version: str, now_s: float) -> Pool | None:
        """The environments of a version, as many as serve now; None where none were ever asked for."""
        pool = self._pools.get(version)
        if pool is None and not any(version in shares for shares in self._shares(now_s)):
            return None
        if pool is None:
            pool = self._pools[version] = Pool(self._versions.get(version).environments, self._used)
        pool.capacity = sum(shares.get(version, 0) for shares in self._shares(now_s))
        if self._limited:
            pool.rate = pool.rate or RequestRate()
            pool.rate.limit = pool.capacity
        return pool

    def available(self, now_s: float) -> int:
        """How many serve now, over all versions."""
        return sum(config.available(now_s) for config in self._configs.values())

    def moved(self, qualifier: str) -> None:
        """An alias leads elsewhere, or it or a version is gone: its environments are allocated anew, or given up."""
        config = self._configs.get(qualifier)
        if config is None:
            return
        if self._aliases.find(qualifier) is None:
            self._remove(qualifier)
            return
        config.serving, config.begun_s = 0, self._world.clock.now_s()

    def settle(self) -> None:
        """Count it against the function's reservation, or the account, as that is now."""
        self._account.reserve(
            f"{self._function.name}:provisioned",
            self.total if self.total and self._function.settings.reserved_concurrency is None else None,
        )

    def _used(self, change: int) -> None:
        self.in_use += change
        self._function.beside = self.in_use - self.total

    # -- the rest ----------------------------------------------------------------------------------

    def _shares(self, now_s: float) -> Iterator[dict[str, int]]:
        for qualifier, config in self._configs.items():
            alias = self._aliases.find(qualifier)
            amount = config.available(now_s)
            yield {qualifier: amount} if alias is None else alias.shares(amount)

    def _count(self) -> None:
        self.total = sum(config.requested for config in self._configs.values())
        self.history.append((self._world.clock.now_s(), self.total))
        self._used(0)
        self.settle()

    def _check_qualifier(self, qualifier: str) -> None:
        if qualifier == LATEST:
            return
        if self._aliases.find(qualifier) is None and self._versions.find(qualifier) is None:
            raise no_such_function(f"{self._function.arn}:{qualifier}")

    def _check(self, qualifier: str, amount: int) -> None:
        if amount < 1:
            raise constraint(amount, "provisionedConcurrentExecutions", "have value greater than or equal to 1")
        if qualifier == LATEST:
            raise _invalid("Provisioned Concurrency Configs cannot be applied to unpublished function versions.")
        self._check_qualifier(qualifier)
        alias = self._aliases.find(qualifier)
        if alias is not None and alias.version == LATEST:
            raise _invalid("Provisioned Concurrency Configs cannot be applied to unpublished function versions.")
        if alias is not None and alias.version in self._configs:
            raise _conflict("Alias can't be used for Provisioned Concurrency configuration on an already Provisioned "
                            "version")  # fmt: skip
        if alias is None and any(one.name in self._configs for one in self._aliases.list(qualifier)):
            raise _conflict("Version is pointed by a Provisioned Concurrency alias")
        self._check_amount(qualifier, amount)

    def _check_amount(self, qualifier: str, amount: int) -> None:
        others = sum(config.requested for name, config in self._configs.items() if name != qualifier)
        reserved = self._function.settings.reserved_concurrency
        if reserved is not None:
            if others + amount > reserved:
                raise _invalid(
                    "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution for "
                    "function"
                )
            return
        free = self._account.unreserved(without=f"{self._function.name}:provisioned")
        if others + amount > free:
            raise _invalid(
                "Specified ConcurrentExecutions for function is greater than account's unreserved concurrency "
                f"[{free}]."
            )
        if free - others - amount < UNRESERVED_MINIMUM:
            raise _invalid(
                "Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below "
                f"its minimum value of [{UNRESERVED_MINIMUM}]."
            )


def _invalid(text: str) -> AwsError:
    return AwsError("InvalidParameterValueException", text)


def _conflict(text: str) -> AwsError:
    return AwsError("ResourceConflictException", text, status=409)
