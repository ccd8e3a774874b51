"""The options of the marker ``eventsim``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventsim.errors import InputError
from eventsim.facade.keywords import check_keywords

if TYPE_CHECKING:
    import pytest

OPTIONS = ("seed", "start_time", "drained")


def marked(node: pytest.Item) -> dict[str, Any]:
    """The options of all markers of a test; the nearest decides. InputError for what is no option."""
    options: dict[str, Any] = {}
    for mark in node.iter_markers("eventsim"):
        if mark.args:
            raise InputError(f"@pytest.mark.eventsim: found {mark.args[0]!r} without a name; allowed: {_allowed()}")
        check_keywords(mark.kwargs, OPTIONS, "@pytest.mark.eventsim")
        options = {**mark.kwargs, **options}
    return options


def _allowed() -> str:
    return ", ".join(f"{name}=" for name in OPTIONS)
