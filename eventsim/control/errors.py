"""Lambda's answers that more than one operation gives."""

from __future__ import annotations

from eventsim.errors import AwsError


def invalid(message: str) -> AwsError:
    """A value, or the combination of several, will not do."""
    return AwsError("InvalidParameterValueException", message)


def function_missing(arn: str) -> AwsError:
    """There is no such function, or it has no such version or alias."""
    return AwsError("ResourceNotFoundException", f"Function not found: {arn}", status=404)


def resource_missing() -> AwsError:
    """There is no mapping with that UUID."""
    return AwsError("ResourceNotFoundException", "The resource you requested does not exist.", status=404)


def not_simulated(what: str, instead: str) -> AwsError:
    """AWS would take this; it is refused here, since it would change what happens and is not simulated."""
    return invalid(f"{what} is not supported by eventsim: {instead}")


def unqualified_only() -> AwsError:
    """The operation is about the function as a whole (CON-05)."""
    return invalid(
        "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. "
        "Please specify either a function name or an unqualified function ARN."
    )
