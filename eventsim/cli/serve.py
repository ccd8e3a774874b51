"""``eventsim serve``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from eventsim.cli.remote_options import Place, place_options, real_options, tell_people

if TYPE_CHECKING:
    from eventsim.scenarios.model import Scenario

_MEANINGS = """\b
Exit status: 0 stopped by SIGTERM or Ctrl-C, 2 the input is bad or the endpoint
can't be worked with, 3 eventsim itself failed.
"""


@click.command(epilog=_MEANINGS)
@click.argument("scenario")
@place_options
@click.option("--metrics-port", type=click.IntRange(0, 65_535), metavar="N", help="Serve Prometheus text on 127.0.0.1.")
@click.option("--steps", is_flag=True, help="Carry out the scenario's steps too.")
@click.option("-q", "--quiet", is_flag=True, help="No line for each invocation.")
@click.option("-v", "--verbose", is_flag=True, expose_value=False, help="The traceback if eventsim fails.")
def serve(scenario: str, *, metrics_port: int | None, steps: bool, quiet: bool, **place: Any) -> None:
    """Run a scenario's functions in real time until stopped.

    Without an endpoint the queues, streams and tables are eventsim's own, and other processes reach them at the
    AWS_ENDPOINT_URL that is shown. SIGTERM or Ctrl-C finishes what runs, then stops; a second one stops at once.
    """
    options = real_options(Place(True, **place), tell_people, serve=True, with_steps=steps, metrics_port=metrics_port)
    from eventsim.cli.scenario_files import load_all, show_warnings

    loaded = load_all([scenario], endless=True)[0]
    show_warnings(loaded.warnings)
    _tell_beginning(loaded, steps=steps)
    from eventsim.realtime.live import Live, summary
    from eventsim.realtime.run import run_real

    live = Live(None if quiet else _write, endless=True)
    result = run_real(loaded, options, live)
    for line in summary(live, result.virtual_s):
        click.echo(line)


def _tell_beginning(scenario: Scenario, *, steps: bool) -> None:
    names = [mapping.name for function in scenario.functions.values() for mapping in function.mappings]
    names += [f"{function.name} (asynchronous)" for function in scenario.functions.values() if function.triggers]
    tell_people(f"serving {scenario.name}: {', '.join(names) or 'no mappings'}; Ctrl-C stops")
    if scenario.steps and not steps:
        tell_people(f"the scenario's {len(scenario.steps)} steps are not carried out (--steps does)")


def _write(line: str) -> None:
    from eventsim.cli.report import printable

    click.echo(printable(line))
