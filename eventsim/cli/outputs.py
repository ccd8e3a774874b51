"""The files that a run writes: checked before it starts, whole or untouched when it ends."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, nullcontext, redirect_stdout
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, BinaryIO, TextIO

from eventsim.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from eventsim.cli.options import RunOptions


def trace_paths(trace: str | None, count: int) -> list[str | None]:
    """Return the trace file of each of *count* scenarios.

    One scenario: exactly *trace*. Several: the scenario's place on the command line, from 1, goes before the suffix,
    so ``t.jsonl`` becomes ``t.1.jsonl``, ``t.2.jsonl`` and so on.
    """
    if trace is None or count == 1:
        return [trace] * count
    path = Path(trace)
    return [str(path.with_name(f"{path.stem}.{number}{path.suffix}")) for number in range(1, count + 1)]


def check_outputs(options: RunOptions, scenarios: Sequence[str], *, captured: Sequence[str] = ()) -> None:
    """See that every file of *options* can be written, and that none is a scenario, *captured* or named twice.

    Raises `InputError` with one line for each that can't.
    """
    named: list[tuple[str, str]] = []
    if options.json is not None and options.json != "-":
        named.append(("--json", options.json))
    named += [("--trace", path) for path in trace_paths(options.trace, len(scenarios) or 1) if path is not None]
    if options.junit_xml is not None:
        named.append(("--junit-xml", options.junit_xml))
    taken = {os.path.realpath(file): "a scenario of this run" for file in scenarios}
    taken |= {os.path.realpath(file): "a file that is replayed" for file in captured}
    problems = []
    for option, path in named:
        real = os.path.realpath(path)
        reason = f"is {taken[real]}" if real in taken else _why_unwritable(path)
        if reason is not None:
            problems.append(f"{option}: {path}: {reason}")
        elif not _is_special(path):
            taken[real] = f"the file of {option} already"
    if problems:
        raise InputError("\n".join(problems))


def write_whole(path: str, content: bytes) -> None:
    """Write *content* to *path*: whatever happens meanwhile, the file holds the old or the new content."""
    if _is_special(path):
        Path(path).write_bytes(content)
        return
    real = os.path.realpath(path)
    scratch = f"{real}.{os.getpid()}.tmp"
    try:
        with open(scratch, "wb") as file:
            file.write(content)
        if os.path.exists(real):
            os.chmod(scratch, os.stat(real).st_mode & 0o7777)
        os.replace(scratch, real)
    except OSError:
        # A folder that takes no new file, or a file mounted by itself: it can only be written in place.
        Path(real).write_bytes(content)
    finally:
        Path(scratch).unlink(missing_ok=True)


@contextmanager
def opened(path: str | None) -> Iterator[BinaryIO | None]:
    """The file *path* to write to; None without one."""
    if path is None:
        yield None
        return
    with open(path, "wb") as file:
        yield file


@contextmanager
def document_to(json: str | None) -> Iterator[tuple[IO[bytes] | None, TextIO]]:
    """The document on standard output, if *json* is ``-``, and where people read meanwhile."""
    on_stdout = json == "-"
    with document_stdout() if on_stdout else nullcontext() as document:
        yield document, sys.stderr if on_stdout else sys.stdout


def write_runs(runs: Sequence[bytes], path: str | None, document: IO[bytes] | None) -> None:
    """Write the JSON document of *runs*, if there is to be one, to *document* or else whole to *path*."""
    content = b'{"scenarios":[' + b",".join(runs) + b"]}\n"
    if document is not None:
        with tolerate_closed(document):
            document.write(content)
            document.flush()
    elif path is not None:
        write_whole(path, content)


@contextmanager
def document_stdout() -> Iterator[IO[bytes]]:
    """Keep standard output for one document: what anybody else writes there meanwhile goes to standard error.

    Handlers print, and so do the processes that they start; hence the file descriptor is exchanged, not the object.
    """
    if sys.stdout is None:
        raise InputError("--json -: standard output is closed")
    try:
        number, other = sys.stdout.fileno(), sys.stderr.fileno()
    except (OSError, ValueError, AttributeError):
        document = sys.stdout.buffer
        with redirect_stdout(sys.stderr):
            yield document
        return
    sys.stdout.flush()
    saved = os.dup(number)
    os.dup2(other, number)
    try:
        with open(os.dup(saved), "wb") as file:
            yield file
    finally:
        sys.stdout.flush()
        os.dup2(saved, number)
        os.close(saved)


@contextmanager
def tolerate_closed(stream: IO[Any]) -> Iterator[None]:
    """Go on when the reader of *stream* has left, as ``head`` does: the status and the other outputs still count."""
    try:
        yield
    except BrokenPipeError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def _why_unwritable(path: str) -> str | None:
    if path in ("", "-"):
        return "is not a file name (only --json takes - for standard output)"
    if os.path.isdir(path):
        return "is a directory; name a file in it"
    folder = os.path.dirname(path) or "."
    if not os.path.isdir(folder):
        return f"the folder {folder} does not exist"
    if _is_special(path):
        return None if os.access(path, os.W_OK) else "can't be written"
    existed = os.path.exists(path)
    try:
        with open(path, "ab"):
            pass
    except OSError as error:
        return f"can't be written: {error.strerror}"
    if not existed:
        os.unlink(path)
    return None


def _is_special(path: str) -> bool:
    """A terminal, a pipe or a device: written as it is, never replaced."""
    return os.path.exists(path) and not os.path.isfile(path)
