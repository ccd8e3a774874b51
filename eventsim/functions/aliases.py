"""A function's aliases: names for versions, with a share of the calls for a second one (FUN-15)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from eventsim.errors import AwsError
from eventsim.functions.names import LATEST
from eventsim.functions.versions import no_such_function, revision_differs
from eventsim.kernel.seeds import draw_uuid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from random import Random

    from eventsim.functions.versions import Versioned, Versions
    from eventsim.kernel.world import World

_NAME: Final = re.compile(r"(?!^[0-9]+$)([a-zA-Z0-9-_]+)")
LONGEST_NAME: Final = 128


class Alias(Struct, eq=False, gc=False):
    """One alias; *weights* has at most one more version and the share of calls, 0.0 to 1.0, that it gets."""

    name: str
    arn: str
    version: str
    description: str
    weights: dict[str, float]
    revision_id: str

    def draw(self, stream: Random) -> str:
        """The number of the version that one call gets."""
        for number, weight in self.weights.items():
            if stream.random() < weight:
                return number
        return self.version

    def shares(self, amount: int) -> dict[str, int]:
        """*amount* divided among the versions by their weights."""
        parts = {number: round(amount * weight) for number, weight in self.weights.items()}
        return {self.version: amount - sum(parts.values()), **parts}

    def to_aws(self) -> dict[str, Any]:
        """The members of AWS's AliasConfiguration."""
        shown: dict[str, Any] = {
            "AliasArn": self.arn,
            "Name": self.name,
            "FunctionVersion": self.version,
            "Description": self.description,
        }
        if self.weights:
            shown["RoutingConfig"] = {"AdditionalVersionWeights": dict(self.weights)}
        return {**shown, "RevisionId": self.revision_id}


class Aliases:
    """The aliases of one function, by name; *moved* is told the name of each that changes or goes."""

    def __init__(
        self, function: Versioned, versions: Versions, world: World, moved: Callable[[str], object] = lambda _: None
    ) -> None:
        self._function = function
        self._versions = versions
        self._world = world
        self._moved = moved
        self._ids = world.seeds.stream(f"alias-revision:{function.name}")
        self._aliases: dict[str, Alias] = {}

    def create(
        self, name: str, version: str, description: str = "", weights: Mapping[str, float] | None = None
    ) -> Alias:
        """CreateAlias; AwsError ResourceConflictException for one that exists.

        AwsError too for an unknown version, and for what `check_name` and `check_weights` refuse.
        """
        check_name(name)
        shares = dict(weights or {})
        self._check(version, shares)
        arn = f"{self._function.arn}:{name}"
        if name in self._aliases:
            raise AwsError("ResourceConflictException", f"Alias already exists: {arn}", status=409)
        alias = self._aliases[name] = Alias(name, arn, version, description, shares, draw_uuid(self._ids))
        self._trace(alias)
        return alias

    def update(
        self,
        name: str,
        version: str | None = None,
        description: str | None = None,
        weights: Mapping[str, float] | None = None,
        revision_id: str | None = None,
    ) -> Alias:
        """UpdateAlias: what is None keeps its value; later invocations go where it says now. Raises AwsError."""
        alias = self._aliases.get(name)
        if alias is None:
            raise AwsError("ResourceNotFoundException", f"Alias not found: {self._function.arn}:{name}", status=404)
        if revision_id and revision_id != alias.revision_id:
            raise revision_differs()
        shares = alias.weights if weights is None else dict(weights)
        target = alias.version if version is None else version
        self._check(target, shares)
        alias.version, alias.weights = target, shares
        alias.description = alias.description if description is None else description
        alias.revision_id = draw_uuid(self._ids)
        self._trace(alias)
        self._moved(name)
        return alias

    def delete(self, name: str) -> None:
        """DeleteAlias; one that is not there is no error."""
        if self._aliases.pop(name, None) is not None:
            self._moved(name)

    def find(self, name: str) -> Alias | None:
        """The alias of that name, if there is one."""
        return self._aliases.get(name)

    def get(self, name: str) -> Alias:
        """GetAlias; AwsError ResourceNotFoundException."""
        alias = self._aliases.get(name)
        if alias is None:
            text = f"Cannot find alias arn: {self._function.arn}:{name}"
            raise AwsError("ResourceNotFoundException", text, status=404)
        return alias

    def list(self, version: str | None = None) -> list[Alias]:
        """ListAliases: by name; those that lead to *version* where it is given."""
        found = sorted(self._aliases.values(), key=lambda one: one.name)
        return [one for one in found if version is None or version == one.version or version in one.weights]

    def __iter__(self) -> Iterator[Alias]:
        return iter(self._aliases.values())

    def __len__(self) -> int:
        return len(self._aliases)

    def _check(self, version: str, weights: Mapping[str, float]) -> None:
        if version != LATEST and self._versions.find(version) is None:
            raise no_such_function(f"{self._function.arn}:{version}")
        error = check_weights(version, weights)
        if error is not None:
            raise error
        for number in weights:
            self._versions.get(number)

    def _trace(self, alias: Alias) -> None:
        fields: dict[str, Any] = {"weights": dict(alias.weights)} if alias.weights else {}
        self._world.trace.add(
            "alias.route", function=self._function.name, alias=alias.name, version=alias.version, **fields
        )


def check_name(name: str) -> None:
    """AwsError ValidationException for what can't be an alias's name."""
    if len(name) > LONGEST_NAME or not _NAME.fullmatch(name):
        raise AwsError(
            "ValidationException",
            f"1 validation error detected: Value '{name}' at 'name' failed to satisfy constraint: Member must satisfy "
            "regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)",
        )


def check_weights(version: str, weights: Mapping[str, float]) -> AwsError | None:
    """What Lambda would refuse of an alias for *version* with these additional weights (FUN-15)."""
    if len(weights) > 1:
        return _invalid("Number of items in AdditionalVersionWeights cannot be greater than 1")
    for number, weight in weights.items():
        shown = (
            f"1 validation error detected: Value '{{{number}={weight}}}' at 'routingConfig.additionalVersionWeights'"
        )
        if not 0.0 <= weight <= 1.0:
            return AwsError(
                "ValidationException",
                f"{shown} failed to satisfy constraint: Map value must satisfy constraint: [Member must have value "
                "less than or equal to 1.0, Member must have value greater than or equal to 0.0]",
            )
        if version == LATEST:
            return _invalid("$LATEST is not supported for an alias pointing to more than 1 version")
        if number == version:
            return _invalid(
                f"Invalid function version {version}. Function version {version} is already included in routing "
                "configuration."
            )
        if not (number.isascii() and number.isdigit()):
            return AwsError(
                "ValidationException",
                f"{shown} failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length "
                "less than or equal to 1024, Member must have length greater than or equal to 1, Member must satisfy "
                "regular expression pattern: [0-9]+]",
            )
    return None


def _invalid(text: str) -> AwsError:
    return AwsError("InvalidParameterValueException", text)
