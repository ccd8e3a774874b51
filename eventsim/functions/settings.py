"""A function's settings, with Lambda's names, defaults, limits and error texts (FUN-01, FUN-18, CON-05)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field

from eventsim.errors import AwsError
from eventsim.functions.recursion import RecursiveLoop

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

RANGES: dict[str, tuple[int, int]] = {
    "Timeout": (1, 900),
    "MemorySize": (128, 10_240),
    "EphemeralStorage": (512, 10_240),
}
"""Inclusive limits by AWS's name (FUN-01)."""

ARCHITECTURES = ("x86_64", "arm64")

UNRESERVED_MINIMUM = 100
"""How much of the account's concurrency must stay unreserved (CON-05)."""

ENVIRONMENT_LIMIT_BYTES = 4096

RESERVED_VARIABLES = frozenset(
    {
        "_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_LAMBDA_RUNTIME_API",
        "LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR",
    }
)  # fmt: skip
"""Environment variables that Lambda sets itself and does not let a function set (FUN-18)."""

_NAME = re.compile(r"[a-zA-Z0-9-_]{1,64}")
_VARIABLE = re.compile(r"[a-zA-Z][a-zA-Z0-9_]+")
_HANDLER = re.compile(r"\S{1,128}")


class FunctionSettings(
    Struct,
    frozen=True,
    kw_only=True,
    rename={
        "name": "FunctionName",
        "handler": "Handler",
        "timeout_s": "Timeout",
        "memory_mb": "MemorySize",
        "reserved_concurrency": "ReservedConcurrentExecutions",
        "environment": "Environment",
        "recursive_loop": "RecursiveLoop",
        "architecture": "Architectures",
        "ephemeral_mb": "EphemeralStorage",
        "role_arn": "Role",
    },
):
    """What Lambda knows of a function.

    *timeout_s* 1 to 900, *memory_mb* 128 to 10,240 (FUN-01); *reserved_concurrency* None means the shared pool and 0
    stops every invocation (CON-05); *environment* holds the user's own variables only (FUN-18); *recursive_loop* says
    what becomes of a loop that it is part of (FUN-17). *architecture* (x86_64 or arm64) and *ephemeral_mb*, the size of
    /tmp, change what it costs and nothing else (CST-02, CST-04). *role_arn* is told to records of Kinesis and nothing
    else (KIN-08); None means a role of the function's own name.
    Not checked on construction: `check_function` is.
    """

    name: str
    handler: str | None = None
    timeout_s: int = 3
    memory_mb: int = 128
    reserved_concurrency: int | None = None
    environment: dict[str, str] = field(default_factory=dict)
    recursive_loop: RecursiveLoop = RecursiveLoop.TERMINATE
    architecture: str = "x86_64"
    ephemeral_mb: int = 512
    role_arn: str | None = None


def check_function(settings: FunctionSettings) -> list[tuple[str, AwsError]]:
    """What Lambda would refuse, as (AWS's name of the setting, error); [] when all is well (FUN-01, FUN-18)."""
    found: list[tuple[str, AwsError]] = []
    if not _NAME.fullmatch(settings.name):
        found.append(
            (
                "FunctionName",
                constraint(
                    settings.name,
                    "functionName",
                    "satisfy regular expression pattern: [a-zA-Z0-9-_]+ and have length less than or equal to 64",
                ),
            )
        )
    if settings.handler is not None and not _HANDLER.fullmatch(settings.handler):
        found.append(
            (
                "Handler",
                constraint(
                    settings.handler,
                    "handler",
                    "satisfy regular expression pattern: [^\\s]+ and have length less than or equal to 128",
                ),
            )
        )
    for member, value in (("Timeout", settings.timeout_s), ("MemorySize", settings.memory_mb)):
        if error := check_range(member, value, RANGES[member]):
            found.append((member, error))
    if error := check_range(
        "EphemeralStorage", settings.ephemeral_mb, RANGES["EphemeralStorage"], "ephemeralStorage.size"
    ):
        found.append(("EphemeralStorage", error))
    if settings.architecture not in ARCHITECTURES:
        found.append(
            (
                "Architectures",
                constraint(
                    f"[{settings.architecture}]",
                    "architectures",
                    f"satisfy enum value set: [{', '.join(ARCHITECTURES)}]",
                ),
            )
        )
    reserved = settings.reserved_concurrency
    if reserved is not None and reserved < 0:
        found.append(
            (
                "ReservedConcurrentExecutions",
                constraint(reserved, "reservedConcurrentExecutions", "have value greater than or equal to 0"),
            )
        )
    found += [("Environment", error) for error in check_environment(settings.environment)]
    return found


def check_environment(variables: Mapping[str, str]) -> list[AwsError]:
    """What Lambda would refuse of a function's environment variables (FUN-01, FUN-18)."""
    found = []
    if any(not _VARIABLE.fullmatch(name) for name in variables):
        shown = "{" + ", ".join(f"{name}={value}" for name, value in variables.items()) + "}"
        found.append(
            AwsError(
                "ValidationException",
                f"1 validation error detected: Value '{shown}' at 'environment.variables' failed to satisfy "
                "constraint: Map keys must satisfy constraint: [Member must satisfy regular expression pattern: "
                "[a-zA-Z]([a-zA-Z0-9_])+]",
            )
        )
    if reserved := [name for name in variables if name in RESERVED_VARIABLES]:
        found.append(
            AwsError(
                "InvalidParameterValueException",
                "Lambda was unable to configure your environment variables because the environment variables you have "
                "provided contains reserved keys that are currently not supported for modification. "
                f"Reserved keys used in this request: {', '.join(reserved)}",
            )
        )
    if sum(len(name.encode()) + len(value.encode()) for name, value in variables.items()) > ENVIRONMENT_LIMIT_BYTES:
        found.append(
            AwsError(
                "InvalidParameterValueException",
                "Lambda was unable to configure your environment variables because the environment variables you have "
                "provided exceeded the 4KB limit.",
            )
        )
    return found


def check_reserved(reserved: Iterable[int | None], account_concurrency: int) -> AwsError | None:
    """Whether the account keeps its 100 unreserved beside what all its functions reserve (CON-05)."""
    total = sum(value for value in reserved if value)
    if not total or account_concurrency - total >= UNRESERVED_MINIMUM:
        return None
    return AwsError(
        "InvalidParameterValueException",
        "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below "
        f"its minimum value of [{UNRESERVED_MINIMUM}].",
    )


def check_range(member: str, value: int, limits: tuple[int, int], path: str | None = None) -> AwsError | None:
    """The error for a number outside its inclusive limits, or None (GEN-06)."""
    at = path or member[0].lower() + member[1:]
    if value < limits[0]:
        return constraint(value, at, f"have value greater than or equal to {limits[0]}")
    if value > limits[1]:
        return constraint(value, at, f"have value less than or equal to {limits[1]}")
    return None


def constraint(value: Any, path: str, must: str) -> AwsError:
    """Lambda's answer to one value that breaks its model: *path* in lower camel case, "Member must …" (GEN-06)."""
    return AwsError(
        "ValidationException",
        f"1 validation error detected: Value '{value}' at '{path}' failed to satisfy constraint: Member must {must}",
    )
