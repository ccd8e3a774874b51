"""Functions: created, changed, published and deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from eventsim.control.configurations import (
    changed_configuration,
    check_members,
    check_pair,
    new_configuration,
)
from eventsim.control.errors import invalid
from eventsim.control.runtimes import check_runtime, make_invoker
from eventsim.errors import AwsError
from eventsim.functions.event_invoke_settings import check_dead_letter_target
from eventsim.functions.names import LATEST, read_function_name
from eventsim.functions.settings import FunctionSettings, check_function
from eventsim.functions.versions import revision_differs

if TYPE_CHECKING:
    from eventsim.control.event_source_mappings import MappingOperations
    from eventsim.control.packages import CodePackage, Packages
    from eventsim.control.shelf import Shelf, Stored
    from eventsim.control.views import FunctionViews
    from eventsim.functions.function import Function
    from eventsim.invokers.base import Invoker

Json = dict[str, Any]


class FunctionOperations:
    """The operations on functions; each takes a request's parameters and gives its answer, or raises AwsError."""

    def __init__(self, shelf: Shelf, packages: Packages, mappings: MappingOperations, views: FunctionViews) -> None:
        self._shelf = shelf
        self._mappings = mappings
        self._views = views
        self._account = shelf.account
        self._packages = packages

    # -- made and deleted ------------------------------------------------------------------------

    def create(self, params: Json) -> Json:
        """CreateFunction (FUN-01, FUN-18, FUN-21): it is active at once."""
        named = read_function_name(params["FunctionName"])
        if self._shelf.find(named) is not None:
            raise AwsError("ResourceConflictException", f"Function already exist: {named.name}", status=409)
        check_members(params)
        check_runtime(params.get("Runtime"))
        settings = _settings(FunctionSettings(name=named.name), params)
        check_pair(settings, params["Runtime"])
        self._check_dead_letter(params)
        package = self._packages.take(params["Code"])
        configuration = new_configuration(params, package)
        invoker = make_invoker(self._account, params["Runtime"], _folder(package), settings)
        asynchronous = self._account.asynchronous()
        asynchronous.configs.forget(named.name)
        asynchronous.set_dead_letter(named.name, configuration.dead_letter_arn)
        function = self._account.add_function(settings, invoker)
        self._shelf.store(function, configuration).tags.update(params.get("Tags", {}))
        if params.get("Publish"):
            return self._publish(function, configuration.description)
        return self._views.show(function)

    def delete(self, params: Json) -> Json:
        """DeleteFunction: all of it, or one version; mappings to it stay (ESM-24)."""
        named = read_function_name(params["FunctionName"], params.get("Qualifier"))
        function = self._shelf.function(params["FunctionName"])
        if "Qualifier" not in params and not params["FunctionName"].endswith(LATEST) and named.qualifier == LATEST:
            self._mappings.let_go(function)
            self._account.remove_function(function.name)
            self._shelf.forget(function.name)
            return {"StatusCode": 204}
        if named.qualifier == LATEST:
            raise invalid("$LATEST version cannot be deleted without deleting the function.")
        if not named.qualifier.isdigit():
            raise invalid("Deletion of aliases is not currently supported.")
        using = [alias.name for alias in function.aliases.list(named.qualifier)]
        if using:
            raise AwsError(
                "ResourceConflictException",
                f"Unable to delete version because the following aliases reference it: [{', '.join(using)}]",
                status=409,
            )
        if function.versions.find(named.qualifier) is not None:
            function.versions.delete(named.qualifier)
        return {"StatusCode": 204}

    # -- changed ---------------------------------------------------------------------------------

    def update_code(self, params: Json) -> Json:
        """UpdateFunctionCode: later invocations start in new environments with the new code."""
        function = self._shelf.function(params["FunctionName"])
        stored = self._shelf.stored(function)
        self._check_revision(function, params)
        check_members(params)
        package = self._packages.take(params)
        settings, runtime = _settings(function.settings, params), stored.configuration.runtime
        check_pair(settings, runtime)
        invoker = make_invoker(self._account, str(runtime), _folder(package), settings)
        configuration = msgspec.structs.replace(stored.configuration, package=package)
        if not params.get("DryRun"):
            self._run_by(function, invoker, settings)
            function.update(settings)
            self._changed(stored, configuration)
            if params.get("Publish"):
                return self._publish(function, configuration.description)
        return self._views.show(function)

    def update_configuration(self, params: Json) -> Json:
        """UpdateFunctionConfiguration: for invocations that begin from now on."""
        function = self._shelf.function(params["FunctionName"])
        stored = self._shelf.stored(function)
        self._check_revision(function, params)
        check_members(params)
        if "Runtime" in params:
            check_runtime(params["Runtime"])
        settings = _settings(function.settings, params)
        configuration = changed_configuration(stored.configuration, params)
        self._check_dead_letter(params)
        self._renew_invoker(function, stored, settings, params)
        if "DeadLetterConfig" in params:
            self._account.asynchronous().set_dead_letter(function.name, configuration.dead_letter_arn)
        function.update(settings)
        self._changed(stored, configuration)
        return self._views.show(function)

    def publish_version(self, params: Json) -> Json:
        """PublishVersion (FUN-14)."""
        function = self._shelf.function(params["FunctionName"])
        description = params.get("Description", self._shelf.stored(function).configuration.description)
        return self._publish(function, description, params.get("CodeSha256"), params.get("RevisionId"))

    # -- the rest --------------------------------------------------------------------------------

    def _publish(
        self, function: Function, description: str, code_sha256: str | None = None, revision_id: str | None = None
    ) -> Json:
        """Publish a version and show it."""
        stored = self._shelf.stored(function)
        version = function.versions.publish(description, code_sha256, revision_id, detail=stored.configuration)
        return self._views.show_version(function, version.number, version.arn)

    def _changed(self, stored: Stored, configuration: Any) -> None:
        self._shelf.change(stored, configuration)
        stored.function.versions.changed()

    def _renew_invoker(self, function: Function, stored: Stored, settings: FunctionSettings, params: Json) -> None:
        """What runs the code has to know of a new handler, runtime or variable."""
        if not params.keys() & {"Handler", "Runtime", "Environment"}:
            return
        folder = stored.configuration.package.folder
        if folder is not None:
            runtime = str(params.get("Runtime", stored.configuration.runtime))
            self._run_by(function, make_invoker(self._account, runtime, folder, settings), settings)
        elif "Handler" in params or "Runtime" in params or not hasattr(function.invoker, "variables"):
            raise invalid(f"{function.name} was not made of a zip file: its code can't be run in another way")
        else:
            function.invoker.variables = settings.environment

    def _run_by(self, function: Function, invoker: Invoker, settings: FunctionSettings) -> None:
        """Have another invoker run later invocations, in new environments."""
        self._account.take_over(invoker, settings)
        function.invoker = invoker
        function.environments.drop_all()

    def _check_dead_letter(self, params: Json) -> None:
        error = check_dead_letter_target(params.get("DeadLetterConfig", {}).get("TargetArn"))
        if error is not None:
            raise error

    def _check_revision(self, function: Function, params: Json) -> None:
        if params.get("RevisionId", function.versions.revision_id) != function.versions.revision_id:
            raise revision_differs()


_FIELDS: Final = {"Handler": "handler", "Timeout": "timeout_s", "MemorySize": "memory_mb", "Role": "role_arn"}


def _settings(settings: FunctionSettings, params: Json) -> FunctionSettings:
    """The settings with those that are given; AwsError for what Lambda refuses (FUN-01, FUN-18)."""
    fields = {field: params[member] for member, field in _FIELDS.items() if member in params}
    if "Architectures" in params:
        fields["architecture"] = params["Architectures"][0]
    if "EphemeralStorage" in params:
        fields["ephemeral_mb"] = params["EphemeralStorage"]["Size"]
    if "Environment" in params:
        fields["environment"] = params["Environment"].get("Variables", {})
    new = msgspec.structs.replace(settings, **fields)
    for _, error in check_function(new):
        raise error
    return new


def _folder(package: CodePackage) -> Any:
    return package.folder
