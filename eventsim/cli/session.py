"""One ``eventsim run``: checks everything, runs the scenarios in order, writes what was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

import click

from eventsim.cli.one_run import Finished, run_one
from eventsim.cli.outputs import check_outputs, document_to, tolerate_closed, trace_paths, write_runs, write_whole
from eventsim.cli.remote_options import Place, real_options, tell_people
from eventsim.cli.report import report
from eventsim.cli.scenario_files import load_all, show_warnings
from eventsim.cli.status import Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventsim.cli.options import RunOptions


def run_session(files: Sequence[str], options: RunOptions) -> Status:
    """Run the scenarios of *files* and return the exit status.

    Raises `InputError` before the first run if a scenario or a file to write is not usable.
    """
    check_outputs(options, files)
    if options.place != Place():
        real_options(options.place, tell_people)  # refuses before anything is loaded
    scenarios = load_all(files)
    if not options.quiet:
        show_warnings(warning for scenario in scenarios for warning in scenario.warnings)
    with document_to(options.json) as (document, people):
        finished: list[Finished] = []
        for scenario, trace in zip(scenarios, trace_paths(options.trace, len(files)), strict=True):
            finished.append(run_one(scenario, trace, options)._replace(place=options.place))
            _show(finished[-1], options, people)
            if finished[-1].status is Status.INTERRUPTED:
                break
        write_runs([run.json for run in finished], options.json, document)
        if options.junit_xml is not None:
            from eventsim.cli.junit import junit_xml

            write_whole(options.junit_xml, junit_xml(finished))
    return max(run.status for run in finished)


def _show(run: Finished, options: RunOptions, people: TextIO) -> None:
    text = report(run, quiet=options.quiet, verbose=options.verbose)
    if text:
        with tolerate_closed(people):
            click.echo(text, file=people)
