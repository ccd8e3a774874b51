"""The names of a scenario's resources: a bare name or a real ARN, wherever AWS takes an ARN."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from eventsim.scenarios.convert import shown, suggest
from eventsim.scenarios.model import function_arn, queue_arn

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eventsim.scenarios.convert import Converter, Reading
    from eventsim.scenarios.yaml_nodes import Node

Kind = Literal["queue", "function", "mapping"]

_ARN = {"queue": queue_arn, "function": function_arn}


class Names:
    """Every name that the file declares, by kind, whether or not what it names could be read."""

    def __init__(
        self, *, queues: Iterable[str] = (), functions: Iterable[str] = (), mappings: Iterable[str] = ()
    ) -> None:
        self.by_kind: dict[str, list[str]] = {
            "queue": list(queues),
            "function": list(functions),
            "mapping": list(mappings),
        }

    def one(self, *kinds: Kind) -> Converter:
        """A converter for the name or ARN of one resource among *kinds*; the value is its bare name."""

        def read_name(reading: Reading, node: Node, path: str) -> str:
            return self.resolve(reading, node, path, kinds)[1]

        return read_name

    def resolve(self, reading: Reading, node: Node, path: str, kinds: tuple[Kind, ...]) -> tuple[str, str]:
        """The kind and bare name that a node's text stands for, which must fit exactly one resource."""
        wanted = " or ".join(kinds)
        if not isinstance(node.value, str):
            hint = ""
            if isinstance(node.value, dict) and node.value.keys() & {"Ref", "Fn::GetAtt", "Fn::Sub", "Fn::ImportValue"}:
                hint = ": CloudFormation's functions are not evaluated"
            reading.refuse(node, path, f"found {shown(node)}, expected the name or the ARN of a {wanted}{hint}")
        given: str = node.value
        fitting = [
            (kind, name) for kind in kinds for name in self.by_kind[kind] if given in {name, _arn_or_name(kind, name)}
        ]
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
            reading.refuse(node, path, f"found {given!r}, which names no {wanted}: the file declares none")
        return reading.refuse(
            node, path, f"found {given!r}, which names no {wanted} of this file{suggest(given, declared, declared)}"
        )


def _arn_or_name(kind: str, name: str) -> str:
    return _ARN[kind](name) if kind in _ARN else name
