"""Which seed, or seeds, a test runs with."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from eventsim.plugin.marks import marked, told_plainly
from eventsim.plugin.scopes import scope_of

if TYPE_CHECKING:
    import pytest

HIGHEST_SEED = 2**63 - 1


def first_seed(config: pytest.Config, own: int) -> int:
    """The seed of ``--eventsim-seed``, or else *own*."""
    given: int | None = config.getoption("--eventsim-seed")
    return own if given is None else given


def all_seeds(config: pytest.Config, own: int) -> list[int]:
    """The seeds that ``--eventsim-seeds`` asks for, counted up from `first_seed`."""
    first = first_seed(config, own)
    return list(range(first, first + config.getoption("--eventsim-seeds")))


def seed_of(request: pytest.FixtureRequest) -> int:
    """The seed of a test's simulation."""
    given: int | None = getattr(request, "param", None)
    if given is not None:
        return given
    with told_plainly():
        return first_seed(request.config, _own(request.node))


def seed_of_item(item: pytest.Item) -> int | None:
    """The seed of the simulations that a test opens itself and gives none; None where no option says it."""
    callspec = getattr(item, "callspec", None)
    chosen: int | None = None if callspec is None else callspec.params.get("eventsim_seed")
    if chosen is not None:
        return chosen
    given: int | None = item.config.getoption("--eventsim-seed")
    return given


def opens_its_own(function: Any) -> bool:
    """Whether a test's own code names ``Simulation``; hypothesis's tests are looked into."""
    inner = getattr(getattr(function, "hypothesis", None), "inner_test", function)
    code = getattr(inspect.unwrap(inner), "__code__", None)
    return code is not None and "Simulation" in (*code.co_names, *code.co_freevars)


def takes_a_seed(metafunc: pytest.Metafunc) -> bool:
    """Whether there is a test for each seed: it has a simulation of its own, and does not say the seeds itself."""
    names, definition = metafunc.fixturenames, metafunc.definition
    fixture = "eventsim" in names and scope_of("eventsim", definition) == "function"
    marker = definition.get_closest_marker("eventsim") is not None
    if "eventsim_seed" not in names and (fixture or marker or opens_its_own(metafunc.function)):
        names.append("eventsim_seed")
    return "eventsim_seed" in names and not any(
        "eventsim_seed" in _names(mark) for mark in definition.iter_markers("parametrize")
    )


def several_seeds(metafunc: pytest.Metafunc) -> None:
    """One test for each seed."""
    with told_plainly():
        seeds = all_seeds(metafunc.config, _own(metafunc.definition))
    metafunc.parametrize("eventsim_seed", seeds, ids=[f"seed={seed}" for seed in seeds], indirect=True)


def _names(mark: pytest.Mark) -> list[str]:
    """The arguments that ``parametrize`` gives."""
    found = mark.args[0] if mark.args else mark.kwargs.get("argnames", ())
    return [name.strip() for name in found.split(",")] if isinstance(found, str) else list(found)


def _own(node: Any) -> int:
    from eventsim.facade.numbers import whole_number

    return whole_number(marked(node).get("seed", 0), "seed", 0, HIGHEST_SEED)
