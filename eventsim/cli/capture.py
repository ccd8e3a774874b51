"""``eventsim capture``."""

from __future__ import annotations

from typing import Any

import click

_HIGHEST_SEED = 2**63 - 1
_SOURCES = ("scenario", "queue_url", "stream_arn", "on_failure")


@click.command()
@click.argument("scenario", required=False, metavar="[SCENARIO]")
@click.option("--queue-url", metavar="URL", help="Look into this queue; nothing is deleted.")
@click.option("--stream-arn", metavar="ARN", help="Read this Kinesis stream, or this stream of a DynamoDB table.")
@click.option(
    "--on-failure",
    metavar="FILE",
    multiple=True,
    help="Fetch the records that the on-failure documents in this file point to; may be repeated.",
)
@click.option("--out", metavar="DIR", required=True, help="The folder to write to, new or empty.")
@click.option("--lines", is_flag=True, help="Write JSON lines, one file for each source of events.")
@click.option("--endpoint-url", metavar="URL", help="Ask this endpoint instead of AWS.")
@click.option(
    "--region",
    metavar="NAME",
    help="The AWS region; needed without --endpoint-url, so that no real account is asked by accident.",
)
@click.option("--profile", metavar="NAME", help="The profile whose credentials to use.")
@click.option("--count", type=click.IntRange(min=1), metavar="N", help="Stop after N messages or records.")
@click.option(
    "--seconds",
    type=click.FloatRange(0.1, 39_600),
    metavar="S",
    help="Stop after S seconds of real time.  [default: 20]",
)
@click.option(
    "--redact",
    metavar="PATH",
    multiple=True,
    help="Replace what is at this path, as in 'Records[*].body.customer.email', also in JSON that is kept as text; may "
    "be repeated.",
)
@click.option("--no-redact", is_flag=True, help="Keep account ids, which else become 123456789012.")
@click.option("--seed", type=click.IntRange(0, _HIGHEST_SEED), metavar="N", help="Run the scenario with this seed.")
@click.option("-v", "--verbose", is_flag=True, help="Show the traceback if eventsim fails.")
def capture(**given: Any) -> None:
    """Write the events of a run, a queue or a stream to files.

    SCENARIO is run, and every event that a function gets is written to DIR/FUNCTION/EVENT/0001.json. A queue is only
    looked into: messages are received, which raises their receive counts, held until all have been seen, and given
    back; of a FIFO queue, only those in front can be seen. DIR/manifest.json lists what was written.
    """
    _check(given)
    from eventsim.cli.capture_session import CaptureOptions, run_capture

    options = {name: value for name, value in given.items() if name not in {"verbose", "count"}}
    click.get_current_context().exit(run_capture(CaptureOptions(**options, limit=given["count"])))


def _check(given: dict[str, Any]) -> None:
    named = [name for name in _SOURCES if given[name]]
    if len(named) != 1:
        words = {"scenario": "SCENARIO", **{name: f"--{name.replace('_', '-')}" for name in _SOURCES[1:]}}
        found = " and ".join(words[name] for name in named) or "none"
        raise click.UsageError(f"found {found}, expected one of {', '.join(words.values())}")
    if named == ["scenario"]:
        for name in ("endpoint_url", "region", "profile", "count", "seconds"):
            if given[name] is not None:
                raise click.UsageError(
                    f"--{name.replace('_', '-')} goes with --queue-url, --stream-arn or --on-failure"
                )
        return
    if given["seed"] is not None:
        raise click.UsageError("--seed goes with a SCENARIO")
    if given["on_failure"]:
        for name in ("count", "seconds"):
            if given[name] is not None:
                raise click.UsageError(f"--{name} goes with --queue-url or --stream-arn")
    if given["endpoint_url"] is None and given["region"] is None:
        raise click.UsageError(
            "found neither --endpoint-url nor --region: to ask a real AWS account, say in which --region"
        )
