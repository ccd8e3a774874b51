"""Captured events: JSON files beside the tests."""

from __future__ import annotations

import copy
import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from eventsim.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

FOLDERS = (".", "fixtures", "events")
"""Where an event is looked for, in the test's folder and in each above it up to the root."""

MANIFEST = "manifest.json"
"""What a capture lists its events in; it is none itself."""


def loader(request: pytest.FixtureRequest) -> Callable[[str], Any]:
    """What loads an event for one test."""
    here, root = request.path.parent, request.config.rootpath
    more: list[Path] = request.config.getini("eventsim_fixtures")

    def load(name: str) -> Any:
        __tracebackhide__ = True
        try:
            return read_events(find(name, here, root, more))
        except InputError as error:
            raise error.with_traceback(None) from None  # it tells all; a test's own line is what is shown beside it

    return load


def read_events(file: Path) -> Any:
    """The event of a file; of an array, JSON lines or several documents all of them, as a list.

    InputError with line and column for what can't be read.
    """
    from eventsim.fixtures.read import read_fixture

    found = list(read_fixture(file))
    if len(found) == 1 and found[0].form not in {"array", "lines"}:
        return found[0].event
    return [one.event for one in found]


class Replayed(NamedTuple):
    """One event of the marker's files, or what is wrong with it."""

    id: str
    event: Any
    error: InputError | None = None


def parametrize(metafunc: pytest.Metafunc) -> None:
    """One test for each event of each file that the marker's patterns name; one that fails for what can't be read."""
    here, root = metafunc.definition.path.parent, metafunc.config.rootpath
    marks = metafunc.definition.iter_markers("eventsim_replay")
    files = [file for mark in marks for file in _files(mark, here, root)]
    found = [one for file in files for one in _events(file, here)]
    if "eventsim_event" not in metafunc.fixturenames:
        metafunc.fixturenames.append("eventsim_event")
    metafunc.parametrize("eventsim_event", found, ids=[one.id for one in found], indirect=True)


def replayed_event(request: pytest.FixtureRequest) -> Any:
    """The event that the test is at, a new one each time."""
    __tracebackhide__ = True
    found: Replayed | None = getattr(request, "param", None)
    if found is None:
        raise InputError(
            'eventsim_event needs the marker that says which files: @pytest.mark.eventsim_replay("*.json")'
        )
    if found.error is not None:
        raise found.error.with_traceback(None)
    return copy.deepcopy(found.event)


def _events(file: Path, here: Path) -> list[Replayed]:
    from eventsim.fixtures.read import FixtureError, read_fixture

    name = file.relative_to(here).as_posix() if file.is_relative_to(here) else file.name
    errors: list[FixtureError] = []
    found = []
    for one in read_fixture(file, on_error=errors.append):
        if (fault := one.fault) is None:
            found.append(one)
        else:
            errors.append(fault)
    several = len(found) + len(errors) > 1
    events = [Replayed(f"{name}{_place(one.line, one.index) if several else ''}", one.event) for one in found]
    broken = [Replayed(f"{name}{_place(one.line or None, None) if several else ''}", None, one) for one in errors]
    if events or broken:
        return events + broken
    return [Replayed(name, None, InputError(f"{file}: found no event in it"))]


def _place(line: int | None, index: int | None) -> str:
    return f"{'' if line is None else f':{line}'}{'' if index is None else f'[{index}]'}"


def find(name: str, here: Path, root: Path, more: Sequence[Path] = ()) -> Path:
    """The file of an event; InputError says where it was looked for and what there is."""
    if Path(name).is_absolute():
        folders = [Path(name).parent]
    else:
        folders = [*(folder / sub for folder in _up_to(root, here) for sub in FOLDERS), *more]
    for folder in folders:
        file = folder / name
        if file.is_file():
            return file
    there = sorted({file.name for folder in folders if folder.is_dir() for file in folder.glob("*.json")})
    near = difflib.get_close_matches(name, there, n=1)
    meant = f", did you mean {near[0]!r}?" if near else "."
    looked = ", ".join(str(folder) for folder in folders[: len(FOLDERS)])
    raise InputError(f"found no file {name!r}{meant} Looked in {looked} and the folders above, up to {root}")


def _files(mark: pytest.Mark, here: Path, root: Path) -> list[Path]:
    if mark.kwargs or not mark.args:
        raise pytest.Collector.CollectError(
            'eventsim_replay takes patterns alone, as in @pytest.mark.eventsim_replay("fixtures/*.json")'
        )
    found: list[Path] = []
    for pattern in map(str, mark.args):
        files = next(filter(None, (_matching(folder, pattern) for folder in _up_to(root, here))), None)
        if files is None:
            above = "" if here == root else f" and the folders above, up to {root}"
            places = "" if Path(pattern).is_absolute() else f" in {here}{above}"
            raise pytest.Collector.CollectError(f"eventsim_replay: found no file for {pattern!r}{places}")
        found += files
    return found


def _up_to(root: Path, here: Path) -> list[Path]:
    """*here* and the folders above it, the nearest first, as far as *root*, which may be elsewhere."""
    above = [here, *(folder for folder in here.parents if folder.is_relative_to(root))]
    return above if root in above else [*above, root]


def _matching(folder: Path, pattern: str) -> list[Path]:
    path = Path(pattern)
    if path.is_absolute():
        folder, pattern = Path(path.anchor), str(path.relative_to(path.anchor))
    if pattern in ("", "."):
        return []
    return sorted(file for file in folder.glob(pattern) if file.is_file() and file.name != MANIFEST)
