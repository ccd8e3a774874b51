"""Scenario files as tests: one item for each seed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from eventsim.cli.failure import repeat_command
from eventsim.errors import ScenarioError
from eventsim.plugin.places import nodeid_from_here
from eventsim.plugin.seeds import all_seeds
from eventsim.plugin.traces import LAST_LINES, Tail, trace_path

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

    from eventsim.scenarios.model import Scenario
    from eventsim.scenarios.result import RunResult


class ScenarioFailed(Exception):  # noqa: N818 - it carries a result, which failed
    """The run of a scenario whose expectations don't all hold; *timeline* is its end."""

    def __init__(self, result: RunResult, timeline: list[str]) -> None:
        super().__init__(result.scenario.name)
        self.result = result
        self.timeline = timeline


class ScenarioFile(pytest.File):
    """A scenario file; one that can't be run is an error of the collection."""

    def collect(self) -> Iterable[pytest.Item]:
        """One item for each seed."""
        from eventsim.scenarios.load import load_scenario

        try:
            scenario = load_scenario(self.path)
        except ScenarioError as error:
            raise self.CollectError(str(error)) from None
        for seed in all_seeds(self.config, scenario.seed):
            yield ScenarioItem.from_parent(self, name=f"seed={seed}", scenario=scenario, seed=seed)


class ScenarioItem(pytest.Item):
    """One run of a scenario; ``-k`` finds it by the scenario's name too, ``-m eventsim`` with the marked tests."""

    def __init__(self, *, scenario: Scenario, seed: int, **options: Any) -> None:
        super().__init__(**options)
        self.scenario = scenario
        self.seed = seed
        self.extra_keyword_matches.add(scenario.name)
        self.add_marker("eventsim")

    def runtest(self) -> None:
        """Run it; raises ScenarioFailed."""
        from eventsim.facade.sinks import open_trace
        from eventsim.kernel.handler_clock import clock_functions_given_back
        from eventsim.scenarios.run import run_scenario

        if self.scenario.warnings:
            self.add_report_section("call", "eventsim warnings", "\n".join(map(str, self.scenario.warnings)))
        with clock_functions_given_back(), open_trace(trace_path(self.config, self.nodeid)) as file:
            tail = Tail(file)
            result = run_scenario(self.scenario, seed=self.seed, trace=tail)  # type: ignore[arg-type]  # it writes
        if result.interrupted:
            raise KeyboardInterrupt
        if not result.passed:
            raise ScenarioFailed(result, tail.last(LAST_LINES))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The expectations that don't hold, the end of the timeline, and how to run it again."""
        error = excinfo.value
        if not isinstance(error, ScenarioFailed):
            return super().repr_failure(excinfo, style)
        lines = [f"{self.scenario.name}: {error.result.virtual_s:g} s of virtual time, seed {self.seed}"]
        lines += [_failure_line(self.scenario, failure) for failure in error.result.failures]
        lines += [
            "timeline:",
            *error.timeline,
            f"repeat: {repeat_command(nodeid_from_here(self).partition('::')[0], self.seed)}",
        ]
        return "\n".join(lines)

    def reportinfo(self) -> tuple[os.PathLike[str] | str, int | None, str]:
        """The scenario's name, for reports."""
        return self.path, 0, self.scenario.name


def _failure_line(scenario: Scenario, failure: Any) -> str:
    from eventsim.cli.report import value_text

    place = _place(scenario, failure.path)
    at = f"{scenario.file}:{place.line}: " if place is not None else ""
    return f"{at}{failure.path}: expected {value_text(failure.expected)}, found {value_text(failure.actual)}"


def _place(scenario: Scenario, path: str) -> Any:
    from eventsim.scenarios.model import ExpectStep

    expectations = [step.action.expectation for step in scenario.steps if isinstance(step.action, ExpectStep)]
    if scenario.expect is not None:
        expectations.append(scenario.expect)
    return next((found.places[path] for found in expectations if path in found.places), None)
