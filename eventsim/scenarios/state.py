"""The settings as the steps so far have left them, for checking the steps that follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from eventsim.mappings.common_settings import merge_update

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from eventsim.cloud.kinesis.registry import Streams
    from eventsim.cloud.topics.registry import Topics
    from eventsim.functions.settings import FunctionSettings
    from eventsim.mappings.settings import QueueMappingSettings
    from eventsim.mappings.stream_settings import StreamMappingSettings
    from eventsim.scenarios.model import FunctionSpec, MappingSpec, QueueSpec, StreamMappingSpec
    from eventsim.scenarios.resources import TableSpec

_FUNCTION_FIELDS = {
    "ReservedConcurrentExecutions": "reserved_concurrency",
    "Timeout": "timeout_s",
    "MemorySize": "memory_mb",
}


class State:
    """Settings by name: of queues their attribute strings, of tables the types of their keys.

    *specs* are the mappings as they began; *streams* and *topics* are as the run's, and nobody reads them.
    """

    def __init__(
        self,
        queues: Mapping[str, QueueSpec],
        functions: Mapping[str, FunctionSpec],
        account_concurrency: int,
        *,
        streams: Streams | None = None,
        tables: Mapping[str, TableSpec] | None = None,
        topics: Topics | None = None,
    ) -> None:
        self.function_specs = functions
        self.topics = topics
        self.streams = streams
        self.keys = {name: table.keys for name, table in (tables or {}).items()}
        self.account_concurrency = account_concurrency
        self.queues = {name: dict(queue.attributes) for name, queue in queues.items()}
        self.functions: dict[str, FunctionSettings] = {name: one.settings for name, one in functions.items()}
        specs = [spec for function in functions.values() for spec in function.mappings]
        self.specs: dict[str, MappingSpec | StreamMappingSpec] = {spec.name: spec for spec in specs}
        self.mappings: dict[str, QueueMappingSettings | StreamMappingSettings] = {
            spec.name: spec.settings for spec in specs
        }

    def change_queue(self, name: str, changes: Mapping[str, str]) -> None:
        """Set attributes; an empty policy removes it."""
        attributes = self.queues.setdefault(name, {})
        attributes.update(changes)
        for key in [key for key, value in attributes.items() if not value]:
            del attributes[key]

    def change_function(self, name: str, changes: Mapping[str, Any]) -> None:
        """Set a function's settings."""
        if name in self.functions:
            fields = {_FUNCTION_FIELDS[key]: value for key, value in changes.items() if key in _FUNCTION_FIELDS}
            self.functions[name] = msgspec.structs.replace(self.functions[name], **fields)

    def change_mapping(self, name: str, changes: Mapping[str, Any]) -> None:
        """Update a mapping's settings (ESM-17)."""
        if name in self.mappings:
            self.mappings[name] = merge_update(self.mappings[name], changes)

    def attribute(self, queue: str, name: str, default: int) -> int:
        """A numeric attribute of a queue."""
        return int(self.queues.get(queue, {}).get(name, default))
