"""What a scenario's run hands out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from eventsim.functions.invocations import Outcome
from eventsim.scenarios.observe import buckets_json, invocation_json, queues_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eventsim.errors import Problem
    from eventsim.functions.invocations import InvocationRecord
    from eventsim.scenarios.expect import Failure
    from eventsim.scenarios.handler_logs import LogBlock
    from eventsim.scenarios.model import Scenario
    from eventsim.simulation import Simulation

Events = Literal["all", "failed", "none"]
"""Which invocations show their event."""


class RunResult:
    """A finished, or interrupted, run of one scenario.

    *virtual_s* is how long it took in virtual seconds, *wall_s* in real ones.
    """

    def __init__(
        self,
        scenario: Scenario,
        simulation: Simulation,
        *,
        failures: list[Failure],
        virtual_s: float,
        wall_s: float,
        interrupted: bool,
    ) -> None:
        self.scenario = scenario
        self.simulation = simulation
        self.failures = failures
        self.virtual_s = round(virtual_s, 6)
        self.wall_s = wall_s
        self.interrupted = interrupted

    @property
    def passed(self) -> bool:
        """Whether it ran to its end and every expectation held."""
        return not (self.failures or self.interrupted)

    @property
    def warnings(self) -> list[Problem]:
        """What to know before believing the result."""
        return self.scenario.warnings

    def log_blocks(self, *, every: bool) -> list[LogBlock]:
        """What handlers printed, see `eventsim.scenarios.handler_logs.log_blocks`."""
        from eventsim.scenarios.handler_logs import log_blocks

        return log_blocks(self.simulation.invocations, every=every)

    def cost(self) -> dict[str, Any]:
        """What the run would have cost on AWS, see `eventsim.scenarios.costs.cost_json`."""
        from eventsim.scenarios.costs import cost_json

        return cost_json(self.simulation)

    def to_json(self, events: Events = "all", *, cost: bool = False) -> dict[str, Any]:
        """The result as one JSON object; *events* says which invocations show theirs, *cost* adds the estimate."""
        simulation = self.simulation
        shown: dict[str, Any] = {
            "name": self.scenario.name,
            "file": self.scenario.file,
            "seed": simulation.seed,
            "passed": self.passed,
            "idle": simulation.idle,
            "virtual_s": self.virtual_s,
            "wall_s": round(self.wall_s, 3),
            "trace_sha256": simulation.world.trace.sha256(),
            "failures": [
                {"path": failure.path, "expected": failure.expected, "actual": failure.actual}
                for failure in self.failures
            ],
            **resources_json(simulation),
            "invocations": invocations_json(simulation.invocations, events),
        }
        if cost:
            shown["cost"] = self.cost()
        if self.interrupted:
            shown["interrupted"] = True
        return shown


def resources_json(simulation: Simulation) -> dict[str, Any]:
    """The sections of a result that show the resources as they are now."""
    return {
        "functions": {name: function.metrics.to_json() for name, function in simulation.functions.items()},
        "mappings": {name: mapping.metrics.to_json() for name, mapping in simulation.mappings.items()},
        "queues": queues_json(simulation),
        "buckets": buckets_json(simulation),
    }


def invocations_json(records: Iterable[InvocationRecord], events: Events) -> list[dict[str, Any]]:
    """The section ``invocations`` of a result."""
    return [invocation_json(record, with_event=_with_event(events, record.outcome)) for record in records]


def _with_event(events: Events, outcome: Outcome | None) -> bool:
    return events == "all" or (events == "failed" and outcome is not Outcome.SUCCESS)
