"""The options of the marker ``eventsim``."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from eventsim.errors import InputError
from eventsim.facade.keywords import check_keywords

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    drained = options.get("drained", True)
    if not isinstance(drained, bool):
        raise InputError(f"@pytest.mark.eventsim: drained: found {drained!r}, expected True or False")
    return options


@contextmanager
def told_plainly() -> Iterator[None]:
    """Let what the user wrote wrong fail a test with our words alone, without a traceback through the plugin."""
    try:
        yield
    except InputError as error:
        import pytest

        raise pytest.fail.Exception(str(error), pytrace=False) from None


def _allowed() -> str:
    return ", ".join(f"{name}=" for name in OPTIONS)
