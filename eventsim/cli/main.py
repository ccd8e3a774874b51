"""The command ``eventsim``: its table of commands, and how it fails.

Only click is imported here. A command's module is imported when that command is the one to run.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

import click

from eventsim.cli.status import MEANINGS, Status

# The command NAME is the object NAME in the module eventsim.cli.NAME; --help shows the texts without importing it.
COMMANDS = {
    "run": "Run scenarios in virtual time and check what they expect.",
    "replay": "Replay captured events to a handler or a scenario's sources.",
    "capture": "Write the events of a run, a queue or a stream to files.",
    "generate": "Write sample events of any source.",
    "validate": "Check scenario files and run nothing.",
    "serve": "Run a scenario's functions in real time until stopped.",
    "version": "Show eventsim's version.",
}


class Commands(click.Group):
    """The commands by name, loaded when asked for; failures become a short message and an exit status."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """Return the names that ``--help`` lists."""
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command *cmd_name*; None when there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"eventsim.cli.{cmd_name}"), cmd_name)
        return command

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Keep the words of the command line: a failure repeats them."""
        ctx.obj = tuple(args)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; bad input is status 2, an error that nobody expected 3, Ctrl-C 130."""
        for stream in (sys.stdout, sys.stderr):
            _accept_any_character(stream)
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.Abort, click.exceptions.Exit, BrokenPipeError):
            raise
        except KeyboardInterrupt:
            click.echo("interrupted", err=True)
            ctx.exit(Status.INTERRUPTED)
        except Exception as error:  # noqa: BLE001 - the last line of defence: no bare traceback
            ctx.exit(_tell(error, ctx.obj))


def _tell(error: Exception, words: tuple[str, ...]) -> Status:
    from eventsim.cli.failure import describe_crash
    from eventsim.errors import InputError

    if isinstance(error, InputError):
        click.echo(str(error), err=True)
        return Status.BAD_INPUT
    verbose = "-v" in words or "--verbose" in words
    click.echo(describe_crash(error, words, verbose=verbose), err=True)
    return Status.CRASHED


def _accept_any_character(stream: Any) -> None:
    # A name with characters that the terminal's encoding lacks must not end the run.
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="backslashreplace")


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]}, epilog=MEANINGS)
def main() -> None:
    """AWS Lambda's event sources on your own machine: faithful, instant and deterministic."""
