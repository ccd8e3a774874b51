"""What the operations need of the simulation that they work on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from eventsim.cloud.dynamodb.stream import TableStream
    from eventsim.cloud.embedded import EmbeddedCloud
    from eventsim.cloud.kinesis.consumers import Consumer
    from eventsim.cloud.kinesis.stream import KinesisStream
    from eventsim.cloud.queues.queue import Queue
    from eventsim.cloud.queues.registry import Queues
    from eventsim.functions.function import Function
    from eventsim.functions.settings import FunctionSettings
    from eventsim.invokers.base import Invoker
    from eventsim.kernel.world import World
    from eventsim.mappings.asynchronous import AsyncInvoker
    from eventsim.mappings.lifecycle import EventSourceMapping
    from eventsim.mappings.queue_lifecycle import QueueMapping
    from eventsim.mappings.settings import QueueMappingSettings
    from eventsim.mappings.stream_lifecycle import StreamMapping
    from eventsim.mappings.stream_settings import StreamMappingSettings
    from eventsim.sources.services import Services


class Account(Protocol):
    """A simulated account in one region: `eventsim.simulation.Simulation`."""

    account_concurrency: int
    functions: dict[str, Function]
    mappings: dict[str, EventSourceMapping[Any]]

    @property
    def queues(self) -> Queues:
        """SQS's queues; they know the account's id and region."""

    @property
    def services(self) -> Services:
        """The other engines."""

    @property
    def world(self) -> World:
        """Clock, loop, chance and trace."""

    def cloud(self) -> EmbeddedCloud:
        """The embedded cloud."""

    def asynchronous(self) -> AsyncInvoker:
        """The asynchronous side of the functions."""

    def add_function(self, settings: FunctionSettings, invoker: Invoker) -> Function:
        """Add a function."""

    def take_over(self, invoker: Invoker, settings: FunctionSettings) -> None:
        """An invoker takes the place of another: it is told what it has to know, and closed at the end."""

    def remove_function(self, name: str) -> None:
        """Forget a function; what runs of it goes on."""

    def add_queue_mapping(
        self, name: str, function: Function, queue: Queue, settings: QueueMappingSettings
    ) -> QueueMapping:
        """Add a mapping from a queue."""

    def add_stream_mapping(
        self,
        name: str,
        function: Function,
        stream: KinesisStream | Consumer | TableStream,
        settings: StreamMappingSettings,
    ) -> StreamMapping:
        """Add a mapping from a stream."""

    def created(self, mapping: EventSourceMapping[Any]) -> None:
        """A mapping was added that begins by itself, at the end of its transition."""

    def remove_mapping(self, name: str) -> None:
        """Forget a mapping that reads no more."""

    def python_invoker(
        self, handler: str | Callable[..., Any], code_folder: Path | None, variables: dict[str, str]
    ) -> Invoker:
        """What runs a Python handler."""
