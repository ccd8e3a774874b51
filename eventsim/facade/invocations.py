"""The invocations of a function, as a test looks at them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self, SupportsIndex, overload

import msgspec

from eventsim.facade.words import counted, shortened
from eventsim.scenarios.observe import invocation_json

if TYPE_CHECKING:
    from eventsim.functions.invocations import InvocationRecord


class RecordedInvocation:
    """One invocation, under the names that the result has for its members; none of them can be set.

    Times are virtual seconds, *ended* and *outcome* None while it runs. *event* is what the handler got, *response*
    what it returned and *error* the whole payload of a function error; each look gives new objects. It equals a mapping
    whose members are all equal to its own, where *records* may also be their number, and *error* a part of it:
    ``worker.invocations == [{"at": 0, "error": {"errorType": "ValueError"}}]``.
    """

    __slots__ = ("_record",)

    _record: InvocationRecord

    def __init__(self, record: InvocationRecord) -> None:
        ended = record if record.outcome is not None else msgspec.structs.replace(record)
        object.__setattr__(self, "_record", ended)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"an invocation is what happened: {name} can't be set")

    @property
    def at(self) -> float:
        """When it began, before a cold start."""
        return round(self._record.at_s, 6)

    @property
    def ended(self) -> float | None:
        """When it ended."""
        return None if self._record.ended_s is None else round(self._record.ended_s, 6)

    @property
    def function(self) -> str:
        """The function's name."""
        return self._record.function

    @property
    def mapping(self) -> str | None:
        """The mapping's name (FUNCTION/QUEUE), None for a direct invocation."""
        return self._record.mapping

    @property
    def request_id(self) -> str:
        """The id that the handler saw as ``context.aws_request_id``."""
        return self._record.request_id

    @property
    def invocation_type(self) -> str:
        """``RequestResponse`` or ``Event``."""
        return self._record.invocation_type

    @property
    def qualifier(self) -> str:
        """The version or alias that was called, ``$LATEST`` where none was named."""
        return self._record.qualifier or "$LATEST"

    @property
    def version(self) -> str:
        """The version that was run, ``$LATEST`` for the function as it is."""
        return self._record.version

    @property
    def logs(self) -> str:
        """What the handler printed and logged."""
        return self._record.logs

    @property
    def attempt(self) -> int:
        """Which try of the event or unchanged batch it was, from 1."""
        return self._record.attempt

    @property
    def outcome(self) -> str | None:
        """``success``, ``partial``, ``error``, ``timeout`` or ``throttle``."""
        return None if self._record.outcome is None else self._record.outcome.value

    @property
    def cold_start(self) -> bool:
        """Whether it began in a new execution environment."""
        return self._record.cold_start

    @property
    def event(self) -> Any:
        """The event, key order included."""
        record = self._record
        if record.batch is not None:
            return record.batch.event()
        return None if record.event is None else msgspec.json.decode(record.event)

    @property
    def records(self) -> list[Any]:
        """The records of the event; [] where it has none."""
        event = self.event
        found = event.get("Records") if isinstance(event, dict) else None
        return found if isinstance(found, list) else []

    @property
    def record_ids(self) -> list[str]:
        """The ids of the records that a mapping delivered."""
        return [] if self._record.batch is None else self._record.batch.ids()

    @property
    def bodies(self) -> list[str]:
        """The bodies of the records that have one, as those of SQS do."""
        return [record["body"] for record in self.records if isinstance(record, dict) and "body" in record]

    @property
    def response(self) -> Any:
        """The value returned; None where nothing was, or the function failed."""
        return invocation_json(self._record, with_event=False)["response"]

    @property
    def error(self) -> dict[str, Any] | None:
        """The payload of a function error: ``errorType``, ``errorMessage``, ``stackTrace``."""
        return None if self._record.error is None else dict(self._record.error)

    def to_json(self) -> dict[str, Any]:
        """It as the result's JSON has it."""
        shown = invocation_json(self._record, with_event=True)
        return {**shown, "event": self.event}

    def differing(self, expected: Mapping[str, Any]) -> dict[str, Any]:
        """The members that *expected* names and that are otherwise here, with what they are; {} when it is equal."""
        found = {}
        for name, value in expected.items():
            actual = self._seen(name, value) if name in MEMBERS else _NO_MEMBER
            if actual != value:
                found[name] = actual
        return found

    def _seen(self, name: str, expected: Any) -> Any:
        """A member, as much of it as *expected* speaks of."""
        actual = getattr(self, name)
        if name == "records" and isinstance(expected, int):
            return len(actual)
        if name == "error" and isinstance(actual, dict) and isinstance(expected, Mapping):
            return {key: actual[key] for key in expected if key in actual}
        return actual

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _: object) -> Self:
        return self

    def __eq__(self, other: object) -> bool:
        if isinstance(other, RecordedInvocation):
            return self._record is other._record or self.to_json() == other.to_json()
        if isinstance(other, Mapping):
            return not self.differing(other)
        return NotImplemented

    def __hash__(self) -> int:
        return hash((self.function, self.request_id, self.attempt))

    def __repr__(self) -> str:
        record = self._record
        way = f" from {record.mapping}" if record.mapping else ""
        size = "" if record.batch is None or not len(record.batch) else f", {counted(len(record.batch), 'record')}"
        again = f", attempt {record.attempt}" if record.attempt > 1 else ""
        return f"<invocation of {record.function}{way} at {self.at:g} s{size}{again}: {self._ending()}>"

    def _ending(self) -> str:
        if self.outcome is None:
            return "running"
        if self.error:
            kind, message = self.error.get("errorType"), self.error.get("errorMessage")
            return f"{self.outcome}, {shortened(': '.join(str(part) for part in (kind, message) if part))}"
        return self.outcome


MEMBERS = tuple(name for name, member in vars(RecordedInvocation).items() if isinstance(member, property))
"""The names of an invocation's members."""
_NO_MEMBER = f"no member of an invocation; there are {', '.join(MEMBERS)}"


class Invocations(list[RecordedInvocation]):
    """Invocations in the order they began; equal to a list of mappings where each equals its own."""

    __slots__ = ()

    @overload
    def __getitem__(self, index: SupportsIndex) -> RecordedInvocation: ...
    @overload
    def __getitem__(self, index: slice) -> Invocations: ...
    def __getitem__(self, index: SupportsIndex | slice) -> RecordedInvocation | Invocations:
        found = super().__getitem__(index)
        return Invocations(found) if isinstance(found, list) else found

    def __eq__(self, other: object) -> bool:
        return super().__eq__(other)

    __hash__ = None  # as every list has
