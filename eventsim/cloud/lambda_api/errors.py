"""Lambda's errors that say more than a message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventsim.errors import AwsError

if TYPE_CHECKING:
    from collections.abc import Mapping


class LambdaError(AwsError):
    """An error of Lambda's API with further *members*, by the names of its shape, as in ``Reason``."""

    def __init__(self, code: str, message: str, *, status: int = 400, members: Mapping[str, Any]) -> None:
        super().__init__(code, message, status=status)
        self.members = members


def not_supported(what: str) -> AwsError:
    """The answer to an operation that AWS has and that is not simulated."""
    return AwsError("UnknownOperationException", f"{what} is not supported by eventsim.", status=404)
