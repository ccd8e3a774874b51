"""Shared fixtures: recordings, golden traces, and the report of the rules that tests hold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
GOLDEN = ROOT / "tests" / "golden"
REPORT = ROOT / "rule-coverage.json"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the golden traces instead of comparing")


@pytest.fixture
def captures() -> Path:
    """The folder of payloads recorded from real AWS; the test is skipped where it is absent."""
    folder = SHARED / "captures"
    if not folder.is_dir():
        pytest.skip("../shared/captures is absent")
    return folder


@pytest.fixture
def capture(captures: Path) -> Any:
    """Load one recorded payload by its name."""
    return lambda name: json.loads((captures / f"{name}.json").read_text())


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, bytes], None]:
    """Compare a trace with ``tests/golden/NAME.jsonl``; ``--update-golden`` writes that file."""

    def check(name: str, trace: bytes) -> None:
        file = GOLDEN / f"{name}.jsonl"
        if request.config.getoption("--update-golden"):
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(trace)
        expected, got = file.read_bytes().splitlines(), trace.splitlines()
        for n, (one, other) in enumerate(zip(expected, got, strict=False), 1):
            assert other == one, f"{file.name}:{n} is the first line that differs"
        assert len(got) == len(expected)

    return check


# -- which rules the tests hold ----------------------------------------------------------------------


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        rules = sorted({rule for mark in item.iter_markers("rule") for rule in mark.args})
        if rules:
            item.user_properties.append(("rules", rules))


class RuleReport:
    """Collects the rules of passed and of failed tests; under xdist the controller sees them all."""

    def __init__(self) -> None:
        self.held: set[str] = set()
        self.broken: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        rules = dict(report.user_properties).get("rules", ())
        assert isinstance(rules, list | tuple)
        if report.failed:
            self.broken.update(rules)
        elif report.when == "call" and report.passed:
            self.held.update(rules)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        held = sorted(self.held - self.broken)
        if not held:
            return
        document = {"covered": held, "broken": sorted(self.broken)}
        index = SHARED / "spec" / "INDEX.md"
        line = f"rules covered by passing tests: {len(held)}"
        if index.is_file():
            known = rule_ids(index.read_text())
            document["not_covered"] = [rule for rule in known if rule not in self.held]
            line += f" of {len(known)}"
        REPORT.write_text(json.dumps(document, indent=1) + "\n")
        terminalreporter.write_line(f"{line} ({REPORT.name})")


def rule_ids(index: str) -> list[str]:
    """The rule ids of the specification's index, in its order."""
    return [line[4 : line.index("**", 4)] for line in index.splitlines() if line.startswith("- **")]


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(RuleReport(), "rule-report")
