"""Functions and their versions, as Lambda shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from eventsim.control.configurations import show_configuration
from eventsim.control.errors import function_missing
from eventsim.control.pages import page_of
from eventsim.functions.names import LATEST, read_function_name

if TYPE_CHECKING:
    import builtins

    from eventsim.control.shelf import Shelf
    from eventsim.functions.function import Function

Json = dict[str, Any]
PAGE: Final = 50


class FunctionViews:
    """The operations that look at functions, and the shapes in which others show them."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._account = shelf.account

    def get(self, params: Json) -> Json:
        """GetFunction."""
        configuration = self.get_configuration(params)
        function = self._shelf.function(params["FunctionName"])
        stored = self._shelf.stored(function)
        reserved = function.settings.reserved_concurrency
        key = f"{self._shelf.account_id}/{function.name}-{configuration['RevisionId']}"
        location = f"https://awslambda-{self._shelf.region}-tasks.s3.{self._shelf.region}.amazonaws.com/snapshots/{key}"
        return {
            "Configuration": configuration,
            "Code": {"RepositoryType": "S3", "Location": location},
            "Tags": dict(stored.tags) or None,
            "Concurrency": None if reserved is None else {"ReservedConcurrentExecutions": reserved},
        }

    def get_configuration(self, params: Json) -> Json:
        """GetFunctionConfiguration: of ``$LATEST``, a version, or the version that an alias leads to."""
        named = read_function_name(params["FunctionName"], params.get("Qualifier"))
        function = self._shelf.function(params["FunctionName"], params.get("Qualifier"))
        version = named.qualifier
        if version == LATEST:
            arn = self._shelf.arn(function.name, LATEST if _names_latest(params) else None)
            return self.show(function, arn)
        alias = function.aliases.find(version)
        if alias is not None:
            version = alias.version
        arn = self._shelf.arn(function.name, named.qualifier)
        if version == LATEST:
            return self.show(function, arn)
        if function.versions.find(version) is None:
            raise function_missing(arn)
        return self.show_version(function, version, arn)

    def list(self, params: Json) -> Json:
        """ListFunctions, by name; with FunctionVersion ALL the published versions too."""
        if "MasterRegion" in params and params["MasterRegion"] not in ("ALL", self._shelf.region):
            return {"Functions": []}
        shown: builtins.list[Json] = []
        for _, function in sorted(self._account.functions.items()):
            if params.get("FunctionVersion") == "ALL":
                shown += self.versions_of(function)
            else:
                shown.append(self.show(function))
        page, more = page_of(shown, params, PAGE)
        return {"Functions": page, **more}

    def list_versions(self, params: Json) -> Json:
        """ListVersionsByFunction: ``$LATEST`` first."""
        shown = self.versions_of(self._shelf.function(params["FunctionName"]))
        page, more = page_of(shown, params, PAGE)
        return {"Versions": page, **more}

    # -- the shapes -------------------------------------------------------------------------

    def show(self, function: Function, arn: str | None = None) -> Json:
        """``$LATEST`` as FunctionConfiguration, under its unqualified ARN unless another is given."""
        stored = self._shelf.stored(function)
        return show_configuration(
            stored.configuration,
            function.settings,
            arn=arn or self._shelf.arn(function.name),
            version=LATEST,
            revision_id=function.versions.revision_id,
            modified_s=stored.modified_s,
        )

    def show_version(self, function: Function, number: str, arn: str) -> Json:
        """A published version as FunctionConfiguration."""
        version = function.versions.get(number)
        configuration = version.detail or self._shelf.stored(function).configuration
        return show_configuration(
            msgspec.structs.replace(configuration, description=version.description),
            version.settings,
            arn=arn,
            version=number,
            revision_id=version.revision_id,
            modified_s=version.created_s,
        )

    def versions_of(self, function: Function) -> builtins.list[Json]:
        """``$LATEST`` and all published versions, under their qualified ARNs."""
        latest = self.show(function, self._shelf.arn(function.name, LATEST))
        return [latest, *(self.show_version(function, one.number, one.arn) for one in function.versions)]


def _names_latest(params: Json) -> bool:
    return params.get("Qualifier") == LATEST or params["FunctionName"].endswith(f":{LATEST}")
