"""The ways to name a function: its name, its ARN or a part of it, each with a qualifier or without (FUN-16)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

from eventsim.errors import AwsError

LATEST: Final = "$LATEST"
"""The qualifier of the function as it is now, and of a call that names none."""

_FORM: Final = re.compile(
    r"(?:(?:arn:(?:aws[a-zA-Z-]*):lambda:(?P<region>[a-z0-9-]+):)?(?P<account>\d{12}):)?(?:function:)?"
    r"(?P<name>[a-zA-Z0-9-_]+)(?::(?P<qualifier>\$LATEST|[a-zA-Z0-9-_]+))?"
)


class FunctionName(NamedTuple):
    """What a caller named: *qualifier* is a version, an alias or `LATEST`; region and account None where not given."""

    name: str
    qualifier: str
    region: str | None
    account_id: str | None


@lru_cache(maxsize=1024)
def read_function_name(given: str, qualifier: str | None = None) -> FunctionName:
    """Take a function's name or ARN apart; *qualifier* is what the caller named beside it.

    AwsError InvalidParameterValueException when the two qualifiers differ (FUN-16), ValidationException for what is no
    function's name.
    """
    match = _FORM.fullmatch(given)
    if match is None:
        raise AwsError(
            "ValidationException",
            f"1 validation error detected: Value '{given}' at 'functionName' failed to satisfy constraint: Member must "
            "satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?"
            r")))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?",
        )
    derived = match["qualifier"]
    if derived is not None and qualifier is not None and derived != qualifier:
        raise AwsError(
            "InvalidParameterValueException",
            "The derived qualifier from the function name does not match the specified qualifier.",
        )
    return FunctionName(match["name"], derived or qualifier or LATEST, match["region"], match["account"])


def unqualified(function_arn: str) -> str:
    """A function's ARN without the version or alias at its end."""
    return ":".join(function_arn.split(":", 7)[:7])
