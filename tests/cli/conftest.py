"""What the tests of the command line share: the command in this process, and runs that end as a test wants."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, BinaryIO

import pytest
from click.testing import CliRunner, Result

from eventsim.cli.main import main
from eventsim.errors import Problem, ScenarioError

Behaviour = Callable[[Any, BinaryIO | None, Any], "FakeResult"]


class FakeResult:
    """A result as `eventsim.scenarios.run` gives it."""

    def __init__(self, scenario: Any, seed: int, *, interrupted: bool = False, **changes: Any) -> None:
        self.document: dict[str, Any] = {
            "name": scenario.name,
            "file": scenario.file,
            "seed": seed,
            "passed": True,
            "idle": True,
            "virtual_s": 90.0,
            "wall_s": 0.25,
            "trace_sha256": "ab" * 32,
            "failures": [],
            "functions": {},
            "mappings": {},
            "queues": {},
            "buckets": {},
            "invocations": [],
            **changes,
        }
        self.passed = self.document["passed"]
        self.failures = [SimpleNamespace(**failure) for failure in self.document["failures"]]
        self.virtual_s = self.document["virtual_s"]
        self.wall_s = self.document["wall_s"]
        self.interrupted = interrupted

    def to_json(self, events: str = "all", **_: Any) -> dict[str, Any]:
        return {**self.document, "events": events}

    def log_blocks(self, *, every: bool) -> list[Any]:
        return []


class Runs:
    """Stands for loading and running: a file named ``bad…`` is refused, the others do what `behaviour` says."""

    def __init__(self) -> None:
        self.started: list[tuple[str, int]] = []
        self.changes: dict[str, dict[str, Any]] = {}
        self.behaviour: dict[str, Behaviour] = {}
        self.warnings: list[Problem] = []
        self.expect: Any = None
        self.load_error: BaseException | None = None

    def load_scenario(self, path: str, *, endless: bool = False) -> Any:
        if self.load_error is not None:
            raise self.load_error
        name = Path(path).stem
        if name.startswith("bad"):
            raise ScenarioError(
                [
                    Problem(path, 3, 5, "queues.q", "unknown key"),
                    Problem(path, 4, 5, "queues.r", "another"),
                ]
            )
        return SimpleNamespace(
            file=path, name=name, seed=7, run_for_s=None, warnings=self.warnings, steps=[], expect=self.expect
        )

    def run_scenario(
        self, scenario: Any, *, seed: int | None = None, trace: BinaryIO | None = None, on_progress: Any = None
    ) -> FakeResult:
        assert seed is not None
        self.started.append((scenario.file, seed))
        if scenario.name in self.behaviour:
            return self.behaviour[scenario.name](scenario, trace, on_progress)
        if trace is not None:
            trace.write(b'{"n":0,"t":0.0,"kind":"run.start"}\n')
        return FakeResult(scenario, seed, **self.changes.get(scenario.name, {}))


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> Runs:
    """Replace loading and running."""
    fake = Runs()
    for name in ("load", "run"):
        module = ModuleType(f"eventsim.scenarios.{name}")
        setattr(module, f"{name}_scenario", getattr(fake, f"{name}_scenario"))
        monkeypatch.setitem(sys.modules, f"eventsim.scenarios.{name}", module)
    handlers = ModuleType("eventsim.scenarios.handlers")
    handlers.check_handlers = lambda _: []  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, handlers.__name__, handlers)
    return fake


@pytest.fixture
def command() -> Callable[..., Result]:
    """Run ``eventsim`` with the given words."""
    return lambda *words: CliRunner().invoke(main, [str(word) for word in words], prog_name="eventsim")
