"""Runs scenarios that are written in tests."""

from __future__ import annotations

import io
import textwrap
from typing import TYPE_CHECKING, Any

import msgspec

from eventsim.scenarios.load import load_scenario
from eventsim.scenarios.run import run_scenario

if TYPE_CHECKING:
    from pathlib import Path

    from eventsim.scenarios.result import RunResult


class Run:
    """A finished run: its result, the JSON that ``--json`` writes, and its trace."""

    def __init__(self, result: RunResult, trace: bytes) -> None:
        self.result = result
        self.json: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(result.to_json()))
        self.trace = [msgspec.json.decode(line) for line in trace.splitlines()]

    def told(self, *kinds: str) -> list[tuple[Any, ...]]:
        """(t, kind) of the trace lines of these kinds."""
        return [(line["t"], line["kind"]) for line in self.trace if line["kind"] in kinds]

    def lines(self, kind: str) -> list[dict[str, Any]]:
        """The trace lines of one kind."""
        return [line for line in self.trace if line["kind"] == kind]

    @property
    def invocations(self) -> list[tuple[Any, ...]]:
        """(at, records, outcome) of each invocation."""
        return [(one["at"], len(one["record_ids"]), one["outcome"]) for one in self.json["invocations"]]


def run_text(folder: Path, text: str, *, seed: int | None = None) -> Run:
    """Run a scenario given as YAML text; *folder* takes the file."""
    file = folder / "scenario.yaml"
    file.write_text(textwrap.dedent(text))
    trace = io.BytesIO()
    return Run(run_scenario(load_scenario(file), seed=seed, trace=trace), trace.getvalue())
