"""Where a fixture stands among the others of a test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest


def scope_of(name: str, node: pytest.Item) -> str | None:
    """The scope of what the test knows as the fixture *name*; None where it knows none by itself.

    pytest tells it by a private name alone.
    """
    found: Any = getattr(getattr(node, "_fixtureinfo", None), "name2fixturedefs", {}).get(name)
    return found[-1].scope if found else None


def put_first(name: str, item: pytest.Item, names: list[str]) -> None:
    """Let *name* be set up before every other fixture of *item* alone, those of wider scopes still before it."""
    if name in names:
        names.remove(name)
    before = next((n for n, other in enumerate(names) if scope_of(other, item) == "function"), len(names))
    names.insert(before, name)
