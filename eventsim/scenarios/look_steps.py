"""Steps in virtual time, with expectations in their midst (GEN-02)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from eventsim.scenarios.model import ExpectStep
from eventsim.scenarios.perform import Performer

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventsim.errors import AwsError
    from eventsim.scenarios.expected import Expectation
    from eventsim.scenarios.model import Scenario, Step
    from eventsim.simulation import Simulation


class Look(Protocol):
    """Judges an expectation; *idle* says whether nothing would happen any more."""

    def __call__(self, expectation: Expectation, *, idle: bool) -> None:
        """Judge it now."""


class LookingPerformer(Performer):
    """Has *look* judge each expectation once all has happened that falls due at its instant; later steps wait."""

    def __init__(
        self,
        scenario: Scenario,
        simulation: Simulation,
        *,
        look: Look,
        refused: Callable[[str, AwsError], None],
    ) -> None:
        super().__init__(scenario, simulation, refused=refused)
        self._look = look
        self._held: list[tuple[Step, int]] | None = None

    def _due(self, step: Step, n: int) -> None:
        """Perform a step, unless an expectation of this instant is still to be looked at."""
        if self._held is not None:
            self._held.append((step, n))
        elif isinstance(step.action, ExpectStep):
            self._held = []
            expectation = step.action.expectation
            self._simulation.call_when_settled(lambda: self._settled(step, expectation))
        else:
            self._perform(step, n)

    def _settled(self, step: Step, expectation: Expectation) -> None:
        self._simulation.world.trace.add("step.expect", step=step.index)
        held, self._held = self._held or [], None
        self._look(expectation, idle=not held and self._simulation.at_rest())
        for later, n in held:
            self._due(later, n)
