"""``eventsim version``."""

from __future__ import annotations

import click


@click.command()
def version() -> None:
    """Show eventsim's version."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed_version

    try:
        number = installed_version("eventsim")
    except PackageNotFoundError:
        number = "(not installed)"
    click.echo(f"eventsim {number}")
