"""Aliases (FUN-15)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from eventsim.control.pages import page_of

if TYPE_CHECKING:
    from eventsim.control.shelf import Shelf

Json = dict[str, Any]
PAGE: Final = 50


class AliasOperations:
    """The operations on aliases; each gives its answer or raises AwsError."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def create(self, params: Json) -> Json:
        """CreateAlias."""
        aliases = self._shelf.whole_function(params["FunctionName"]).aliases
        given = (params["Name"], params["FunctionVersion"], params.get("Description", ""), _weights(params))
        return aliases.create(*given).to_aws()

    def update(self, params: Json) -> Json:
        """UpdateAlias: what is not given keeps its value; an empty RoutingConfig ends the weighting."""
        aliases = self._shelf.whole_function(params["FunctionName"]).aliases
        return aliases.update(
            params["Name"],
            params.get("FunctionVersion"),
            params.get("Description"),
            _weights(params),
            params.get("RevisionId"),
        ).to_aws()

    def delete(self, params: Json) -> Json:
        """DeleteAlias."""
        self._shelf.whole_function(params["FunctionName"]).aliases.delete(params["Name"])
        return {}

    def get(self, params: Json) -> Json:
        """GetAlias."""
        return self._shelf.whole_function(params["FunctionName"]).aliases.get(params["Name"]).to_aws()

    def list(self, params: Json) -> Json:
        """ListAliases."""
        aliases = self._shelf.whole_function(params["FunctionName"]).aliases.list(params.get("FunctionVersion"))
        page, more = page_of(aliases, params, PAGE)
        return {"Aliases": [one.to_aws() for one in page], **more}


def _weights(params: Json) -> dict[str, float] | None:
    config = params.get("RoutingConfig")
    return None if config is None else dict(config.get("AdditionalVersionWeights", {}))
