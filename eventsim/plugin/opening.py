"""The simulation of the fixture ``eventsim``, and what it must not leave behind."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from eventsim.errors import InputError
from eventsim.facade.simulation import Simulation
from eventsim.plugin.marks import marked, told_plainly
from eventsim.plugin.traces import trace_path

if TYPE_CHECKING:
    from collections.abc import Iterator

SIMULATION = pytest.StashKey[Simulation]()
"""The simulation of a test's own fixture."""

PASSED = pytest.StashKey[bool]()
"""Whether the test itself has passed; its teardown is still to come."""


@contextmanager
def open_simulation(request: pytest.FixtureRequest, seed: int) -> Iterator[Simulation]:
    """A simulation for one test; the test fails if it passes and leaves something undelivered, unless it may."""
    node = request.node
    with told_plainly():
        if hasattr(request, "param"):
            raise InputError(
                f"the fixture eventsim takes no parameter, found {request.param!r}: parametrize eventsim_seed "
                "(indirect=True) for its seed, or mark a parameter, pytest.param(..., marks=pytest.mark.eventsim(...))"
            )
        options = marked(node)
        simulation = Simulation(
            seed=seed,
            start_time=options.get("start_time"),
            name=node.name,
            trace=trace_path(request.config, node.nodeid),
        )
    node.stash[SIMULATION] = simulation
    with simulation:
        yield simulation
        if options.get("drained", True) and node.stash.get(PASSED, False):
            _check_left(simulation)


def _check_left(simulation: Simulation) -> None:
    left = simulation.left()
    if left:
        lines = "\n".join(f"  {line}" for line in left)
        pytest.fail(
            f"left undelivered at {simulation.now_s:g} s of virtual time:\n{lines}\n"
            "run the simulation until it is idle, or allow it with @pytest.mark.eventsim(drained=False)",
            pytrace=False,
        )
