"""Captured events: JSON files beside the tests."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from eventsim.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDERS = (".", "fixtures")
"""Where an event is looked for, in the test's folder and in each above it up to the root."""


def loader(request: pytest.FixtureRequest) -> Callable[[str], Any]:
    """What loads an event for one test."""
    here, root = request.path.parent, request.config.rootpath

    def load(name: str) -> Any:
        return read_event(find(name, here, root))

    return load


def parametrize(metafunc: pytest.Metafunc) -> None:
    """One test for each file that the marker's patterns name."""
    here = metafunc.definition.path.parent
    files = [file for mark in metafunc.definition.iter_markers("eventsim_replay") for file in _files(mark, here)]
    ids = [file.relative_to(here).as_posix() if file.is_relative_to(here) else file.name for file in files]
    if "eventsim_event" not in metafunc.fixturenames:
        metafunc.fixturenames.append("eventsim_event")
    metafunc.parametrize("eventsim_event", files, ids=ids, indirect=True)


def replayed_event(request: pytest.FixtureRequest) -> Any:
    """The event of the file that the test is at."""
    file: Path | None = getattr(request, "param", None)
    if file is None:
        raise InputError(
            'eventsim_event needs the marker that says which files: @pytest.mark.eventsim_replay("*.json")'
        )
    return read_event(file)


def find(name: str, here: Path, root: Path) -> Path:
    """The file of an event; InputError says where it was looked for and what there is."""
    if Path(name).is_absolute():
        folders = [Path(name).parent]
    else:
        above = [here, *(folder for folder in here.parents if folder.is_relative_to(root))]
        folders = [folder / sub for folder in above for sub in FOLDERS]
    for folder in folders:
        file = folder / name
        if file.is_file():
            return file
    there = sorted({file.name for folder in folders if folder.is_dir() for file in folder.glob("*.json")})
    near = difflib.get_close_matches(name, there, n=1)
    meant = f", did you mean {near[0]!r}?" if near else ""
    looked = ", ".join(str(folder) for folder in folders[: len(FOLDERS)])
    raise InputError(f"found no file {name!r}{meant} Looked in {looked} and the folders above, up to {root}")


def read_event(file: Path) -> Any:
    """The JSON of a file; InputError with line and column for what is none."""
    import json

    try:
        return json.loads(file.read_bytes())
    except json.JSONDecodeError as error:
        raise InputError(f"{file}:{error.lineno}:{error.colno}: found no JSON: {error.msg}") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{file}: found no JSON in UTF-8: {error.reason} at byte {error.start}") from None
    except OSError as error:
        raise InputError(f"{file}: can't be read: {error.strerror}") from None


def _files(mark: pytest.Mark, here: Path) -> list[Path]:
    if mark.kwargs or not mark.args:
        raise pytest.UsageError(
            'eventsim_replay takes patterns alone, as in @pytest.mark.eventsim_replay("fixtures/*.json")'
        )
    found: list[Path] = []
    for pattern in mark.args:
        files = sorted(file for file in here.glob(str(pattern)) if file.is_file())
        if not files:
            raise pytest.UsageError(f"eventsim_replay: found no file for {str(pattern)!r} in {here}")
        found += files
    return found
