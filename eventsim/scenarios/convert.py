"""From nodes to values, field by field: every error is noted with its place, and the reading goes on.

A converter takes ``(reading, node, path)`` and returns a value. What it can't accept it notes with `Reading.error`, or
`refuse`, which also gives the field up; `Reading.attempt` then returns `MISSING` and the next field is read.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any, Final, NamedTuple, NoReturn

from eventsim.errors import Problem, ScenarioError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from eventsim.scenarios.yaml_nodes import Node

    Converter = Callable[["Reading", Node, str], Any]

MISSING: Final = object()
"""Stands for a field that is absent or could not be read."""


class Unreadable(Exception):  # noqa: N818 - control flow inside the reading: the error is already noted
    """A value was given up; why is noted."""


class Field(NamedTuple):
    """A key that is honoured, and how its value is read."""

    read: Converter
    required: bool = False


class Later(NamedTuple):
    """A key that means something which is not supported yet."""

    what: str


class Refused(NamedTuple):
    """A key that is known and can't stand here."""

    message: str


class NoEffect(NamedTuple):
    """A key that is accepted and does nothing in a simulation."""


Table = dict[str, Field | Later | Refused | NoEffect]


class Reading:
    """Collects what is wrong with a file, and what to warn of, while it is read.

    *places* has the line and column of every value read so far, by its path.
    """

    def __init__(self, file: str) -> None:
        self.file = file
        self.errors: list[Problem] = []
        self.warnings: list[Problem] = []
        self.places: dict[str, tuple[int, int]] = {}
        self.without_effect: dict[str, dict[str, list[str]]] = {}
        self._first_without_effect: dict[str, tuple[int, int]] = {}

    def error(self, at: Node | tuple[int, int], path: str, message: str) -> None:
        """Note something wrong at a node, or at a line and column."""
        self.errors.append(self._problem(at, path, message))

    def warn(self, at: Node | tuple[int, int], path: str, message: str) -> None:
        """Note something to know before believing the result."""
        self.warnings.append(self._problem(at, path, message))

    def refuse(self, at: Node | tuple[int, int], path: str, message: str) -> NoReturn:
        """Note something wrong and give the value up."""
        self.error(at, path, message)
        raise Unreadable

    def attempt(self, read: Converter, node: Node, path: str) -> Any:
        """The value that *read* makes of a node, or MISSING; its errors are noted."""
        try:
            return read(self, node, path)
        except Unreadable:
            return MISSING

    def note_without_effect(self, section: str, key: str, owner: str, at: tuple[int, int]) -> None:
        """Note a key that does nothing: each section gives one warning, with all its keys."""
        self.without_effect.setdefault(section, {}).setdefault(key, []).append(owner)
        self._first_without_effect.setdefault(section, at)

    def place(self, path: str) -> tuple[int, int]:
        """Where the value of a path stands, or the nearest value around it that was read."""
        while path and path not in self.places:
            path = path.rpartition(".")[0]
        return self.places.get(path, (0, 0))

    def finish(self) -> list[Problem]:
        """All warnings in the order of their places; raises ScenarioError when there were errors."""
        for section, keys in self.without_effect.items():
            listed = ", ".join(f"{key} ({', '.join(owners)})" if any(owners) else key for key, owners in keys.items())
            self.warn(self._first_without_effect[section], section, f"without effect in a simulation: {listed}")
        if self.errors:
            raise ScenarioError(sorted(self.errors, key=_by_place))
        return sorted(self.warnings, key=_by_place)

    def _problem(self, at: Node | tuple[int, int], path: str, message: str) -> Problem:
        line, column = at if isinstance(at, tuple) else (at.line, at.column)
        return Problem(self.file, line, column, path, message)


def _by_place(problem: Problem) -> tuple[int, int]:
    return problem.line, problem.column


def join(path: str, key: str) -> str:
    """A key's path under another's."""
    return f"{path}.{key}" if path else key


def read_fields(reading: Reading, node: Node, path: str, table: Table, what: str, *, owner: str = "") -> dict[str, Any]:
    """The fields of a mapping that *table* knows and that could be read, by key.

    *what* names the table in messages. Unknown keys, required ones that are absent, and those of later work are
    errors; those without effect are gathered under *path*'s first part for one warning naming *owner*.
    """
    members = mapping(reading, node, path)
    values: dict[str, Any] = {}
    for key, member in members.items():
        field = table.get(key)
        at = node.keys[key]
        if isinstance(field, Field):
            reading.places[join(path, key)] = (member.line, member.column)
            value = reading.attempt(field.read, member, join(path, key))
            if value is not MISSING:
                values[key] = value
        elif isinstance(field, Later):
            reading.error(at, join(path, key), f"{field.what} is not supported yet")
        elif isinstance(field, Refused):
            reading.error(at, join(path, key), field.message)
        elif isinstance(field, NoEffect):
            reading.note_without_effect(path.split(".", 1)[0], key, owner, at)
        else:
            known = [name for name, entry in table.items() if isinstance(entry, Field)]
            reading.error(at, join(path, key), f"found {key!r}, unknown in {what}{suggest(key, table, known)}")
    for key, field in table.items():
        if isinstance(field, Field) and field.required and key not in members:
            reading.error(node, path, f"{key} is missing, {what} needs it")
    return values


def read_whole(reading: Reading, node: Node, path: str, table: Table, what: str) -> dict[str, Any]:
    """The fields of a mapping, given up when any of them has an error."""
    errors = len(reading.errors)
    values = read_fields(reading, node, path, table, what)
    if len(reading.errors) > errors:
        raise Unreadable
    return values


def mapping(reading: Reading, node: Node, path: str) -> dict[str, Node]:
    """The members of a mapping; an empty value counts as an empty mapping."""
    if node.value is None:
        return {}
    if not isinstance(node.value, dict):
        reading.refuse(node, path, f"found {shown(node)}, expected a mapping (key: value)")
    return node.value


def items(reading: Reading, node: Node, path: str) -> list[Node]:
    """The items of a list."""
    if not isinstance(node.value, list):
        reading.refuse(node, path, f"found {shown(node)}, expected a list")
    return node.value


def placed_items(reading: Reading, node: Node, path: str, what: str) -> list[tuple[Node, str]]:
    """The items of a list of at least one *what*, each with its path, whose place is kept."""
    found = [(item, f"{path}[{n}]") for n, item in enumerate(items(reading, node, path))]
    if not found:
        reading.refuse(node, path, f"found an empty list, expected at least one {what}")
    reading.places |= {at: (item.line, item.column) for item, at in found}
    return found


def list_of(read: Converter) -> Converter:
    """A converter for a list whose items *read* reads; what could not be read is left out."""

    def read_list(reading: Reading, node: Node, path: str) -> list[Any]:
        read_items = [reading.attempt(read, item, f"{path}[{n}]") for n, item in enumerate(items(reading, node, path))]
        return [item for item in read_items if item is not MISSING]

    return read_list


def suggest(key: str, names: Iterable[str], listed: Iterable[str]) -> str:
    """The end of a message about an unknown name: the nearest known one, and those that are allowed."""
    near = nearest(key, names)
    allowed = list_names(listed)
    return f", did you mean {near!r}? Allowed: {allowed}" if near else f"; allowed: {allowed}"


def list_names(names: Iterable[str], most: int = 15) -> str:
    """Names for a message, not more of them than help."""
    every = list(names)
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more


def nearest(key: str, names: Iterable[str]) -> str | None:
    """The name most like *key*, whatever the case and underscores, or None when none is near."""
    plain = {name.lower().replace("_", ""): name for name in names}
    found = difflib.get_close_matches(key.lower().replace("_", ""), plain, n=1, cutoff=0.7)
    return plain[found[0]] if found else None


def shown(node: Node) -> str:
    """A node's value for a message."""
    if isinstance(node.value, dict):
        return "a mapping" if node.value else "an empty mapping"
    if isinstance(node.value, list):
        return "a list" if node.value else "an empty list"
    if node.value is None:
        return "nothing"
    if isinstance(node.value, bool):
        return "true" if node.value else "false"
    written = repr(node.value)
    return written if len(written) <= 60 else written[:57] + "..."
