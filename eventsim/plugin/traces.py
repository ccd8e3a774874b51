"""Where ``--eventsim-trace`` writes the traces, and their last lines for failures."""

from __future__ import annotations

import io
import re
import zlib
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import msgspec

from eventsim.facade.timeline import line_for_people

if TYPE_CHECKING:
    import pytest

LAST_LINES = 25
"""How many lines of its timeline a failure shows."""

_LONGEST = 180
_BLOCKS = 2  # the trace is written in blocks of 1,024 lines


def trace_path(config: pytest.Config, nodeid: str) -> Path | None:
    """The file for a test's trace, its folder made; None when traces are not asked for."""
    folder = config.getoption("--eventsim-trace")
    if folder is None:
        return None
    path = Path(config.invocation_params.dir, folder)
    path.mkdir(parents=True, exist_ok=True)
    return path / f"{_file_name(nodeid)}.jsonl"


def _file_name(nodeid: str) -> str:
    """A name that every file system takes; where parameters lose what tells them apart, the id's checksum does it."""
    name = re.sub(r"[^A-Za-z0-9_.=-]+", "_", nodeid)
    parameters = nodeid.partition("[")[2].rpartition("]")[0]
    if len(name) <= _LONGEST and re.fullmatch(r"[A-Za-z0-9_.=-]*", parameters):
        return name
    return f"{name[:_LONGEST]}-{zlib.crc32(nodeid.encode('utf-8', 'backslashreplace')):08x}"


class Tail(io.RawIOBase):
    """A sink for a trace that keeps its end in memory and hands everything on to *file*, if there is one."""

    def __init__(self, file: BinaryIO | None) -> None:
        super().__init__()
        self._file = file
        self._blocks: deque[bytes] = deque(maxlen=_BLOCKS)

    def writable(self) -> bool:
        """True."""
        return True

    def write(self, block: bytes) -> int:  # type: ignore[override]  # the trace writes bytes
        """Take one block of whole lines."""
        if block:
            self._blocks.append(block)
            if self._file is not None:
                self._file.write(block)
        return len(block)

    def last(self, count: int) -> list[str]:
        """The last lines, for people."""
        lines = b"".join(self._blocks).splitlines()[-count:]
        return [line_for_people(msgspec.json.decode(line)) for line in lines]
