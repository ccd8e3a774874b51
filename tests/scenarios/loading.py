"""Scenario texts, loaded from a temporary file."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from eventsim.errors import ScenarioError
from eventsim.scenarios.load import load_scenario

if TYPE_CHECKING:
    from pathlib import Path

    from eventsim.scenarios.model import Scenario

Load = Callable[[str], "Scenario"]
Refuse = Callable[[str], list[str]]


def loader(folder: Path) -> Load:
    """Load a text as ``s.yaml`` in *folder*."""

    def load(text: str) -> Scenario:
        (folder / "s.yaml").write_text(text, encoding="utf-8")
        return load_scenario(folder / "s.yaml")

    return load


def refuser(folder: Path) -> Refuse:
    """The problems of a text that is refused, as lines without the file's folder."""

    def refuse(text: str) -> list[str]:
        with pytest.raises(ScenarioError) as caught:
            loader(folder)(text)
        return [str(problem).replace(f"{folder}/", "") for problem in caught.value.problems]

    return refuse


def warnings_of(scenario: Scenario) -> list[str]:
    """The warnings as lines, the file's folder taken off."""
    return [str(problem).replace(f"{scenario.folder}/", "") for problem in scenario.warnings]
