"""The metrics of Lambda for CloudWatch: which there are, and their values (MET-01, MET-12 to MET-21)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from eventsim.cloud.cloudwatch.metrics import Metric
from eventsim.functions import emitted
from eventsim.functions.invocations import NO_VERSION
from eventsim.functions.names import LATEST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from eventsim.cloud.cloudwatch.metrics import Dimensions, Samples
    from eventsim.functions.concurrency import AccountConcurrency
    from eventsim.functions.function import Function
    from eventsim.functions.invocations import InvocationRecord
    from eventsim.kernel.clock import Clock
    from eventsim.mappings.lifecycle import EventSourceMapping

NAMESPACE: Final = "AWS/Lambda"
UUID: Final = "EventSourceMappingUUID"
_STREAMS_ONLY: Final = ("DroppedEventCount", "OnFailureDestinationDeliveredEventCount")
_ACCOUNT: Final = ("UnreservedConcurrentExecutions", "ClaimedAccountConcurrency")
_UNITS: Final = {
    **{name: unit for name, (unit, _) in emitted.PER_INVOCATION.items()},
    "IteratorAge": "Milliseconds",
    "AsyncEventAge": "Milliseconds",
}


class LambdaMetrics:
    """Reads the log of the invocations and the counts of mappings; nothing is kept for it, but by who was asked to.

    It is a `eventsim.cloud.cloudwatch.metrics.MetricSource`.
    """

    def __init__(
        self,
        functions: Mapping[str, Function],
        mappings: Mapping[str, EventSourceMapping[Any]],
        log: list[InvocationRecord],
        account: AccountConcurrency,
        clock: Clock,
    ) -> None:
        self._functions = functions
        self._mappings = mappings
        self._log = log
        self._account = account
        self._clock = clock
        self._made_of: dict[str, Callable[[list[InvocationRecord], Function | None], emitted.Samples]] = {
            **{name: _per_invocation(name) for name in emitted.PER_INVOCATION},
            "ConcurrentExecutions": lambda records, _: emitted.concurrency(records),
            "IteratorAge": lambda records, _: emitted.iterator_ages(records, clock.epoch_s),
            "ProvisionedConcurrentExecutions": lambda records, _: emitted.concurrency(_of_provisioned(records)),
            "ProvisionedConcurrencyUtilization": _utilization,
        }

    # --- MetricSource ---

    def metrics(self) -> Iterator[Metric]:
        """See `MetricSource.metrics`."""
        for dimensions in self._dimensions():
            for name in (*self._made_of, *_COUNTED):
                if self.samples(NAMESPACE, name, dimensions):
                    yield Metric(NAMESPACE, name, dimensions, _UNITS.get(name, "Count"))
        for name in _ACCOUNT:
            if self._log:
                yield Metric(NAMESPACE, name, (), "Count")
        for mapping in self._mappings.values():
            for name in _sent(mapping):
                yield Metric(NAMESPACE, name, ((UUID, mapping.uuid),), "Count")

    def samples(self, namespace: str, name: str, dimensions: Dimensions) -> Samples | None:
        """See `MetricSource.samples`."""
        if namespace != NAMESPACE:
            return None
        given = dict(dimensions)
        if given.keys() == {UUID}:
            found = self._of_mapping(given[UUID], name)
        elif name in _ACCOUNT:
            found = None if given else self._of_account(name)
        elif given.keys() <= {"FunctionName", "Resource", "ExecutedVersion"}:
            found = self._of_functions(given, name)
        else:
            found = None
        epoch_s = self._clock.epoch_s
        return None if found is None else [(epoch_s + at_s, value) for at_s, value in found]

    # --- functions ---

    def _of_functions(self, given: Mapping[str, str], name: str) -> Samples | None:
        function = self._functions.get(given.get("FunctionName", ""))
        made = self._made_of.get(name)
        if made is not None:
            return made([one for one in self._log if _belongs(one, given)], function)
        if given.keys() == {"FunctionName"}:
            return None if function is None else function.metrics.emitted.get(name)
        if given:
            return None
        return [value for one in self._functions.values() for value in one.metrics.emitted.get(name, ())] or None

    def _dimensions(self) -> Iterable[Dimensions]:
        """Those under which something was emitted: the function, what was asked for, what was run (MET-01)."""
        found: dict[Dimensions, None] = {(): None} if self._log else {}
        for one in self._log:
            if one.version == NO_VERSION:
                continue
            name = ("FunctionName", one.function)
            found[name,] = None
            found[name, ("Resource", _resource(one))] = None
            if (one.qualifier is not None and one.qualifier != one.version) or one.qualifier == LATEST:
                found[("ExecutedVersion", one.version), name, ("Resource", _resource(one))] = None
        for function in self._functions.values():
            if function.metrics.emitted:
                found[("FunctionName", function.name),] = None
        return found

    # --- the account ---

    def _of_account(self, name: str) -> Samples:
        shared = [one for one in self._log if self._shares(one)]
        running = emitted.concurrency(shared)
        if name == "UnreservedConcurrentExecutions":
            return running
        claimed = self._account.claimed
        return [(at_s, value + claimed) for at_s, value in running]

    def _shares(self, record: InvocationRecord) -> bool:
        function = self._functions.get(record.function)
        return (
            function is not None and function.settings.reserved_concurrency is None and record.provisioned is not True
        )

    # --- mappings ---

    def _of_mapping(self, uuid: str, name: str) -> Samples | None:
        for mapping in self._mappings.values():
            if mapping.uuid == uuid and name in _sent(mapping):
                return mapping.metrics.pollers if name == "ProvisionedPollers" else mapping.metrics.emitted[name]
        return None


_COUNTED: Final = (
    "AsyncEventsReceived",
    "AsyncEventAge",
    "AsyncEventsDropped",
    "DeadLetterErrors",
    "DestinationDeliveryFailures",
    "RecursiveInvocationsDropped",
)


def _per_invocation(name: str) -> Callable[[list[InvocationRecord], Function | None], emitted.Samples]:
    return lambda records, _: emitted.values(records, name)


def _of_provisioned(records: list[InvocationRecord]) -> list[InvocationRecord]:
    return [one for one in records if one.provisioned]


def _utilization(records: list[InvocationRecord], function: Function | None) -> emitted.Samples:
    """How much of what is provisioned was in use, 0 to 1 (MET-08)."""
    history = [] if function is None else function.provisioned_history
    found: emitted.Samples = []
    for at_s, value in emitted.concurrency(_of_provisioned(records)):
        total = next((amount for since_s, amount in reversed(history) if since_s <= at_s), 0)
        if total:
            found.append((at_s, min(1.0, value / total)))
    return found


def _belongs(record: InvocationRecord, given: Mapping[str, str]) -> bool:
    if record.version == NO_VERSION:
        return False
    own = {"FunctionName": record.function, "Resource": _resource(record), "ExecutedVersion": record.version}
    return all(own[name] == value for name, value in given.items())


def _resource(record: InvocationRecord) -> str:
    return record.function if record.qualifier is None else f"{record.function}:{record.qualifier}"


def _sent(mapping: EventSourceMapping[Any]) -> list[str]:
    """The metrics that a mapping has sent, of those that its kind of source has (MET-13, MET-15)."""
    metrics, queue = mapping.metrics, ":sqs:" in mapping.target.arn
    left_out = set(_STREAMS_ONLY) if queue else {"DeletedEventCount"}
    if not mapping.settings.patterns:
        left_out.add("FilteredOutEventCount")
    names = [name for name in metrics.emitted if name not in left_out]
    return [*names, "ProvisionedPollers"] if metrics.pollers else names
