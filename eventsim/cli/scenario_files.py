"""Scenario files of the command line: all of them are sound, or none is used."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

from eventsim.errors import Problem, ScenarioError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from eventsim.scenarios.model import Scenario


def load_all(files: Sequence[str], *, endless: bool = False) -> list[Scenario]:
    """Load every file of *files*; *endless* if they run until they are stopped.

    Raises `ScenarioError` with the problems of all of them.
    """
    from eventsim.scenarios.load import load_scenario

    scenarios: list[Scenario] = []
    problems: list[Problem] = []
    for file in files:
        if os.path.isdir(file):
            problems.append(
                Problem(file, 0, 0, "", f"is a directory; name the files in it, as in {file.rstrip('/')}/*.yaml")
            )
            continue
        try:
            scenarios.append(load_scenario(file, endless=endless))
        except ScenarioError as error:
            problems += error.problems
    if problems:
        raise ScenarioError(problems)
    return scenarios


def show_warnings(warnings: Iterable[Problem]) -> None:
    """Write *warnings* to standard error, one a line."""
    for warning in warnings:
        click.echo(f"warning: {warning}", err=True)
