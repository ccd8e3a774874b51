"""Finds functions by the names that callers use, and keeps what Lambda stores of each."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from eventsim.control.configurations import Configuration
from eventsim.control.errors import function_missing, unqualified_only
from eventsim.control.packages import no_package
from eventsim.functions.names import LATEST, FunctionName, read_function_name

if TYPE_CHECKING:
    from eventsim.control.account import Account
    from eventsim.functions.function import Function


class Stored:
    """What is kept of one function: *configuration* of its ``$LATEST``, tags, and the statements of its policies.

    *policies* has, by qualifier ("" for none), each statement by its id; *modified_s* is Unix time.
    """

    __slots__ = ("configuration", "function", "modified_s", "policies", "policy_revisions", "tags")

    def __init__(self, function: Function, configuration: Configuration, modified_s: float) -> None:
        self.function = function
        self.configuration = configuration
        self.modified_s = modified_s
        self.tags: dict[str, str] = {}
        self.policies: dict[str, dict[str, Any]] = {}
        self.policy_revisions: dict[str, str] = {}


class Shelf:
    """The functions of *account*."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.account_id = account.queues.account_id
        self.region = account.queues.region
        self._stored: dict[str, Stored] = {}

    def arn(self, name: str, qualifier: str | None = None) -> str:
        """The ARN of a function of that name."""
        arn = f"arn:aws:lambda:{self.region}:{self.account_id}:function:{name}"
        return arn if qualifier is None else f"{arn}:{qualifier}"

    def find(self, named: FunctionName) -> Function | None:
        """The function that *named* means, whatever its qualifier; None in another account or region."""
        if named.region not in (None, self.region) or named.account_id not in (None, self.account_id):
            return None
        return self.account.functions.get(named.name)

    def function(self, given: str, qualifier: str | None = None, *, shows_latest: bool = False) -> Function:
        """The function that a caller named; AwsError ResourceNotFoundException for none of that name.

        *shows_latest* has that error name the function with ``:$LATEST``.
        """
        named = read_function_name(given, qualifier)
        found = self.find(named)
        if found is None:
            raise function_missing(self._named_arn(named, shows_latest=shows_latest))
        return found

    def whole_function(self, given: str, *, shows_latest: bool = False) -> Function:
        """The same for operations that are about no version and no alias (CON-05)."""
        found = self.function(given, shows_latest=shows_latest)
        if read_function_name(given).qualifier != LATEST:
            raise unqualified_only()
        return found

    def stored(self, function: Function) -> Stored:
        """What is kept of *function*: for one that no zip file made, what goes without saying."""
        stored = self._stored.get(function.name)
        if stored is None or stored.function is not function:
            minor = f"{sys.version_info.major}.{sys.version_info.minor}"
            configuration = Configuration(
                runtime=None if function.settings.handler is None else f"python{minor}",
                role=f"arn:aws:iam::{self.account_id}:role/{function.name}",
                package=no_package(function.name),
                shown={},
            )
            stored = self.store(function, configuration)
        dead_letter_arn = self.account.asynchronous().dead_letter(function.name)  # not only Lambda's API sets it
        if stored.configuration.dead_letter_arn != dead_letter_arn:
            stored.configuration = replace(stored.configuration, dead_letter_arn=dead_letter_arn)
        return stored

    def store(self, function: Function, configuration: Configuration) -> Stored:
        """Keep the configuration of a new function."""
        stored = self._stored[function.name] = Stored(function, configuration, self.account.world.clock.wall_s())
        function.versions.code_sha256 = configuration.package.sha256
        return stored

    def change(self, stored: Stored, configuration: Configuration) -> None:
        """Keep a configuration that has changed."""
        stored.configuration = configuration
        stored.modified_s = self.account.world.clock.wall_s()
        stored.function.versions.code_sha256 = configuration.package.sha256

    def forget(self, name: str) -> None:
        """The function is deleted."""
        self._stored.pop(name, None)

    def _named_arn(self, named: FunctionName, *, shows_latest: bool) -> str:
        region, account_id = named.region or self.region, named.account_id or self.account_id
        arn = f"arn:aws:lambda:{region}:{account_id}:function:{named.name}"
        return f"{arn}:{named.qualifier}" if shows_latest or named.qualifier != LATEST else arn
