"""What outlives a process: checkpoints of streams, and what was created at an endpoint, in one small SQLite file."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from eventsim.errors import InputError
from eventsim.sources.stream import Position, Start

if TYPE_CHECKING:
    from collections.abc import Iterable

FOLDER = ".eventsim"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS checkpoint (
    endpoint TEXT, source TEXT, mapping TEXT, shard TEXT, position TEXT, sequence_number TEXT, timestamp_ms INTEGER,
    PRIMARY KEY (endpoint, source, mapping, shard));
CREATE TABLE IF NOT EXISTS created (
    endpoint TEXT, kind TEXT, name TEXT, PRIMARY KEY (endpoint, kind, name));
"""


class Created(NamedTuple):
    """A resource that was made at an endpoint: its *kind* (``queue``, ``stream``, ...) and its name."""

    kind: str
    name: str


def state_file(scenario_file: str, folder: str | None) -> Path:
    """Where the state of a scenario is kept: in *folder*, or in ``.eventsim`` beside the scenario."""
    scenario = Path(scenario_file)
    return (Path(folder) if folder else scenario.parent / FOLDER) / f"{scenario.stem}.sqlite"


class State:
    """The state file of one scenario, seen for *endpoint* alone: an account in a region. Use it as a context.

    One process at a time has it. Raises InputError when another one does, or when it can't be written.
    """

    def __init__(self, path: Path, endpoint: str) -> None:
        self.path = path
        self.endpoint = endpoint
        self._connection: sqlite3.Connection | None = None

    def __enter__(self) -> Self:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(self.path, timeout=0.5, isolation_level=None)
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("BEGIN EXCLUSIVE")
            for statement in _SCHEMA.strip().split(";\n"):
                connection.execute(statement)
            connection.execute("COMMIT")
        except sqlite3.OperationalError as error:
            raise InputError(_refused(self.path, error)) from None
        except (OSError, sqlite3.DatabaseError) as error:
            raise InputError(
                f"{self.path}: can't keep the state of the run there ({error}): name a folder with --state"
            ) from None
        self._connection = connection
        return self

    def __exit__(self, *_: object) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    # -- checkpoints -----------------------------------------------------------------------------

    def starts(self, source: str, mapping: str) -> dict[str, Start]:
        """Where a mapping goes on in the shards of *source*, by shard; {} where it never read."""
        rows = self._rows(
            "SELECT shard, position, sequence_number, timestamp_ms FROM checkpoint "
            "WHERE endpoint = ? AND source = ? AND mapping = ?",
            (self.endpoint, source, mapping),
        )
        return {shard: Start(Position(position), number, at_ms) for shard, position, number, at_ms in rows}

    def keep_starts(self, source: str, mapping: str, starts: dict[str, Start]) -> None:
        """Remember where a mapping goes on."""
        rows = [
            (self.endpoint, source, mapping, shard, one.position.value, one.sequence_number, one.timestamp_ms)
            for shard, one in starts.items()
        ]
        self._write("INSERT OR REPLACE INTO checkpoint VALUES (?, ?, ?, ?, ?, ?, ?)", rows)

    # -- what was created ------------------------------------------------------------------------

    @property
    def created(self) -> list[Created]:
        """What was made at the endpoint and is still to be removed, in the order of its making."""
        rows = self._rows("SELECT kind, name FROM created WHERE endpoint = ? ORDER BY rowid", (self.endpoint,))
        return [Created(kind, name) for kind, name in rows]

    def add_created(self, resource: Created) -> None:
        """Remember a resource that was made."""
        self._write("INSERT OR REPLACE INTO created VALUES (?, ?, ?)", [(self.endpoint, *resource)])

    def forget_created(self, resource: Created) -> None:
        """Forget a resource that was removed."""
        self._write("DELETE FROM created WHERE endpoint = ? AND kind = ? AND name = ?", [(self.endpoint, *resource)])

    def _rows(self, query: str, parameters: tuple[object, ...]) -> list[tuple[Any, ...]]:
        assert self._connection is not None
        return self._connection.execute(query, parameters).fetchall()

    def _write(self, statement: str, rows: Iterable[tuple[object, ...]]) -> None:
        assert self._connection is not None
        self._connection.execute("BEGIN")
        self._connection.executemany(statement, rows)
        self._connection.execute("COMMIT")


def _refused(path: Path, error: sqlite3.OperationalError) -> str:
    if "locked" in str(error):
        return f"{path}: another eventsim runs this scenario on this state: end it, or name another folder with --state"
    return f"{path}: can't keep the state of the run there ({error}): name a folder with --state"
