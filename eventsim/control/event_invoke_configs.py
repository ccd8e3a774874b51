"""How asynchronous events are retried and where they go (ASY-06, ASY-08, ASY-10, DST-01)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from eventsim.control.pages import page_of
from eventsim.functions.event_invoke_settings import EventInvokeConfig, read_event_invoke_config

if TYPE_CHECKING:
    from eventsim.control.shelf import Shelf
    from eventsim.functions.event_invoke_configs import EventInvokeConfigs

Json = dict[str, Any]
PAGE: Final = 50
_MEMBERS: Final = ("MaximumRetryAttempts", "MaximumEventAgeInSeconds", "DestinationConfig")


class EventInvokeOperations:
    """The operations on EventInvokeConfig; each gives its answer or raises AwsError."""

    def __init__(self, shelf: Shelf) -> None:
        self._account = shelf.account

    def put(self, params: Json) -> Json:
        """PutFunctionEventInvokeConfig: replaces everything."""
        return self._account.asynchronous().configure(params["FunctionName"], _config(params), params.get("Qualifier"))

    def update(self, params: Json) -> Json:
        """UpdateFunctionEventInvokeConfig: what is not given keeps its value."""
        return self._configs.update(params["FunctionName"], _config(params), params.get("Qualifier"))

    def get(self, params: Json) -> Json:
        """GetFunctionEventInvokeConfig."""
        return self._configs.get(params["FunctionName"], params.get("Qualifier"))

    def delete(self, params: Json) -> Json:
        """DeleteFunctionEventInvokeConfig."""
        self._configs.delete(params["FunctionName"], params.get("Qualifier"))
        return {}

    def list(self, params: Json) -> Json:
        """ListFunctionEventInvokeConfigs: those of all qualifiers, by name."""
        page, more = page_of(self._configs.list(params["FunctionName"]), params, PAGE)
        return {"FunctionEventInvokeConfigs": page, **more}

    @property
    def _configs(self) -> EventInvokeConfigs:
        return self._account.asynchronous().configs


def _config(params: Json) -> EventInvokeConfig:
    return read_event_invoke_config({name: params[name] for name in _MEMBERS if name in params})
