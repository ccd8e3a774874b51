"""The queues, functions and mappings of a simulation: how they are made and found."""

from __future__ import annotations

from abc import ABC, abstractmethod
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import msgspec

from eventsim.errors import AwsError, InputError
from eventsim.facade.deployments import deploy_new, take_deployment
from eventsim.facade.function_settings import already_exists, changed, duration
from eventsim.facade.functions import Function
from eventsim.facade.handlers import handler_name, invoker_for
from eventsim.facade.keywords import check_keywords, check_name
from eventsim.facade.mappings import Mapping as SourceMapping
from eventsim.facade.outlets import set_outlets, taken_out
from eventsim.facade.queue_settings import ATTRIBUTES, WHAT, attribute_strings, read_tags
from eventsim.facade.queues import Queue
from eventsim.functions.settings import FunctionSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from eventsim.facade.buckets import Bucket
    from eventsim.facade.driver import Driver
    from eventsim.facade.streams import Stream
    from eventsim.facade.tables import Table
    from eventsim.facade.topics import Topic
    from eventsim.invokers.base import Invoker
    from eventsim.simulation import Simulation as Core


class Resources(ABC):
    """What a simulation is made of."""

    def __init__(self) -> None:
        self._functions: dict[str, Function] = {}

    @property
    @abstractmethod
    def core(self) -> Core:
        """The parts behind the handles; InputError before the simulation was opened."""

    @property
    @abstractmethod
    def driver(self) -> Driver:
        """What runs it; InputError before it was opened."""

    @property
    @abstractmethod
    def is_open(self) -> bool:
        """Whether anything can still happen in it."""

    @abstractmethod
    def writable(self) -> Core:
        """The parts, to change or run something; InputError unless it is open."""

    def queue(self, name: str, **attributes: Any) -> Queue:
        """The queue of that name, made unless it exists; FIFO when the name ends in ``.fifo`` (SQS-01).

        *attributes* are CreateQueue's, with numbers and mappings as Python has them: ``VisibilityTimeout=30``,
        ``RedrivePolicy={"deadLetterTargetArn": dlq, "maxReceiveCount": 3}``, where a handle or a name will do for an
        ARN; also ``Tags``. Raises AwsError with SQS's own text for what SQS refuses, InputError for an unknown name.
        """
        if self._only_looks(name, attributes) and name in (known := self.queues):
            return known[name]
        core = self.writable()
        check_keywords(attributes, [*ATTRIBUTES, "Tags"], WHAT)
        tags = read_tags(attributes.pop("Tags", None))
        strings = attribute_strings(core.queues, attributes)
        return Queue(self, core.queues.create(name, strings, tags))

    def stream(self, name: str, **properties: Any) -> Stream:
        """The Kinesis stream of that name, made unless it exists; one shard by default.

        With properties it has to be new.
        *properties* are those of AWS::Kinesis::Stream: ``ShardCount``, ``RetentionPeriodHours``, ``StreamModeDetails``,
        ``MaxRecordSizeInKiB``. Raises AwsError as CreateStream answers, InputError for an unknown name.
        """
        from eventsim.facade import making

        if self._only_looks(name, properties) and name in (known := self.streams):
            return known[name]
        return making.stream(self, name, properties)

    def table(
        self, name: str, *, partition_key: str | None = None, sort_key: str | None = None, **properties: Any
    ) -> Table:
        """A new DynamoDB table; with its name alone, the one that is there.

        Keys are ``"id"``, or ``"at:N"`` for another type than S. *properties* are those of AWS::DynamoDB::Table:
        ``StreamSpecification={"StreamViewType": "NEW_AND_OLD_IMAGES"}``, ``TimeToLiveSpecification``, ``KeySchema`` and
        the others. Raises AwsError as CreateTable answers, InputError for an unknown name.
        """
        from eventsim.facade import making

        keys = {"partition_key": partition_key, "sort_key": sort_key}
        given = {key: value for key, value in keys.items() if value is not None} | properties
        if self._only_looks(name, given) and name in (known := self.tables):
            return known[name]
        return making.table(self, name, given)

    def bucket(self, name: str, **properties: Any) -> Bucket:
        """The S3 bucket of that name, made unless it exists.

        *properties* are those of AWS::S3::Bucket: ``NotificationConfiguration``, where a handle or a name will do for
        an ARN, and ``VersioningConfiguration``. Raises AwsError as S3 answers, InputError for an unknown name.
        """
        from eventsim.facade import making

        if self._only_looks(name, properties) and name in (known := self.buckets):
            return known[name]
        return making.bucket(self, name, properties)

    def topic(self, name: str, **properties: Any) -> Topic:
        """The SNS topic of that name, made unless it exists; FIFO when the name ends in ``.fifo``.

        *properties* are those of AWS::SNS::Topic: ``Subscription=[{"Protocol": "sqs", "Endpoint": queue}]``,
        ``ContentBasedDeduplication`` and the others. Raises AwsError as CreateTopic answers, InputError for an unknown
        name.
        """
        from eventsim.facade import making

        if self._only_looks(name, properties) and name in (known := self.topics):
            return known[name]
        return making.topic(self, name, properties)

    def function(
        self,
        name: str,
        handler: Callable[..., Any] | str | Invoker | None = None,
        *,
        takes: Any = 0,
        cold_start: Any = 0,
        code_uri: str | Path | None = None,
        **settings: Any,
    ) -> Function:
        """A new function that *handler* runs: a callable, ``"module.function"``, or any `eventsim.Invoker`.

        With its name alone, the function that is there.
        A callable is called as it is. Named by text, each execution environment imports its own copy of the code from
        *code_uri*, by default the current folder, or wherever Python finds it; ``function.modules`` patches them all.
        *takes* and *cold_start* are simulated durations: seconds, ``"120ms"``, or a distribution as in scenario files.
        *settings* are SAM's: ``Timeout``, ``MemorySize``, ``ReservedConcurrentExecutions``, ``Environment``,
        ``EventInvokeConfig`` and ``DeadLetterQueue``, in which a handle or a name will do for an ARN, and
        ``AutoPublishAlias`` with ``ProvisionedConcurrencyConfig``: its events then invoke that alias.
        Raises AwsError with Lambda's own text for what Lambda refuses, InputError for the rest.
        """
        check_name(name)
        if handler is None and not settings and name in (known := self.functions):
            return known[name]
        core = self.writable()
        if name in core.functions:
            raise already_exists(name)
        outlets = taken_out(settings)
        deployment = take_deployment(name, settings)
        checked = changed(core, FunctionSettings(name=name), settings)
        lengths = {"takes": duration(takes, "takes"), "cold_start": duration(cold_start, "cold_start")}
        invoker = invoker_for(core, name, handler, code_uri, checked.environment)
        full = msgspec.structs.replace(checked, handler=handler_name(handler))
        core.add_function(full, invoker, **lengths)
        try:
            deploy_new(core.functions[name], deployment)
            set_outlets(core, name, outlets)
        except (AwsError, InputError):
            core.functions.pop(name).retire()
            raise
        return self.functions[name]

    def _only_looks(self, name: str, given: Mapping[str, Any]) -> bool:
        """Whether a resource is asked for that nobody can make any more; InputError for what is no name."""
        check_name(name)
        return not (given or self.is_open)

    @property
    def queues(self) -> Mapping[str, Queue]:
        """All queues by name, those that boto3 or a scenario file made included."""
        return MappingProxyType({queue.name: Queue(self, queue) for queue in self.core.queues})

    @property
    def streams(self) -> Mapping[str, Stream]:
        """All streams by name."""
        from eventsim.facade import making

        return MappingProxyType(making.streams(self))

    @property
    def tables(self) -> Mapping[str, Table]:
        """All tables by name."""
        from eventsim.facade import making

        return MappingProxyType(making.tables(self))

    @property
    def buckets(self) -> Mapping[str, Bucket]:
        """All buckets by name."""
        from eventsim.facade import making

        return MappingProxyType(making.buckets(self))

    @property
    def topics(self) -> Mapping[str, Topic]:
        """All topics by name."""
        from eventsim.facade import making

        return MappingProxyType(making.topics(self))

    @property
    def functions(self) -> Mapping[str, Function]:
        """All functions by name."""
        known, engines = self._functions, self.core.functions
        self._functions = {
            name: known[name] if name in known and known[name].stands_for(engine) else Function(self, engine)
            for name, engine in engines.items()
        }
        return MappingProxyType(self._functions)

    @property
    def mappings(self) -> Mapping[str, SourceMapping]:
        """All event source mappings by name, FUNCTION/SOURCE."""
        return MappingProxyType({name: SourceMapping(self, engine) for name, engine in self.core.mappings.items()})
