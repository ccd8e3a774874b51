"""The queues, functions and mappings of a simulation: how they are made and found."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import msgspec

from eventsim.facade.function_settings import already_exists, changed, duration
from eventsim.facade.functions import Function
from eventsim.facade.handlers import handler_name, invoker_for
from eventsim.facade.keywords import check_keywords
from eventsim.facade.mappings import Mapping as SourceMapping
from eventsim.facade.queue_settings import ATTRIBUTES, WHAT, attribute_strings, read_tags
from eventsim.facade.queues import Queue
from eventsim.functions.settings import FunctionSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from eventsim.facade.driver import Driver
    from eventsim.invokers.base import Invoker
    from eventsim.simulation import Simulation as Core


class Resources:
    """What a simulation is made of."""

    def __init__(self) -> None:
        self._functions: dict[str, Function] = {}

    @property
    def core(self) -> Core:
        """The parts behind the handles; InputError before the simulation was opened."""
        raise NotImplementedError

    @property
    def driver(self) -> Driver:
        """What runs it; InputError before it was opened."""
        raise NotImplementedError

    def writable(self) -> Core:
        """The parts, to change or run something; InputError unless it is open."""
        raise NotImplementedError

    def queue(self, name: str, **attributes: Any) -> Queue:
        """The queue of that name, made unless it exists; FIFO when the name ends in ``.fifo`` (SQS-01).

        *attributes* are CreateQueue's, with numbers and mappings as Python has them: ``VisibilityTimeout=30``,
        ``RedrivePolicy={"deadLetterTargetArn": dlq, "maxReceiveCount": 3}``, where a handle or a name will do for an
        ARN; also ``Tags``. Raises AwsError with SQS's own text for what SQS refuses, InputError for an unknown name.
        """
        core = self.writable()
        check_keywords(attributes, [*ATTRIBUTES, "Tags"], WHAT)
        tags = read_tags(attributes.pop("Tags", None))
        strings = attribute_strings(core.queues, attributes)
        return Queue(self, core.queues.create(name, strings, tags))

    def function(
        self,
        name: str,
        handler: Callable[..., Any] | str | Invoker,
        *,
        takes: Any = 0,
        cold_start: Any = 0,
        code_uri: str | Path | None = None,
        **settings: Any,
    ) -> Function:
        """A new function that *handler* runs: a callable, ``"module.function"``, or any `eventsim.Invoker`.

        A callable is called as it is. Named by text, each execution environment imports its own copy of the code from
        *code_uri*, by default the current folder, or wherever Python finds it; ``function.modules`` patches them all.
        *takes* and *cold_start* are simulated durations: seconds, ``"120ms"``, or a distribution as in scenario files.
        *settings* are SAM's: ``Timeout``, ``MemorySize``, ``ReservedConcurrentExecutions``, ``Environment``.
        Raises AwsError with Lambda's own text for what Lambda refuses, InputError for the rest.
        """
        core = self.writable()
        if name in core.functions:
            raise already_exists(name)
        checked = changed(core, FunctionSettings(name=name), settings)
        lengths = {"takes": duration(takes, "takes"), "cold_start": duration(cold_start, "cold_start")}
        invoker = invoker_for(core, name, handler, code_uri, checked.environment)
        full = msgspec.structs.replace(checked, handler=handler_name(handler))
        core.add_function(full, invoker, **lengths)
        return self.functions[name]

    @property
    def queues(self) -> Mapping[str, Queue]:
        """All queues by name, those that boto3 or a scenario file made included."""
        return MappingProxyType({queue.name: Queue(self, queue) for queue in self.core.queues})

    @property
    def functions(self) -> Mapping[str, Function]:
        """All functions by name."""
        for name, engine in self.core.functions.items():
            if name not in self._functions:
                self._functions[name] = Function(self, engine)
        return MappingProxyType(self._functions)

    @property
    def mappings(self) -> Mapping[str, SourceMapping]:
        """All event source mappings by name, FUNCTION/SOURCE."""
        return MappingProxyType({name: SourceMapping(self, engine) for name, engine in self.core.mappings.items()})
