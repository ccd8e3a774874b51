"""What the handles of a simulation's resources have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eventsim.facade.scope import Scope


class Handle:
    """A resource of the simulation *scope*; *engine*, which has a name and an ARN, does the work."""

    _engine: Any

    def __init__(self, scope: Scope, engine: Any) -> None:
        self._scope = scope
        self._engine = engine

    @property
    def name(self) -> str:
        """Its name."""
        name: str = self._engine.name
        return name

    @property
    def arn(self) -> str:
        """Its ARN."""
        arn: str = self._engine.arn
        return arn
