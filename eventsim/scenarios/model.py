"""A scenario as the run needs it: names resolved, times absolute, everything checked.

Made by `eventsim.scenarios.load.load_scenario`. Seconds are virtual and count from the start of the run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct, field

from eventsim.functions.durations import ZERO, Duration
from eventsim.quirks import NO_QUIRKS, Quirks
from eventsim.scenarios.arns import queue_arn
from eventsim.scenarios.source_steps import PublishStep, PutStep, ReshardStep, UploadStep, WriteStep

if TYPE_CHECKING:
    from pathlib import Path

    from eventsim.errors import Problem
    from eventsim.functions.event_invoke_settings import EventInvokeConfig
    from eventsim.functions.settings import FunctionSettings
    from eventsim.invokers.scripted import Outcome
    from eventsim.mappings.settings import QueueMappingSettings
    from eventsim.mappings.stream_settings import StreamMappingSettings
    from eventsim.scenarios.deployment_settings import DeploymentSpec
    from eventsim.scenarios.expected import Expectation
    from eventsim.scenarios.places import Place
    from eventsim.scenarios.resources import BucketSpec, StreamSpec, TableSpec
    from eventsim.scenarios.trigger_specs import TopicSpec, Trigger


class QueueSpec(Struct, frozen=True, kw_only=True):
    """A queue to make: *attributes* as SQS's CreateQueue takes them, all strings, with ARNs in its policies."""

    name: str
    attributes: dict[str, str]
    tags: dict[str, str] = field(default_factory=dict)
    place: Place

    @property
    def fifo(self) -> bool:
        """Whether it is a FIFO queue, which its name tells (SQS-01)."""
        return self.name.endswith(".fifo")

    @property
    def arn(self) -> str:
        """Its ARN."""
        return queue_arn(self.name)


class MappingSpec(Struct, frozen=True, kw_only=True):
    """A mapping to make, named FUNCTION/EVENT, from the queue of that name."""

    name: str
    function: str
    queue: str
    settings: QueueMappingSettings
    place: Place


class StreamMappingSpec(Struct, frozen=True, kw_only=True):
    """A mapping to make, named FUNCTION/EVENT, from the stream of that name or from the stream of the table."""

    name: str
    function: str
    kind: Literal["stream", "table"]
    source: str
    settings: StreamMappingSettings
    place: Place


class InvokerSpec(Struct, frozen=True, kw_only=True):
    """Who runs a function's code, by name; *settings* are keyword arguments of the invoker."""

    name: str
    settings: dict[str, Any] = field(default_factory=dict)


class FunctionSpec(Struct, frozen=True, kw_only=True):
    """A function to make: *handler* and *code_folder*, *script*, or an invoker *elsewhere* says what it does.

    *takes* is each invocation's simulated duration, *cold_start* that of a new environment. *invoker* defaults to
    ``python`` with a handler and ``scripted`` with a script.
    """

    settings: FunctionSettings
    invoker: str
    elsewhere: InvokerSpec | None = None
    handler: str | None = None
    code_folder: Path | None = None
    script: list[Outcome] | None = None
    takes: Duration = ZERO
    cold_start: Duration = ZERO
    mappings: list[MappingSpec | StreamMappingSpec] = field(default_factory=list)
    triggers: list[Trigger] = field(default_factory=list)
    event_invoke: EventInvokeConfig | None = None
    dead_letter_arn: str | None = None
    deployment: DeploymentSpec | None = None
    place: Place
    handler_place: Place | None = None

    @property
    def is_asynchronous(self) -> bool:
        """Whether it has more than mappings: what else invokes it, or where its events end."""
        return bool(self.triggers or self.event_invoke is not None or self.dead_letter_arn is not None)

    @property
    def name(self) -> str:
        """Its name."""
        return self.settings.name


class SendStep(Struct, frozen=True, kw_only=True):
    """Messages to send: *count* times, *every_s* apart.

    *bodies* are templates (`eventsim.scenarios.templates.render`): item n takes ``bodies[n % len(bodies)]``, and there
    is one body, or as many as *count*. *parameters* are SendMessage's own, whose strings are templates too.
    """

    queue: str
    bodies: list[str]
    count: int = 1
    every_s: float = 0.0
    parameters: dict[str, Any] = field(default_factory=dict)


class InvokeStep(Struct, frozen=True, kw_only=True):
    """*count* calls of Lambda's Invoke with *event*, any JSON value, whose texts may hold ``{n}``."""

    function: str
    event: Any
    invocation_type: Literal["RequestResponse", "Event", "DryRun"] = "RequestResponse"
    qualifier: str | None = None
    count: int = 1
    every_s: float = 0.0


class UpdateStep(Struct, frozen=True, kw_only=True):
    """A change of settings; *changes* is keyed by AWS's names.

    Of a function: ``ReservedConcurrentExecutions`` (None gives the reservation back), ``Timeout``, ``MemorySize``,
    and what `eventsim.scenarios.deployments.STEPS` names.
    Of a mapping: JSON-shaped, for `eventsim.mappings.common_settings.merge_update`. Of a queue: attribute strings.
    """

    target: Literal["function", "mapping", "queue"]
    name: str
    changes: dict[str, Any]


class RedriveStep(Struct, frozen=True, kw_only=True):
    """Messages moved back from a dead-letter queue; *destination* None: to the queues they came from (SQS-08)."""

    queue: str
    destination: str | None = None
    max_per_second: int | None = None


class ReplayStep(Struct, frozen=True, kw_only=True):
    """Captured events of *files*, invoked with, or their records put back into the sources that they came from.

    *targets* is by ``KIND:NAME`` of where an event comes from: the resource that its records go back into, or the
    function that it goes to, which *function* names for all. With a *speed* the distances in time are kept, and the
    step lasts *lasts_s*; else all begins at its instant, invocations one after the other. *lenient* leaves out what
    can't be put back.
    """

    files: list[str]
    to: Literal["function", "source"]
    targets: dict[str, str] = field(default_factory=dict)
    function: str | None = None
    invocation_type: Literal["RequestResponse", "Event"] = "RequestResponse"
    batch_size: int | None = None
    speed: float | None = None
    lasts_s: float = 0.0
    lenient: bool = False


class ExpectStep(Struct, frozen=True, kw_only=True):
    """An expectation in the middle of the run."""

    expectation: Expectation


Repeated = SendStep | PutStep | WriteStep | UploadStep | PublishStep | InvokeStep
Action = Repeated | UpdateStep | RedriveStep | ReshardStep | ReplayStep | ExpectStep


class Step(Struct, frozen=True, kw_only=True):
    """One action and the instant at which it starts; *index* counts from 0 in file order."""

    index: int
    at_s: float
    action: Action
    place: Place

    def item_at_s(self, n: int) -> float:
        """When item *n* of a step with ``every`` falls due, free of the dust of repeated addition."""
        every_s = self.action.every_s if isinstance(self.action, Repeated) else 0.0
        return round(self.at_s + n * every_s, 9)

    @property
    def last_at_s(self) -> float:
        """When the step's last item falls due."""
        if isinstance(self.action, ReplayStep):
            return round(self.at_s + self.action.lasts_s, 9)
        return self.item_at_s(self.action.count - 1) if isinstance(self.action, Repeated) else self.at_s


class Scenario(Struct, frozen=True, kw_only=True):
    """A whole scenario, ready to run.

    *file* is the path as it was given, *folder* its folder; *start_time_s* is the Unix time of the start;
    *run_for_s* None means until idle. *warnings* are what to know before believing the result.
    """

    file: str
    folder: Path
    name: str
    seed: int
    start_time_s: float
    run_for_s: float | None
    account_concurrency: int
    queues: dict[str, QueueSpec]
    streams: dict[str, StreamSpec] = field(default_factory=dict)
    tables: dict[str, TableSpec] = field(default_factory=dict)
    buckets: dict[str, BucketSpec] = field(default_factory=dict)
    topics: dict[str, TopicSpec] = field(default_factory=dict)
    functions: dict[str, FunctionSpec]
    steps: list[Step]
    expect: Expectation | None
    quirks: Quirks = NO_QUIRKS
    warnings: list[Problem]

    @property
    def has_sources(self) -> bool:
        """Whether it declares other resources than queues and functions."""
        return bool(self.streams or self.tables or self.buckets or self.topics)
