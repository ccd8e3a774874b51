"""Where captured events go: the resource that they name, or the only one that fits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventsim.errors import InputError
from eventsim.scenarios.model import MappingSpec, StreamMappingSpec
from eventsim.scenarios.trigger_specs import NotificationSpec, RuleSpec, ScheduleSpec, SubscriptionSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from eventsim.scenarios.model import FunctionSpec


class Targets:
    """The resources of a scenario by kind, and what its functions read."""

    def __init__(self, by_kind: Mapping[str, Iterable[str]], functions: Mapping[str, FunctionSpec]) -> None:
        self._by_kind = {kind: list(names) for kind, names in by_kind.items()}
        self._functions = list(functions)
        self._read = [(name, *read) for name, spec in functions.items() for read in _reads(spec)]

    def source(self, kind: str, name: str | None) -> str:
        """The resource that records of the resource *name* go back into.

        That of the same name, else the only one of its kind, else the only one that a function reads. InputError names
        the others.
        """
        declared = self._by_kind.get(kind, [])
        if name in declared:
            return str(name)
        read = list(dict.fromkeys(one for _, what, one in self._read if what == kind))
        for found in (declared, read):
            if len(found) == 1:
                return found[0]
        came = f"its records come from the {kind} {name!r}" if name else f"its records do not say from which {kind}"
        if not declared:
            raise InputError(f"{came}, and the scenario declares no {kind}")
        raise InputError(
            f"{came}, and the scenario has several: in a step replay, write {kind}: and one of {', '.join(declared)}"
        )

    def function(self, kind: str | None, name: str | None) -> str:
        """The function that events of the resource *name* go to.

        The only one, else the only one that reads a resource of that name, else the only one that reads any of the
        kind. InputError names the others.
        """
        if not self._functions:
            raise InputError("the scenario declares no function")
        of_kind = [function for function, what, _ in self._read if what == kind]
        of_name = [function for function, what, one in self._read if (what, one) == (kind, name)]
        for found in (self._functions, of_name, of_kind):
            names = list(dict.fromkeys(found))
            if len(names) == 1:
                return names[0]
        raise InputError(f"several functions fit: write function: and one of {', '.join(self._functions)}")


def _reads(spec: FunctionSpec) -> Iterator[tuple[str, str]]:
    """The kind and name of everything that invokes a function."""
    for mapping in spec.mappings:
        if isinstance(mapping, MappingSpec):
            yield "queue", mapping.queue
        elif isinstance(mapping, StreamMappingSpec):
            yield mapping.kind, mapping.source
    for trigger in spec.triggers:
        if isinstance(trigger, SubscriptionSpec):
            yield "topic", trigger.topic
        elif isinstance(trigger, NotificationSpec):
            yield "bucket", trigger.bucket
        elif isinstance(trigger, RuleSpec | ScheduleSpec):
            yield "schedule", ""
