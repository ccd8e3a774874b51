"""YAML text as nodes that know their line and column; nothing is constructed but plain values.

The nodes are built from the parser's events, without recursion: a file of ten thousand brackets is a problem with a
place, not a crash. An alias shares its node; what aliases repeat is counted, so that a small file can't grow large.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import yaml

from eventsim.errors import Problem, ScenarioError
from eventsim.scenarios import yaml_scalars, yaml_words
from eventsim.scenarios.yaml_text import read_text

if TYPE_CHECKING:
    from pathlib import Path

MAX_DEPTH = 50
"""How deep lists and mappings may stand in each other, aliases included."""

MAX_REPEATED = 100_000
"""How many values the aliases of one file may repeat."""

_PLAIN_TAGS = {None, "!", "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq"}


class Node:
    """One value of the file: *value* is a scalar, a list of nodes or a dict of nodes; lines and columns count from 1.

    *keys* has the place of each key of a dict. *weight* counts the values inside, aliases repeated; *height* how deep
    they stand. *text* is a scalar as it is written.
    """

    __slots__ = ("column", "height", "keys", "line", "text", "value", "weight")

    def __init__(self, value: Any, line: int, column: int, text: str = "") -> None:
        self.value = value
        self.text = text
        self.line = line
        self.column = column
        self.keys: dict[str, tuple[int, int]] = {}
        self.weight = 1
        self.height = 0

    def plain(self) -> Any:
        """The value without places: scalars, lists and dicts."""
        if isinstance(self.value, dict):
            return {key: member.plain() for key, member in self.value.items()}
        if isinstance(self.value, list):
            return [item.plain() for item in self.value]
        return self.value


def read_document(path: Path, file: str) -> tuple[Node, list[Problem], list[Problem]]:
    """The mapping that is the file's one document, with (problems, warnings) met on the way.

    *file* names the file in messages. Raises ScenarioError when no tree can be made of it: the file can't be read, is
    no UTF-8 text, breaks YAML's syntax, holds no or several documents, is no mapping, or nests or repeats too much.
    """
    text = read_text(path, file)
    composer = _Composer(file)
    try:
        root = composer.compose(text)
    except yaml.YAMLError as error:
        raise ScenarioError([*composer.problems, yaml_words.syntax_problem(error, file)]) from None
    if root is None:
        raise ScenarioError([Problem(file, 0, 0, "", "found an empty file, expected a mapping that begins with name:")])
    if not isinstance(root.value, dict):
        found = "a list" if isinstance(root.value, list) else repr(root.value)
        message = f"found {found}, expected a mapping with sections such as queues, functions and steps"
        raise ScenarioError([Problem(file, root.line, root.column, "", message)])
    return root, composer.problems, composer.warnings


class _Open:
    """A list or mapping whose end has not come yet."""

    __slots__ = ("anchor", "key", "merges", "node")

    def __init__(self, node: Node, anchor: str | None) -> None:
        self.node = node
        self.anchor = anchor
        self.key: tuple[str, int, int, bool] | None = None
        self.merges: list[Node] = []


class _Composer:
    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.warnings: list[Problem] = []
        self.stack: list[_Open] = []
        self.anchors: dict[str, Node] = {}
        self.repeated = 0
        self.root: Node | None = None
        self.documents = 0

    def compose(self, text: str) -> Node | None:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(text)
        try:
            while loader.check_event():
                self.take(loader.get_event(), loader)
        finally:
            loader.dispose()
        return self.root

    def take(self, event: Any, loader: Any) -> None:
        if isinstance(event, yaml.ScalarEvent):
            self.take_scalar(event, loader)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self.open(event)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self.close()
        elif isinstance(event, yaml.AliasEvent):
            self.take_alias(event)
        elif isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                self.refuse(event, "found a second document (---), expected one scenario a file")

    def take_scalar(self, event: Any, loader: Any) -> None:
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        parent = self.stack[-1] if self.stack else None
        if parent is not None and parent.key is None and isinstance(parent.node.value, dict):
            is_merge = event.implicit[0] and event.value == "<<"
            parent.key = (event.value, line, column, is_merge)
            return
        try:
            value, warning = yaml_scalars.scalar(event, loader)
        except ValueError as error:
            self.problems.append(Problem(self.file, line, column, self.path(), str(error)))
            value, warning = None, None
        if warning:
            self.warnings.append(Problem(self.file, line, column, self.path(), warning))
        node = Node(value, line, column, event.value)
        self.register(event.anchor, node)
        self.add(node, event)

    def open(self, event: Any) -> None:
        if event.tag not in _PLAIN_TAGS:
            mark = event.start_mark
            message = yaml_scalars.unknown_tag(event.tag)
            self.problems.append(Problem(self.file, mark.line + 1, mark.column + 1, self.path(), message))
        self.check_key(event)
        if len(self.stack) >= MAX_DEPTH:
            self.refuse(event, f"found lists and mappings nested deeper than {MAX_DEPTH}")
        value: Any = {} if isinstance(event, yaml.MappingStartEvent) else []
        self.stack.append(_Open(Node(value, event.start_mark.line + 1, event.start_mark.column + 1), event.anchor))

    def close(self) -> None:
        done = self.stack.pop()
        for merged in done.merges:
            for key, member in merged.value.items():
                if key not in done.node.value:
                    done.node.value[key] = member
                    done.node.keys[key] = merged.keys[key]
                    done.node.weight += member.weight
        self.register(done.anchor, done.node)
        self.add(done.node, None)

    def take_alias(self, event: Any) -> None:
        self.check_key(event)
        if any(one.anchor == event.anchor for one in self.stack):
            self.refuse(event, f"found *{event.anchor} inside &{event.anchor}: a value can't contain itself")
        node = self.anchors.get(event.anchor)
        if node is None:
            self.refuse(event, f"found *{event.anchor}, expected an anchor &{event.anchor} further up")
        self.repeated += node.weight
        if self.repeated > MAX_REPEATED:
            self.refuse(event, f"found aliases that repeat more than {MAX_REPEATED:,} values")
        if len(self.stack) + node.height > MAX_DEPTH:
            self.refuse(event, f"found lists and mappings nested deeper than {MAX_DEPTH}")
        self.add(node, event)

    def register(self, anchor: str | None, node: Node) -> None:
        if anchor is not None:
            self.anchors[anchor] = node

    def add(self, node: Node, event: Any) -> None:
        if not self.stack:
            self.root = node
            return
        parent = self.stack[-1]
        into = parent.node
        into.height = max(into.height, node.height + 1)
        if isinstance(into.value, list):
            into.value.append(node)
            into.weight += node.weight
            return
        assert parent.key is not None, "a mapping's value comes after its key"
        key, line, column, is_merge = parent.key
        parent.key = None
        if is_merge:
            self.merge(parent, node, event)
        elif key in into.value:
            first = into.keys[key]
            message = f"found the key {key!r} twice, first at line {first[0]}, column {first[1]}: keep one"
            self.problems.append(Problem(self.file, line, column, self.path(key), message))
        else:
            into.value[key] = node
            into.keys[key] = (line, column)
            into.weight += node.weight

    def merge(self, parent: _Open, node: Node, event: Any) -> None:
        sources = node.value if isinstance(node.value, list) else [node]
        if not all(isinstance(source.value, dict) for source in sources):
            self.problems.append(
                Problem(
                    self.file, node.line, node.column, self.path("<<"), "found no mapping after <<, expected *an-anchor"
                )
            )
            return
        if not isinstance(event, yaml.AliasEvent):
            # A merged mapping is shared with the one it is merged into, as an alias would be.
            self.repeated += node.weight
        parent.merges.extend(sources)

    def check_key(self, event: Any) -> None:
        if self.stack and self.stack[-1].key is None and isinstance(self.stack[-1].node.value, dict):
            self.refuse(event, "found a list, a mapping or an alias as a key, expected a plain word")

    def path(self, key: str | None = None) -> str:
        parts = ""
        for one in self.stack:
            if isinstance(one.node.value, list):
                parts += f"[{len(one.node.value)}]"
            elif one.key is not None:
                parts += f".{one.key[0]}" if parts else one.key[0]
        if key is not None:
            parts += f".{key}" if parts else key
        return parts

    def refuse(self, event: Any, message: str) -> NoReturn:
        mark = event.start_mark
        raise ScenarioError([*self.problems, Problem(self.file, mark.line + 1, mark.column + 1, self.path(), message)])
