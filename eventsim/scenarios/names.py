"""The names of a scenario's resources: a bare name or a real ARN, wherever AWS takes an ARN."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from eventsim.scenarios.arns import ARNS, table_arn
from eventsim.scenarios.convert import shown, suggest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from eventsim.scenarios.convert import Converter, Reading
    from eventsim.scenarios.yaml_nodes import Node

Kind = Literal["queue", "stream", "table", "bucket", "topic", "function", "mapping"]

NOTHING: Mapping[str, Iterable[str]] = {}

MOST_COMPARED = 20_000
"""How many names are compared for the nearest ones of all that a file gets wrong: more would take seconds."""


class Names:
    """Every name that the file declares, by kind, whether or not what it names could be read.

    *by_kind* has the names in the order of the file. *mapping_types* has the type of each mapping's event;
    *stream_label* is that of every table's stream (DDB-01). *home* is what declares them, for messages.
    """

    def __init__(
        self,
        by_kind: Mapping[str, Iterable[str]] = NOTHING,
        *,
        mapping_types: Mapping[str, object] | None = None,
        stream_label: str = "",
        home: str = "file",
    ) -> None:
        self._home = home
        self.mapping_types = dict(mapping_types or {})
        self.by_kind: dict[str, dict[str, None]] = {kind: dict.fromkeys(by_kind.get(kind, ())) for kind in ARNS}
        self.by_kind["mapping"] = dict.fromkeys(self.mapping_types)
        self.stream_label = stream_label

    def one(self, *kinds: Kind) -> Converter:
        """A converter for the name or ARN of one resource among *kinds*; the value is its bare name."""

        def read_name(reading: Reading, node: Node, path: str) -> str:
            return self.resolve(reading, node, path, kinds)[1]

        return read_name

    def arn(self, *kinds: Kind) -> Converter:
        """A converter for the name or ARN of one resource among *kinds*; the value is its ARN."""

        def read_arn(reading: Reading, node: Node, path: str) -> str:
            kind, name = self.resolve(reading, node, path, kinds)
            return ARNS[kind](name)

        return read_arn

    def table_stream(self, reading: Reading, node: Node, path: str) -> str:
        """The name of the table whose stream a node stands for: the table's name or the stream's ARN (DDB-01)."""
        if isinstance(node.value, str) and node.value.startswith("arn:"):
            streams = {self._table_stream_arn(name): name for name in self.by_kind["table"]}
            if node.value in streams:
                return streams[node.value]
            listed = suggest(node.value, streams, streams) if streams else f": the {self._home} declares no table"
            reading.refuse(
                node, path, f"found {node.value!r}, which names no stream of a table of this {self._home}{listed}"
            )
        return self.resolve(reading, node, path, ("table",))[1]

    def _table_stream_arn(self, table: str) -> str:
        return f"{table_arn(table)}/stream/{self.stream_label}"

    def resolve(self, reading: Reading, node: Node, path: str, kinds: tuple[Kind, ...]) -> tuple[str, str]:
        """The kind and bare name that a node's text stands for, which must fit exactly one resource."""
        wanted = _list(kinds, "or")
        if not isinstance(node.value, str):
            hint = ""
            if isinstance(node.value, dict) and node.value.keys() & {"Ref", "Fn::GetAtt", "Fn::Sub", "Fn::ImportValue"}:
                hint = ": CloudFormation's functions are not evaluated"
            reading.refuse(node, path, f"found {shown(node)}, expected the name or the ARN of a {wanted}{hint}")
        given: str = node.value
        fitting = [(kind, name) for kind in kinds if (name := self._fitting(kind, given)) is not None]
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            both = " and a ".join(kind for kind, _ in fitting)
            reading.refuse(node, path, f"found {given!r}, which names a {both} here: write the ARN")
        declared = [name for kind in kinds for name in self.by_kind[kind]]
        if given.startswith("arn:"):
            arns = [_arn_or_name(kind, name) for kind in kinds for name in self.by_kind[kind]]
            declared = arns if "mapping" not in kinds else declared
        if not declared:
            reading.refuse(node, path, f"found {given!r}, which names no {wanted}: the {self._home} declares none")
        compared = declared if len(reading.errors) * len(declared) < MOST_COMPARED else ()
        near = suggest(given, compared, declared)
        return reading.refuse(node, path, f"found {given!r}, which names no {wanted} of this {self._home}{near}")

    def _fitting(self, kind: str, given: str) -> str | None:
        """The bare name of the resource of that kind with this name or ARN, if there is one."""
        for name in (given, given.removeprefix(_arn_or_name(kind, ""))):
            if name in self.by_kind[kind]:
                return name
        return None


def _arn_or_name(kind: str, name: str) -> str:
    return ARNS[kind](name) if kind in ARNS else name


def _list(words: tuple[str, ...], last: str) -> str:
    return f" {last} ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
