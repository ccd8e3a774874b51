"""What the options give to the simulations that a test opens itself."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from eventsim.facade import surroundings
from eventsim.plugin.seeds import seed_of_item
from eventsim.plugin.traces import trace_path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pytest


class OneTest:
    """One test; its simulations' traces are numbered, but for hypothesis's examples: of them the last one stays."""

    def __init__(self, item: pytest.Item) -> None:
        self.seed = seed_of_item(item)
        self._item = item
        self._traces = 0
        self._one_file = bool(getattr(getattr(item, "obj", None), "is_hypothesis_test", False))

    def trace_path(self) -> Path | None:
        """See `eventsim.facade.surroundings.Surroundings.trace_path`."""
        self._traces += 1
        number = "" if self._traces == 1 or self._one_file else f"-{self._traces}"
        return trace_path(self._item.config, f"{self._item.nodeid}{number}")


@contextmanager
def surrounding(item: pytest.Item) -> Iterator[None]:
    """Let the options reach every simulation while *item* runs, its fixtures included."""
    before: Any = surroundings.current
    surroundings.current = OneTest(item)
    try:
        yield
    finally:
        surroundings.current = before
