"""Checks of a table's TimeToLiveSpecification, which moto does not make (DDB-12)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from eventsim.cloud.dynamodb.errors import validation
from eventsim.cloud.kinesis import errors

if TYPE_CHECKING:
    from collections.abc import Mapping

_LONGEST_NAME: Final = 255


def check_ttl(specification: Mapping[str, Any], present: str | None) -> str | None:
    """The attribute to expire items by from now on, or None; *present* is the one till now.

    AwsError ValidationException. That AWS takes one change in about half an hour is not held to.
    """
    name, enabled = specification.get("AttributeName"), specification.get("Enabled")
    path = "timeToLiveSpecification"
    found = [
        errors.missing(f"{path}.{member}")
        for member, value in (("attributeName", name), ("enabled", enabled))
        if value is None
    ]
    if name is not None and not 1 <= len(name) <= _LONGEST_NAME:
        rule = (
            f"Member must have length {'less' if name else 'greater'} than or equal to {_LONGEST_NAME if name else 1}"
        )
        found.append(errors.constraint(name, f"{path}.attributeName", rule))
    if found:
        raise errors.validation(*found)
    if present is None:
        if not enabled:
            raise validation("TimeToLive is already disabled")
        return str(name)
    if name != present:
        raise validation(f"TimeToLive is active on a different AttributeName: current AttributeName is {present}")
    if enabled:
        raise validation("TimeToLive is already enabled")
    return None
