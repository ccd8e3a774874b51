"""``eventsim generate``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from eventsim.cli.status import MEANINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

_HIGHEST_SEED = 2**63 - 1


class _ShowSources(click.Command):
    """A command whose help ends with the sources, which are looked up only then."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table of sources before the epilog."""
        from eventsim.fixtures.generate import SAMPLES

        with formatter.section("Sources"):
            formatter.write_dl([(name, sample.about) for name, sample in SAMPLES.items()])
        super().format_epilog(ctx, formatter)


@click.command(cls=_ShowSources, epilog=MEANINGS)
@click.argument("source", metavar="SOURCE")
@click.option("--count", type=click.IntRange(min=1), default=1, metavar="N", help="Number of events.  [default: 1]")
@click.option(
    "--seed",
    type=click.IntRange(0, _HIGHEST_SEED),
    default=0,
    metavar="N",
    help="Make other events; the same seed makes the same.  [default: 0]",
)
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="PATH=VALUE",
    help="Give a member of each event a value; {n} in it counts the events from 0.",
)
@click.option("--records", type=click.INT, metavar="N", help="Records in each event.  [default: 1]")
@click.option("--lines", is_flag=True, help="Write JSON lines, one event a line, also of a single event.")
@click.option("--out", metavar="DIR", help="Write each event to a file of its own in this folder.")
def generate(
    source: str, count: int, seed: int, settings: tuple[str, ...], records: int | None, lines: bool, out: str | None
) -> None:
    """Write sample events of any source.

    They are valid, and one series: times and ids go on from event to event. One event is written as a JSON document,
    several as an array; --lines writes JSON lines instead, for large numbers.
    """
    if lines and out is not None:
        raise click.UsageError("--lines and --out exclude each other")
    from eventsim.fixtures.generate import generate as make
    from eventsim.fixtures.member_paths import assign, follow_bodies, read_assignment

    assignments = [read_assignment(text) for text in settings]
    events = make(source, count=count, seed=seed, records=records)

    def finished() -> Iterator[Any]:
        for number, event in enumerate(events):
            for assignment in assignments:
                assign(event, assignment, number)
            if assignments:
                follow_bodies(event, assignments)
            yield event

    from eventsim.cli.generate_output import warn_of_faults, write_array, write_files, write_lines

    checked = warn_of_faults(finished()) if assignments else finished()
    if out is not None:
        write_files(checked, source, count, out)
    elif lines:
        write_lines(checked)
    else:
        write_array(checked, count)
