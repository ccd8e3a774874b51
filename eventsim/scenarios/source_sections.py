"""The sections besides queues and functions, each by its reader."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventsim.scenarios.buckets import read_bucket
from eventsim.scenarios.streams import read_stream
from eventsim.scenarios.tables import read_table
from eventsim.scenarios.topics import read_topic

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventsim.scenarios.convert import Reading
    from eventsim.scenarios.names import Names
    from eventsim.scenarios.yaml_nodes import Node

READERS: dict[str, Callable[[Reading, str, Node, Names], Any]] = {
    "streams": lambda reading, name, node, _: read_stream(reading, name, node),
    "tables": lambda reading, name, node, _: read_table(reading, name, node),
    "buckets": read_bucket,
    "topics": read_topic,
}
