"""An asynchronous event that was accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventsim.facade.invocations import Invocations, RecordedInvocation

if TYPE_CHECKING:
    from eventsim.facade.scope import Scope


class AcceptedEvent:
    """What Invoke answers with the type Event: the id that all attempts will have (ASY-05)."""

    def __init__(self, scope: Scope, function: str, request_id: str) -> None:
        self._scope = scope
        self.function = function
        self.request_id = request_id

    @property
    def invocations(self) -> Invocations:
        """Its attempts so far."""
        log = self._scope.core.invocations
        return Invocations(RecordedInvocation(one) for one in log if one.request_id == self.request_id)

    def __repr__(self) -> str:
        tries = self.invocations
        return f"<event for {self.function}: {tries[-1] if tries else 'not tried yet'}>"
