"""``eventsim validate``."""

from __future__ import annotations

import click

from eventsim.cli.scenario_files import load_all, show_warnings


@click.command()
@click.argument("scenarios", nargs=-1, required=True, metavar="SCENARIO...")
def validate(scenarios: tuple[str, ...]) -> None:
    """Check scenario files and run nothing.

    Every problem of every file is one line on standard error: file:line:column: path: message.
    """
    from eventsim.scenarios.handlers import check_handlers

    for scenario in load_all(scenarios):
        show_warnings([*scenario.warnings, *check_handlers(scenario)])
    for file in scenarios:
        click.echo(f"valid  {file}")
