"""``eventsim run``."""

from __future__ import annotations

from typing import Any

import click

from eventsim.cli.options import RunOptions
from eventsim.cli.remote_options import Place, place_options
from eventsim.cli.status import MEANINGS

_HIGHEST_SEED = 2**63 - 1


def _seed_in_range(_ctx: click.Context, _option: click.Parameter, seed: int | None) -> int | None:
    if seed is not None and not 0 <= seed <= _HIGHEST_SEED:
        raise click.BadParameter(f"found {seed}, allowed is 0 to {_HIGHEST_SEED}.")
    return seed


@click.command(epilog=MEANINGS)
@click.argument("scenarios", nargs=-1, required=True, metavar="SCENARIO...")
@click.option(
    "--seed", type=click.INT, callback=_seed_in_range, metavar="N", help="Run with this seed instead of the file's."
)
@click.option("--json", metavar="FILE|-", help="Write the results as one JSON document; - is standard output.")
@click.option(
    "--events",
    type=click.Choice(["all", "failed", "none"]),
    default="all",
    show_default=True,
    help="Invocations whose event the JSON document shows.",
)
@click.option("--trace", metavar="FILE", help="Write the trace; of several scenarios FILE.EXT becomes FILE.1.EXT, ...")
@click.option("--junit-xml", metavar="FILE", help="Write the expectations as JUnit XML.")
@click.option("--cost", is_flag=True, help="Estimate what each run would have cost on AWS.")
@click.option(
    "--log-format",
    type=click.Choice(["console", "json"]),
    help="Log failed invocations (with -v all) on standard error.",
)
@click.option("-q", "--quiet", is_flag=True, help="Show failures only.")
@click.option(
    "-v", "--verbose", is_flag=True, help="Show every invocation and its log, and the traceback if eventsim fails."
)
@click.option("--realtime", is_flag=True, help="Run in real time, on the embedded cloud if no endpoint is named.")
@place_options
def run(scenarios: tuple[str, ...], **options: Any) -> None:
    """Run scenarios in virtual time and check what they expect."""
    place = Place(**{name: options.pop(name) for name in Place._fields})
    given = RunOptions(place=place, **options)
    if given.quiet and given.verbose:
        raise click.UsageError("-q and -v exclude each other")
    from eventsim.cli.session import run_session

    click.get_current_context().exit(run_session(scenarios, given))
