"""An event source mapping's handle, and how one is made."""

from __future__ import annotations

import warnings
from collections.abc import Mapping as AbstractMapping
from typing import TYPE_CHECKING, Any, cast

import msgspec

from eventsim.errors import AwsError, InputError
from eventsim.facade.arns import queue_arn
from eventsim.facade.keywords import check_keywords, misfit, stack_level
from eventsim.facade.words import counted
from eventsim.mappings.queue_lifecycle import QueueMapping
from eventsim.mappings.refusals import already_mapped, queue_missing, unsupported_by_queues
from eventsim.mappings.settings import QueueMappingSettings, check_queue_mapping, read_queue_mapping

if TYPE_CHECKING:
    from eventsim.facade.scope import Scope
    from eventsim.functions.function import Function
    from eventsim.mappings.common_settings import FilterCriteria
    from eventsim.mappings.lifecycle import EventSourceMapping
    from eventsim.mappings.stream_lifecycle import StreamMapping
    from eventsim.simulation import Simulation as Core
    from eventsim.sources.embedded_stream import Backlog


class Mapping:
    """An event source mapping of a simulation."""

    def __init__(self, scope: Scope, engine: EventSourceMapping[Any]) -> None:
        self._scope = scope
        self._engine = engine

    @property
    def name(self) -> str:
        """FUNCTION/SOURCE."""
        return self._engine.name

    @property
    def uuid(self) -> str:
        """The id that Lambda gives it."""
        return self._engine.uuid

    @property
    def state(self) -> str:
        """``Enabled``, ``Disabled``, or the transition to it (ESM-12)."""
        return self._engine.state.value

    @property
    def configuration(self) -> dict[str, Any]:
        """What GetEventSourceMapping answers (ESM-15, ESM-16)."""
        return self._engine.read()

    @property
    def metrics(self) -> dict[str, Any]:
        """Its counts, under CloudWatch's names."""
        return self._engine.metrics.to_json()

    def update(self, **changes: Any) -> None:
        """Change settings; they apply a virtual second later, when it is Enabled or Disabled again (ESM-13, ESM-17).

        Raises AwsError while an earlier change is under way (ESM-14), and for what Lambda refuses.
        """
        core = self._scope.writable()
        plain = self._read(core, changes)
        self._engine.update(plain)
        core.world.trace.add("step.update", target="mapping", name=self.name, changes=plain)

    def disable(self) -> None:
        """Stop reading, a virtual second later; what was received is finished (ESM-23)."""
        self.update(Enabled=False)

    def enable(self) -> None:
        """Read again, a virtual second later."""
        self.update(Enabled=True)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Mapping) and other._engine is self._engine

    def __hash__(self) -> int:
        return hash(self.uuid)

    @property
    def source_arn(self) -> str:
        """The ARN of what it reads."""
        return self._engine.target.arn

    @property
    def backlog(self) -> dict[str, int]:
        """How many records of each shard are not done with; {} for a queue, and where nothing is left (STR-03)."""
        return {shard_id: found.count for shard_id, found in self._behind().items()}

    @property
    def iterator_age_s(self) -> float:
        """How old the oldest record is that is not done with, now; 0 where there is none.

        The highest age at an invocation, as CloudWatch has it, is ``metrics["IteratorAge"]["max"]`` (MET-09).
        """
        now_ms = self._scope.core.world.clock.wall_ms()
        return max((now_ms - found.oldest_ms for found in self._behind().values()), default=0) / 1000

    @property
    def checkpoints(self) -> dict[str, str | None]:
        """The sequence number up to which each shard is done with, None for none yet; {} for a queue (STR-03)."""
        found: dict[str, str | None] = getattr(getattr(self._engine, "pollers", None), "checkpoints", {})
        return found

    def _behind(self) -> dict[str, Backlog]:
        if isinstance(self._engine, QueueMapping):
            return {}
        from eventsim.facade.stream_mappings import backlog_of

        return backlog_of(cast("StreamMapping", self._engine))

    def _read(self, core: Core, changes: AbstractMapping[str, Any]) -> dict[str, Any]:
        if isinstance(self._engine, QueueMapping):
            return _plain(changes, self._engine.settings)
        from eventsim.facade.stream_mappings import read_changes

        return read_changes(core, cast("StreamMapping", self._engine), changes)

    def __repr__(self) -> str:
        settings = self._engine.settings
        window_s = settings.maximum_batching_window_in_seconds
        window = f", window {window_s} s" if window_s else ""
        left = sum(self.backlog.values())
        behind = f", {counted(left, 'record')} behind" if left else ""
        return f"<Mapping {self.name}: {self.state}, batch size {settings.batch_size}{window}{behind}>"


def map_queue(core: Core, function: Function, queue: Any, properties: AbstractMapping[str, Any]) -> QueueMapping:
    """Make the mapping FUNCTION/QUEUE as CreateEventSourceMapping does (ESM-02 to ESM-10).

    AwsError with Lambda's text for what it refuses, InputError for a name that is none and a value of the wrong type.
    """
    engine = core.queues.find(queue_arn(core.queues, queue, "on_queue"))
    if engine is None:
        raise _missing(core, queue)
    settings = _settings(properties)
    name = f"{function.name}/{engine.name}"
    for other in core.mappings.values():
        if other.function is function and other.target.arn == engine.arn:
            raise already_mapped(engine.arn, function.name, other.uuid)
    found = check_queue_mapping(
        settings,
        fifo=engine.fifo,
        visibility_timeout_s=engine.attributes.visibility_timeout_s,
        function_timeout_s=function.settings.timeout_s,
    )
    if found:
        raise found[0][1]
    mapping = core.add_queue_mapping(free_name(core, name), function, engine, settings)
    if settings.filter_criteria is not None:
        _warn_of_patterns(name, settings.filter_criteria)
    return mapping


def _missing(core: Core, queue: Any) -> AwsError:
    """Lambda's answer, which does not say which queue, with a note that does."""
    error = queue_missing()
    there = ", ".join(one.name for one in core.queues) or "none"
    error.add_note(f"on_queue: found {queue!r}; the queues of the simulation: {there}")
    return error


def free_name(core: Core, name: str) -> str:
    """*name*, with a number behind it where a mapping from another source has it already."""
    number, free = 1, name
    while free in core.mappings:
        number += 1
        free = f"{name}-{number}"
    return free


def _settings(properties: AbstractMapping[str, Any]) -> QueueMappingSettings:
    plain = _plain(properties, QueueMappingSettings)
    try:
        return read_queue_mapping(plain)
    except msgspec.ValidationError as error:
        raise InputError(f"a mapping from a queue: {misfit(error, plain)}") from None


def _plain(properties: AbstractMapping[str, Any], kind: Any) -> dict[str, Any]:
    """The settings by the API's names, in JSON's shapes; a filter's pattern may be given as a mapping.

    *kind* is the settings' type, or settings of that type.
    """
    plain = {"KMSKeyArn" if name == "KmsKeyArn" else name: value for name, value in properties.items()}
    known = [field.encode_name for field in msgspec.structs.fields(kind)]
    for name in plain:
        if name not in known and (refused := unsupported_by_queues(name)):
            raise refused
    check_keywords(plain, known, "an event source mapping")
    return json_patterns(plain)


def _warn_of_patterns(name: str, criteria: FilterCriteria) -> None:
    """Warn of patterns that can't match, or rest on what AWS does not document (FLT-06)."""
    from eventsim.patterns.filter_criteria import lint

    for n, one in enumerate(criteria.filters):
        for text in lint([one.pattern], "sqs"):
            place = f"{name}.FilterCriteria.Filters[{n}].Pattern"
            warnings.warn(f"{place}: {text}", UserWarning, stacklevel=stack_level())


def json_patterns(settings: AbstractMapping[str, Any]) -> dict[str, Any]:
    """*settings* with the filters' patterns as JSON texts, which may have been given as mappings."""
    criteria = settings.get("FilterCriteria")
    if not isinstance(criteria, AbstractMapping):
        return dict(settings)
    return {**settings, "FilterCriteria": _criteria(criteria)}


def _criteria(criteria: AbstractMapping[str, Any]) -> dict[str, Any]:
    filters = criteria.get("Filters")
    if not isinstance(filters, list | tuple):
        return dict(criteria)
    return {**criteria, "Filters": [_filter(one) for one in filters]}


def _filter(one: Any) -> Any:
    if isinstance(one, AbstractMapping) and isinstance(one.get("Pattern"), AbstractMapping):
        return {**one, "Pattern": msgspec.json.encode(one["Pattern"]).decode()}
    return one
