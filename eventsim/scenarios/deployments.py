"""Versions, aliases and provisioned concurrency of a scenario's functions, made and changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from eventsim.functions.names import LATEST
from eventsim.scenarios.trigger_specs import NotificationSpec, RuleSpec, ScheduleSpec, SubscriptionSpec

if TYPE_CHECKING:
    from eventsim.functions.function import Function
    from eventsim.scenarios.deployment_settings import AliasChange, DeploymentSpec
    from eventsim.scenarios.trigger_specs import Trigger

STEPS = ("publish", "alias", "ProvisionedConcurrencyConfig")
"""What an update of a function does besides changing its settings."""


def deploy(function: Function, spec: DeploymentSpec) -> Function:
    """Publish a version, lead the alias to it, and give the function as its events invoke it.

    What is provisioned is there at once, as after a deployment that is long done.
    """
    function.published_alias = spec.alias
    function.publishes_all = spec.all_properties
    publish_to(function, spec.alias)
    if spec.provisioned is not None:
        function.provisioned.put(spec.alias, spec.provisioned, at_once=True)
    return function.qualified(spec.alias)


def publish_to(function: Function, alias: str) -> None:
    """Publish a version and lead *alias* to it alone."""
    version = function.versions.publish()
    if function.aliases.find(alias) is None:
        function.aliases.create(alias, version.number)
    else:
        function.aliases.update(alias, version.number, weights={})


def change_deployment(
    function: Function, changes: dict[str, Any], spec: DeploymentSpec | None, *, has_settings: bool
) -> None:
    """Carry out what an update says of versions and aliases, its settings being changed already; raises AwsError."""
    if changes.get("publish"):
        if spec is None:
            function.versions.publish()
        else:
            publish_to(function, spec.alias)
    elif spec is not None and spec.all_properties and has_settings:
        publish_to(function, spec.alias)
    if "alias" in changes:
        _change_alias(function, changes["alias"])
    if "ProvisionedConcurrencyConfig" in changes and spec is not None:
        amount = changes["ProvisionedConcurrencyConfig"]
        if amount is None:
            function.provisioned.delete(spec.alias)
        else:
            function.provisioned.put(spec.alias, amount)


def _change_alias(function: Function, change: AliasChange) -> None:
    if function.aliases.find(change.name) is None:
        function.aliases.create(change.name, change.version or LATEST, weights=change.weights)
    else:
        function.aliases.update(change.name, change.version, weights=change.weights)


def through_alias(trigger: Trigger, function_arn: str, alias: str) -> Trigger:
    """The trigger, bringing its events to the function's alias."""
    arn = f"{function_arn}:{alias}"
    replace = msgspec.structs.replace
    if isinstance(trigger, SubscriptionSpec):
        return replace(trigger, endpoint=arn)
    if isinstance(trigger, NotificationSpec):
        return replace(trigger, configurations=[{**one, "Function": arn} for one in trigger.configurations])
    if isinstance(trigger, RuleSpec):
        return replace(trigger, target={**trigger.target, "Arn": arn})
    assert isinstance(trigger, ScheduleSpec)
    return replace(trigger, settings={**trigger.settings, "Target": {**trigger.settings["Target"], "Arn": arn}})
