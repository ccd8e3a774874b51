"""What a handle needs of the simulation that it belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from eventsim.facade.driver import Driver
    from eventsim.simulation import Simulation as Core


class Scope(Protocol):
    """The simulation behind a handle."""

    @property
    def core(self) -> Core:
        """The parts, which can be looked at also when the simulation is closed; InputError before it was opened."""

    @property
    def driver(self) -> Driver:
        """What runs it."""

    @property
    def is_open(self) -> bool:
        """Whether anything can still happen in it."""

    def writable(self) -> Core:
        """The parts, to change something; InputError unless the simulation is open."""
