"""One ``eventsim replay``: checks its options, replays, writes what was asked for."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple

import click

from eventsim.cli.options import RunOptions
from eventsim.cli.outputs import check_outputs, document_to, opened, tolerate_closed, write_runs
from eventsim.cli.status import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from eventsim.fixtures.replay_run import Replay


class ReplayOptions(NamedTuple):
    """The options as given; None where an option is absent."""

    handler: str | None = None
    code_uri: str | None = None
    to_source: str | None = None
    batch_size: int | None = None
    split: bool = False
    speed: float | None = None
    timeout: int | None = None
    reports: bool | None = None
    seed: int | None = None
    json: str | None = None
    trace: str | None = None
    quiet: bool = False
    verbose: bool = False
    words: tuple[str, ...] = ()
    """The command line, which a failure repeats."""


def replay_to_handler(names: Sequence[str], options: ReplayOptions) -> Status:
    """Replay to the handler and return the exit status; raises InputError for what can't be replayed at all."""
    from eventsim.cli.replay_report import ReplayJson, report
    from eventsim.fixtures.replay import ReplaySettings
    from eventsim.fixtures.replay_files import files_of
    from eventsim.fixtures.replay_run import TIMEOUT_S, Replay, ReplayOrder

    files, times_ms = files_of(names)
    check_outputs(RunOptions(json=options.json, trace=options.trace), [], captured=files)
    order = ReplayOrder(
        files=files,
        handler=options.handler or "",
        code_folder=Path(options.code_uri or "."),
        settings=ReplaySettings(
            options.speed, options.reports, keep_events=options.json is not None, times_ms=times_ms
        ),
        batch_size=options.batch_size,
        split=options.split,
        seed=options.seed or 0,
        timeout_s=options.timeout or TIMEOUT_S,
    )
    with document_to(options.json) as (document, people), opened(options.trace) as trace, _progress(options) as tell:
        shown = None if options.json is None else ReplayJson()
        replay = Replay(order, on_played=None if shown is None else shown.add, trace=trace, on_progress=tell)
        replay.run()
        text = report(replay, options.words, quiet=options.quiet)
        if text:
            with tolerate_closed(people):
                click.echo(text, file=people)
        if shown is not None:
            _write(shown, replay, options.json or "", document)
    return _status(replay)


def replay_to_scenario(names: Sequence[str], options: ReplayOptions) -> Status:
    """Put the records into the scenario's sources, and run it; its expectations say the status."""
    from eventsim.cli.failure import command_line, repeat_command
    from eventsim.cli.one_run import run_one
    from eventsim.cli.report import report
    from eventsim.cli.scenario_files import load_all, show_warnings
    from eventsim.fixtures.replay_files import check_read_twice, files_of
    from eventsim.scenarios.replays import with_replays

    files, _ = files_of(names)
    path = options.to_source or ""
    run_options = RunOptions(seed=options.seed, json=options.json, trace=options.trace, quiet=options.quiet)
    check_outputs(run_options, [path], captured=files)
    check_read_twice(files)
    scenario, errors = with_replays(load_all([path])[0], files, options.speed)
    for error in errors:
        click.echo(str(error), err=True)
    if not options.quiet:
        show_warnings(scenario.warnings)
    with document_to(options.json) as (document, people):
        run = run_one(scenario, options.trace, run_options)
        text = report(run, quiet=options.quiet, verbose=options.verbose)
        text = text.replace(repeat_command(run.scenario.file, run.seed), command_line(options.words))
        if text:
            with tolerate_closed(people):
                click.echo(text, file=people)
        write_runs([run.json], options.json, document)
    return max(run.status, Status.BAD_INPUT) if errors else run.status


def _status(replay: Replay) -> Status:
    if replay.interrupted:
        return Status.INTERRUPTED
    if replay.files.errors:
        return Status.BAD_INPUT
    return Status.FAILED if replay.failed else Status.PASSED


def _write(shown: object, replay: Replay, path: str, document: IO[bytes] | None) -> None:
    from eventsim.cli.replay_report import ReplayJson

    assert isinstance(shown, ReplayJson)
    if document is not None:
        with tolerate_closed(document):
            shown.write(document, replay)
            document.flush()
        return
    with open(path, "wb") as file:
        shown.write(file, replay)


@contextmanager
def _progress(options: ReplayOptions) -> Iterator[Callable[[float, int], object] | None]:
    if options.quiet or sys.stderr is None or not sys.stderr.isatty():
        yield None
        return
    from eventsim.cli.progress import ProgressBar
    from eventsim.scenarios.run import Progress

    with ProgressBar("replay", None) as bar:
        yield lambda virtual_s, count: bar.update(Progress(virtual_s, count, count))
