"""What a run came to, as it was at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from eventsim.facade.invocations import Invocations, RecordedInvocation
from eventsim.facade.words import counted
from eventsim.scenarios.result import invocations_json, resources_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventsim.functions.invocations import InvocationRecord
    from eventsim.scenarios.expect import Failure
    from eventsim.scenarios.result import Events
    from eventsim.simulation import Simulation as Core


class Result:
    """A run's result; whatever the simulation does later does not change it.

    *functions*, *mappings*, *queues* and *buckets* are the sections of the JSON object that `to_json` gives, and that
    ``result["queues"]`` reads. *failures* are the expectations of a scenario file that do not hold.
    """

    def __init__(
        self,
        core: Core,
        *,
        name: str,
        file: str | None,
        failures: Sequence[Failure],
        wall_s: float,
    ) -> None:
        self.name = name
        self.file = file
        self.seed = core.seed
        self.failures = list(failures)
        self.idle = core.idle
        self.virtual_s = round(core.world.loop.time(), 6)
        core.queues.settle()
        self.wall_s = wall_s
        self.trace_sha256 = core.world.trace.sha256()
        resources = resources_json(core)
        self.functions: dict[str, dict[str, Any]] = resources["functions"]
        self.mappings: dict[str, dict[str, Any]] = resources["mappings"]
        self.queues: dict[str, dict[str, Any]] = resources["queues"]
        self.buckets: dict[str, dict[str, Any]] = resources["buckets"]
        self._records = records_now(core)

    @property
    def passed(self) -> bool:
        """Whether every expectation held that was looked at; a simulation without a scenario file has none.

        Those of a file's end are looked at by the first ``run()`` without arguments.
        """
        return not self.failures

    @property
    def invocations(self) -> Invocations:
        """All invocations, in the order they began."""
        return Invocations(map(RecordedInvocation, self._records))

    def to_json(self, events: Events = "all") -> dict[str, Any]:
        """The JSON object of a run; *events* says which invocations show theirs: all, failed or none."""
        return {
            "name": self.name,
            "file": self.file,
            "seed": self.seed,
            "passed": self.passed,
            "idle": self.idle,
            "virtual_s": self.virtual_s,
            "wall_s": round(self.wall_s, 3),
            "trace_sha256": self.trace_sha256,
            "failures": [
                {"path": failure.path, "expected": failure.expected, "actual": failure.actual}
                for failure in self.failures
            ],
            "functions": self.functions,
            "mappings": self.mappings,
            "queues": self.queues,
            "buckets": self.buckets,
            "invocations": [
                {**shown, "event": _plain(shown["event"])} if "event" in shown else shown
                for shown in invocations_json(self._records, events)
            ],
        }

    def __getitem__(self, key: str) -> Any:
        return self.to_json()[key]

    def __repr__(self) -> str:
        state = "idle" if self.idle else "stopped"
        lines = [f"<Result {state} at {self.virtual_s:g} s, {counted(len(self._records), 'invocation')}"]
        lines += [
            f"{failure.path}: expected {failure.expected!r}, found {failure.actual!r}" for failure in self.failures
        ]
        return "; ".join(lines) + ">"


def records_now(core: Core) -> list[InvocationRecord]:
    """All invocations; those that are running as they are now."""
    records = core.invocations[:]
    running = sum(function.metrics.concurrent for function in core.functions.values())
    for n in range(len(records) - 1, -1, -1):
        if not running:
            break
        if records[n].outcome is None:
            records[n] = msgspec.structs.replace(records[n])
            running -= 1
    return records


def _plain(event: Any) -> Any:
    return msgspec.json.decode(event) if isinstance(event, msgspec.Raw) else event
