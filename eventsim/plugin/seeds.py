"""Which seed, or seeds, a test runs with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventsim.plugin.marks import marked, told_plainly

if TYPE_CHECKING:
    import pytest


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


def several_seeds(metafunc: pytest.Metafunc) -> None:
    """One test for each seed."""
    seeds = all_seeds(metafunc.config, _own(metafunc.definition))
    metafunc.parametrize("eventsim_seed", seeds, ids=[f"seed={seed}" for seed in seeds], indirect=True)


def _own(node: Any) -> int:
    seed: int = marked(node).get("seed", 0)
    return seed
