"""A compiled pattern: a tree of small nodes, each of which tests the value at its place in a document.

A value is what JSON holds there, or MISSING. Lists match when one of their elements does, to any depth (FLT-14).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

from eventsim.patterns.errors import join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eventsim.patterns.exact import Test

MISSING: Final = object()
"""Stands for the value of a key that the document doesn't have."""


class Node(Protocol):
    """One place of a pattern; *absent* says whether it matches where the document has nothing."""

    absent: bool

    def matches(self, value: Any) -> bool:
        """Whether the value fits."""

    def mismatch(self, value: Any, path: str) -> str | None:
        """The dotted path of the first key that fails, None when the value fits."""


class Leaf:
    """A list of values and operators, of which one must fit a scalar; objects are no leaves (FLT-13)."""

    __slots__ = ("absent", "strings", "tests")

    def __init__(self, strings: frozenset[str], tests: tuple[Test, ...], *, absent: bool) -> None:
        self.strings = strings
        self.tests = tests
        self.absent = absent

    def matches(self, value: Any) -> bool:
        """Whether the value is a scalar that fits, a list with one, or rightly absent."""
        if type(value) is str and value in self.strings:
            return True
        if value is MISSING or isinstance(value, dict):
            return self.absent
        if isinstance(value, list):
            return self._matches_list(value)
        for test in self.tests:  # noqa: SIM110 - a generator would double the time of the commonest match
            if test(value):
                return True
        return False

    def _matches_list(self, values: list[Any]) -> bool:
        absent = self.absent
        for value in _flat(values):
            if not isinstance(value, dict):
                if self.matches(value):
                    return True
                absent = False
        return absent

    def mismatch(self, value: Any, path: str) -> str | None:
        """Return *path* when the value doesn't fit."""
        return None if self.matches(value) else path


class Branch:
    """An object of a pattern: each of its keys must fit (FLT-12). *entries* are in the pattern's order."""

    __slots__ = ("absent", "alternatives", "entries", "fields")

    def __init__(self, entries: tuple[tuple[str, Node], ...]) -> None:
        self.entries = entries
        self.fields = tuple((name, node) for name, node in entries if not isinstance(node, Alternatives))
        self.alternatives = tuple(node for _, node in entries if isinstance(node, Alternatives))
        self.absent = all(node.absent for _, node in entries)

    def matches(self, value: Any) -> bool:
        """Whether the value is an object that fits, a list with one, or rightly absent."""
        if isinstance(value, dict):
            return self.matches_object(value)
        return self._matches_list(value) if isinstance(value, list) else self.absent

    def matches_object(self, document: dict[str, Any]) -> bool:
        """Whether each key fits."""
        for name, node in self.fields:
            if not node.matches(document.get(name, MISSING)):
                return False
        for alternative in self.alternatives:  # noqa: SIM110 - as in Leaf.matches
            if not alternative.matches(document):
                return False
        return True

    def _matches_list(self, values: list[Any]) -> bool:
        objects = [value for value in _flat(values) if isinstance(value, dict)]
        if not self.absent:
            return any(self.matches_object(value) for value in objects)
        # Nothing here needs to be present, so no single element has to carry it all: a key is absent when every
        # element lacks it.
        return all(
            node.matches(objects)
            if isinstance(node, Alternatives)
            else node.matches([value[name] for value in objects if name in value])
            for name, node in self.entries
        )

    def mismatch(self, value: Any, path: str) -> str | None:
        """Look for the first key that fails; *path* itself where the value is no object at all."""
        if isinstance(value, dict):
            return self._mismatch_of_object(value, path)
        if self.matches(value):
            return None
        if isinstance(value, list):
            objects = [element for element in _flat(value) if isinstance(element, dict)]
            for name, node in self.entries:
                if objects and not any(node.matches(_place(node, element, name)) for element in objects):
                    return join(path, name)
        return path

    def _mismatch_of_object(self, document: dict[str, Any], path: str) -> str | None:
        for name, node in self.entries:
            value = _place(node, document, name)
            if not node.matches(value):
                return node.mismatch(value, join(path, name))
        return None


class Alternatives:
    """``$or``: one of several objects must fit the object that holds it."""

    __slots__ = ("absent", "branches")

    def __init__(self, branches: tuple[Branch, ...]) -> None:
        self.branches = branches
        self.absent = any(branch.absent for branch in branches)

    def matches(self, value: Any) -> bool:
        """Whether one of the alternatives fits."""
        return any(branch.matches(value) for branch in self.branches)

    def mismatch(self, value: Any, path: str) -> str | None:
        """Return *path*, that of the ``$or`` itself, when no alternative fits."""
        return None if self.matches(value) else path


def _place(node: Node, document: dict[str, Any], name: str) -> Any:
    return document if isinstance(node, Alternatives) else document.get(name, MISSING)


def _flat(values: list[Any]) -> Iterator[Any]:
    """The elements of a list and of the lists in it, in order, however deep."""
    waiting = [iter(values)]
    while waiting:
        for value in waiting[-1]:
            if isinstance(value, list):
                waiting.append(iter(value))
                break
            yield value
        else:
            waiting.pop()
