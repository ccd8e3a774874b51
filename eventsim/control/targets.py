"""The function that a mapping invokes: a reference, resolved anew at each invocation (ESM-22, ESM-24)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventsim.errors import AwsError
from eventsim.functions.invocations import InvocationRecord, Outcome
from eventsim.functions.names import LATEST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventsim.control.shelf import Shelf
    from eventsim.functions.function import Function
    from eventsim.functions.invocations import Batch
    from eventsim.functions.metrics import FunctionMetrics
    from eventsim.functions.names import FunctionName
    from eventsim.functions.settings import FunctionSettings


class MappedFunction:
    """What stands for a `eventsim.functions.function.Function` in a mapping made through Lambda's API.

    *named* may be changed. While there is no such function, version or alias, invocations fail (ESM-24); *last* is the
    function that was there.
    """

    def __init__(self, shelf: Shelf, named: FunctionName, last: Function) -> None:
        self.named = named
        self._shelf = shelf
        self._last = last

    @property
    def name(self) -> str:
        """The function's name."""
        return self.named.name

    @property
    def arn(self) -> str:
        """The reference as an ARN, which mappings show as FunctionArn."""
        return self._shelf.arn(self.named.name, None if self.named.qualifier == LATEST else self.named.qualifier)

    @property
    def settings(self) -> FunctionSettings:
        """The function's settings now."""
        return self._now.settings

    @property
    def metrics(self) -> FunctionMetrics:
        """Where the function's counts are kept."""
        return self._now.metrics

    def new_request_id(self) -> str:
        """Draw the id of the next request."""
        return self._now.new_request_id()

    def follow(self, trace_headers: Sequence[str | None] = ()) -> str | None:
        """The trace header for the next invocation; raises AwsError (FUN-17)."""
        return self._now.follow(trace_headers)

    async def invoke(
        self,
        event: Any,
        *,
        request_id: str,
        mapping: str | None = None,
        attempt: int = 1,
        batch: Batch | None = None,
        trace_header: str | None = None,
    ) -> InvocationRecord:
        """Invoke what the reference means now; a failed record where it means nothing."""
        function = self._shelf.find(self.named)
        if function is None:
            return self._missing(request_id, mapping, attempt, batch, f"Function not found: {self.arn}")
        try:
            return await function.invoke(
                event,
                request_id=request_id,
                mapping=mapping,
                attempt=attempt,
                batch=batch,
                trace_header=trace_header,
                qualifier=None if self.named.qualifier == LATEST else self.named.qualifier,
            )
        except AwsError as error:
            return self._missing(request_id, mapping, attempt, batch, error.message)

    @property
    def _now(self) -> Function:
        found = self._shelf.find(self.named)
        if found is not None:
            self._last = found
        return self._last

    def _missing(
        self, request_id: str, mapping: str | None, attempt: int, batch: Batch | None, message: str
    ) -> InvocationRecord:
        """What an invocation comes to that never began; nobody keeps it."""
        world = self._shelf.account.world
        now_s = world.loop.time()
        error = {"errorType": "ResourceNotFoundException", "errorMessage": message}
        world.trace.add("invoke.missing", function=self.name, mapping=mapping, request_id=request_id, attempt=attempt)
        return InvocationRecord(
            now_s, now_s, self.name, mapping, request_id, attempt, Outcome.ERROR, False, None, error, batch
        )
