"""A function's code folder: which top-level module names are the function's own."""

from __future__ import annotations

import os
import sys
from importlib.machinery import EXTENSION_SUFFIXES, SOURCE_SUFFIXES
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_SOURCES = tuple(SOURCE_SUFFIXES)
_EXTENSIONS = tuple(EXTENSION_SUFFIXES)
_NEVER_OWN = frozenset({"eventsim", "node_modules", "__pycache__"})


class CodeFolder:
    """What a function's CodeUri holds.

    Own are the modules and packages written for the function: each execution environment has its own copy. Shared with
    the whole process are the standard library, what is installed, and what pip put into the folder
    (``pip install -t``), since extension modules load only once.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self._shared = frozenset(_installed_names(self.path)) | _NEVER_OWN | sys.stdlib_module_names
        self.own = frozenset(_top_level_names(self.path)) - self._shared
        sys.path_importer_cache.pop(str(self.path), None)  # its listing of the folder may be older than the files

    def own_with(self, module: str) -> frozenset[str]:
        """The own names together with that of the handler's module, wherever it is found."""
        top = module.partition(".")[0]
        return self.own if top in self._shared else self.own | {top}

    def own_in(self, path: str) -> frozenset[str]:
        """The own names of a folder inside it, which the code has put on `sys.path`."""
        folder = self.path / path
        return frozenset(_top_level_names(folder)).difference(_installed_names(folder), self._shared)


def _top_level_names(folder: Path) -> Iterator[str]:
    if not folder.is_dir():
        return
    with os.scandir(folder) as entries:
        for entry in entries:
            name = entry.name
            if name.startswith(".") or name.endswith((".dist-info", ".egg-info", *_EXTENSIONS)):
                continue
            if entry.is_dir():
                if name not in _NEVER_OWN and _has_source(Path(entry.path)):
                    yield name
            elif name.endswith(_SOURCES):
                yield name.partition(".")[0]


def _has_source(folder: Path) -> bool:
    return next(folder.rglob("*.py"), None) is not None


def _installed_names(folder: Path) -> Iterator[str]:
    for record in folder.glob("*.dist-info/RECORD"):
        for line in record.read_text(encoding="utf-8").splitlines():
            yield line.partition(",")[0].partition("/")[0].partition(".")[0]
