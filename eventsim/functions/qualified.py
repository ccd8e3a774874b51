"""What a qualifier stands for: the function as it is, one of its versions, or an alias's draw (FUN-13 to FUN-16)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, cast

from eventsim.errors import AwsError
from eventsim.functions.concurrency import ThrottleReason
from eventsim.functions.environments import Environments
from eventsim.functions.names import LATEST
from eventsim.functions.request_rate import RequestRate

if TYPE_CHECKING:
    from eventsim.functions.aliases import Aliases
    from eventsim.functions.concurrency import AccountConcurrency, Permit
    from eventsim.functions.function import Function
    from eventsim.functions.invocations import InvocationRecord
    from eventsim.functions.metrics import FunctionMetrics
    from eventsim.functions.provisioned import Provisioned
    from eventsim.functions.provisioned_pools import Pool
    from eventsim.functions.settings import FunctionSettings
    from eventsim.functions.versions import Versions
    from eventsim.invokers.base import Environment, Invoker
    from eventsim.kernel.world import World


class Target(NamedTuple):
    """What one invocation runs.

    *qualifier* is what the caller named, *version* what it came to, *arn* the ARN that the code is told. *pool* are the
    version's provisioned environments, None where it has none; *tenant_id* is whose *environments* they are (FUN-22).
    """

    qualifier: str
    version: str
    arn: str
    settings: FunctionSettings
    invoker: Invoker
    environments: Environments
    pool: Pool | None
    tenant_id: str | None


Admitted = tuple["Permit", "Environment", bool]
"""What an admitted invocation gets: its permit, its environment, and whether that is new."""


class Qualifiers(ABC):
    """The versions, aliases and provisioned concurrency of one function, made when somebody first asks for them.

    It is a base of `eventsim.functions.function.Function`, which has the rest of a function.
    """

    settings: FunctionSettings
    invoker: Invoker
    arn: str
    environments: Environments
    metrics: FunctionMetrics
    _world: World
    _account: AccountConcurrency
    _log: list[InvocationRecord]
    _limited: bool
    published_alias: str | None = None
    """The alias that deployments publish versions for."""
    publishes_all = False
    """Whether a change of any setting is a deployment."""
    beside = 0
    """How much more than its reservation may run: what of its provisioned concurrency is in use, less all of it."""

    @property
    def name(self) -> str:
        """The function's name."""
        return self.settings.name

    @cached_property
    def versions(self) -> Versions:
        """Its published versions (FUN-14)."""
        from eventsim.functions.versions import Versions

        return Versions(self, self._world, self._qualifier_moved)

    @cached_property
    def aliases(self) -> Aliases:
        """Its aliases (FUN-15)."""
        from eventsim.functions.aliases import Aliases

        return Aliases(self, self.versions, self._world, self._qualifier_moved)

    @cached_property
    def provisioned(self) -> Provisioned:
        """Its provisioned concurrency, by version or alias (CON-09)."""
        from eventsim.functions.provisioned import Provisioned

        return Provisioned(self, self.versions, self.aliases, self._world, self._account, limited=self._limited)

    def settings_at(self, at_s: float, version: str = LATEST) -> FunctionSettings:
        """The settings by which an invocation of *version* that began at *at_s* ran."""
        published = self.versions.find(version) if version != LATEST else None
        if published is not None:
            return published.settings
        return next((old for until_s, old in self.earlier_settings if at_s < until_s), self.settings)

    @cached_property
    def earlier_settings(self) -> list[tuple[float, FunctionSettings]]:
        """What the settings were before each change, with its time."""
        return []

    @property
    def provisioned_history(self) -> list[tuple[float, int]]:
        """How much was provisioned since when, in virtual seconds."""
        return self.provisioned.history if "provisioned" in self.__dict__ else []

    @cached_property
    def _tenants(self) -> dict[tuple[str, str], Environments]:
        return {}

    def qualified(self, qualifier: str | None) -> Function:
        """The function under the name of a version or alias, for a mapping to invoke; itself for None."""
        if qualifier is None:
            return cast("Function", self)
        from eventsim.functions.qualified_function import qualified

        found = self._views.get(qualifier)
        if found is None:
            found = self._views[qualifier] = qualified(cast("Function", self), qualifier)
        return found

    @cached_property
    def _views(self) -> dict[str, Function]:
        return {}

    @property
    def for_events(self) -> Function:
        """The function as its events invoke it: by the alias that deployments publish to, if it has one."""
        return self.qualified(self.published_alias)

    @property
    def now_s(self) -> float:
        """The virtual time."""
        return self._world.clock.now_s()

    def keep(self, record: InvocationRecord) -> None:
        """Log a call that came to nothing."""
        self._log.append(record)

    def has_qualifier(self, qualifier: str | None) -> bool:
        """Whether a version or an alias has that name; ``$LATEST`` is always there."""
        if qualifier in (None, LATEST):
            return True
        found = self.aliases.find(str(qualifier)) or self.versions.find(str(qualifier))
        return found is not None

    def check_reserved(self, reserved: int | None) -> None:
        """AwsError for a reservation below what is provisioned (CON-09)."""
        if "provisioned" in self.__dict__:
            self.provisioned.check_reserved(reserved)

    def check_qualifier(self, qualifier: str | None) -> None:
        """AwsError ResourceNotFoundException for a qualifier that is not there."""
        if not self.has_qualifier(qualifier):
            raise AwsError("ResourceNotFoundException", f"Function not found: {self.arn}:{qualifier}", status=404)

    def resolve(self, qualifier: str | None, tenant_id: str | None = None) -> Target:
        """What the next invocation of *qualifier* runs: for an alias with two versions a draw, each time anew.

        AwsError ResourceNotFoundException for a qualifier that is not there.
        """
        number = LATEST if qualifier is None else qualifier
        arn = self.arn if qualifier is None else f"{self.arn}:{qualifier}"
        alias = self.aliases.find(number)
        if alias is not None:
            number = alias.draw(self._world.seeds.stream(f"alias:{self.name}:{alias.name}")) if alias.weights else (
                alias.version
            )  # fmt: skip
        if number == LATEST:
            found = Target(
                qualifier or LATEST, LATEST, arn, self.settings, self.invoker, self.environments, None, tenant_id
            )
        else:
            version = self.versions.find(number)
            if version is None:
                raise AwsError("ResourceNotFoundException", f"Function not found: {arn}", status=404)
            found = Target(
                qualifier or LATEST,
                number,
                arn,
                version.settings,
                version.invoker,
                version.environments,
                self.provisioned.pool(number, self._world.clock.now_s()),
                tenant_id,
            )
        return found if tenant_id is None else found._replace(environments=self._of_tenant(number, tenant_id))

    @abstractmethod
    def _admit(self, now_s: float, environments: Environments, limited: bool) -> Admitted | ThrottleReason: ...

    def _admit_to(self, target: Target, record: InvocationRecord, limited: bool) -> Admitted | ThrottleReason:
        """Admit to a provisioned environment if one is free, else as every invocation (CON-09)."""
        if target.pool is not None:
            environment = target.pool.take(record.at_s)
            record.provisioned = environment is not None
            if environment is not None:
                self.metrics.provisioned += 1
                return target.pool, environment, False
        got = self._admit(record.at_s, target.environments, limited)
        self.metrics.spilled_over += record.provisioned is False and not isinstance(got, ThrottleReason)
        return got

    @cached_property
    def _request_rate(self) -> RequestRate:
        return RequestRate()

    def _over_rate(self, now_s: float) -> ThrottleReason | None:
        """Count a request; why it is refused where this second has had all it may have (CON-04)."""
        reserved = self.settings.reserved_concurrency
        if reserved is None:
            return None if self._account.request_rate.take(now_s) else ThrottleReason.SCALING
        self._request_rate.limit = reserved
        return None if self._request_rate.take(now_s) else ThrottleReason.RESERVED_RATE

    def _of_tenant(self, version: str, tenant_id: str) -> Environments:
        found = self._tenants.get((version, tenant_id))
        if found is None:
            ids = self._world.seeds.stream(f"environment:{self.name}:{version}:{tenant_id}")
            idle_s = self._world.quirks.environment_idle_s
            found = self._tenants[version, tenant_id] = Environments(self._world.clock, ids, version, idle_s=idle_s)
        return found

    def _qualifier_moved(self, name: str) -> None:
        if "provisioned" in self.__dict__:
            self.provisioned.moved(name)

    def _settings_changed(self, before: FunctionSettings) -> None:
        """Keep what they were, forget what of the tenants is of them, and count what is provisioned anew."""
        made = self.__dict__
        self.earlier_settings.append((self._world.clock.now_s(), before))
        if "versions" in made:
            self.versions.changed()
        if "provisioned" in made:
            self.provisioned.settle()
        for (version, _), environments in made.get("_tenants", {}).items():
            if version == LATEST:
                environments.drop_all()
