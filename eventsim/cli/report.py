"""What people read of a run: plain text, coloured where a terminal shows it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import click

from eventsim.cli.failure import repeat_command
from eventsim.cli.one_run import Finished, encode_json
from eventsim.cli.status import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from eventsim.scenarios.expect import Failure
    from eventsim.scenarios.handler_logs import LogBlock

_WORDS = {
    Status.PASSED: ("passed", "green"),
    Status.FAILED: ("failed", "red"),
    Status.CRASHED: ("crashed", "red"),
    Status.INTERRUPTED: ("interrupted", "yellow"),
}
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
WIDEST_COLUMN = 60
"""Longer cells stand out to the right; nothing is cut off."""


def report(run: Finished, *, quiet: bool, verbose: bool) -> str:
    """Return the report of *run*: a headline, its timeline if *verbose*, its failures and how to repeat them.

    Empty for a run that passed if *quiet*.
    """
    if run.status is Status.PASSED and quiet:
        return ""
    lines = [_headline(run)]
    if verbose:
        lines += _timeline(run.invocations)
    lines += log_lines(run.logs)
    lines += _failures(run.failures)
    if run.cost is not None:
        from eventsim.cli.cost_report import cost_lines

        lines += cost_lines(run.cost)
    if run.crash is not None:
        lines += _crash(run, verbose=verbose)
    if run.status is not Status.PASSED:
        lines.append(f"  repeat: {repeat_command(run.scenario.file, run.seed, run.place.words)}")
    return "\n".join(lines)


def _headline(run: Finished) -> str:
    word, colour = _WORDS[run.status]
    line = f"{click.style(word, fg=colour)}  {printable(run.scenario.name)}"
    if run.virtual_s is None or run.wall_s is None:
        return line
    return f"{line}  {_number(run.virtual_s)} s virtual, {run.wall_s:.2f} s wall"


def log_lines(blocks: Sequence[LogBlock]) -> list[str]:
    """Return what handlers printed, each invocation's under its time, function and request id."""
    lines: list[str] = []
    for block in blocks:
        lines.append(f"  {_number(block.at_s)} s  {block.function}  {block.request_id}")
        lines += ["    " + "\t".join(map(printable, line.split("\t"))) for line in block.lines]
    return lines


def _failures(failures: Sequence[Failure]) -> list[str]:
    if not failures:
        return []
    rows = [(failure.path, value_text(failure.expected), value_text(failure.actual)) for failure in failures]
    return table(("path", "expected", "actual"), rows)


def _crash(run: Finished, *, verbose: bool) -> list[str]:
    detail = run.traceback if verbose and run.traceback else "-v shows where"
    return [f"  eventsim failed: {run.crash}", *(f"  {line}" for line in detail.splitlines())]


def _timeline(invocations: Sequence[dict[str, Any]]) -> list[str]:
    columns = ("at", "ended", "function", "mapping", "attempt", "records", "outcome", "error")
    return table(columns, [_timeline_row(invocation) for invocation in invocations]) if invocations else []


def _timeline_row(invocation: dict[str, Any]) -> tuple[str, ...]:
    error = invocation.get("error") or {}
    kind, message = error.get("errorType"), error.get("errorMessage")
    return (
        _number(invocation["at"]),
        _number(invocation["ended"]),
        invocation["function"],
        invocation["mapping"] or "-",
        str(invocation["attempt"]),
        str(len(invocation["record_ids"])),
        invocation["outcome"],
        ": ".join(str(part) for part in (kind, message) if part),
    )


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return *rows* under *columns* as indented lines, each column as wide as its cells up to `WIDEST_COLUMN`."""
    lines = [columns, *([printable(cell) for cell in row] for row in rows)]
    widths = [min(WIDEST_COLUMN, max(len(line[column]) for line in lines)) for column in range(len(columns))]
    return [
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    ]


def value_text(value: Any) -> str:
    """Return *value* as JSON; a text without quotes, unless it would read as something else."""
    if isinstance(value, str) and value and value == value.strip() and not value[0].isdigit():
        return value
    return encode_json(value).decode()


def printable(text: str) -> str:
    """Return *text* with its control characters written out, so that it stays on its line."""
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def _number(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".")
