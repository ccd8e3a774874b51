"""Where generated events go: standard output as a document, an array or lines, or files of a folder."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click
import msgspec

from eventsim.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def warn_of_faults(events: Iterator[Any]) -> Iterator[Any]:
    """Pass *events* on; what is no longer as in a real event goes to standard error, once for the first event."""
    first = next(events, None)
    if first is None:
        return
    from eventsim.fixtures.detect import detect

    found = detect(first)
    for text in (*(f"{path}: is missing" for path in found.missing), *found.wrong):
        click.echo(f"warning: {text}", err=True)
    yield from chain([first], events)


def write_lines(events: Iterable[Any]) -> None:
    """Write one event a line to standard output."""
    encode = msgspec.json.Encoder().encode
    with _standard_output() as stream:
        for event in events:
            stream.write(encode(event))
            stream.write(b"\n")


def write_array(events: Iterable[Any], count: int) -> None:
    """Write one event as a document to standard output, several as an array, indented."""
    with _standard_output() as stream:
        for number, event in enumerate(events):
            # Nothing comes out before the first event is made: it may be refused.
            stream.write(b",\n" if number else b"[\n" if count > 1 else b"")
            stream.write(_indented(event))
        stream.write(b"\n]\n" if count > 1 else b"\n")


@contextmanager
def _standard_output() -> Iterator[IO[bytes]]:
    if sys.stdout is None:
        raise InputError("standard output is closed; name a folder with --out")
    try:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise InputError(f"standard output can't be written: {error.strerror}") from None


def write_files(events: Iterable[Any], source: str, count: int, folder: str) -> None:
    """Write each event to SOURCE-NUMBER.json in *folder*, which is made if need be; never over a file."""
    digits = max(4, len(str(count)))
    paths = (Path(folder, f"{source}-{number:0{digits}}.json") for number in range(1, count + 1))
    try:
        os.makedirs(folder, exist_ok=True)
        for path, event in zip(paths, events, strict=True):
            with open(path, "xb") as file:
                file.write(_indented(event) + b"\n")
    except FileExistsError as error:
        raise InputError(f"--out: {error.filename} exists already; name another folder, or remove the file") from None
    except OSError as error:
        raise InputError(f"--out: {error.filename or folder}: can't be written: {error.strerror}") from None
    click.echo(f"{count} {'file' if count == 1 else 'files'} in {folder}", err=True)


def _indented(event: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(event), indent=2)
