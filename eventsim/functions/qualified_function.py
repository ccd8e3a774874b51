"""A function as a mapping sees it that invokes one of its versions or aliases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import msgspec

from eventsim.errors import AwsError
from eventsim.functions.invocations import NO_VERSION, InvocationRecord, Outcome
from eventsim.functions.versions import UNVERSIONED

if TYPE_CHECKING:
    from eventsim.functions.function import Function
    from eventsim.functions.settings import FunctionSettings


class QualifiedFunction:
    """*function* under the name of *qualifier*: whatever it is asked is the function's, but for what differs.

    A qualifier that is gone fails the invocation, as Lambda's pollers have it, and raises nothing.
    """

    def __init__(self, function: Function, qualifier: str) -> None:
        self.function = function
        self.qualifier = qualifier

    def __getattr__(self, name: str) -> Any:
        return getattr(self.function, name)

    @property
    def arn(self) -> str:
        """The function's ARN with the qualifier."""
        return f"{self.function.arn}:{self.qualifier}"

    @property
    def settings(self) -> FunctionSettings:
        """The settings of the version that it leads to, for most of its calls; the function's own where it is gone."""
        function = self.function
        alias = function.aliases.find(self.qualifier)
        version = function.versions.find(self.qualifier if alias is None else alias.version)
        if version is None:
            return function.settings
        return msgspec.structs.replace(
            version.settings, **{name: getattr(function.settings, name) for name in UNVERSIONED}
        )

    async def invoke(self, event: Any, **options: Any) -> InvocationRecord:
        """See `Function.invoke`."""
        try:
            return await self.function.invoke(event, qualifier=self.qualifier, **options)
        except AwsError as error:
            record = record_of_missing(self.function, self.qualifier, error, options)
            self.function.keep(record)
            return record


def qualified(function: Function, qualifier: str) -> Function:
    """The function under that name, which a mapping takes for the function itself."""
    return cast("Function", QualifiedFunction(function, qualifier))


def record_of_missing(function: Function, qualifier: str, error: AwsError, options: dict[str, Any]) -> InvocationRecord:
    """What is kept of a call for a qualifier that is gone: it failed at once, and no version was invoked."""
    now_s = function.now_s
    return InvocationRecord(
        now_s,
        now_s,
        function.name,
        options.get("mapping"),
        options["request_id"],
        options.get("attempt", 1),
        Outcome.ERROR,
        False,
        None,
        {"errorType": error.code, "errorMessage": error.message},
        options.get("batch"),
        invocation_type=options.get("invocation_type", "RequestResponse"),
        qualifier=qualifier,
        version=NO_VERSION,
    )
