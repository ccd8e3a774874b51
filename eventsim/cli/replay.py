"""``eventsim replay``."""

from __future__ import annotations

from typing import Any

import click

_HIGHEST_SEED = 2**63 - 1

# \b keeps click from filling the lines anew.
_MEANINGS = """\b
Exit status: 0 every invocation succeeded, 1 one failed (or an expectation of the
scenario), 2 the input is bad (what can be read is replayed all the same), 3 eventsim
itself failed, 130 interrupted.
"""


@click.command(epilog=_MEANINGS)
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--handler", metavar="MODULE.FUNCTION", help="What to invoke with the events.")
@click.option(
    "--code-uri",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False),
    help="Where the handler's code is. [default: the current folder]",
)
@click.option(
    "--to-source",
    metavar="SCENARIO",
    help="Put the records back into the scenario's queues, streams, tables, buckets and topics instead.",
)
@click.option("--batch-size", type=click.IntRange(1, 10_000), metavar="N", help="Put the records into batches of N.")
@click.option("--split", is_flag=True, help="Make each record an event of its own.")
@click.option(
    "--speed",
    type=click.FloatRange(0, min_open=True),
    metavar="X",
    help="Keep the distances in time that the records have, X times as fast, in virtual time.",
)
@click.option("--as-fast", is_flag=True, help="One event after the other, whatever their times.  [default]")
@click.option("--timeout", type=click.IntRange(1, 900), metavar="S", help="The function's Timeout.  [default: 900]")
@click.option(
    "--report-batch-item-failures/--no-report-batch-item-failures",
    "reports",
    default=None,
    help="Judge answers as a mapping with ReportBatchItemFailures, or without.  [default: with, where an answer has a "
    "member batchItemFailures]",
)
@click.option(
    "--seed", type=click.IntRange(0, _HIGHEST_SEED), metavar="N", help="Seed of the simulation.  [default: 0]"
)
@click.option("--json", metavar="FILE|-", help="Write the result as JSON; - is standard output.")
@click.option("--trace", metavar="FILE", help="Write the trace.")
@click.option("-q", "--quiet", is_flag=True, help="Show failures only.")
@click.option("-v", "--verbose", is_flag=True, help="Show the traceback if eventsim fails.")
def replay(files: tuple[str, ...], **given: Any) -> None:
    """Replay captured events to a handler or a scenario's sources.

    FILE is an event as JSON, an array of them, JSON lines, an on-failure document, or what aws sqs receive-message
    wrote; of a folder, all such files in it. Handlers run in virtual time, and their AWS clients talk to an embedded
    cloud.
    """
    _check(given)
    from eventsim.cli.replay_session import ReplayOptions, replay_to_handler, replay_to_scenario

    words = click.get_current_context().find_root().obj or ()
    options = ReplayOptions(**{name: value for name, value in given.items() if name != "as_fast"}, words=words)
    run = replay_to_handler if options.to_source is None else replay_to_scenario
    click.get_current_context().exit(run(files, options))


def _check(given: dict[str, Any]) -> None:
    if (given["handler"] is None) == (given["to_source"] is None):
        found = "neither" if given["handler"] is None else "both"
        raise click.UsageError(f"found {found} of --handler and --to-source, expected one of them")
    if given["as_fast"] and given["speed"] is not None:
        raise click.UsageError("--as-fast and --speed exclude each other")
    if given["split"] and given["batch_size"] is not None:
        raise click.UsageError("--split and --batch-size exclude each other")
    if given["to_source"] is not None:
        for name in ("code_uri", "batch_size", "timeout", "reports"):
            if given[name] is not None:
                option = "report-batch-item-failures" if name == "reports" else name.replace("_", "-")
                raise click.UsageError(f"--{option} goes with --handler: the scenario says it with --to-source")
        if given["split"]:
            raise click.UsageError("--split goes with --handler: the mappings of the scenario make the batches")
