"""Versions and aliases of a function, as Python deploys them (FUN-14, FUN-15, CON-09)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventsim.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventsim.functions.function import Function
    from eventsim.scenarios.deployment_settings import DeploymentSpec
    from eventsim.scenarios.names import Kind
    from eventsim.simulation import Simulation as Core

NAMES = ("AutoPublishAlias", "AutoPublishAliasAllProperties", "ProvisionedConcurrencyConfig")


def take_deployment(name: str, settings: dict[str, Any]) -> DeploymentSpec | None:
    """What of a new function's *settings* is of its alias; they don't have it any more. InputError, AwsError."""
    given = {key: settings.pop(key) for key in NAMES if key in settings}
    if not any(value is not None for value in given.values()):
        return None
    from eventsim.facade.given import read_given
    from eventsim.scenarios.convert import read_whole
    from eventsim.scenarios.deployment_settings import DEPLOYMENT, DeploymentSpec

    table = {key: DEPLOYMENT[key] for key in NAMES}
    values = read_given(given, name, lambda reading, node: read_whole(reading, node, name, table, "a function"))
    if "AutoPublishAlias" not in values:
        raise InputError(f"{name}: found {', '.join(given)} without AutoPublishAlias, the alias that it is for")
    return DeploymentSpec(
        alias=values["AutoPublishAlias"],
        all_properties=values.get("AutoPublishAliasAllProperties", False),
        provisioned=values.get("ProvisionedConcurrencyConfig"),
    )


def deploy_new(function: Function, spec: DeploymentSpec | None) -> None:
    """Publish its first version for its alias, which events invoke from then on."""
    if spec is not None:
        from eventsim.scenarios.deployments import deploy

        deploy(function, spec)


def event_arn(core: Core, kind: Kind, name: str) -> str:
    """The ARN by which a queue, topic or function gets events: of a function the alias that it is deployed to."""
    from eventsim.scenarios.arns import ARNS

    function = core.functions.get(name) if kind == "function" else None
    return ARNS[kind](name) if function is None else function.for_events.arn


def set_alias(function: Function, name: str, version: str | int | None, weights: Mapping[Any, float] | None) -> None:
    """Make an alias, or change it; AwsError as Lambda answers."""
    from eventsim.functions.names import LATEST

    number = None if version is None else str(version)
    shares = None if weights is None else {str(one): float(weight) for one, weight in weights.items()}
    if function.aliases.find(name) is None:
        function.aliases.create(name, number or LATEST, weights=shares)
    else:
        function.aliases.update(name, number, weights=shares)
