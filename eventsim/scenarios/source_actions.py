"""The steps that feed other sources than queues, each by its reader."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventsim.scenarios.publishes import read_publish
from eventsim.scenarios.puts import read_put, read_reshard
from eventsim.scenarios.replays import read_replay
from eventsim.scenarios.uploads import read_delete_object, read_upload
from eventsim.scenarios.writes import read_write

if TYPE_CHECKING:
    from collections.abc import Callable

    from eventsim.scenarios.convert import Reading
    from eventsim.scenarios.names import Names
    from eventsim.scenarios.state import State
    from eventsim.scenarios.yaml_nodes import Node

READERS: dict[str, Callable[[Reading, Node, str, Names, State], Any]] = {
    "put": read_put,
    "write": read_write,
    "upload": lambda reading, node, path, names, _: read_upload(reading, node, path, names),
    "delete_object": lambda reading, node, path, names, _: read_delete_object(reading, node, path, names),
    "publish": read_publish,
    "reshard": read_reshard,
    "replay": read_replay,
}
