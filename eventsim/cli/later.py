"""What the interface promises for later: refused by name, neither ignored nor unknown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

COMMANDS = ("capture", "generate", "replay", "serve")
RUN_FLAGS = ("--cost", "--realtime", "--provision", "--teardown")
RUN_VALUES = ("--endpoint-url", "--region", "--profile")

F = TypeVar("F", bound=Callable[..., Any])


def later_command(name: str) -> click.Command:
    """Return the command *name*, which refuses whatever words follow it (status 2)."""

    def refuse(words: tuple[str, ...]) -> None:  # noqa: ARG001 - click passes what it parsed
        raise click.UsageError(f"{name}: not supported yet")

    return click.Command(
        name,
        callback=refuse,
        params=[click.Argument(["words"], nargs=-1, type=click.UNPROCESSED)],
        context_settings={"ignore_unknown_options": True},
        add_help_option=False,
        hidden=True,
    )


def later_run_options(command: F) -> F:
    """Give *command* the options of ``run`` that are refused for now (status 2)."""
    for name in RUN_FLAGS:
        command = click.option(name, is_flag=True, **_REFUSED)(command)
    for name in RUN_VALUES:
        command = click.option(name, is_flag=False, flag_value="", **_REFUSED)(command)
    return command


def _refuse(ctx: click.Context, option: click.Parameter, _value: object) -> None:
    if ctx.get_parameter_source(option.name or "") is click.core.ParameterSource.COMMANDLINE:
        raise click.UsageError(f"{option.opts[0]}: not supported yet", ctx)


_REFUSED: dict[str, Any] = {"hidden": True, "expose_value": False, "is_eager": True, "callback": _refuse}
