"""A file twice as long takes twice the work, not four times."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from eventsim.errors import ScenarioError
from eventsim.scenarios import names
from eventsim.scenarios.load import load_scenario
from eventsim.scenarios.run import run_scenario

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def section(name: str, lines: list[str]) -> str:
    return "\n".join([f"{name}:", *(f"  {line}" for line in lines), ""])


def pairs(amount: int) -> str:
    """So many queues, each with its function, a message and an expectation."""
    every = range(amount)
    reads = "script: [{return: null}], Events: {e: {Type: SQS, Properties: {Queue: q%03d}}}"
    return (
        "name: pairs\n"
        + section("queues", [f"q{n:03}: {{}}" for n in every])
        + section("functions", [f"f{n:03}: {{{reads % n}}}" for n in every])
        + section("steps", [f"- {{send: {{queue: q{n:03}, body: x}}}}" for n in every])
        + "expect:\n"
        + section("  queues", [f"  q{n:03}: {{visible: 0}}" for n in every])
    )


def unknown(amount: int) -> str:
    """So many queues, and as many steps that name none of them."""
    every = range(amount)
    return (
        "name: unknown\n"
        + section("queues", [f"queue-{n:03}: {{}}" for n in every])
        + section("steps", [f"- {{send: {{queue: quee-{n:03}, body: x}}}}" for n in every])
    )


def calls(work: Callable[[], object]) -> int:
    """How many functions are called, ours and others."""
    count = 0

    def tick(_frame: Any, event: str, _argument: Any) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(tick)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


def test_the_work_of_a_run_grows_with_the_file_and_no_faster(tmp_path: Path) -> None:
    file = tmp_path / "scenario.yaml"

    def work() -> None:
        result = run_scenario(load_scenario(file))
        assert result.passed
        result.to_json(cost=True)

    counts = []
    for amount in (5, 40, 80, 120):  # the first imports and compiles what the others find
        file.write_text(pairs(amount))
        counts.append(calls(work))
    first, second = counts[2] - counts[1], counts[3] - counts[2]
    assert second == pytest.approx(first, rel=0.02)


def test_nearest_names_are_told_of_the_first_errors_only_where_there_are_many(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(names, "MOST_COMPARED", 1_000)
    file = tmp_path / "scenario.yaml"
    file.write_text(unknown(100))
    with pytest.raises(ScenarioError) as refusal:
        load_scenario(file)
    told = [problem.message for problem in refusal.value.problems]
    assert len(told) == 100
    assert ["did you mean" in message for message in told] == [True] * 10 + [False] * 90
    assert all("llowed: queue-000, queue-001" in message for message in told)
