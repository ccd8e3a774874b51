"""The event invoke configurations of an account, as Lambda's API keeps them and as its queues apply them (ASY-10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from eventsim.errors import AwsError
from eventsim.functions.event_invoke_settings import (
    NOTHING_SET,
    DestinationConfig,
    check_event_invoke_config,
    merge_event_invoke_config,
)
from eventsim.functions.names import LATEST, read_function_name
from eventsim.kernel.instants import after

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventsim.functions.event_invoke_settings import EventInvokeConfig
    from eventsim.functions.names import FunctionName
    from eventsim.kernel.clock import Clock


class _Kept:
    """One qualifier's configuration: what is set, and, from the past, what still applies until when."""

    __slots__ = ("config", "earlier", "modified_s")

    def __init__(self, config: EventInvokeConfig | None, modified_s: float) -> None:
        self.config = config
        self.modified_s = modified_s
        self.earlier: list[tuple[float, EventInvokeConfig | None]] = []


class EventInvokeConfigs:
    """One configuration for each function and qualifier; none is inherited (ASY-10).

    *function_arn* gives the ARN that a function of some name has, *exists* tells whether there is such a function with
    such a qualifier. What the API shows at once applies to events after *propagation_s* seconds, by default at once
    too (ASY-15).
    """

    def __init__(
        self,
        clock: Clock,
        *,
        function_arn: Callable[[str], str],
        exists: Callable[[FunctionName], bool],
        propagation_s: float = 0.0,
    ) -> None:
        self.propagation_s = propagation_s
        self._clock = clock
        self._arn_of = function_arn
        self._exists = exists
        self._kept: dict[tuple[str, str], _Kept] = {}

    # -- Lambda's operations -----------------------------------------------------------------------

    def put(self, function: str, config: EventInvokeConfig, qualifier: str | None = None) -> dict[str, Any]:
        """PutFunctionEventInvokeConfig: replace everything; the answer has AWS's members. Raises AwsError."""
        named = self._check(function, qualifier, config)
        return self._keep(named, config)

    def update(self, function: str, changes: EventInvokeConfig, qualifier: str | None = None) -> dict[str, Any]:
        """UpdateFunctionEventInvokeConfig: members that *changes* does not set keep their value. Raises AwsError."""
        named = self._check(function, qualifier, changes)
        return self._keep(named, merge_event_invoke_config(self._config(named), changes))

    def get(self, function: str, qualifier: str | None = None) -> dict[str, Any]:
        """GetFunctionEventInvokeConfig; AwsError ResourceNotFoundException."""
        named = read_function_name(function, qualifier)
        self._config(named)
        return self._show(named)

    def delete(self, function: str, qualifier: str | None = None) -> None:
        """DeleteFunctionEventInvokeConfig; AwsError ResourceNotFoundException."""
        named = read_function_name(function, qualifier)
        self._config(named)
        self._change(named, None)

    def list(self, function: str) -> list[dict[str, Any]]:
        """ListFunctionEventInvokeConfigs: every qualifier's, by name; AwsError ResourceNotFoundException."""
        named = read_function_name(function)
        if not self._exists(named._replace(qualifier=LATEST)):
            raise _no_function()
        qualifiers = sorted(one for name, one in self._kept if name == named.name)
        shown = [named._replace(qualifier=one) for one in qualifiers]
        return [self._show(one) for one in shown if self._kept[one.name, one.qualifier].config is not None]

    # -- what the queues ask -----------------------------------------------------------------------

    def applied(self, function: str, qualifier: str) -> EventInvokeConfig:
        """What counts for an event now, for a call that named *qualifier*."""
        kept = self._kept.get((function, qualifier))
        if kept is None:
            return NOTHING_SET
        now_s = self._clock.now_s()
        while kept.earlier and kept.earlier[0][0] <= now_s:
            kept.earlier.pop(0)
        config = kept.earlier[0][1] if kept.earlier else kept.config
        return NOTHING_SET if config is None else config

    def forget(self, function: str) -> None:
        """Drop all that is kept for *function*, without its qualifier: a new one takes that name."""
        for key in [key for key in self._kept if key[0] == function]:
            del self._kept[key]

    # -- the rest ----------------------------------------------------------------------------------

    def _check(self, function: str, qualifier: str | None, config: EventInvokeConfig) -> FunctionName:
        named = read_function_name(function, qualifier)
        found = check_event_invoke_config(config, self._arn_of(named.name), has_function=self._has_function)
        if config.is_empty:
            raise found[0][1]
        if not self._exists(named):
            raise _no_function()
        if found:
            raise found[0][1]
        return named

    def _has_function(self, arn: str) -> bool:
        return self._exists(read_function_name(arn))

    def _config(self, named: FunctionName) -> EventInvokeConfig:
        kept = self._kept.get((named.name, named.qualifier))
        if kept is None or kept.config is None:
            text = f"The function {self._qualified_arn(named)} doesn't have an EventInvokeConfig"
            raise AwsError("ResourceNotFoundException", text, status=404)
        return kept.config

    def _keep(self, named: FunctionName, config: EventInvokeConfig) -> dict[str, Any]:
        self._change(named, config)
        return self._show(named)

    def _change(self, named: FunctionName, config: EventInvokeConfig | None) -> None:
        key = (named.name, named.qualifier)
        kept = self._kept.get(key)
        if kept is None:
            kept = self._kept[key] = _Kept(None, 0.0)
        if self.propagation_s > 0:
            kept.earlier.append((after(self._clock.now_s(), self.propagation_s), kept.config))
        kept.config = config
        kept.modified_s = self._clock.wall_s()

    def _show(self, named: FunctionName) -> dict[str, Any]:
        kept = self._kept[named.name, named.qualifier]
        assert kept.config is not None
        given = {member: value for member, value in msgspec.to_builtins(kept.config).items() if value is not None}
        destinations = _show_destinations(kept.config.destination_config or DestinationConfig())
        shown = {"LastModified": kept.modified_s, "FunctionArn": self._qualified_arn(named), **given}
        return {**shown, "DestinationConfig": destinations}

    def _qualified_arn(self, named: FunctionName) -> str:
        return f"{self._arn_of(named.name)}:{named.qualifier}"


def _show_destinations(config: DestinationConfig) -> dict[str, dict[str, str]]:
    both = {"OnSuccess": config.on_success.arn, "OnFailure": config.on_failure.arn}
    return {member: {"Destination": arn} if arn else {} for member, arn in both.items()}


def _no_function() -> AwsError:
    return AwsError("ResourceNotFoundException", "The function doesn't exist.", status=404)
