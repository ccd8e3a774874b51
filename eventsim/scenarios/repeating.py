"""``count`` and ``every``: how often a step is carried out, and how far apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

from eventsim.scenarios.convert import Field, join
from eventsim.scenarios.durations import seconds
from eventsim.scenarios.values import integer_between

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventsim.scenarios.convert import Reading, Table
    from eventsim.scenarios.yaml_nodes import Node

MOST_ITEMS = 10_000_000
"""How many items one step may have."""

REPEAT: Table = {"count": Field(integer_between(1, MOST_ITEMS)), "every": Field(seconds)}
"""The fields of every step that can be repeated."""


class Repeat(TypedDict):
    """*count* items, *every_s* virtual seconds apart, 0 for all at once."""

    count: int
    every_s: float


def read_repeat(
    reading: Reading, node: Node, path: str, values: Mapping[str, Any], *, listed: int = 1, lists: str | None = None
) -> Repeat:
    """How often a step is repeated: as `REPEAT` was read into *values*, else once for each of *listed* items.

    *lists* is the key under which a step lists its items. Refuses ``every`` where there is one item only.
    """
    if "every" in values and "count" not in values and listed < 2:
        instead = f", expected count or {lists}" if lists else ""
        reading.refuse(node.keys["every"], join(path, "every"), f"found every without count{instead}")
    return Repeat(count=values.get("count", listed), every_s=values.get("every", 0.0))
